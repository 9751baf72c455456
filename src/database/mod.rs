//! One pool for each hat, the embedded PostgreSQL, the schema and its check.
//!
//! A *hat* is a login role with the rights of one kind of work: see `migrations`. Only this
//! module holds pools; all others ask for a transaction, but the queue's library.

/// The catalogue holds what the design says, or the portal does not serve.
pub mod catalogue;
/// A PostgreSQL server that the portal runs itself.
pub mod embedded;
/// The schema, and the hats' passwords.
pub mod migrate;
/// Where PostgreSQL's programs are, and the account they run under.
pub mod programs;
/// Where the database is, and as whom to enter it.
pub mod server;

mod binding;
mod hat;
mod origin;

pub use binding::Binding;
pub use hat::{Gate, GateTx, Hat, Metering, OperatorTx, RegistrarTx, StewardTx, Tx, Unbound};
pub use origin::Origin;
pub use server::Server;

use std::time::Duration;

use sqlx::{
    Executor, PgPool, Row as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::Result;

/// Whether a connection is rolled back on its way to the pool. Always [`Guard::On`] but in
/// the test that shows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// What [`CLEAN_UP`] does, before a connection is handed on.
    On,
    /// What sqlx does by itself.
    #[cfg(test)]
    Off,
}

/// A pool for each hat.
#[derive(Clone, Debug)]
pub struct Pools {
    gate: PgPool,
    tenant: PgPool,
    registrar: PgPool,
    operator: PgPool,
    queue: PgPool,
    meter: PgPool,
    steward: PgPool,
    binding: Binding,
    origin: Origin,
    reads_only: bool,
}

impl Pools {
    /// Opens the pools; connections are made when they are first needed. `size` is that of
    /// the tenant hat, which carries the load.
    pub fn open(server: &Server, size: u32) -> Self {
        Self::open_guarded(server, size, Guard::On)
    }

    pub(crate) fn open_guarded(server: &Server, size: u32, guard: Guard) -> Self {
        let pool = |hat, size| pool(server.connect_as(hat), size, guard);
        Self {
            gate: pool(Hat::Gate, size.div_ceil(2)),
            tenant: pool(Hat::Tenant, size),
            registrar: pool(Hat::Registrar, size.div_ceil(4)),
            operator: pool(Hat::Operator, size.div_ceil(4)),
            queue: pool(Hat::Queue, QUEUE_SIZE),
            meter: pool(Hat::Meter, METER_SIZE),
            steward: pool(Hat::Steward, STEWARD_SIZE),
            binding: server.binding(),
            origin: Origin::Portal,
            reads_only: false,
        }
    }

    /// The same pools, for work that was asked for from there.
    pub fn asked_from(&self, origin: Origin) -> Self {
        Self {
            origin,
            ..self.clone()
        }
    }

    /// The same pools, for work of a department in which PostgreSQL refuses to write anything.
    pub fn reading(self) -> Self {
        Self {
            reads_only: true,
            ..self
        }
    }

    /// Whether a department's work only reads.
    pub(crate) fn reads_only(&self) -> bool {
        self.reads_only
    }

    /// A connection that finds out who is asking, before any tenant is known. Each statement
    /// is its own transaction.
    pub async fn gate(&self) -> Result<Gate> {
        Ok(Gate(self.gate.acquire().await?))
    }

    /// A transaction at the gate.
    pub async fn begin_gate(&self) -> Result<GateTx> {
        Ok(Tx::new(self.gate.begin().await?, self.origin))
    }

    /// A transaction of onboarding staff.
    pub async fn begin_registrar(&self) -> Result<RegistrarTx> {
        Ok(Tx::new(self.registrar.begin().await?, self.origin))
    }

    /// A transaction that reads across tenants.
    pub async fn begin_operator(&self) -> Result<OperatorTx> {
        Ok(Tx::new(self.operator.begin().await?, self.origin))
    }

    /// A transaction that administers staff.
    pub async fn begin_steward(&self) -> Result<StewardTx> {
        Ok(Tx::new(self.steward.begin().await?, self.origin))
    }

    /// A connection that writes down what requests used. Each statement is its own transaction.
    pub async fn meter(&self) -> Result<Metering, sqlx::Error> {
        Ok(Metering(self.meter.acquire().await?))
    }

    /// A transaction of a department that has no tenant yet: every query in it fails until
    /// one is bound. For [`TenantTx`](crate::tenancy::TenantTx) alone.
    pub(crate) async fn begin_unbound(&self) -> Result<Tx<Unbound>> {
        Ok(Tx::new(self.tenant.begin().await?, self.origin))
    }

    /// What binds a transaction to its tenant.
    pub(crate) fn binding(&self) -> &Binding {
        &self.binding
    }

    /// The pool of the hat that hands out turns, for the library that does.
    pub(crate) fn queue(&self) -> &PgPool {
        &self.queue
    }

    /// Every hat with its pool, for the checks.
    pub(crate) fn each(&self) -> [(Hat, &PgPool); 7] {
        [
            (Hat::Gate, &self.gate),
            (Hat::Tenant, &self.tenant),
            (Hat::Registrar, &self.registrar),
            (Hat::Operator, &self.operator),
            (Hat::Queue, &self.queue),
            (Hat::Meter, &self.meter),
            (Hat::Steward, &self.steward),
        ]
    }

    /// Waits for what is under way, then closes all connections.
    pub async fn close(&self) {
        for (_, pool) in self.each() {
            pool.close().await;
        }
    }
}

/// Connections of the queue: one listens, the others take turns, report on them and say that
/// the worker is alive.
const QUEUE_SIZE: u32 = 4;

/// Connections of the meter: one writes what requests used, one looks after the months.
const METER_SIZE: u32 = 2;

/// Connections for administering staff, which is rare.
const STEWARD_SIZE: u32 = 2;

/// How long a request waits for a connection before it is told that the portal is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a connection's last borrower may have left on it, taken away in one message; then, whether it
/// can be handed on.
///
/// `begin` first, since a `rollback` outside a transaction is a warning in the server's log each
/// time; so there is one only where the fault struck. In a failed transaction `begin` is an error,
/// and the connection is closed. The portal itself leaves nothing of the rest behind: a statement
/// that was smuggled into a department's query could, for whoever is next. Were it to prepare one
/// under the name of one of the portal's own, that one would be run for the next: such a connection
/// is closed. `discard all` would do as much, and forget the portal's statements with them.
const CLEAN_UP: &str = "begin; rollback; close all; unlisten *; reset all;
    select not exists (select from pg_prepared_statements where from_sql)
    from pg_advisory_unlock_all()";

fn pool(options: PgConnectOptions, size: u32, guard: Guard) -> PgPool {
    let pool = PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_secs(300))
        // Connections are tested when they are returned, so not again when they are taken.
        .test_before_acquire(false);
    let pool = match guard {
        // sqlx 0.8.4 to 0.9.0: a `begin` dropped while PostgreSQL answers gives the
        // connection back inside an open transaction, with whatever was bound to it. The
        // next borrower's work would run in that transaction and be lost with it.
        Guard::On => pool.after_release(|connection, _| {
            Box::pin(async move {
                let clean = connection.fetch_one(CLEAN_UP).await?;
                clean.try_get(0)
            })
        }),
        #[cfg(test)]
        Guard::Off => pool,
    };
    pool.connect_lazy_with(options)
}
