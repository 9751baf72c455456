//! Who comes in by what a provider says: a colleague of its department who is linked to the subject,
//! else the one with the e-mail address, else somebody new. Never anybody of another department, and
//! never the platform's staff.

use uuid::Uuid;

use super::{department::Department, identity::Identity, refusal::Refusal};
use crate::{
    Error, Result,
    access::people::{self, Change},
    audit,
    clock::Now,
    database::{Gate, GateTx, Pools},
    tenancy::TenantTx,
};

/// Somebody who comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Their account.
    pub user_id: Uuid,
    /// Its address, which may not be the one that the provider says.
    pub email: String,
    /// Whether they lead.
    pub lead: bool,
    /// Whether the provider's subject is linked to them already.
    linked: bool,
}

/// Whom of the department the provider means; nobody where the address has no account yet.
///
/// # Errors
/// When the database refuses. Why somebody does not come in is no error.
pub async fn find(
    gate: &mut Gate,
    department: &Department,
    identity: &Identity,
) -> Result<Result<Option<Colleague>, Refusal>> {
    #[derive(sqlx::FromRow)]
    struct Known {
        user_id: Uuid,
        email: String,
        role: String,
        disabled: bool,
        elsewhere: bool,
        lead: Option<bool>,
        removed: bool,
        subject: Option<String>,
    }
    let known: Option<Known> = sqlx::query_as(
        r#"
        select u.user_id, u.email, u.role, u.disabled_at is not null as disabled,
            exists (
                select from memberships e
                where e.user_id = u.user_id and e.tenant_id <> $1 and e.removed_at is null
            ) as elsewhere,
            m.lead, m.removed_at is not null as removed, l.subject
        from users u
        left join memberships m on m.tenant_id = $1 and m.user_id = u.user_id
        left join sign_on_links l on l.tenant_id = $1 and l.issuer = $2 and l.user_id = u.user_id
        where u.user_id = coalesce(
            (
                select k.user_id from sign_on_links k
                where k.tenant_id = $1 and k.issuer = $2 and k.subject = $3
            ),
            (select v.user_id from users v where v.email = $4)
        )
        "#,
    )
    .bind(department.tenant.as_str())
    .bind(&department.issuer)
    .bind(&identity.subject)
    .bind(&identity.email)
    .fetch_optional(gate.conn())
    .await?;
    let Some(known) = known else {
        return Ok(Ok(None));
    };
    let refusal = match known.lead {
        None => Some(Refusal::OtherAccount),
        Some(_) if known.role != "epidemiologist" || known.elsewhere => Some(Refusal::OtherAccount),
        Some(_) if known.removed => Some(Refusal::Removed),
        Some(_) if known.disabled => Some(Refusal::ShutOut),
        // A subject is never given to another person; an address may be.
        Some(_)
            if known
                .subject
                .as_ref()
                .is_some_and(|of| *of != identity.subject) =>
        {
            Some(Refusal::AnotherIdentity)
        }
        Some(_) => None,
    };
    Ok(match refusal {
        Some(refusal) => Err(refusal),
        None => Ok(Some(Colleague {
            user_id: known.user_id,
            email: known.email,
            lead: known.lead.unwrap_or(false),
            linked: known.subject.is_some(),
        })),
    })
}

/// Links the provider's subject to a colleague, where it is not yet.
///
/// # Errors
/// When the database refuses.
pub async fn link(
    tx: &mut GateTx,
    department: &Department,
    identity: &Identity,
    colleague: &Colleague,
    now: Now,
) -> Result<()> {
    if colleague.linked {
        return Ok(());
    }
    insert_link(tx, department, identity, colleague.user_id, now).await?;
    let subject = format!("{}, by {}", colleague.email, department.issuer);
    let (tenant, email) = (&department.tenant, &colleague.email);
    audit::record(tx, tenant, now, email, "sign_on.linked", &subject).await
}

async fn insert_link(
    tx: &mut GateTx,
    department: &Department,
    identity: &Identity,
    user_id: Uuid,
    now: Now,
) -> Result<()> {
    sqlx::query(
        r#"
        insert into sign_on_links (tenant_id, issuer, subject, user_id, created_at)
        values ($1, $2, $3, $4, $5)
        "#,
    )
    .bind(department.tenant.as_str())
    .bind(&department.issuer)
    .bind(&identity.subject)
    .bind(user_id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes an account of this department for somebody new, with the audit line. They have no
/// password here.
///
/// # Errors
/// When the address has got an account meanwhile.
pub async fn join(
    tx: &mut GateTx,
    department: &Department,
    identity: &Identity,
    now: Now,
) -> Result<Colleague> {
    let user_id = Uuid::new_v4();
    let lead = identity.leads.unwrap_or(false);
    sqlx::query(
        r#"
        insert into users (user_id, email, name, role, created_at)
        values ($1, $2, $3, 'epidemiologist', $4)
        "#,
    )
    .bind(user_id)
    .bind(&identity.email)
    .bind(&identity.name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    // First the link: by it the database lets them in.
    insert_link(tx, department, identity, user_id, now).await?;
    sqlx::query(
        "insert into memberships (tenant_id, user_id, created_at, lead) values ($1, $2, $3, $4)",
    )
    .bind(department.tenant.as_str())
    .bind(user_id)
    .bind(now)
    .bind(lead)
    .execute(tx.conn())
    .await?;
    let role = if lead { "lead" } else { "epidemiologist" };
    let (tenant, email) = (&department.tenant, &identity.email);
    let subject = format!("{email}, {role}");
    audit::record(tx, tenant, now, email, "sign_on.joined", &subject).await?;
    Ok(Colleague {
        user_id,
        email: email.clone(),
        lead,
        linked: true,
    })
}

/// Makes a colleague a lead, or no longer one, where the provider says so. The last lead stays one.
///
/// # Errors
/// When the database refuses.
pub async fn follow_role(
    pools: &Pools,
    department: &Department,
    identity: &Identity,
    colleague: &Colleague,
    now: Now,
) -> Result<()> {
    let change = match identity.leads {
        Some(true) if !colleague.lead => Change::MakeLead,
        Some(false) if colleague.lead => Change::EndLead,
        _ => return Ok(()),
    };
    let mut tx = TenantTx::begin(pools, &department.tenant).await?;
    match people::change(&mut tx, colleague.user_id, change, "single sign-on", now).await {
        Ok(()) => tx.commit().await,
        // Somebody else has changed it already; or nobody else leads.
        Err(Error::NotFound(_) | Error::Invalid(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
