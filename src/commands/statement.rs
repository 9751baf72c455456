//! `cordon statement`: what departments owe for a month, as CSV.

use std::io::Write as _;

use super::{StatementArgs, running::Running};
use crate::{
    Error, Result,
    billing::{Month, statement::statement as read, written::csv},
    tenancy::{TenantId, TenantTx},
};

/// Writes the statement of one department, or of all, to stdout. Each is read as its own
/// department reads it, and one whose hash does not match what is on it is an error.
///
/// # Errors
/// In words for whoever typed it.
pub async fn statement(running: &Running, args: &StatementArgs) -> Result<()> {
    let month = Month::parse(&args.month)?;
    let mut statements = Vec::new();
    for tenant in tenants(running, args.tenant.as_deref(), month).await? {
        let mut tx = TenantTx::begin(&running.pools, &tenant).await?;
        statements.push(read(&mut tx, month).await?);
        tx.commit().await?;
    }
    let open = statements
        .iter()
        .filter(|statement| statement.closed.is_none())
        .count();
    if open > 0 {
        eprintln!(
            "{month} is not closed: {open} of {} statements are as they stand so far",
            statements.len()
        );
    }
    let bytes = csv(&statements)?;
    std::io::stdout().write_all(&bytes).map_err(Error::internal)
}

/// The department that was named, or all there were in the month.
async fn tenants(running: &Running, named: Option<&str>, month: Month) -> Result<Vec<TenantId>> {
    let mut tx = running.pools.begin_operator().await?;
    let tenants: Vec<String> = sqlx::query_scalar(
        "select tenant_id from tenants
         where tenant_id = coalesce($1, tenant_id) and (created_at < $2 or $1 is not null)
         order by tenant_id",
    )
    .bind(named)
    .bind(month.ends_at())
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    if let (Some(named), true) = (named, tenants.is_empty()) {
        return Err(Error::Invalid(format!("there is no department `{named}`")));
    }
    tenants
        .iter()
        .map(|tenant| TenantId::parse(tenant))
        .collect()
}
