//! The hats, and a transaction that wears one.

use std::marker::PhantomData;

use sqlx::{PgConnection, Postgres, Transaction, pool::PoolConnection};

use super::Origin;
use crate::Result;

/// The login role of a connection: what kind of work it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hat {
    /// Finds out who is asking: credentials and sessions, no tenant's data.
    Gate,
    /// One department's rows, through row-level security.
    Tenant,
    /// Onboards departments, and can read no case count.
    Registrar,
    /// Reads across tenants and writes no tenant's data.
    Operator,
    /// Hands out the turns of the model's runs, and reads no tenant's rows.
    Queue,
    /// Writes down what departments' requests used, and reads none of it.
    Meter,
    /// Administers the platform's staff, and nobody else's account.
    Steward,
}

impl Hat {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Gate,
        Self::Tenant,
        Self::Registrar,
        Self::Operator,
        Self::Queue,
        Self::Meter,
        Self::Steward,
    ];

    /// The PostgreSQL role.
    pub fn role(self) -> &'static str {
        match self {
            Self::Gate => "cordon_gate",
            Self::Tenant => "cordon_tenant",
            Self::Registrar => "cordon_registrar",
            Self::Operator => "cordon_operator",
            Self::Queue => "cordon_queue",
            Self::Meter => "cordon_meter",
            Self::Steward => "cordon_steward",
        }
    }
}

/// A single connection of [`Hat::Gate`]: every statement commits by itself.
pub struct Gate(pub(super) PoolConnection<Postgres>);

impl Gate {
    /// The connection.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

/// A single connection of [`Hat::Meter`]: every statement commits by itself.
pub struct Metering(pub(super) PoolConnection<Postgres>);

impl Metering {
    /// The connection.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

/// A transaction that wears the hat `H`. Dropped without [`commit`](Self::commit), it rolls
/// back.
pub struct Tx<H> {
    tx: Transaction<'static, Postgres>,
    origin: Origin,
    hat: PhantomData<H>,
}

/// Marks a transaction of [`Hat::Gate`].
pub enum AtGate {}
/// Marks a transaction of [`Hat::Registrar`].
pub enum AsRegistrar {}
/// Marks a transaction of [`Hat::Operator`].
pub enum AsOperator {}
/// Marks a transaction of [`Hat::Steward`].
pub enum AsSteward {}
/// Marks a transaction of [`Hat::Tenant`] to which no tenant is bound yet.
pub enum Unbound {}

/// A transaction at the gate: sign-in, invitations.
pub type GateTx = Tx<AtGate>;
/// A transaction of onboarding staff.
pub type RegistrarTx = Tx<AsRegistrar>;
/// A transaction that administers staff.
pub type StewardTx = Tx<AsSteward>;
/// A transaction that reads across tenants.
pub type OperatorTx = Tx<AsOperator>;

impl<H> Tx<H> {
    pub(super) fn new(tx: Transaction<'static, Postgres>, origin: Origin) -> Self {
        Self {
            tx,
            origin,
            hat: PhantomData,
        }
    }

    /// The connection, inside the transaction.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// From where its work was asked for.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Makes the work durable.
    pub async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }
}
