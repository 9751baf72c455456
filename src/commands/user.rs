//! `cordon user`: adding people, and letting in who lost their second factor.

use std::io::BufRead as _;

use uuid::Uuid;

use super::{RoleName, running::Running};
use crate::{
    Error, Result,
    access::{
        password::{
            Passwords,
            policy::{ALONE, BESIDE_A_SECOND_FACTOR},
        },
        second_factor,
        session::{self, End},
        user::{self, NewRole, NewUser},
    },
    audit::Entry,
    clock::Clock,
    tenancy::TenantId,
};

/// Adds a person whose password is the first line of stdin.
pub async fn add(
    running: &Running,
    email: &str,
    role: RoleName,
    lead: bool,
    tenant: Option<&str>,
    name: Option<&str>,
) -> Result<()> {
    let role = match (role, tenant) {
        (RoleName::Admin, None) => NewRole::Admin,
        (RoleName::Onboarding, None) => NewRole::Onboarding,
        (RoleName::Epidemiologist, Some(tenant)) if lead => NewRole::Lead(TenantId::parse(tenant)?),
        (RoleName::Epidemiologist, Some(tenant)) => {
            NewRole::Epidemiologist(TenantId::parse(tenant)?)
        }
        (RoleName::Epidemiologist, None) => {
            return Err(Error::Invalid(
                "an epidemiologist has a department; name it with --tenant".into(),
            ));
        }
        (RoleName::Admin | RoleName::Onboarding, Some(_)) => {
            return Err(Error::Invalid(
                "staff have no department; leave --tenant out".into(),
            ));
        }
    };
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .map_err(Error::internal)?;
    let local = email.split('@').next().unwrap_or(email);
    let about = [
        email,
        name.unwrap_or(local),
        tenant.unwrap_or_default(),
        "cordon",
    ];
    // Staff set up a second factor when they first sign in; until then it opens nothing.
    let shortest = match role {
        NewRole::Admin | NewRole::Onboarding => BESIDE_A_SECOND_FACTOR,
        NewRole::Epidemiologist(_) | NewRole::Lead(_) => ALONE,
    };
    let password_hash = Passwords::new(1)?
        .choose(password.trim_end_matches(['\r', '\n']), shortest, &about)
        .await?;
    let new = NewUser {
        email,
        name: name.unwrap_or(local),
        password_hash: &password_hash,
        added_by: "command line",
    };
    let mut tx = running.pools.begin_registrar().await?;
    user::add(&mut tx, new, &role, Clock::system().now()).await?;
    tx.commit().await?;
    eprintln!("{email} can sign in");
    Ok(())
}

/// Takes away somebody's second factor and its recovery codes, and signs them out everywhere.
/// Whoever types this has made sure who asked for it.
pub async fn reset_second_factor(running: &Running, email: &str) -> Result<()> {
    let mut gate = running.pools.gate().await?;
    let known = user::by_email(&mut gate, email).await?;
    drop(gate);
    let who = known
        .filter(|known| known.has_second_factor)
        .ok_or_else(|| Error::Invalid(format!("{email} is nobody with a second factor")))?
        .who;
    let mut tx = running.pools.begin_gate().await?;
    second_factor::remove_all(&mut tx, who.user_id).await?;
    session::end(&mut tx, who.user_id, End::Others(Uuid::nil())).await?;
    let line = Entry::done("command line", "second_factor.removed", &who.email);
    line.record(&mut tx, who.tenant(), Clock::system().now())
        .await?;
    tx.commit().await?;
    eprintln!("{email} signs in by password, and can set up a second factor again");
    Ok(())
}
