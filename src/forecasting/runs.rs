//! Runs of the model, as they are asked for.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{Result, clock::Now, tenancy::TenantTx};

/// The work itself, on threads of its own.
pub mod compute;
/// A run, from the data to the one commit.
pub mod execute;
mod load;
mod score;
mod store;

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Advances the model to the latest data, and forecasts from there.
    Forecast,
    /// Replays history, and forecasts at each moment of it.
    Hindcast,
}

impl Kind {
    /// As in addresses and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forecast => "forecast",
            Self::Hindcast => "hindcast",
        }
    }
}

/// Asks for a run, in the commit of whoever asks. Where such a run waits already, it is that
/// one.
pub async fn request(
    tx: &mut TenantTx,
    kind: Kind,
    as_of: Option<NaiveDate>,
    cause: &str,
    by: &str,
    now: Now,
) -> Result<Uuid> {
    let (tenant, connection) = tx.parts();
    let waiting: Option<Uuid> = sqlx::query_scalar(
        r#"
        select run_id
        from model_runs
        where tenant_id = $1 and kind = $2 and status = 'queued'
            and as_of is not distinct from $3::date
        limit 1
        "#,
    )
    .bind(tenant)
    .bind(kind.as_str())
    .bind(as_of)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(run_id) = waiting {
        return Ok(run_id);
    }
    let run_id = Uuid::now_v7();
    sqlx::query(
        r#"
        insert into model_runs (tenant_id, run_id, kind, cause, requested_at, requested_by, as_of)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
    )
    .bind(tenant)
    .bind(run_id)
    .bind(kind.as_str())
    .bind(cause)
    .bind(now)
    .bind(by)
    .bind(as_of)
    .execute(connection)
    .await?;
    Ok(run_id)
}
