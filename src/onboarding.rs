//! A department's start: the tenant, its first key, its baseline ensemble, an invitation for
//! its contact, the audit line. All in one commit, or nothing.

use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Error, Result,
    access::{
        ApiKey, Scopes,
        api_key::{self, Lifetime, NewKey},
        invitation::{self, Token},
        user::check_email,
    },
    audit,
    clock::Now,
    database::RegistrarTx,
    error::constraints,
    forecasting::{
        prior::{Prior, baseline},
        seir::State,
    },
    tenancy::TenantId,
};

/// How many members a baseline ensemble has.
const MEMBERS: usize = 100;

/// A department to be brought on.
pub struct Onboarding<'a> {
    /// Its id, for good.
    pub tenant: &'a TenantId,
    /// Its name.
    pub name: &'a str,
    /// Whom to invite.
    pub contact: &'a str,
    /// True for a demonstration.
    pub simulated: bool,
    /// Chosen by the form, so that the same form sent twice brings on one department.
    pub submission: Uuid,
    /// Where the random numbers of its baseline ensemble start.
    pub seed: u64,
    /// Who brings it on, for the audit.
    pub by: &'a str,
}

/// What came of it.
pub enum Onboarded {
    /// The department was made just now: here are its key and its contact's invitation, once.
    Now {
        /// The department's first key.
        key: ApiKey,
        /// The contact's invitation.
        invitation: Token,
    },
    /// This same submission made it before: its key was shown then, and cannot be again.
    Before,
}

/// Brings a department on, and commits.
///
/// # Errors
/// When the id is taken by another, or something in the form is not as it should be.
pub async fn onboard(mut tx: RegistrarTx, new: Onboarding<'_>, now: Now) -> Result<Onboarded> {
    let contact = new.contact.trim().to_lowercase();
    check_email(&contact)?;
    // Of two at once the second waits here for the first, and then finds its row.
    let made = sqlx::query(
        r#"
        insert into tenants (tenant_id, name, contact_email, simulated, onboarding_id, created_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant_id) do nothing
        "#,
    )
    .bind(new.tenant.as_str())
    .bind(new.name.trim())
    .bind(&contact)
    .bind(new.simulated)
    .bind(new.submission)
    .bind(now)
    .execute(tx.conn())
    .await?
    .rows_affected();
    if made == 0 {
        return made_before(tx, &new).await;
    }
    let first = NewKey {
        key_id: new.submission,
        name: "first key",
        // With this key alone the department has to be able to do its work.
        scopes: &Scopes::all(),
        lifetime: Lifetime::default(),
        by: new.by,
    };
    let key = api_key::issue(&mut tx, new.tenant, first, now)
        .await?
        .ok_or_else(|| Error::internal("a key of a tenant that was not there"))?;
    store_baseline(&mut tx, new.tenant, new.seed, now).await?;
    let invitation = invitation::invite(&mut tx, new.tenant, &contact, true, new.by, now).await?;
    audit::record(
        &mut tx,
        new.tenant,
        now,
        new.by,
        "tenant.onboarded",
        &contact,
    )
    .await?;
    tx.commit().await?;
    Ok(Onboarded::Now { key, invitation })
}

async fn made_before(mut tx: RegistrarTx, new: &Onboarding<'_>) -> Result<Onboarded> {
    let ours: bool =
        sqlx::query_scalar("select onboarding_id = $2 from tenants where tenant_id = $1")
            .bind(new.tenant.as_str())
            .bind(new.submission)
            .fetch_one(tx.conn())
            .await?;
    if ours {
        return Ok(Onboarded::Before);
    }
    let taken = constraints::message("tenants_pkey").unwrap_or_default();
    Err(Error::Conflict(taken.to_owned()))
}

/// The baseline ensemble: drawn from the documented prior, with the seed that draws it again.
async fn store_baseline(
    tx: &mut RegistrarTx,
    tenant: &TenantId,
    seed: u64,
    now: Now,
) -> Result<()> {
    let prior = Prior::default();
    let ensemble = baseline(
        &prior,
        MEMBERS,
        &mut Xoshiro256PlusPlus::seed_from_u64(seed),
    );
    sqlx::query(
        r#"
        insert into model_states
            (tenant_id, state_id, as_of, kind, members, variables, ensemble, parameters, created_at)
        values ($1, $2, $3, 'baseline', $4, $5, $6, $7, $8)
        "#,
    )
    .bind(tenant.as_str())
    .bind(Uuid::now_v7())
    .bind(now.date_naive())
    .bind(i32::try_from(MEMBERS).map_err(Error::internal)?)
    .bind(State::NAMES.as_slice())
    .bind(ensemble.as_flat())
    // A seed of 64 bits does not fit a JSON number.
    .bind(json!({ "prior": prior, "seed": seed.to_string() }))
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
