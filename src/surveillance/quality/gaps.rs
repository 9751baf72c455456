//! Days without a report, between days that have one.

use chrono::TimeDelta;

use super::{Count, Found, What};

/// Every run of missing days between the first and the latest report. What comes after the
/// latest is not a gap but silence.
pub fn find(counts: &[Count]) -> Vec<Found> {
    counts
        .windows(2)
        .filter_map(|two| {
            let first = two[0].date + TimeDelta::days(two[0].days);
            let last = two[1].date.pred_opt()?;
            let days = (last - first).num_days() + 1;
            (days > 0).then_some((first, last, What::Gap { days }))
        })
        .collect()
}
