//! People and their roles.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::glass::{Glass, Looked};
use crate::{
    Error, Result, audit,
    clock::Now,
    database::{Gate, GateTx, RegistrarTx},
    tenancy::{Tenant, TenantId},
};

/// What a person does here. It decides the hat of every request they make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees all tenants.
    Admin,
    /// Brings departments on, and sees no case count.
    Onboarding,
    /// Works in one department.
    Epidemiologist(Tenant),
}

impl Role {
    /// Where this person starts.
    pub fn home(&self) -> &'static str {
        match self {
            Self::Admin => "/admin",
            Self::Onboarding => "/admin/tenants",
            Self::Epidemiologist(_) => "/",
        }
    }
}

/// A person who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Their id.
    pub user_id: Uuid,
    /// How they sign in, lower case.
    pub email: String,
    /// Their name, as on pages.
    pub name: String,
    /// What they do here.
    pub role: Role,
    /// Whether they let colleagues into their department and shut them out.
    pub lead: bool,
    /// Into which department they look just now, as an administrator.
    pub glass: Option<Glass>,
    /// Who looked into their department of late.
    pub looked: Option<Looked>,
}

/// A row of `users` with the department, if there is one.
#[derive(sqlx::FromRow)]
pub(super) struct UserRow {
    user_id: Uuid,
    email: String,
    name: String,
    role: String,
    lead: Option<bool>,
    tenant_id: Option<String>,
    tenant_name: Option<String>,
    simulated: Option<bool>,
}

impl TryFrom<UserRow> for SignedIn {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self> {
        let role = match (row.role.as_str(), row.tenant_id, row.tenant_name) {
            ("admin", None, _) => Role::Admin,
            ("onboarding", None, _) => Role::Onboarding,
            ("epidemiologist", Some(id), Some(name)) => Role::Epidemiologist(Tenant {
                id: TenantId::parse(&id)?,
                name,
                simulated: row.simulated.unwrap_or(false),
            }),
            // Staff with a department, or an epidemiologist without: nobody is let in on
            // such a contradiction.
            (role, ..) => return Err(Error::internal(format!("user {} is {role}", row.user_id))),
        };
        Ok(Self {
            user_id: row.user_id,
            email: row.email,
            name: row.name,
            role,
            lead: row.lead.unwrap_or(false),
            glass: None,
            looked: None,
        })
    }
}

/// A person, and how they prove that they are.
pub struct Credentials {
    /// The person.
    pub who: SignedIn,
    /// The hash of their password; none where they sign on at their department's provider alone.
    pub password_hash: Option<String>,
    /// Whether they have a second factor.
    pub has_second_factor: bool,
}

/// The person with this e-mail address.
pub async fn by_email(gate: &mut Gate, email: &str) -> Result<Option<Credentials>> {
    #[derive(sqlx::FromRow)]
    struct Known {
        #[sqlx(flatten)]
        user: UserRow,
        password_hash: Option<String>,
        has_second_factor: bool,
    }
    let known: Option<Known> = sqlx::query_as(
        r#"
        select u.user_id, u.email, u.name, u.role, u.password_hash,
            exists (select from totp_secrets f where f.user_id = u.user_id)
                or exists (select from passkeys p where p.user_id = u.user_id) as has_second_factor,
            m.lead, t.tenant_id, t.name as tenant_name, t.simulated
        from users u
        left join memberships m on m.user_id = u.user_id and m.removed_at is null
        left join tenants t on t.tenant_id = m.tenant_id
        where u.email = lower($1) and u.disabled_at is null
            and (u.role <> 'epidemiologist' or m.user_id is not null)
        "#,
    )
    .bind(email)
    .fetch_optional(gate.conn())
    .await?;
    known
        .map(|known| {
            Ok(Credentials {
                who: known.user.try_into()?,
                password_hash: known.password_hash,
                has_second_factor: known.has_second_factor,
            })
        })
        .transpose()
}

/// The person with this id, where they may sign in.
pub async fn by_id(tx: &mut GateTx, person: Uuid) -> Result<Option<SignedIn>> {
    let known: Option<UserRow> = sqlx::query_as(
        r#"
        select u.user_id, u.email, u.name, u.role, m.lead, t.tenant_id, t.name as tenant_name,
            t.simulated
        from users u
        left join memberships m on m.user_id = u.user_id and m.removed_at is null
        left join tenants t on t.tenant_id = m.tenant_id
        where u.user_id = $1 and u.disabled_at is null
            and (u.role <> 'epidemiologist' or m.user_id is not null)
        "#,
    )
    .bind(person)
    .fetch_optional(tx.conn())
    .await?;
    known.map(SignedIn::try_from).transpose()
}

