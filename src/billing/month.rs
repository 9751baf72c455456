//! A month, in which things are counted and paid.

use chrono::{Datelike as _, Months, NaiveDate, NaiveTime};

use crate::{Error, Result, clock::Now};

/// A month, as UTC counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that a day is in.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// `2026-03` is a month.
    ///
    /// # Errors
    /// Says what a month looks like.
    pub fn parse(text: &str) -> Result<Self> {
        let first = (text.len() == 7).then(|| format!("{text}-01").parse().ok());
        first
            .flatten()
            .filter(|day: &NaiveDate| (1..=9999).contains(&day.year()))
            .map(Self)
            // Written in the one way in which we write it.
            .filter(|month| month.to_string() == text)
            .ok_or_else(|| Error::Invalid("a month is written like 2026-03".into()))
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// The first day of the next.
    pub fn end(self) -> NaiveDate {
        self.0.checked_add_months(Months::new(1)).unwrap_or(self.0)
    }

    /// The moment at which it begins.
    pub fn begins_at(self) -> Now {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    /// The moment at which the next begins.
    pub fn ends_at(self) -> Now {
        self.end().and_time(NaiveTime::MIN).and_utc()
    }

    /// The next.
    pub fn next(self) -> Self {
        Self(self.end())
    }

    /// The one before.
    pub fn previous(self) -> Self {
        Self(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }

    /// How many days it has.
    pub fn days(self) -> i64 {
        (self.end() - self.0).num_days()
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() -> Result<()> {
        let month = Month::parse("2027-12")?;
        assert_eq!(
            (month.days(), month.next().days(), month.next().previous()),
            (31, 31, month)
        );
        assert_eq!(
            month.first(),
            NaiveDate::from_ymd_opt(2027, 12, 1).unwrap_or_default()
        );
        assert_eq!(
            month.end(),
            NaiveDate::from_ymd_opt(2028, 1, 1).unwrap_or_default()
        );
        assert_eq!(month, Month::of("2027-12-31".parse().unwrap_or_default()));
        assert_eq!(month.to_string(), "2027-12");
        Ok(())
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in [
            "", "2026", "2026-13", "2026-00", "2026-3", "2026-003", "+2026-3", "0000-01",
        ] {
            assert!(Month::parse(text).is_err(), "{text}");
        }
    }
}
