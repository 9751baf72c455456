//! What a run says of a place besides its quantiles, and how the run was made.

use chrono::NaiveDate;

use super::{published::Run, record::Record};
use crate::{Result, clock::Now, tenancy::TenantTx};

/// Whose forecast was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Model {
    /// The digital twin's.
    Twin,
    /// That of the flat line it is compared with.
    Baseline,
}

impl Model {
    /// As in files and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Twin => "twin",
            Self::Baseline => "baseline",
        }
    }
}

/// What a run says of a place. The empty location is the department as a whole.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Outlook {
    /// The place.
    pub location_id: String,
    /// The last day that was reported.
    pub origin: NaiveDate,
    /// Whose forecast was published.
    pub model: Model,
    /// The probability that the second week ahead has more cases than the last one reported.
    pub rises: f64,
    /// Cases of the seven days up to the origin, as far as the model knows them.
    pub recent_week: f64,
    /// The share of infections that is taken to become a reported case.
    pub reporting: f64,
    origins: i32,
    relative_wis: Option<f64>,
    relative_log_wis: Option<f64>,
    coverage_95: Option<f64>,
}

impl Outlook {
    /// The record by which it was decided whose forecast is published.
    pub fn record(&self) -> Record {
        Record {
            origins: i64::from(self.origins),
            relative_wis: self.relative_wis,
            relative_log_wis: self.relative_log_wis,
            coverage_95: self.coverage_95,
        }
    }
}

/// What `run` says of a place; nothing, if that had stopped reporting.
pub async fn outlook(tx: &mut TenantTx, run: &Run, location: &str) -> Result<Option<Outlook>> {
    let (tenant, connection) = tx.parts();
    let outlook = sqlx::query_as(
        r#"
        select location_id, origin, model, rises, recent_week, reporting, origins, relative_wis,
            relative_log_wis, coverage_95
        from outlooks
        where tenant_id = $1 and state_id = $2 and location_id = $3
        "#,
    )
    .bind(tenant)
    .bind(run.state_id)
    .bind(location)
    .fetch_optional(connection)
    .await?;
    Ok(outlook)
}

/// How a state of the model came about: what went in, and what it took.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Making {
    /// When it was stored.
    pub created_at: Now,
    /// How many members its ensemble has.
    pub members: i32,
    /// The version of the parameters it was run with; 0 are the documented defaults.
    pub settings_version: i32,
    /// The hash of those parameters.
    pub settings_hash: Option<String>,
    /// Where its random numbers started.
    pub seed: Option<String>,
    /// What started the run.
    pub cause: Option<String>,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// How long it took.
    pub duration_ms: Option<i32>,
    /// How much of a processor's time.
    pub cpu_ms: Option<i32>,
    /// What it cost.
    pub cost_units: Option<f64>,
    /// How many locations it forecast.
    pub locations: Option<i32>,
}

/// How `run` was made.
pub async fn making(tx: &mut TenantTx, run: &Run) -> Result<Making> {
    let (tenant, connection) = tx.parts();
    let making = sqlx::query_as(
        r#"
        select s.created_at, s.members, r.cause, r.requested_by, r.duration_ms, r.cpu_ms,
            r.cost_units::float8 as cost_units, r.locations,
            coalesce(r.settings_version, (s.parameters ->> 'settings_version')::integer, 0) as settings_version,
            s.parameters ->> 'settings_hash' as settings_hash, s.parameters ->> 'seed' as seed
        from model_states s
        left join model_runs r on r.tenant_id = $1 and r.state_id = s.state_id
        where s.tenant_id = $1 and s.state_id = $2
        order by r.finished_at desc nulls last
        limit 1
        "#,
    )
    .bind(tenant)
    .bind(run.state_id)
    .fetch_one(connection)
    .await?;
    Ok(making)
}
