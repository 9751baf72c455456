//! Signing on at a department's own provider: the pages of it.

/// Going to the provider.
pub mod begin;
/// Coming back from it.
pub mod callback;
/// Where a lead writes down how.
pub mod settings;

mod parts;

pub use parts::{another_way, other_proof, section};

use crate::{app::App, tenancy::TenantId};

/// The address at which a department's people begin.
pub fn begins_at(app: &App, tenant: &TenantId) -> String {
    format!("{}/login/sign-on/{tenant}", app.config.origin)
}

/// Where its provider sends them back. Each department has one of its own, so that what one provider
/// answers is not taken for another's (RFC 9700, mix-up).
pub fn comes_back_to(app: &App, tenant: &TenantId) -> String {
    format!("{}/callback", begins_at(app, tenant))
}
