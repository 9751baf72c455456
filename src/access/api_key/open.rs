//! What a key opens.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{ApiKey, Scopes};
use crate::{
    Result,
    clock::Now,
    database::Gate,
    tenancy::{Tenant, TenantId},
};

/// A key that opened: whose it is, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedKey {
    /// The department it belongs to.
    pub tenant: Tenant,
    /// Its id.
    pub key_id: Uuid,
    /// How it begins: the name by which the audit knows it.
    pub prefix: String,
    /// What it may do.
    pub scopes: Scopes,
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: String,
    name: String,
    simulated: bool,
    key_id: Uuid,
    prefix: String,
    #[sqlx(try_from = "Vec<String>")]
    scopes: Scopes,
    last_used_at: Option<Now>,
}

/// What this key opens, if it is in use; it is noted that it was used. It is looked up for
/// each request, so a revoked key ends with the request before.
pub async fn open(gate: &mut Gate, key: &ApiKey, now: Now) -> Result<Option<OpenedKey>> {
    let row: Option<Row> = sqlx::query_as(
        r#"
        select t.tenant_id, t.name, t.simulated, k.key_id, k.prefix, k.scopes, k.last_used_at
        from api_keys k
        join tenants t on t.tenant_id = k.tenant_id
        where k.key_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)
        "#,
    )
    .bind(key.hash())
    .bind(now)
    .fetch_optional(gate.conn())
    .await?;
    used(gate, row, now).await
}

/// The same for a key that is known by its id: whoever holds what was made from a key loses
/// it with the key.
pub async fn reopen(
    gate: &mut Gate,
    tenant: &TenantId,
    key_id: Uuid,
    now: Now,
) -> Result<Option<OpenedKey>> {
    let row: Option<Row> = sqlx::query_as(
        r#"
        select t.tenant_id, t.name, t.simulated, k.key_id, k.prefix, k.scopes, k.last_used_at
        from api_keys k
        join tenants t on t.tenant_id = k.tenant_id
        where k.tenant_id = $1 and k.key_id = $2 and k.revoked_at is null
            and (k.expires_at is null or k.expires_at > $3)
        "#,
    )
    .bind(tenant.as_str())
    .bind(key_id)
    .bind(now)
    .fetch_optional(gate.conn())
    .await?;
    used(gate, row, now).await
}

async fn used(gate: &mut Gate, row: Option<Row>, now: Now) -> Result<Option<OpenedKey>> {
    let Some(row) = row else {
        return Ok(None);
    };
    // To the minute is enough, and spares a busy script's requests a write each.
    if row
        .last_used_at
        .is_none_or(|used| now - used > TimeDelta::minutes(1))
    {
        sqlx::query("update api_keys set last_used_at = $3 where tenant_id = $1 and key_id = $2")
            .bind(&row.tenant_id)
            .bind(row.key_id)
            .bind(now)
            .execute(gate.conn())
            .await?;
    }
    Ok(Some(OpenedKey {
        tenant: Tenant {
            id: TenantId::parse(&row.tenant_id)?,
            name: row.name,
            simulated: row.simulated,
        },
        key_id: row.key_id,
        prefix: row.prefix,
        scopes: row.scopes,
    }))
}