impl SignedIn {
    /// What whoever guesses this person's password tries first.
    pub fn words(&self) -> Vec<&str> {
        let mut words = vec![self.email.as_str(), &self.name, "cordon"];
        if let Role::Epidemiologist(tenant) = &self.role {
            words.extend([tenant.id.as_str(), &tenant.name]);
        }
        words
    }

    /// Whether their role asks for a second factor.
    pub fn needs_second_factor(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Onboarding)
    }

    /// The department they work in.
    pub fn tenant(&self) -> Option<&TenantId> {
        match &self.role {
            Role::Epidemiologist(tenant) => Some(&tenant.id),
            Role::Admin | Role::Onboarding => None,
        }
    }
}

/// Gives a person another password, hashed already. The audit line is the caller's.
///
/// # Errors
/// When the database refuses.
pub async fn set_password(tx: &mut GateTx, person: Uuid, password_hash: &str) -> Result<()> {
    sqlx::query("update users set password_hash = $2 where user_id = $1")
        .bind(person)
        .bind(password_hash)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A person to be added by staff. The password is hashed already.
pub struct NewUser<'a> {
    /// How they sign in.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
    /// The PHC string.
    pub password_hash: &'a str,
    /// Who adds them, for the audit.
    pub added_by: &'a str,
}

/// The role of a person to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewRole {
    /// Sees all tenants.
    Admin,
    /// Brings departments on.
    Onboarding,
    /// Works in this department.
    Epidemiologist(TenantId),
    /// Works in this department, and lets colleagues in and shuts them out.
    Lead(TenantId),
}

/// Adds a person, in the same commit as the audit line.
///
/// # Errors
/// When the e-mail address is taken or malformed, or there is no such department.
pub async fn add(tx: &mut RegistrarTx, new: NewUser<'_>, role: &NewRole, now: Now) -> Result<Uuid> {
    let user_id = Uuid::new_v4();
    let email = new.email.trim().to_lowercase();
    check_email(&email)?;
    let (name, tenant) = match role {
        NewRole::Admin => ("admin", None),
        NewRole::Onboarding => ("onboarding", None),
        NewRole::Epidemiologist(tenant) | NewRole::Lead(tenant) => ("epidemiologist", Some(tenant)),
    };
    sqlx::query(
        r#"
        insert into users (user_id, email, name, password_hash, role, created_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
    )
    .bind(user_id)
    .bind(&email)
    .bind(new.name)
    .bind(new.password_hash)
    .bind(name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    let Some(tenant) = tenant else {
        audit::record_platform(
            tx,
            now,
            new.added_by,
            "user.added",
            &format!("{email}, {name}"),
        )
        .await?;
        return Ok(user_id);
    };
    let exists: bool =
        sqlx::query_scalar("select exists (select from tenants where tenant_id = $1)")
            .bind(tenant.as_str())
            .fetch_one(tx.conn())
            .await?;
    if !exists {
        return Err(Error::NotFound("department"));
    }
    let lead = matches!(role, NewRole::Lead(_));
    sqlx::query(
        "insert into memberships (tenant_id, user_id, created_at, lead) values ($1, $2, $3, $4)",
    )
    .bind(tenant.as_str())
    .bind(user_id)
    .bind(now)
    .bind(lead)
    .execute(tx.conn())
    .await?;
    let subject = match lead {
        true => format!("{email}, lead"),
        false => email,
    };
    audit::record(tx, tenant, now, new.added_by, "user.added", &subject).await?;
    Ok(user_id)
}

/// Refuses what cannot be an e-mail address. Whether somebody reads it shows only when an
/// invitation is answered.
pub fn check_email(email: &str) -> Result<()> {
    let whole = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    });
    let clean =
        !email.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    if whole && clean && email.matches('@').count() == 1 && (3..=254).contains(&email.len()) {
        return Ok(());
    }
    Err(Error::Invalid(
        "an e-mail address looks like epi@alder.example".into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_has_a_name_and_a_domain() {
        for good in ["epi@alder.example", "a.b+c@x.y.example"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "epi",
            "epi@",
            "@alder.example",
            "a@b",
            "a b@c.d",
            "a@b@c.d",
            "a@.d",
            "a\r\n@b.c",
        ] {
            assert!(check_email(bad).is_err(), "{bad:?}");
        }
    }
}
