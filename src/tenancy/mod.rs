//! Whose data it is: the tenant, and the transaction that shows one tenant's rows.

/// Proof of the isolation of a live database: `cordon verify`.
pub mod verify;

/// How much time a request spends in transactions of its department.
pub mod spent;

mod tenant;
mod tx;

pub use tenant::{Tenant, TenantId};
pub use tx::TenantTx;
