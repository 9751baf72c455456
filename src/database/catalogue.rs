//! The catalogue holds what the design says, or the portal does not serve.
//!
//! What PostgreSQL itself reports about roles, grants, policies and keys is compared with
//! what is written here. It is an exact comparison: a right too many is a fault, and so is a
//! table that nobody thought of.

mod grants;
mod policies;
mod rules;

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::{Error, Result};

pub use grants::GRANTS;

/// Refuses a database whose catalogue is not as the design says.
///
/// # Errors
/// Lists each difference in a line.
pub async fn check(connection: &mut PgConnection) -> Result<()> {
    let faults = faults(connection).await?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(Error::Setup(format!(
        "the database does not isolate departments as it should, so nothing is served:\n- {}",
        faults.join("\n- ")
    )))
}

/// Each difference between the catalogue and the design, as a sentence.
pub async fn faults(connection: &mut PgConnection) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (sql, what) in rules::RULES {
        let offenders: Vec<String> = sqlx::query_scalar(*sql).fetch_all(&mut *connection).await?;
        faults.extend(
            offenders
                .into_iter()
                .map(|offender| format!("{offender}: {what}")),
        );
    }
    let found: BTreeSet<String> = sqlx::query_scalar(policies::FOUND)
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
    let wanted = policies::wanted();
    faults.extend(
        found
            .difference(&wanted)
            .map(|policy| format!("the policy {policy} should not be")),
    );
    faults.extend(
        wanted
            .difference(&found)
            .map(|policy| format!("the policy {policy} is missing")),
    );
    let found: BTreeSet<(String, String, String)> = sqlx::query_as(grants::FOUND)
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
    let wanted = grants::wanted();
    let line =
        |(role, right, object): &(String, String, String)| format!("{role}: {right} on {object}");
    faults.extend(
        found
            .difference(&wanted)
            .map(|grant| line(grant) + ", which it should not have"),
    );
    faults.extend(
        wanted
            .difference(&found)
            .map(|grant| line(grant) + " is missing"),
    );
    Ok(faults)
}
