//! The platform's staff, as administrators let them in and shut them out.
//!
//! The hat that does this reaches no other account; the database signs whoever is changed out
//! everywhere, and keeps the platform one administrator at least.

use uuid::Uuid;

use super::{invitation, invitation::Token, people::Open};
use crate::{Error, Result, audit, clock::Now, database::StewardTx};

/// An administrator, or somebody who brings departments on.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    /// Their id.
    pub user_id: Uuid,
    /// How they sign in.
    pub email: String,
    /// Their name.
    pub name: String,
    /// `admin` or `onboarding`.
    pub role: String,
    /// Since when.
    pub created_at: Now,
    /// When they were shut out.
    pub disabled_at: Option<Now>,
}

/// Everybody, whoever was shut out last.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut StewardTx) -> Result<Vec<Member>> {
    Ok(sqlx::query_as(
        r#"
        select user_id, email, name, role, created_at, disabled_at
        from users
        where role in ('admin', 'onboarding')
        order by disabled_at is not null, role, name, email
        "#,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Invitations that still stand.
///
/// # Errors
/// When the database refuses.
pub async fn open_invitations(tx: &mut StewardTx, now: Now) -> Result<Vec<Open>> {
    Ok(sqlx::query_as(
        r#"
        select invitation_id, email, role, invited_by, expires_at
        from staff_invitations
        where accepted_at is null and revoked_at is null and expires_at > $1
        order by created_at desc
        "#,
    )
    .bind(now)
    .fetch_all(tx.conn())
    .await?)
}

/// The role that a form names.
///
/// # Errors
/// When it is none of staff's.
pub fn role(name: &str) -> Result<&'static str> {
    ["admin", "onboarding"]
        .into_iter()
        .find(|known| *known == name)
        .ok_or_else(|| Error::Invalid("choose a role: administrator, or onboarding".into()))
}

/// Invites somebody to the staff.
///
/// # Errors
/// When the e-mail address cannot be one.
pub async fn invite(
    tx: &mut StewardTx,
    email: &str,
    role: &str,
    by: &str,
    now: Now,
) -> Result<Token> {
    let token = invitation::invite_staff(tx, email, role, by, now).await?;
    let subject = format!("{}, {role}", email.trim().to_lowercase());
    audit::record_platform(tx, now, by, "invitation.sent", &subject).await?;
    Ok(token)
}

/// Takes an invitation back that nobody has answered.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn revoke(tx: &mut StewardTx, invitation: Uuid, by: &str, now: Now) -> Result<()> {
    let email: Option<String> = sqlx::query_scalar(
        r#"
        update staff_invitations
        set revoked_at = $2
        where invitation_id = $1 and accepted_at is null and revoked_at is null
        returning email
        "#,
    )
    .bind(invitation)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    let email = email.ok_or(Error::NotFound("invitation"))?;
    audit::record_platform(tx, now, by, "invitation.revoked", &email).await
}

/// What is done about a member of the staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They are this from now on: `admin` or `onboarding`.
    Role(&'static str),
    /// They are shut out.
    Disable,
    /// They are let in again.
    Enable,
}

/// Does it.
///
/// # Errors
/// [`Error::NotFound`] for whoever is no staff; when the platform would be left without an
/// administrator, or it was done already.
pub async fn change(
    tx: &mut StewardTx,
    member: Uuid,
    change: Change,
    by: &str,
    now: Now,
) -> Result<()> {
    // All administrators in one order, so that two who shut each other out do so one after the other.
    sqlx::query(
        "select from users where role = 'admin' or user_id = $1 order by user_id for update",
    )
    .bind(member)
    .execute(tx.conn())
    .await?;
    let (role, disable) = match change {
        Change::Role(role) => (Some(role), None),
        Change::Disable => (None, Some(true)),
        Change::Enable => (None, Some(false)),
    };
    let email: Option<String> = sqlx::query_scalar(
        r#"
        update users
        set role = coalesce($2, role),
            disabled_at = case when $3 then $4::timestamptz when not $3 then null else disabled_at end
        where user_id = $1
            and (role, disabled_at is not null) <> (coalesce($2, role), coalesce($3, disabled_at is not null))
        returning email
        "#,
    )
    .bind(member)
    .bind(role)
    .bind(disable)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    let email = email.ok_or(Error::NotFound("member of the staff"))?;
    let (action, subject) = match change {
        Change::Role(role) => ("user.role_changed", format!("{email}, {role}")),
        Change::Disable => ("user.disabled", email),
        Change::Enable => ("user.enabled", email),
    };
    audit::record_platform(tx, now, by, action, &subject).await
}
