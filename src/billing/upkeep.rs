//! What metering needs beside requests: months ahead, what is stored each day, what is old, and
//! where departments stand.

use std::time::Duration;

use chrono::Months;

use super::{Month, months, standings::Standings, storage};
use crate::{Result, clock::Clock, database::Pools};

/// How often it is asked where departments stand.
const LOOK: Duration = Duration::from_secs(15);

/// How many looks it takes until the rest is looked after.
const LOOKS: u32 = 40;

/// Looks after it, for ever. Events of closed months are kept for so many months.
pub async fn keep(pools: &Pools, clock: &Clock, standings: &Standings, kept: Months) {
    for look in 0_u32.. {
        if let Err(error) = standings.refresh(pools, clock.now()).await {
            tracing::warn!(cause = ?error, "where departments stand is not known just now");
        }
        if look.is_multiple_of(LOOKS)
            && let Err(error) = once(pools, clock, kept).await
        {
            tracing::warn!(cause = ?error, "the usage could not be looked after just now");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Prepares months, measures what is stored, and forgets what is old.
///
/// # Errors
/// When the database refuses.
pub async fn once(pools: &Pools, clock: &Clock, kept: Months) -> Result<()> {
    let today = clock.now().date_naive();
    months::prepare(pools, today).await?;
    let measured = storage::measure(pools, clock, storage::PACE).await?;
    let oldest = Month::of(today - kept);
    let forgotten = months::forget(pools, oldest).await?;
    if measured > 0 || forgotten > 0 {
        tracing::info!(measured, forgotten, "the usage was looked after");
    }
    Ok(())
}
