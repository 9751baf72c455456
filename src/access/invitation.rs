//! Invitations: how a person is let into a department.

use uuid::Uuid;

use super::user::check_email;
use crate::{
    Error, Result, audit,
    clock::Now,
    database::{Gate, GateTx, RegistrarTx},
    secret::{hex, random_bytes, sha256},
    tenancy::TenantId,
};

/// How long an invitation stands.
const STANDS: chrono::TimeDelta = chrono::TimeDelta::days(14);

/// The token of a new invitation, in the clear. Only its hash is stored.
pub struct Token(String);

impl Token {
    /// Gives the token up to be handed over, as the last part of the invitation's address.
    pub fn reveal(self) -> String {
        self.0
    }
}

/// Invites a person to a department. The audit line is the caller's, since inviting is part
/// of something larger.
///
/// # Errors
/// When the e-mail address cannot be one.
pub async fn invite(
    tx: &mut RegistrarTx,
    tenant: &TenantId,
    email: &str,
    now: Now,
) -> Result<Token> {
    let email = email.trim().to_lowercase();
    check_email(&email)?;
    let token = hex(&random_bytes::<32>()?);
    sqlx::query(
        r#"
        insert into invitations (tenant_id, invitation_id, email, token_hash, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
    )
    .bind(tenant.as_str())
    .bind(Uuid::new_v4())
    .bind(email)
    .bind(sha256(token.as_bytes()))
    .bind(now)
    .bind(now + STANDS)
    .execute(tx.conn())
    .await?;
    Ok(Token(token))
}

/// An invitation that stands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    /// Whom it is for.
    pub email: String,
    /// The department's name.
    pub department: String,
}

/// The invitation of a token: not answered yet, and not expired.
///
/// # Errors
/// [`Error::NotFound`] otherwise, and also for a token that never was.
pub async fn find(gate: &mut Gate, token: &str, now: Now) -> Result<Invitation> {
    sqlx::query_as(
        r#"
        select i.email, t.name as department
        from invitations i
        join tenants t on t.tenant_id = i.tenant_id
        where i.token_hash = $1 and i.accepted_at is null and i.expires_at > $2
        "#,
    )
    .bind(sha256(token.as_bytes()))
    .bind(now)
    .fetch_optional(gate.conn())
    .await?
    .ok_or(Error::NotFound(
        "invitation; it may have been used or have expired, so ask for a new one",
    ))
}

/// Lets the invited person in, once: the account, the membership and the audit line in one
/// commit. The password is hashed already.
///
/// # Errors
/// [`Error::NotFound`] when the invitation no longer stands; when the address has an account.
pub async fn accept(
    mut tx: GateTx,
    token: &str,
    name: &str,
    password_hash: &str,
    now: Now,
) -> Result<()> {
    let user_id = Uuid::new_v4();
    let taken: Option<(String, String)> = sqlx::query_as(
        r#"
        update invitations
        set accepted_at = $2, accepted_by = $3
        where token_hash = $1 and accepted_at is null and expires_at > $2
        returning tenant_id, email
        "#,
    )
    .bind(sha256(token.as_bytes()))
    .bind(now)
    .bind(user_id)
    .fetch_optional(tx.conn())
    .await?;
    let (tenant, email) = taken.ok_or(Error::NotFound(
        "invitation; it may have been used or have expired, so ask for a new one",
    ))?;
    let tenant = TenantId::parse(&tenant)?;
    sqlx::query(
        r#"
        insert into users (user_id, email, name, password_hash, role, created_at)
        values ($1, $2, $3, $4, 'epidemiologist', $5)
        "#,
    )
    .bind(user_id)
    .bind(&email)
    .bind(name.trim())
    .bind(password_hash)
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query("insert into memberships (tenant_id, user_id, created_at) values ($1, $2, $3)")
        .bind(tenant.as_str())
        .bind(user_id)
        .bind(now)
        .execute(tx.conn())
        .await?;
    audit::record(&mut tx, &tenant, now, &email, "invitation.accepted", &email).await?;
    tx.commit().await
}
