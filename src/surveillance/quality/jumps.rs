//! Counts that cannot be.

use chrono::TimeDelta;

use super::{Count, Found, What};

/// More residents than one in this many, on one day, have never been counted anywhere: in
/// January 2022, when much of the world had its most, hardly one in 200 were.
pub const LARGEST_SHARE: i64 = 50;

/// Runs of negative days, and days above what the population allows.
pub fn find(counts: &[Count], population: Option<i64>) -> Vec<Found> {
    let known: Vec<(&Count, i64)> = counts
        .iter()
        .filter_map(|count| Some((count, count.new_cases?)))
        .collect();
    let last = |count: &Count| count.date + TimeDelta::days(count.days - 1);
    let runs = known.chunk_by(|(a, first), (b, second)| {
        *first < 0 && *second < 0 && last(a).succ_opt() == Some(b.date)
    });
    let negative = runs.filter(|run| run[0].1 < 0).map(|run| {
        let new_cases = run.iter().map(|(_, cases)| cases).sum();
        let (first, end) = (run[0].0.date, last(run[run.len() - 1].0));
        (first, end, What::Negative { new_cases })
    });
    let too_many = known.iter().filter_map(|(count, new_cases)| {
        let population = population?;
        let what = What::TooMany {
            new_cases: *new_cases,
            population,
        };
        (new_cases.saturating_mul(LARGEST_SHARE) > population.saturating_mul(count.days))
            .then(|| (count.date, last(count), what))
    });
    negative.chain(too_many).collect()
}
