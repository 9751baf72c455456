//! Which night a run is due for, and who is due.
//!
//! New data starts a run by itself. The night's run is for what does not: a note that leaves days
//! out, parameters that were changed, a run that failed.

use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};

use super::{Kind, Request, request};
use crate::{
    Result,
    billing::budget::is_spent,
    clock::{Clock, Now},
    database::Pools,
    tenancy::{TenantId, TenantTx},
};

/// How often it is looked whether a night has come.
const LOOK: Duration = Duration::from_secs(30);

/// The time from one department's run of the night to the next one's. A usual run takes a third of
/// it, and the rest is left to whoever works at night.
pub const PACE: Duration = Duration::from_secs(1);

/// The latest moment, up to `now`, at which the clock showed `hour` o'clock UTC.
pub fn night(now: Now, hour: u32) -> Now {
    let at = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
    let today = now.date_naive().and_time(at).and_utc();
    if today <= now {
        today
    } else {
        today - TimeDelta::days(1)
    }
}

/// Asks each night for what is due, for ever.
pub async fn keep(pools: &Pools, clock: &Clock, hour: u32) {
    let mut last = None;
    loop {
        let night = night(clock.now(), hour);
        if last != Some(night) {
            match ask(pools, clock, night, PACE).await {
                Ok(asked) => {
                    if asked > 0 {
                        tracing::info!(asked, "runs of the night were asked for");
                    }
                    last = Some(night);
                }
                Err(error) => {
                    tracing::warn!(cause = ?error, "runs of the night could not be asked for");
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Asks for a run of every department that has something new since its last, once for each
/// `night`, one after the other at this `pace`, and says of how many.
///
/// # Errors
/// When the database refuses.
pub async fn ask(pools: &Pools, clock: &Clock, night: Now, pace: Duration) -> Result<usize> {
    let mut tx = pools.begin_operator().await?;
    let tenants: Vec<String> =
        sqlx::query_scalar("select tenant_id from tenants order by tenant_id")
            .fetch_all(tx.conn())
            .await?;
    tx.commit().await?;
    let mut asked = 0;
    for tenant in tenants {
        let tenant = TenantId::parse(&tenant)?;
        let mut tx = TenantTx::begin(pools, &tenant).await?;
        let is_due = is_due(&mut tx, night).await? && !is_spent(&mut tx, clock.now()).await?;
        if is_due {
            let wanted = Request {
                kind: Kind::Forecast,
                as_of: None,
                cause: "schedule",
                by: "schedule",
            };
            request(&mut tx, wanted, clock.now()).await?;
            asked += 1;
        }
        tx.commit().await?;
        if is_due {
            tokio::time::sleep(pace).await;
        }
    }
    Ok(asked)
}

/// Whether something was reported, noted or set since the last run that was done began, and no
/// run was asked for since the `night`.
async fn is_due(tx: &mut TenantTx, night: Now) -> Result<bool> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_scalar(
        r#"
        with last as (
            select coalesce(max(started_at), '-infinity') as began
            from model_runs
            where tenant_id = $1 and kind = 'forecast' and status = 'done' and as_of is null
        )
        select exists (select from uploads where tenant_id = $1 and status = 'accepted')
            and not exists (
                select from model_runs
                where tenant_id = $1 and kind = 'forecast'
                    and (requested_at >= $2 or status in ('queued', 'running'))
            )
            and (
                exists (
                    select from uploads, last
                    where tenant_id = $1 and status = 'accepted' and decided_at > began
                )
                or exists (
                    select from annotations, last
                    where tenant_id = $1 and greatest(created_at, removed_at) > began
                )
                or exists (select from model_settings, last where tenant_id = $1 and created_at > began)
            )
        "#,
    )
    .bind(tenant)
    .bind(night)
    .fetch_one(connection)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_the_last_time_the_clock_showed_its_hour() {
        let at = |text: &str| text.parse::<Now>().expect("a moment");
        assert_eq!(
            night(at("2026-03-31T03:00:00Z"), 3),
            at("2026-03-31T03:00:00Z")
        );
        assert_eq!(
            night(at("2026-03-31T02:59:59Z"), 3),
            at("2026-03-30T03:00:00Z")
        );
        assert_eq!(
            night(at("2026-03-31T23:10:00Z"), 3),
            at("2026-03-31T03:00:00Z")
        );
    }
}
