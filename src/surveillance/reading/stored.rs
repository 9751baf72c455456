//! Which days a place has reported before, and by the day or by the week: a number of a week
//! beside those of its days would count the same cases twice.

use chrono::{Datelike, Days, NaiveDate};

use super::{Code, Problem};

/// What a place has reported before, apart from the numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored(Vec<Series>);

/// Numbers of one day each, or of one week each from the same day of the week on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Series {
    days: u8,
    /// The first and the last day of each run without a gap, in their order.
    runs: Vec<(NaiveDate, NaiveDate)>,
}

impl Stored {
    /// Adds the days from `first` to `last`, reported in numbers of `days` days each. To be
    /// told in the order of the days.
    pub fn add(&mut self, days: u8, first: NaiveDate, last: NaiveDate) {
        let same = |series: &&mut Series| {
            series.days == days
                && series
                    .runs
                    .iter()
                    .all(|(day, _)| in_step(days, *day, first))
        };
        match self.0.iter_mut().find(same) {
            Some(series) => series.runs.push((first, last)),
            None => self.0.push(Series {
                days,
                runs: vec![(first, last)],
            }),
        }
    }

    /// Why the number of `days` days from `date` on cannot stand beside what was reported.
    pub(super) fn conflict(&self, place: &str, date: NaiveDate, days: u8) -> Option<Problem> {
        let last = date
            .checked_add_days(Days::new(u64::from(days) - 1))
            .unwrap_or(date);
        let counted_twice = |series: &&Series| {
            let (Some((first, _)), before) = (
                series.runs.first(),
                series.runs.partition_point(|(first, _)| *first <= last),
            ) else {
                return false;
            };
            let apart = series.days != days || !in_step(days, *first, date);
            let run = before.checked_sub(1).and_then(|at| series.runs.get(at));
            apart && run.is_some_and(|(_, end)| *end >= date)
        };
        let series = self.0.iter().find(counted_twice)?;
        let (message, fix) = match (days, series.days) {
            (1, _) => (
                format!("{place} has a number for the whole week in which {date} lies"),
                "leave the day out, or take the upload with the week back first",
            ),
            (_, 1) => (
                format!("{place} has numbers for single days of the week that begins on {date}"),
                "leave the week out, or take the upload with the days back first",
            ),
            _ => (
                format!(
                    "{place} has a number for another week that shares days with the one that \
                     begins on {date}"
                ),
                "count weeks from the same day as before",
            ),
        };
        Some(Problem::refused(
            Code::ResolutionConflict,
            &date.to_string(),
            message,
            fix,
        ))
    }
}

/// Whether numbers of so many days that begin on these days leave each other alone.
fn in_step(days: u8, one: NaiveDate, other: NaiveDate) -> bool {
    days == 1 || one.weekday() == other.weekday()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    /// Two weeks from Monday the 2nd, and single days from the 23rd to the 25th.
    fn march() -> Stored {
        let mut stored = Stored::default();
        stored.add(1, day("2026-03-23"), day("2026-03-25"));
        stored.add(7, day("2026-03-02"), day("2026-03-15"));
        stored
    }

    #[test]
    fn a_day_within_a_stored_week_and_a_week_over_stored_days_are_refused() {
        for (date, days, refused) in [
            ("2026-03-01", 1, false),
            ("2026-03-02", 1, true),
            ("2026-03-15", 1, true),
            ("2026-03-16", 1, false),
            ("2026-03-24", 1, false),
            ("2026-03-09", 7, false),
            ("2026-03-08", 7, true),
            ("2026-03-16", 7, false),
            ("2026-03-23", 7, true),
            ("2026-03-22", 7, true),
            ("2026-03-30", 7, false),
        ] {
            let problem = march().conflict("north", day(date), days);
            assert_eq!(problem.is_some(), refused, "{date}, {days}: {problem:?}");
            assert!(problem.is_none_or(|problem| problem.code == Code::ResolutionConflict));
        }
    }

    proptest! {
        /// The same, day by day.
        #[test]
        fn no_day_is_counted_by_the_day_and_by_the_week(
            days_stored in proptest::collection::btree_set(0u64..60, 0..8),
            weeks_stored in proptest::collection::btree_set(0u64..8, 0..4),
            at in 0u64..60,
            weekly: bool,
        ) {
            let start = day("2026-01-05");
            let mut stored = Stored::default();
            for at in &days_stored {
                stored.add(1, start + Days::new(*at), start + Days::new(*at));
            }
            for week in &weeks_stored {
                stored.add(7, start + Days::new(7 * week), start + Days::new(7 * week + 6));
            }
            let days = if weekly { 7 } else { 1 };
            let expected = (at..at + days).any(|at| {
                let by_week = weeks_stored.contains(&(at / 7));
                let by_day = days_stored.contains(&at);
                if weekly { by_day } else { by_week }
            }) || weekly && at % 7 != 0
                && (at..at + days).any(|at| weeks_stored.contains(&(at / 7)));
            let days = u8::try_from(days).unwrap_or(1);
            let found = stored.conflict("x", start + Days::new(at), days).is_some();
            prop_assert_eq!(found, expected);
        }
    }
}
