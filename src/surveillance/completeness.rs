//! How complete first reports usually are, learnt from a department's own history. Pure.
//!
//! A day's count grows as late reports arrive. What was known of it `a` days later, divided by
//! what was known of it [`FINAL_AGE`] days later, is its *share* at the *age* `a`. The shares
//! of many days at the same age have a median and a spread, and by them a young count can be
//! read: at an age where half of the days were at most 80 % complete, 40 cases are expected to
//! become 50.
//!
//! What teaches, and what does not:
//!
//! - Only days whose final value is known: [`FINAL_AGE`] days old or older. Of those the
//!   [`LEARNT_DAYS`] latest, since reporting habits change.
//! - *Final* is a fixed age and not "now", so that every day has had the same time, and so that
//!   a mass revision months later (a new case definition) is not mistaken for a delay.
//! - What was known at an age is known from revisions that stand until the next. So a
//!   department that uploads weekly teaches each age from all of its days.
//! - A location teaches from the day of its first upload on. Days before came with a file that
//!   was loaded in bulk, long after them, and what was known at their time is not known now.
//! - An age at which nothing was reported yet says nothing about completeness: the day is a gap
//!   then, and not a small number. It counts among [`AgeShares::days`] only.
//! - A day that ended with no case, or a negative correction, has no share.
//! - Days that an annotation excludes from fitting do not teach.
//!
//! Shares are not smoothed, and not forced to rise with age: where a department usually revises
//! downwards they are above 1 and fall, and that is so.

use chrono::{Days, NaiveDate, TimeDelta};

mod quantile;

use quantile::quantile;

/// The age, in days, at which a count is taken to be final.
pub const FINAL_AGE: u32 = 28;

/// How many days teach, at most.
pub const LEARNT_DAYS: u32 = 120;

/// How many days must have taught an age before it is believed.
pub const ENOUGH_DAYS: usize = 14;

/// From this median share on, an age counts as complete.
pub const COMPLETE_SHARE: f64 = 0.95;

/// On `as_of`, what was known of `date` changed by this much, over all locations together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    /// The day whose count changed.
    pub date: NaiveDate,
    /// The day from which on it was known.
    pub as_of: NaiveDate,
    /// The change of the number of new cases.
    pub new_cases: i64,
    /// The change of the number of locations that had reported.
    pub reporting: i64,
}

/// The spread of shares at one age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// A twentieth of the days were at most this complete.
    pub lowest: f64,
    /// A quarter of the days were at most this complete.
    pub low: f64,
    /// Half of the days were at least this complete.
    pub median: f64,
    /// A quarter of the days were at least this complete.
    pub high: f64,
    /// A twentieth of the days were at least this complete.
    pub highest: f64,
}

/// What is usually known of a day at an age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgeShares {
    /// Days after the day that was counted.
    pub age: u32,
    /// How many days were looked at.
    pub days: usize,
    /// Of those, how many had been reported at this age.
    pub reported: usize,
    /// Their shares, if they were [`ENOUGH_DAYS`].
    pub shares: Option<Shares>,
}

/// How complete counts usually are by age.
#[derive(Clone, Debug, PartialEq)]
pub struct Completeness {
    /// The day from which ages are counted: what is looked at is as it was known then.
    pub as_of: NaiveDate,
    /// How many days it was learnt from.
    pub days: usize,
    /// Ages from 0 to [`FINAL_AGE`].
    pub ages: Vec<AgeShares>,
    /// From this age on counts are usually complete. `None` where there is too little history
    /// to say so.
    pub complete_from: Option<u32>,
}

/// The final count that a young one is expected to become.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// One day in twenty becomes less.
    pub low: f64,
    /// As many become less as become more.
    pub median: f64,
    /// One day in twenty becomes more.
    pub high: f64,
}

