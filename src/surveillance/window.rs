//! The days that somebody looks at.

use chrono::{Days, NaiveDate};

use crate::{Error, Result};

/// A first and a last day, both included, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    first: NaiveDate,
    last: NaiveDate,
}

impl Window {
    /// From `first` to `last`.
    ///
    /// # Errors
    /// When they are reversed.
    pub fn new(first: NaiveDate, last: NaiveDate) -> Result<Self> {
        if first > last {
            return Err(Error::Invalid(format!(
                "the first day, {first}, is after the last, {last}; exchange them"
            )));
        }
        Ok(Self { first, last })
    }

    /// The `days` days that end with `last`.
    pub fn ending(last: NaiveDate, days: u64) -> Self {
        let first = last
            .checked_sub_days(Days::new(days.saturating_sub(1)))
            .unwrap_or(NaiveDate::MIN);
        Self { first, last }
    }

    /// The first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// The last day.
    pub fn last(self) -> NaiveDate {
        self.last
    }

    /// How many days.
    pub fn days(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// The part of this window that lies within `other`, so that a question about the years 1
    /// to 9999 costs no more than one about the days there are.
    pub fn within(self, other: Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Self { first, last })
    }

    /// The window with `days` more days in front.
    pub fn led_by(self, days: u64) -> Self {
        Self {
            first: self
                .first
                .checked_sub_days(Days::new(days))
                .unwrap_or(self.first),
            ..self
        }
    }

    /// Each day, oldest first.
    pub fn iter(self) -> impl Iterator<Item = NaiveDate> {
        self.first
            .iter_days()
            .take_while(move |day| *day <= self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn reversed_dates_are_refused() {
        assert!(Window::new(day("2026-02-01"), day("2026-01-01")).is_err());
    }

    #[test]
    fn ninety_days_end_on_the_last() {
        let window = Window::ending(day("2026-03-31"), 90);
        assert_eq!((window.first(), window.days()), (day("2026-01-01"), 90));
        assert_eq!(window.iter().count(), 90);
    }

    #[test]
    fn all_of_time_is_cut_to_the_days_there_are() {
        let reported = Window::ending(day("2026-03-31"), 10);
        let always = Window::new(NaiveDate::MIN, NaiveDate::MAX);
        assert_eq!(
            always.ok().and_then(|always| always.within(reported)),
            Some(reported)
        );
        assert_eq!(Window::ending(day("1999-01-01"), 3).within(reported), None);
    }
}
