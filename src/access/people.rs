//! A department's people, as its leads let them in and shut them out.
//!
//! Whoever is shut out, let in again or given another role is signed out everywhere by the database,
//! which also keeps a department one lead at least.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{invitation, invitation::Token};
use crate::{Error, Result, audit, clock::Now, tenancy::TenantTx};

/// Somebody who works in the department, or did.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Colleague {
    /// Their id.
    pub user_id: Uuid,
    /// How they sign in.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they let colleagues in.
    pub lead: bool,
    /// Since when they are in.
    pub since: Now,
    /// When they were removed.
    pub removed_at: Option<Now>,
}

/// An invitation that nobody has answered yet.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Open {
    /// Its id. It opens nothing.
    pub invitation_id: Uuid,
    /// For whom it is.
    pub email: String,
    /// To be what.
    pub role: String,
    /// Who sent it.
    pub invited_by: String,
    /// Until when it stands.
    pub expires_at: Now,
}

/// The department's people, leads first, and whoever was removed last.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Colleague>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select u.user_id, u.email, u.name, m.lead, m.created_at as since, m.removed_at
        from memberships m
        join users u on u.user_id = m.user_id
        where m.tenant_id = $1
        order by m.removed_at is not null, not m.lead, u.name, u.email
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?)
}

/// Invitations that still stand.
///
/// # Errors
/// When the database refuses.
pub async fn open_invitations(tx: &mut TenantTx, now: Now) -> Result<Vec<Open>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select i.invitation_id, i.email, i.role, i.invited_by, i.expires_at
        from invitations i
        where i.tenant_id = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2
            -- Whoever is in by another way needs none.
            and not exists (select from users u where u.email = i.email)
        order by i.created_at desc
        "#,
    )
    .bind(tenant)
    .bind(now)
    .fetch_all(connection)
    .await?)
}

/// So many may be invited in a day: as each is sent a letter, this is no way to write to the world.
const MOST_A_DAY: i64 = 100;

/// Invites a colleague.
///
/// # Errors
/// When the e-mail address cannot be one; when [`MOST_A_DAY`] were invited since this time yesterday.
pub async fn invite(
    tx: &mut TenantTx,
    email: &str,
    lead: bool,
    by: &str,
    now: Now,
) -> Result<Token> {
    let (tenant, connection) = tx.parts();
    let sent: i64 = sqlx::query_scalar(
        "select count(*) from invitations where tenant_id = $1 and created_at > $2",
    )
    .bind(tenant)
    .bind(now - TimeDelta::days(1))
    .fetch_one(connection)
    .await?;
    if sent >= MOST_A_DAY {
        return Err(Error::Invalid(format!(
            "{MOST_A_DAY} people were invited since this time yesterday, which is the most; invite the others \
             tomorrow"
        )));
    }
    let (tenant, inner) = tx.whole();
    let token = invitation::invite(inner, tenant, email, lead, by, now).await?;
    let role = if lead { "lead" } else { "epidemiologist" };
    let subject = format!("{}, {role}", email.trim().to_lowercase());
    audit::record_own(tx, now, by, "invitation.sent", &subject).await?;
    Ok(token)
}

/// Takes an invitation back that nobody has answered.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn revoke(tx: &mut TenantTx, invitation: Uuid, by: &str, now: Now) -> Result<()> {
    let (tenant, connection) = tx.parts();
    let email: Option<String> = sqlx::query_scalar(
        r#"
        update invitations
        set revoked_at = $3
        where tenant_id = $1 and invitation_id = $2 and accepted_at is null and revoked_at is null
        returning email
        "#,
    )
    .bind(tenant)
    .bind(invitation)
    .bind(now)
    .fetch_optional(connection)
    .await?;
    let email = email.ok_or(Error::NotFound("invitation"))?;
    audit::record_own(tx, now, by, "invitation.revoked", &email).await
}

/// What is done about a colleague.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They let colleagues in from now on.
    MakeLead,
    /// They do not any more.
    EndLead,
    /// They are shut out.
    Remove,
    /// They are let in again, not as a lead.
    Readmit,
}

impl Change {
    fn action(self) -> &'static str {
        match self {
            Self::MakeLead | Self::EndLead => "user.role_changed",
            Self::Remove => "user.removed",
            Self::Readmit => "user.readmitted",
        }
    }

    /// What they are from then on: a lead, and shut out.
    fn leaves(self) -> (bool, bool) {
        match self {
            Self::MakeLead => (true, false),
            Self::EndLead | Self::Readmit => (false, false),
            Self::Remove => (false, true),
        }
    }
}

/// Does it.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's colleague; when the department would be left without a
/// lead, or it was done already.
pub async fn change(
    tx: &mut TenantTx,
    colleague: Uuid,
    change: Change,
    by: &str,
    now: Now,
) -> Result<()> {
    let (tenant, connection) = tx.parts();
    // All leads in one order, so that two who remove each other do so one after the other.
    sqlx::query(
        r#"
        select from memberships
        where tenant_id = $1 and (lead or user_id = $2)
        order by user_id
        for update
        "#,
    )
    .bind(tenant)
    .bind(colleague)
    .execute(&mut *connection)
    .await?;
    let (lead, removed) = change.leaves();
    let email: Option<String> = sqlx::query_scalar(
        r#"
        update memberships m
        set lead = $3, removed_at = case when $4 then $5::timestamptz end
        from users u
        where m.tenant_id = $1 and m.user_id = $2 and u.user_id = m.user_id
            and (m.lead, m.removed_at is not null) <> ($3, $4)
            and (m.removed_at is null or $6)
        returning u.email
        "#,
    )
    .bind(tenant)
    .bind(colleague)
    .bind(lead)
    .bind(removed)
    .bind(now)
    .bind(change == Change::Readmit)
    .fetch_optional(connection)
    .await?;
    let email = email.ok_or(Error::NotFound("colleague"))?;
    let subject = match change {
        Change::MakeLead => format!("{email}, lead"),
        Change::EndLead => format!("{email}, no longer lead"),
        Change::Remove | Change::Readmit => email,
    };
    audit::record_own(tx, now, by, change.action(), &subject).await
}
