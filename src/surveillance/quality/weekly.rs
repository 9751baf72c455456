//! Locations that report once a week and send zeros, or nothing, for the other days.

use chrono::{Days, NaiveDate};

use super::{Count, Found, What};

/// How many weeks in a row have cases on the same weekday alone before it is no accident: with
/// cases on any day at random, one chance in 7^5.
pub const WEEKS: usize = 6;

/// So many weeks without a case do not end a stretch.
const QUIET_WEEKS: i64 = 2;

/// Every stretch in which all days with cases are a whole number of weeks apart.
pub fn find(counts: &[Count]) -> Vec<Found> {
    let days: Vec<NaiveDate> = counts
        .iter()
        .filter(|count| count.days == 1 && count.new_cases.is_some_and(|cases| cases != 0))
        .map(|count| count.date)
        .collect();
    days.chunk_by(|a, b| {
        let apart = (*b - *a).num_days();
        apart % 7 == 0 && apart / 7 <= QUIET_WEEKS + 1
    })
    .filter(|stretch| stretch.len() >= WEEKS)
    .filter_map(|stretch| {
        let (first, last) = (*stretch.first()?, *stretch.last()?);
        // The week whose cases the first of these days holds belongs to the stretch.
        let first = first.checked_sub_days(Days::new(6)).unwrap_or(first);
        let weeks = stretch.len();
        Some((first, last, What::Weekly { weeks }))
    })
    .collect()
}
