//! How complete first reports usually are, learnt from a department's own history. Pure, but
//! for [`read`].
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
//! - Only upload days: what an upload three days later says of a day is learnt from uploads three
//!   days later. In between a value stands unrevised, and the older it gets the less its age
//!   says: of a department that uploads weekly, days of the same age would be fresh or a week
//!   stale. What an upload left as it was is known from the revisions before.
//! - A location teaches from the day of its first upload on. Days before came with a file that
//!   was loaded in bulk, long after them, and what was known at their time is not known now.
//! - An age at which nothing was reported yet says nothing about completeness: the day is a gap
//!   then, and not a small number. It counts among [`AgeShares::days`] only.
//! - A day that ended with no case, or a negative correction, has no share.
//! - Days that an annotation excludes from fitting do not teach.
//!
//! Shares are not smoothed, and not forced to rise with age: where a department usually revises
//! downwards they are above 1 and fall, and that is so.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};

use super::{Window, series::INCOMPLETE_DAYS};

mod memo;
mod quantile;
mod read;

pub use memo::Memo;
pub use quantile::quantile;
pub use read::{CHANGES, read};

/// The age, in days, at which a count is taken to be final.
pub const FINAL_AGE: u32 = 28;

/// How many days teach, at most: 24 weeks, so that a department that uploads weekly has 24 days
/// for each age.
pub const LEARNT_DAYS: u32 = 168;

/// How many days must have taught an age before it is believed. Of fewer, a spread says nothing.
pub const ENOUGH_DAYS: usize = 12;

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
    /// How many days had an upload at this age.
    pub days: usize,
    /// Of those, how many had been reported at this age.
    pub reported: usize,
    /// Their shares, if they were [`ENOUGH_DAYS`].
    pub shares: Option<Shares>,
    /// The same of the days that had a case by then. By these a count is read that is not zero:
    /// days that had none are not its like.
    pub with_cases: Option<Shares>,
}

/// How complete counts usually are by age.
#[derive(Clone, Debug, PartialEq)]
pub struct Completeness {
    /// The day of the latest upload, from which ages are counted.
    pub as_of: NaiveDate,
    /// How many uploads were accepted until then.
    pub uploads: i64,
    /// Whether it was learnt from the very locations that were asked about. What was learnt
    /// from others tells what is incomplete, and not how much is missing.
    pub own: bool,
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

/// Learns from the `changes` that were known on `as_of`, the day of the latest upload. They come
/// by date, and by `as_of` within a date. `uploads` are the days of all uploads.
pub fn learn(changes: &[Change], uploads: &BTreeSet<NaiveDate>, as_of: NaiveDate) -> Completeness {
    let taught = changes
        .chunk_by(|a, b| a.date == b.date)
        .filter(|day| teaches(day[0].date, as_of))
        .filter_map(|day| Some((day[0].date, shares_of_a_day(day)?)));
    let mut samples = vec![(0, Vec::new()); FINAL_AGE as usize + 1];
    let mut days = 0;
    for (date, shares) in taught {
        days += 1;
        for ((age, share), (uploaded, samples)) in (0..).zip(shares).zip(&mut samples) {
            if uploads.contains(&(date + TimeDelta::days(age))) {
                *uploaded += 1;
                samples.extend(share);
            }
        }
    }
    let ages: Vec<AgeShares> = (0..)
        .zip(&mut samples)
        .map(|(age, (uploaded, samples))| AgeShares {
            age,
            days: *uploaded,
            reported: samples.len(),
            shares: spread(samples),
            with_cases: {
                samples.retain(|share| *share > 0.0);
                spread(samples)
            },
        })
        .collect();
    let complete_from = ages
        .iter()
        .rev()
        .filter_map(|age| Some((age.age, age.shares?.median)))
        .take_while(|(_, median)| *median >= COMPLETE_SHARE)
        .last()
        .map(|(age, _)| age);
    Completeness {
        as_of,
        uploads: 0,
        own: true,
        days,
        ages,
        complete_from,
    }
}

/// The days from which a department can learn on `as_of`.
pub fn learnt_from(as_of: NaiveDate) -> Window {
    let last = Window::ending(as_of, u64::from(FINAL_AGE) + 1).first();
    Window::ending(last, u64::from(LEARNT_DAYS))
}

fn teaches(date: NaiveDate, as_of: NaiveDate) -> bool {
    let days = learnt_from(as_of);
    (days.first()..=days.last()).contains(&date)
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
        learn(&[], &BTreeSet::new(), as_of)
    }

    /// The same, where it was learnt from other locations than those asked about.
    fn of_others(self) -> Self {
        Self { own: false, ..self }
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

    /// The same, where something has to be said: without enough history, the last
    /// [`INCOMPLETE_DAYS`] days up to `latest`, the latest that was reported, are incomplete.
    pub fn is_young(&self, date: NaiveDate, latest: NaiveDate) -> bool {
        self.is_incomplete(date)
            .unwrap_or((latest - date).num_days() < INCOMPLETE_DAYS.cast_signed())
    }

    /// What the count of `date` is expected to become, if it is one that usually grows.
    ///
    /// Nothing for a zero, which says too little.
    pub fn expected(&self, date: NaiveDate, new_cases: f64) -> Option<Expected> {
        let shares = self.ages.get(self.age(date)? as usize)?.with_cases?;
        if !self.own || !self.is_incomplete(date)? || new_cases <= 0.0 {
            return None;
        }
        Some(Expected {
            low: new_cases / shares.highest,
            median: new_cases / shares.median,
            high: new_cases / shares.lowest,
        })
    }
}

#[cfg(test)]
mod tests;
