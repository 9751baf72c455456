//! The runs of all departments, for those who keep the platform going: when, how long, at what
//! cost and with what outcome. No case count is among it.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{Result, clock::Now, database::OperatorTx, forecasting::recent_runs::Status};

/// A run of some department.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AnyRun {
    /// The department's id.
    pub tenant_id: String,
    /// The department's name.
    pub department: String,
    /// The run's id.
    pub run_id: Uuid,
    /// `forecast` or `hindcast`.
    pub kind: String,
    /// What started it.
    pub cause: String,
    /// When it was asked for.
    pub requested_at: Now,
    /// The day up to which it may know what was reported; none: the latest.
    pub as_of: Option<NaiveDate>,
    /// What became of it.
    pub status: Status,
    /// How often it was begun.
    pub attempts: i16,
    /// Hundredths of the work that are done.
    pub progress: i16,
    /// When it was begun last.
    pub started_at: Option<Now>,
    /// When it is tried again.
    pub retry_at: Option<Now>,
    /// What went wrong.
    pub problem: Option<String>,
    /// How many places it forecast.
    pub locations: Option<i32>,
    /// How long it took.
    pub duration_ms: Option<i32>,
    /// How much of processors' time.
    pub cpu_ms: Option<i32>,
    /// What it cost.
    pub cost_units: Option<f64>,
}

/// Which runs are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// With this status.
    pub status: Option<&'a str>,
    /// Of this department.
    pub tenant: Option<&'a str>,
    /// After so many of the latest.
    pub skip: i64,
    /// So many at most.
    pub limit: i64,
}

/// The runs that are wanted, the latest first.
pub async fn runs(tx: &mut OperatorTx, wanted: &Wanted<'_>) -> Result<Vec<AnyRun>> {
    let runs = sqlx::query_as(
        r#"
        select r.tenant_id, t.name as department, r.run_id, r.kind, r.cause, r.requested_at, r.as_of,
            r.status, r.attempts, r.progress, r.started_at, r.retry_at, r.problem, r.locations,
            r.duration_ms, r.cpu_ms, r.cost_units::float8 as cost_units
        from model_runs r
        join tenants t on t.tenant_id = r.tenant_id
        where ($1::text is null or r.status = $1) and ($2::text is null or r.tenant_id = $2)
        order by r.requested_at desc, r.run_id
        offset $3
        limit $4
        "#,
    )
    .bind(wanted.status)
    .bind(wanted.tenant)
    .bind(wanted.skip)
    .bind(wanted.limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(runs)
}

/// How long the queue is.
#[derive(Clone, Copy, Debug, PartialEq, sqlx::FromRow)]
pub struct Queue {
    /// Runs that wait.
    pub queued: i64,
    /// Of those, runs that wait to be tried again.
    pub put_off: i64,
    /// Runs under way.
    pub running: i64,
    /// When the one that has waited longest, and may begin, was asked for.
    pub oldest: Option<Now>,
    /// Runs of the last day that were given up.
    pub failed: i64,
}

/// How long the queue is at `now`.
pub async fn queue(tx: &mut OperatorTx, now: Now) -> Result<Queue> {
    let queue = sqlx::query_as(
        r#"
        select count(*) filter (where status = 'queued') as queued,
            count(*) filter (where status = 'queued' and retry_at > $1) as put_off,
            count(*) filter (where status = 'running') as running,
            min(requested_at) filter (
                where status = 'queued' and (retry_at is null or retry_at <= $1)
            ) as oldest,
            count(*) filter (where status = 'failed' and finished_at > $1 - interval '1 day') as failed
        from model_runs
        "#,
    )
    .bind(now)
    .fetch_one(tx.conn())
    .await?;
    Ok(queue)
}
