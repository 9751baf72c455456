//! Invitations: how a person is let in, to a department or to the platform's staff.

use chrono::TimeDelta;
use uuid::Uuid;

use super::user::check_email;
use crate::{
    Error, Result, audit,
    clock::Now,
    database::{Gate, GateTx, StewardTx, Tx},
    secret::{hex, random_bytes, sha256},
    tenancy::TenantId,
};

/// How long an invitation stands.
const STANDS: TimeDelta = TimeDelta::days(14);

/// The token of a link that is handed over, in the clear. Only its hash is stored.
pub struct Token {
    text: String,
    until: Now,
}

impl Token {
    /// One that nobody can guess, for a link that opens until then.
    pub fn new(until: Now) -> Result<Self> {
        Ok(Self {
            text: hex(&random_bytes::<32>()?),
            until,
        })
    }

    /// Until when the link opens.
    pub fn until(&self) -> Now {
        self.until
    }

    /// What is stored of it.
    pub fn hash(&self) -> [u8; 32] {
        Self::hash_of(&self.text)
    }

    /// What would be stored of a token that somebody sent.
    pub fn hash_of(sent: &str) -> [u8; 32] {
        sha256(sent.as_bytes())
    }

    /// Gives the token up to be handed over, as the last part of the link.
    pub fn reveal(self) -> String {
        self.text
    }
}

/// Invites a person to a department, as one of its leads or not. The audit line is the caller's,
/// since inviting may be part of something larger.
///
/// # Errors
/// When the e-mail address cannot be one.
pub async fn invite<H>(
    tx: &mut Tx<H>,
    tenant: &TenantId,
    email: &str,
    lead: bool,
    by: &str,
    now: Now,
) -> Result<Token> {
    let email = email.trim().to_lowercase();
    check_email(&email)?;
    let token = Token::new(now + STANDS)?;
    sqlx::query(
        r#"
        insert into invitations (
            tenant_id, invitation_id, email, role, token_hash, invited_by, created_at, expires_at
        )
        values ($1, $2, $3, case when $4 then 'lead' else 'epidemiologist' end, $5, $6, $7, $8)
        "#,
    )
    .bind(tenant.as_str())
    .bind(Uuid::new_v4())
    .bind(email)
    .bind(lead)
    .bind(token.hash())
    .bind(by)
    .bind(now)
    .bind(token.until)
    .execute(tx.conn())
    .await?;
    Ok(token)
}

/// Invites a person to the staff, as `admin` or `onboarding`. The audit line is the caller's.
///
/// # Errors
/// When the e-mail address cannot be one.
pub async fn invite_staff(
    tx: &mut StewardTx,
    email: &str,
    role: &str,
    by: &str,
    now: Now,
) -> Result<Token> {
    let email = email.trim().to_lowercase();
    check_email(&email)?;
    let token = Token::new(now + STANDS)?;
    sqlx::query(
        r#"
        insert into staff_invitations (
            invitation_id, email, role, token_hash, invited_by, created_at, expires_at
        )
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
    )
    .bind(Uuid::new_v4())
    .bind(email)
    .bind(role)
    .bind(token.hash())
    .bind(by)
    .bind(now)
    .bind(token.until)
    .execute(tx.conn())
    .await?;
    Ok(token)
}

/// An invitation that stands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    /// Whom it is for.
    pub email: String,
    /// To be what: `lead`, `epidemiologist`, `admin` or `onboarding`.
    pub role: String,
    /// The department's name; none for staff.
    pub department: Option<String>,
}

impl Invitation {
    /// Whether it is one to the platform's staff.
    pub fn is_to_staff(&self) -> bool {
        self.department.is_none()
    }
}

fn gone() -> Error {
    Error::NotFound("invitation; it may have been used or have expired, so ask for a new one")
}

/// The invitation of a token: not answered yet, not taken back and not expired.
///
/// # Errors
/// [`Error::NotFound`] otherwise, and also for a token that never was.
pub async fn find(gate: &mut Gate, token: &str, now: Now) -> Result<Invitation> {
    sqlx::query_as(
        r#"
        select i.email, i.role, t.name as department
        from invitations i
        join tenants t on t.tenant_id = i.tenant_id
        where i.token_hash = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2
        union all
        select s.email, s.role, null
        from staff_invitations s
        where s.token_hash = $1 and s.accepted_at is null and s.revoked_at is null and s.expires_at > $2
        "#,
    )
    .bind(Token::hash_of(token))
    .bind(now)
    .fetch_optional(gate.conn())
    .await?
    .ok_or_else(gone)
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
    let taken = take(&mut tx, token, user_id, now).await?.ok_or_else(gone)?;
    let role = match taken.tenant_id {
        Some(_) => "epidemiologist",
        None => taken.role.as_str(),
    };
    sqlx::query(
        r#"
        insert into users (user_id, email, name, password_hash, role, created_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
    )
    .bind(user_id)
    .bind(&taken.email)
    .bind(name.trim())
    .bind(password_hash)
    .bind(role)
    .bind(now)
    .execute(tx.conn())
    .await?;
    let (email, action) = (&taken.email, "invitation.accepted");
    let subject = format!("{email}, {}", taken.role);
    match &taken.tenant_id {
        Some(tenant) => {
            let tenant = TenantId::parse(tenant)?;
            sqlx::query(
                "insert into memberships (tenant_id, user_id, created_at, lead) values ($1, $2, $3, $4)",
            )
            .bind(tenant.as_str())
            .bind(user_id)
            .bind(now)
            .bind(taken.role == "lead")
            .execute(tx.conn())
            .await?;
            audit::record(&mut tx, &tenant, now, email, action, &subject).await?;
        }
        None => audit::record_platform(&mut tx, now, email, action, &subject).await?,
    }
    tx.commit().await
}

/// An invitation that was just answered.
#[derive(sqlx::FromRow)]
struct Taken {
    tenant_id: Option<String>,
    email: String,
    role: String,
}

/// Takes the invitation of a token for a person, so that nobody else can.
async fn take(tx: &mut GateTx, token: &str, person: Uuid, now: Now) -> Result<Option<Taken>> {
    for sql in [
        r#"
        update invitations
        set accepted_at = $2, accepted_by = $3
        where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2
        returning tenant_id, email, role
        "#,
        r#"
        update staff_invitations
        set accepted_at = $2, accepted_by = $3
        where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2
        returning null as tenant_id, email, role
        "#,
    ] {
        let taken: Option<Taken> = sqlx::query_as(sql)
            .bind(Token::hash_of(token))
            .bind(now)
            .bind(person)
            .fetch_optional(tx.conn())
            .await?;
        if taken.is_some() {
            return Ok(taken);
        }
    }
    Ok(None)
}
