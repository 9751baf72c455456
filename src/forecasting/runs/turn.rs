//! A department's turn: its oldest run, done or put off.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use tokio::sync::watch;
use uuid::Uuid;

use super::model::{Model, Order, Progress};
use crate::{
    Error, Result,
    billing::{EventType, Outcome, UsageEvent, record},
    clock::{Clock, Now},
    database::Pools,
    tenancy::{TenantId, TenantTx},
    web::errors::sentence,
};

/// How often a run is begun before it is given up.
const ATTEMPTS: i16 = 5;

/// How long a run waits after its first failure; after each further one, four times as long.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(30);

/// How often a page learns how far a run is.
const PROGRESS: Duration = Duration::from_millis(500);

/// Stops the threads of a run whose turn was broken off.
struct StopOnDrop(Progress);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Takes the department's turn: does its oldest run, and gets in line again if there are more.
/// Only one turn of a department is under way at a time; the queue sees to that.
///
/// # Errors
/// When the database cannot be reached: what was begun is then done in another turn.
pub async fn take(
    pools: &Pools,
    clock: &Clock,
    tenant: &TenantId,
    model: &dyn Model,
) -> Result<()> {
    let mut tx = TenantTx::begin(pools, tenant).await?;
    let Some((order, attempt)) = claim(&mut tx, clock.now()).await? else {
        return Ok(());
    };
    tx.commit().await?;
    let progress = Progress::default();
    let watched = progress.percent.subscribe();
    let stop = StopOnDrop(progress.clone());
    let done = tokio::select! {
        done = model.execute(tenant, &order, progress) => done,
        never = report(pools, tenant, order.run_id, watched) => match never {},
    };
    drop(stop);
    let mut tx = TenantTx::begin(pools, tenant).await?;
    if let Err(error) = done {
        failed(&mut tx, &order, attempt, error, clock.now()).await?;
    }
    next(&mut tx, clock.now()).await?;
    tx.commit().await
}

/// The oldest run that may be done now is under way from here on: one that was broken off
/// first. With how often it has been begun by now; one that was broken off is not begun anew.
async fn claim(tx: &mut TenantTx, now: Now) -> Result<Option<(Order, i16)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        run_id: Uuid,
        kind: String,
        as_of: Option<NaiveDate>,
        cause: String,
        requested_by: String,
        attempts: i16,
    }
    let (tenant, connection) = tx.parts();
    let row: Option<Row> = sqlx::query_as(
        r#"
        update model_runs r
        set status = 'running', attempts = r.attempts + (r.status = 'queued')::integer, progress = 0,
            started_at = $2, retry_at = null
        from (
            select run_id
            from model_runs
            where tenant_id = $1
                and (status = 'running' or (status = 'queued' and (retry_at is null or retry_at <= $2)))
            order by status = 'running' desc, requested_at, run_id
            limit 1
        ) oldest
        where r.tenant_id = $1 and r.run_id = oldest.run_id
        returning r.run_id, r.kind, r.as_of, r.cause, r.requested_by, r.attempts
        "#,
    )
    .bind(tenant)
    .bind(now)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let order = Order {
        run_id: row.run_id,
        kind: row.kind.parse()?,
        as_of: row.as_of,
        cause: row.cause,
        by: row.requested_by,
    };
    Ok(Some((order, row.attempts)))
}

/// Writes down how far the run is, twice a second. Pages read it; nothing depends on it.
async fn report(
    pools: &Pools,
    tenant: &TenantId,
    run_id: Uuid,
    mut percent: watch::Receiver<u8>,
) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(PROGRESS).await;
        if percent.changed().await.is_err() {
            // All is computed and stored, or was given up.
            std::future::pending::<()>().await;
        }
        let reached = i16::from(*percent.borrow_and_update());
        let wrote = async {
            let mut tx = TenantTx::begin(pools, tenant).await?;
            let (tenant, connection) = tx.parts();
            sqlx::query(
                "update model_runs set progress = $3 where tenant_id = $1 and run_id = $2 and status = 'running'",
            )
            .bind(tenant)
            .bind(run_id)
            .bind(reached)
            .execute(connection)
            .await?;
            tx.commit().await
        };
        if let Err(error) = wrote.await {
            tracing::debug!(%error, "how far a run is was not written down");
        }
    }
}

