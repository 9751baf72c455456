//! The months in which events are kept: made ahead of time.

use chrono::{Months, NaiveDate};

use super::Month;
use crate::{Result, database::Pools};

/// For how many months ahead there is a place.
const AHEAD: Months = Months::new(3);

/// Makes a place for the events of this month and the next few, where there is none yet.
///
/// # Errors
/// When the database refuses.
pub async fn prepare(pools: &Pools, today: NaiveDate) -> Result<()> {
    sqlx::query("select app.prepare_usage_months($1, $2)")
        .bind(today)
        .bind(today + AHEAD)
        .execute(pools.meter().await?.conn())
        .await?;
    Ok(())
}

/// Forgets the events of closed months before `kept`, and what names work so old that nobody tries
/// it again. Statements and counts by day stay. Says how many months were forgotten.
///
/// # Errors
/// When the database refuses.
pub async fn forget(pools: &Pools, kept: Month) -> Result<i32> {
    let mut meter = pools.meter().await?;
    // Of which the policy lets it delete those alone that are old enough.
    sqlx::query("delete from usage_keys")
        .execute(meter.conn())
        .await?;
    Ok(sqlx::query_scalar("select app.forget_usage_before($1)")
        .bind(kept.first())
        .fetch_one(meter.conn())
        .await?)
}
