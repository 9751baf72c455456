//! What is done to a key: issued, rotated, revoked. Each writes its audit line.
//!
//! A department's people do it to their own keys, onboarding staff to any department's; the
//! hat of the transaction decides which the database allows.

use uuid::Uuid;

use super::{ApiKey, Lifetime, Overlap, Scopes};
use crate::{Error, Result, audit, clock::Now, database::Tx, tenancy::TenantId};

/// A key to be issued.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    /// Chosen by the form, so that the same form sent twice issues one key.
    pub key_id: Uuid,
    /// What it is for.
    pub name: &'a str,
    /// What it may do.
    pub scopes: &'a Scopes,
    /// How long it lasts.
    pub lifetime: Lifetime,
    /// Who issues it, for the audit.
    pub by: &'a str,
}

/// Issues a key. `None`: this id's key was issued before, and cannot be shown again.
///
/// # Errors
/// When there is no such department, or the name is empty or too long.
pub async fn issue<H>(
    tx: &mut Tx<H>,
    tenant: &TenantId,
    new: NewKey<'_>,
    now: Now,
) -> Result<Option<ApiKey>> {
    let key = insert(tx, tenant, new, None, now).await?;
    if let Some(key) = &key {
        let subject = format!("{}, {}: {}", key.prefix(), new.name.trim(), new.scopes);
        audit::record(tx, tenant, now, new.by, "api_key.issued", &subject).await?;
    }
    Ok(key)
}

async fn insert<H>(
    tx: &mut Tx<H>,
    tenant: &TenantId,
    new: NewKey<'_>,
    replaces: Option<Uuid>,
    now: Now,
) -> Result<Option<ApiKey>> {
    let key = ApiKey::generate()?;
    let made = sqlx::query(
        r#"
        insert into api_keys
            (tenant_id, key_id, name, prefix, key_hash, scopes, replaces, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id, key_id) do nothing
        "#,
    )
    .bind(tenant.as_str())
    .bind(new.key_id)
    .bind(new.name.trim())
    .bind(key.prefix())
    .bind(key.hash())
    .bind(new.scopes.names())
    .bind(replaces)
    .bind(now)
    .bind(new.lifetime.end(now))
    .execute(tx.conn())
    .await?
    .rows_affected();
    Ok((made == 1).then_some(key))
}

/// A key to take the place of another.
#[derive(Clone, Copy, Debug)]
pub struct Rotation<'a> {
    /// The key that goes.
    pub old: Uuid,
    /// The id of the one that comes, chosen by the form.
    pub key_id: Uuid,
    /// How long the old one goes on.
    pub overlap: Overlap,
    /// How long the new one lasts.
    pub lifetime: Lifetime,
    /// Who does it, for the audit.
    pub by: &'a str,
}

/// Issues a key with the name and scopes of another, which ends after the overlap, or at its
/// own end where that is sooner. `None`: this same form did it before.
///
/// # Errors
/// When there is no such key in this department, or it is not in use any more.
pub async fn rotate<H>(
    tx: &mut Tx<H>,
    tenant: &TenantId,
    rotation: Rotation<'_>,
    now: Now,
) -> Result<Option<ApiKey>> {
    #[derive(sqlx::FromRow)]
    struct Old {
        name: String,
        prefix: String,
        #[sqlx(try_from = "Vec<String>")]
        scopes: Scopes,
    }
    // Of two at once the second waits here for the first.
    let old: Option<Old> = sqlx::query_as(
        r#"
        update api_keys
        set expires_at = least(expires_at, $4)
        where tenant_id = $1 and key_id = $2 and revoked_at is null
            and (expires_at is null or expires_at > $3)
        returning name, prefix, scopes
        "#,
    )
    .bind(tenant.as_str())
    .bind(rotation.old)
    .bind(now)
    .bind(rotation.overlap.end(now))
    .fetch_optional(tx.conn())
    .await?;
    let Some(old) = old else {
        // What ended at once has ended when the form comes again.
        let before: bool = sqlx::query_scalar(
            "select exists (select from api_keys where tenant_id = $1 and key_id = $2 and replaces = $3)",
        )
        .bind(tenant.as_str())
        .bind(rotation.key_id)
        .bind(rotation.old)
        .fetch_one(tx.conn())
        .await?;
        return if before {
            Ok(None)
        } else {
            Err(Error::NotFound("key in use"))
        };
    };
    let new = NewKey {
        key_id: rotation.key_id,
        name: &old.name,
        scopes: &old.scopes,
        lifetime: rotation.lifetime,
        by: rotation.by,
    };
    let key = insert(tx, tenant, new, Some(rotation.old), now).await?;
    if let Some(key) = &key {
        let (_, ends) = rotation.overlap.names();
        let subject = format!("{} by {}, and ends {ends}", old.prefix, key.prefix());
        audit::record(tx, tenant, now, rotation.by, "api_key.rotated", &subject).await?;
    }
    Ok(key)
}

/// Revokes a key. Its row stays, for the record.
///
/// # Errors
/// When there is no such key in this department, or it is not in use any more.
pub async fn revoke<H>(
    tx: &mut Tx<H>,
    tenant: &TenantId,
    key_id: Uuid,
    revoked_by: &str,
    now: Now,
) -> Result<()> {
    let prefix: Option<String> = sqlx::query_scalar(
        r#"
        update api_keys
        set revoked_at = $3
        where tenant_id = $1 and key_id = $2 and revoked_at is null
        returning prefix
        "#,
    )
    .bind(tenant.as_str())
    .bind(key_id)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    let prefix = prefix.ok_or(Error::NotFound("key in use"))?;
    audit::record(tx, tenant, now, revoked_by, "api_key.revoked", &prefix).await
}
