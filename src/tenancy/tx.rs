//! The one way to a tenant's rows.

use sqlx::PgConnection;

use super::{TenantId, spent::Stopwatch};
use crate::{
    Result,
    database::{Pools, Tx, Unbound},
};

/// A transaction in which PostgreSQL shows one tenant's rows and no others.
///
/// Queries on tenants' rows take `&mut TenantTx`, never a pool: holding one is the proof
/// that row-level security is in force. Dropped without [`commit`](Self::commit), it rolls
/// back.
pub struct TenantTx {
    tx: Tx<Unbound>,
    tenant: TenantId,
    watch: Stopwatch,
}

impl TenantTx {
    /// Begins a transaction and binds it to `tenant`. The setting ends with the
    /// transaction, so the connection goes back to the pool without a tenant.
    pub async fn begin(pools: &Pools, tenant: &TenantId) -> Result<Self> {
        let mut tx = pools.begin_unbound().await?;
        let watch = Stopwatch::start();
        pools.binding().bind(tx.conn(), tenant.as_str()).await?;
        if pools.reads_only() {
            sqlx::query("set transaction read only")
                .execute(tx.conn())
                .await?;
        }
        Ok(Self {
            tx,
            tenant: tenant.clone(),
            watch,
        })
    }

    /// The tenant whose rows are visible here.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The tenant's id and the connection, for a query that names both.
    pub fn parts(&mut self) -> (&str, &mut PgConnection) {
        (self.tenant.as_str(), self.tx.conn())
    }

    /// The tenant and the transaction, for what is done to a tenant under more than one hat.
    pub fn whole(&mut self) -> (&TenantId, &mut Tx<Unbound>) {
        (&self.tenant, &mut self.tx)
    }

    /// Makes the work durable.
    pub async fn commit(self) -> Result<()> {
        let Self { tx, watch, .. } = self;
        let committed = tx.commit().await;
        drop(watch);
        committed
    }
}
