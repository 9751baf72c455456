//! What in a department's counts somebody should look at. Pure, but for [`read`].
//!
//! None of it is an error: a spike may be an outbreak, and a zero may be true. So nothing is
//! corrected here or left out elsewhere; each finding names the days, and a person looks.

use chrono::NaiveDate;

mod gaps;
mod jumps;
mod read;
mod spikes;
mod stale;
mod weekly;

pub use jumps::LARGEST_SHARE;
pub use read::read;
pub use weekly::WEEKS;

/// A count as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The day, or the first of `days`.
    pub date: NaiveDate,
    /// How many days it is the sum of: 1 or 7.
    pub days: i64,
    /// New cases; nothing where a small count was withheld.
    pub new_cases: Option<i64>,
}

/// A location's counts, oldest first, a day at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The location's id.
    pub location_id: String,
    /// Its name.
    pub name: String,
    /// Its residents, where known.
    pub population: Option<i64>,
    /// Its counts.
    pub counts: Vec<Count>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// Nothing was reported for so many days.
    Gap {
        /// How many.
        days: i64,
    },
    /// Far more than the days around.
    Spike {
        /// New cases.
        new_cases: i64,
        /// The median of the days around.
        around: f64,
    },
    /// Cases on one weekday alone, week after week.
    Weekly {
        /// How many weeks had cases.
        weeks: usize,
    },
    /// No report since, while others reported.
    Stale {
        /// For so many days.
        silent: i64,
        /// There used to be a report so often, in days.
        usual: i64,
    },
    /// Fewer than none.
    Negative {
        /// New cases, summed over the days.
        new_cases: i64,
    },
    /// More than can be, given who lives there.
    TooMany {
        /// New cases.
        new_cases: i64,
        /// Residents.
        population: i64,
    },
    /// None at all, between days with many.
    SuddenZero {
        /// The median of the days around.
        around: f64,
    },
}

/// Days that somebody should look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The location's id.
    pub location_id: String,
    /// Its name.
    pub name: String,
    /// The first of the days.
    pub first_day: NaiveDate,
    /// The last of them.
    pub last_day: NaiveDate,
    /// What was found.
    pub what: What,
}

/// All findings in one location's counts, in the order of [`What`]. `latest` is the latest day
/// that any location of the department reported.
pub fn findings(series: &Series, latest: NaiveDate) -> Vec<Finding> {
    let counts = &series.counts;
    let weekly = weekly::find(counts);
    let in_weekly = |day: NaiveDate| weekly.iter().any(|found| found.0 <= day && day <= found.1);
    let mut found = gaps::find(counts);
    found.extend(spikes::find(counts));
    // Within a weekly stretch, empty days and a full one are the stretch itself.
    found.retain(|(first, last, what)| {
        let long = matches!(what, What::Gap { days } if *days >= 7);
        long || !(in_weekly(*first) && in_weekly(*last))
    });
    found.extend(weekly);
    found.extend(stale::find(counts, latest));
    found.extend(jumps::find(counts, series.population));
    found
        .into_iter()
        .map(|(first_day, last_day, what)| Finding {
            location_id: series.location_id.clone(),
            name: series.name.clone(),
            first_day,
            last_day,
            what,
        })
        .collect()
}

/// First day, last day, and what was found there.
type Found = (NaiveDate, NaiveDate, What);

/// The median of `values`; they are put in order.
fn median(values: &mut [i64]) -> Option<f64> {
    values.sort_unstable();
    let high = *values.get(values.len() / 2)?;
    let low = *values.get((values.len() - 1) / 2)?;
    Some((low as f64 + high as f64) / 2.0)
}

#[cfg(test)]
mod tests;
