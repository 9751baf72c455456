//! The runs that were asked for lately, and what became of them.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{Result, clock::Now, tenancy::TenantTx};

/// What became of a run so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    /// It waits for its turn, or to be tried again.
    Queued,
    /// It is under way.
    Running,
    /// It is done, and all of it is stored.
    Done,
    /// It was given up, and nothing of it is stored.
    Failed,
}

/// A run that was asked for.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct RecentRun {
    /// Its id.
    pub run_id: Uuid,
    /// `forecast` or `hindcast`.
    pub kind: String,
    /// What started it.
    pub cause: String,
    /// When it was asked for.
    pub requested_at: Now,
    /// By whom.
    pub requested_by: String,
    /// The day up to which it may know what was reported; none: the latest.
    pub as_of: Option<NaiveDate>,
    /// What became of it.
    pub status: Status,
    /// How often it was begun.
    pub attempts: i16,
    /// Hundredths of the work that are done.
    pub progress: i16,
    /// When it is tried again.
    pub retry_at: Option<Now>,
    /// What went wrong, in words for people.
    pub problem: Option<String>,
    /// The parameters it was run with.
    pub settings_version: Option<i32>,
    /// How long it took.
    pub duration_ms: Option<i32>,
    /// What it cost.
    pub cost_units: Option<f64>,
}

impl RecentRun {
    /// Whether it is still to be done, or being done.
    pub fn is_under_way(&self) -> bool {
        matches!(self.status, Status::Queued | Status::Running)
    }

    /// What it does, in words.
    pub fn deed(&self) -> &'static str {
        match self.kind.as_str() {
            "hindcast" => "Replay of history",
            _ => "Forecast",
        }
    }
}

/// The latest runs that were asked for, the latest first.
pub async fn recent_runs(tx: &mut TenantTx, most: i64) -> Result<Vec<RecentRun>> {
    let (tenant, connection) = tx.parts();
    let runs = sqlx::query_as(
        r#"
        select run_id, kind, cause, requested_at, requested_by, as_of, status, attempts, progress,
            retry_at, problem, settings_version, duration_ms, cost_units::float8 as cost_units
        from model_runs
        where tenant_id = $1
        order by requested_at desc, run_id
        limit $2
        "#,
    )
    .bind(tenant)
    .bind(most)
    .fetch_all(connection)
    .await?;
    Ok(runs)
}
