//! Locations that fell silent while others went on.

use chrono::{NaiveDate, TimeDelta};

use super::{Count, Found, What};

/// A location is stale when it has been silent for more than this many times its usual
/// interval,
const TIMES: i64 = 3;
/// and for at least so many days: a weekend is no silence.
const AT_LEAST: i64 = 4;

/// The silence at the end, counted to the department's `latest` reported day.
pub fn find(counts: &[Count], latest: NaiveDate) -> Option<Found> {
    let last = counts.last()?;
    let first_silent = last.date + TimeDelta::days(last.days);
    let silent = (latest - first_silent).num_days() + 1;
    let usual = usual_interval(counts);
    let stale = silent >= AT_LEAST && silent > TIMES * usual;
    stale.then_some((first_silent, latest, What::Stale { silent, usual }))
}

/// The interval that nine of ten reports kept, in days; a day for who reported once.
fn usual_interval(counts: &[Count]) -> i64 {
    let mut intervals: Vec<i64> = counts
        .windows(2)
        .map(|two| (two[1].date - two[0].date).num_days())
        .collect();
    intervals.sort_unstable();
    intervals
        .get((intervals.len() * 9 / 10).min(intervals.len().saturating_sub(1)))
        .copied()
        .unwrap_or(1)
        .max(1)
}