/// Puts a run off, or gives it up, and says why.
async fn failed(
    tx: &mut TenantTx,
    order: &Order,
    attempt: i16,
    error: Error,
    now: Now,
) -> Result<()> {
    let retry_at = if is_for_good(&error) || attempt >= ATTEMPTS {
        None
    } else {
        Some(now + pause(attempt))
    };
    let problem = words(&error);
    tracing::warn!(run_id = %order.run_id, attempt, %error, cause = ?error, "a run failed");
    let (tenant, connection) = tx.parts();
    let ended = sqlx::query(
        r#"
        update model_runs
        set status = case when $3::timestamptz is null then 'failed' else 'queued' end,
            finished_at = case when $3::timestamptz is null then $4::timestamptz end,
            retry_at = $3, problem = $5, progress = 0
        where tenant_id = $1 and run_id = $2 and status = 'running'
        "#,
    )
    .bind(tenant)
    .bind(order.run_id)
    .bind(retry_at)
    .bind(now)
    .bind(problem)
    .execute(connection)
    .await?;
    if retry_at.is_none() && ended.rows_affected() == 1 {
        // What it took is not known; what it costs, the plan says.
        let outcome = if is_for_good(&error) {
            Outcome::Refused
        } else {
            Outcome::Failed
        };
        let cpu = std::time::Duration::ZERO;
        let event = UsageEvent {
            outcome,
            ..UsageEvent::done(EventType::EnkfRun { cpu }, now, cpu)
        };
        record(tx, &format!("run:{}", order.run_id), event).await?;
    }
    Ok(())
}

/// How long a run waits after it failed for the `attempt`th time.
fn pause(attempt: i16) -> TimeDelta {
    let fourfold = u32::try_from(attempt - 1).unwrap_or(0);
    FIRST_PAUSE * 4_i32.saturating_pow(fourfold)
}

/// Whether it would fail again.
fn is_for_good(error: &Error) -> bool {
    matches!(
        error,
        Error::Invalid(_) | Error::NotFound(_) | Error::Conflict(_) | Error::Forbidden(_)
    )
}

/// What went wrong, as a sentence.
fn words(error: &Error) -> String {
    match error {
        Error::Busy => "The database was too busy.".to_owned(),
        Error::Internal(_) | Error::Setup(_) => {
            "Something went wrong on our side; whoever runs the portal finds it in the log."
                .to_owned()
        }
        error => sentence(&error.to_string()),
    }
}

/// Puts the department at the end of the line if more is waiting, for when that is due.
async fn next(tx: &mut TenantTx, now: Now) -> Result<()> {
    let (tenant, connection) = tx.parts();
    let due: Option<Now> = sqlx::query_scalar(
        r#"
        select min(coalesce(retry_at, $2))
        from model_runs
        where tenant_id = $1 and status = 'queued'
        "#,
    )
    .bind(tenant)
    .bind(now)
    .fetch_one(&mut *connection)
    .await?;
    if let Some(due) = due {
        // By the database's clock, which the queue goes by.
        let wait = (due - now).num_milliseconds().max(0);
        sqlx::query("select app.queue_turn(now() + $1 * interval '1 millisecond')")
            .bind(wait)
            .execute(connection)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_waits_four_times_as_long_as_the_one_before() {
        let pauses: Vec<i64> = (1..5).map(|attempt| pause(attempt).num_seconds()).collect();
        assert_eq!(pauses, [30, 120, 480, 1920]);
    }

    #[test]
    fn what_failed_is_said_in_words_for_people() {
        let words = words(&Error::internal("relation \"x\" does not exist"));
        assert!(!words.contains("relation"), "{words}");
        let words = super::words(&Error::Invalid("no place has a case".into()));
        assert_eq!(words, "No place has a case.");
    }
}
