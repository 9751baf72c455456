//! What was done, by whom, to whom: a line in the same commit as the act.

use uuid::Uuid;

use crate::{
    Result,
    clock::Now,
    database::Tx,
    tenancy::{TenantId, TenantTx},
};

/// Records what was done to a department. `action` is `noun.verb`; `subject` says to whom or
/// what in words, and never holds a secret.
pub async fn record<H>(
    tx: &mut Tx<H>,
    tenant: &TenantId,
    now: Now,
    actor: &str,
    action: &str,
    subject: &str,
) -> Result<()> {
    sqlx::query(
        r#"
        insert into audit (tenant_id, audit_id, occurred_at, actor, action, subject)
        values ($1, $2, $3, $4, $5, $6)
        "#,
    )
    .bind(tenant.as_str())
    .bind(Uuid::now_v7())
    .bind(now)
    .bind(actor)
    .bind(action)
    .bind(subject)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Records what a department's own people or programs did, in their transaction.
pub async fn record_own(
    tx: &mut TenantTx,
    now: Now,
    actor: &str,
    action: &str,
    subject: &str,
) -> Result<()> {
    let (tenant, tx) = tx.whole();
    record(tx, tenant, now, actor, action, subject).await
}

/// Records what concerns no department: staff accounts, staff signing in.
pub async fn record_platform<H>(
    tx: &mut Tx<H>,
    now: Now,
    actor: &str,
    action: &str,
    subject: &str,
) -> Result<()> {
    sqlx::query(
        r#"
        insert into platform_audit (audit_id, occurred_at, actor, action, subject)
        values ($1, $2, $3, $4, $5)
        "#,
    )
    .bind(Uuid::now_v7())
    .bind(now)
    .bind(actor)
    .bind(action)
    .bind(subject)
    .execute(tx.conn())
    .await?;
    Ok(())
}
