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

impl Status {
    /// As in addresses, files and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
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
    /// How many places it forecast.
    pub locations: Option<i32>,
}

impl RecentRun {
    /// What it does, in words.
    pub fn deed(&self) -> &'static str {
        match self.kind.as_str() {
            "hindcast" => "Replay of history",
            _ => "Forecast",
        }
    }
}

/// A run by its id; nothing, if the department has no such run.
pub async fn run(tx: &mut TenantTx, run_id: Uuid) -> Result<Option<RecentRun>> {
    let (tenant, connection) = tx.parts();
    let run = sqlx::query_as(
        r#"
        select run_id, kind, cause, requested_at, requested_by, as_of, status, attempts, progress,
            retry_at, problem, settings_version, duration_ms, cost_units::float8 as cost_units,
            locations
        from model_runs
        where tenant_id = $1 and run_id = $2
        "#,
    )
    .bind(tenant)
    .bind(run_id)
    .fetch_optional(connection)
    .await?;
    Ok(run)
}

/// A place in the list of runs: when a run was asked for, and its id.
pub type After = (Now, Uuid);

/// The latest runs that were asked for, the latest first; those that follow `after` in that order.
pub async fn recent_runs(
    tx: &mut TenantTx,
    after: Option<After>,
    most: i64,
) -> Result<Vec<RecentRun>> {
    let (tenant, connection) = tx.parts();
    let runs = sqlx::query_as(
        r#"
        select run_id, kind, cause, requested_at, requested_by, as_of, status, attempts, progress,
            retry_at, problem, settings_version, duration_ms, cost_units::float8 as cost_units,
            locations
        from model_runs
        where tenant_id = $1 and ($3::timestamptz is null or (requested_at, run_id) < ($3, $4))
        order by requested_at desc, run_id desc
        limit $2
        "#,
    )
    .bind(tenant)
    .bind(most)
    .bind(after.map(|(requested_at, _)| requested_at))
    .bind(after.map(|(_, run_id)| run_id))
    .fetch_all(connection)
    .await?;
    Ok(runs)
}

/// What is still to be done, with one run at the head of it.
#[derive(Clone, Debug, PartialEq)]
pub struct UnderWay {
    /// The run that is being done, or that is next.
    pub run: RecentRun,
    /// How many others wait behind it.
    pub waiting: usize,
}

/// What of the department's runs is still to be done; none: nothing.
pub async fn under_way(tx: &mut TenantTx) -> Result<Option<UnderWay>> {
    let (tenant, connection) = tx.parts();
    let runs: Vec<RecentRun> = sqlx::query_as(
        r#"
        select run_id, kind, cause, requested_at, requested_by, as_of, status, attempts, progress,
            retry_at, problem, settings_version, duration_ms, cost_units::float8 as cost_units,
            locations
        from model_runs
        where tenant_id = $1 and status in ('queued', 'running')
        order by status = 'running' desc, requested_at, run_id
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    let waiting = runs.len().saturating_sub(1);
    Ok(runs.into_iter().next().map(|run| UnderWay { run, waiting }))
}
