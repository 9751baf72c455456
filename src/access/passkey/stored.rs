//! Passkeys as they are stored: public keys, and how often each was used.

use sqlx::types::Json;
use uuid::Uuid;
use webauthn_rs::prelude::Passkey;

use crate::{
    Error, Result,
    clock::Now,
    database::{Gate, GateTx},
    secret::sha256,
};

/// Stores a new passkey; false where somebody has it already.
pub(super) async fn insert(
    tx: &mut GateTx,
    person: Uuid,
    name: &str,
    passkey: &Passkey,
    now: Now,
) -> Result<bool> {
    let added = sqlx::query(
        r#"
        insert into passkeys (user_id, passkey_id, credential_hash, credential, name, created_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (credential_hash) do nothing
        "#,
    )
    .bind(person)
    .bind(Uuid::new_v4())
    .bind(sha256(passkey.cred_id()))
    .bind(Json(passkey))
    .bind(name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Stores how often a passkey was used by now.
pub(super) async fn update(
    tx: &mut GateTx,
    person: Uuid,
    id: Uuid,
    passkey: &Passkey,
    now: Now,
) -> Result<()> {
    sqlx::query(
        r#"
        update passkeys
        set credential = $3, last_used_at = $4
        where user_id = $1 and passkey_id = $2
        "#,
    )
    .bind(person)
    .bind(id)
    .bind(Json(passkey))
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A person's passkey with this credential, held until the transaction ends: two answers do not
/// count from the same number.
pub(super) async fn by_credential(
    tx: &mut GateTx,
    person: Uuid,
    credential: &[u8],
) -> Result<Option<(Uuid, Passkey)>> {
    let found: Option<(Uuid, Json<Passkey>)> = sqlx::query_as(
        r#"
        select passkey_id, credential
        from passkeys
        where user_id = $1 and credential_hash = $2
        for update
        "#,
    )
    .bind(person)
    .bind(sha256(credential))
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|(id, Json(passkey))| (id, passkey)))
}

/// The public keys of a person's passkeys.
pub(super) async fn of_person(gate: &mut Gate, person: Uuid) -> Result<Vec<Passkey>> {
    let own: Vec<Json<Passkey>> = sqlx::query_scalar(
        "select credential from passkeys where user_id = $1 order by created_at",
    )
    .bind(person)
    .fetch_all(gate.conn())
    .await?;
    Ok(own.into_iter().map(|Json(passkey)| passkey).collect())
}

/// A passkey, as its owner sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Known {
    /// Its id on pages; it opens nothing.
    pub passkey_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub created_at: Now,
    /// When it was last used.
    pub last_used_at: Option<Now>,
}

/// A person's passkeys, the first made first.
///
/// # Errors
/// When the database refuses.
pub async fn known(gate: &mut Gate, person: Uuid) -> Result<Vec<Known>> {
    Ok(sqlx::query_as(
        r#"
        select passkey_id, name, created_at, last_used_at
        from passkeys
        where user_id = $1
        order by created_at, passkey_id
        "#,
    )
    .bind(person)
    .fetch_all(gate.conn())
    .await?)
}

/// Removes a passkey, and says what it was called. The audit line is the caller's.
///
/// # Errors
/// [`Error::NotFound`] for one that is not this person's.
pub async fn remove(tx: &mut GateTx, person: Uuid, id: Uuid) -> Result<String> {
    sqlx::query_scalar("delete from passkeys where user_id = $1 and passkey_id = $2 returning name")
        .bind(person)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(Error::NotFound("passkey"))
}
