//! The months in which events are kept: made ahead of time.

use chrono::{Months, NaiveDate};

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