/// Learns from the `changes` that were known on `as_of`. They come by date, and by `as_of`
/// within a date; later changes than `as_of` are left alone.
pub fn learn(changes: &[Change], as_of: NaiveDate) -> Completeness {
    let taught = changes
        .chunk_by(|a, b| a.date == b.date)
        .filter(|day| teaches(day[0].date, as_of))
        .filter_map(shares_of_a_day);
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); FINAL_AGE as usize + 1];
    let mut days = 0;
    for shares in taught {
        days += 1;
        for (samples, share) in samples.iter_mut().zip(shares) {
            samples.extend(share);
        }
    }
    let ages: Vec<AgeShares> = (0..)
        .zip(&mut samples)
        .map(|(age, samples)| AgeShares {
            age,
            days,
            reported: samples.len(),
            shares: spread(samples),
        })
        .collect();
    let complete = |age: &AgeShares| {
        age.shares
            .is_some_and(|shares| shares.median >= COMPLETE_SHARE)
    };
    let complete_from = ages
        .iter()
        .rev()
        .take_while(|age| complete(age))
        .last()
        .map(|age| age.age);
    Completeness {
        as_of,
        days,
        ages,
        complete_from,
    }
}

/// The days from which a department can learn on `as_of`: the first and the last.
pub fn learnt_from(as_of: NaiveDate) -> (NaiveDate, NaiveDate) {
    let before = |days: u32| {
        as_of
            .checked_sub_days(Days::new(u64::from(days)))
            .unwrap_or(NaiveDate::MIN)
    };
    (before(FINAL_AGE + LEARNT_DAYS - 1), before(FINAL_AGE))
}

fn teaches(date: NaiveDate, as_of: NaiveDate) -> bool {
    let (first, last) = learnt_from(as_of);
    (first..=last).contains(&date)
}

/// The share at each age, where the day had been reported; nothing for a day that ended
/// without cases.
fn shares_of_a_day(day: &[Change]) -> Option<Vec<Option<f64>>> {
    let known = |age: u32| {
        let until = day[0]
            .date
            .checked_add_signed(TimeDelta::days(i64::from(age)))?;
        let changes = day.iter().filter(|change| change.as_of <= until);
        let (cases, reporting) = changes.fold((0, 0), |(cases, reporting), change| {
            (cases + change.new_cases, reporting + change.reporting)
        });
        (reporting > 0).then_some(cases)
    };
    let end = known(FINAL_AGE).filter(|end| *end > 0)?;
    Some(
        (0..=FINAL_AGE)
            .map(|age| known(age).map(|cases| cases as f64 / end as f64))
            .collect(),
    )
}

fn spread(samples: &mut [f64]) -> Option<Shares> {
    if samples.len() < ENOUGH_DAYS {
        return None;
    }
    samples.sort_by(f64::total_cmp);
    Some(Shares {
        lowest: quantile(samples, 0.05)?,
        low: quantile(samples, 0.25)?,
        median: quantile(samples, 0.5)?,
        high: quantile(samples, 0.75)?,
        highest: quantile(samples, 0.95)?,
    })
}

impl Completeness {
    /// Nothing learnt: where there is no history at all.
    pub fn unknown(as_of: NaiveDate) -> Self {
        learn(&[], as_of)
    }

    /// How old `date` is, in days; none for one after [`Self::as_of`].
    pub fn age(&self, date: NaiveDate) -> Option<u32> {
        u32::try_from((self.as_of - date).num_days()).ok()
    }

    /// Whether late reports for `date` usually still arrive. `None` where nothing was learnt.
    ///
    /// An age at which this department had never reported before is incomplete.
    pub fn is_incomplete(&self, date: NaiveDate) -> Option<bool> {
        let from = self.complete_from?;
        Some(self.age(date).is_none_or(|age| age < from))
    }

    /// What the count of `date` is expected to become, if it is one that usually grows.
    ///
    /// Nothing for a zero, which says too little, nor where one day in twenty had not a single
    /// case at this age.
    pub fn expected(&self, date: NaiveDate, new_cases: f64) -> Option<Expected> {
        let shares = self.shares(date)?;
        if !self.is_incomplete(date)? || new_cases <= 0.0 || shares.lowest <= 0.0 {
            return None;
        }
        Some(Expected {
            low: new_cases / shares.highest,
            median: new_cases / shares.median,
            high: new_cases / shares.lowest,
        })
    }

    /// What was learnt for the age that `date` has.
    pub fn shares(&self, date: NaiveDate) -> Option<Shares> {
        self.ages.get(self.age(date)? as usize)?.shares
    }
}

#[cfg(test)]
mod tests;
