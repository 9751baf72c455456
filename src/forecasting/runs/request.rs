//! Asking for a run.

use chrono::NaiveDate;
use uuid::Uuid;

use super::Kind;
use crate::{Result, clock::Now, tenancy::TenantTx};

/// What is asked for, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What it is to do.
    pub kind: Kind,
    /// The day up to which it may know what was reported; none: the latest.
    pub as_of: Option<NaiveDate>,
    /// What started it: `data`, `schedule`, `page`, `api` or `command`.
    pub cause: &'a str,
    /// Who asks: a person's address, a key's prefix, or the command line.
    pub by: &'a str,
}

/// Asks for a run, in the commit of whoever asks, and puts the department in line. Where the
/// same run waits already, it is that one.
pub async fn request(tx: &mut TenantTx, request: Request<'_>, now: Now) -> Result<Uuid> {
    let (tenant, connection) = tx.parts();
    // Two who ask at the same moment ask for one run.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('model_runs ' || $1, 0))")
        .bind(tenant)
        .execute(&mut *connection)
        .await?;
    let waiting: Option<Uuid> = sqlx::query_scalar(
        r#"
        select run_id
        from model_runs
        where tenant_id = $1 and kind = $2 and status = 'queued' and retry_at is null
            and as_of is not distinct from $3::date
        limit 1
        "#,
    )
    .bind(tenant)
    .bind(request.kind.as_str())
    .bind(request.as_of)
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
    .bind(request.kind.as_str())
    .bind(request.cause)
    .bind(now)
    .bind(request.by)
    .bind(request.as_of)
    .execute(&mut *connection)
    .await?;
    sqlx::query("select app.queue_turn()")
        .execute(connection)
        .await?;
    Ok(run_id)
}
