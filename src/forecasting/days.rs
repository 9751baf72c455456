//! What the model may know of each day of a place.

use chrono::{Days, NaiveDate};

/// Why a day says nothing that the model may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// Nothing was reported.
    Missing,
    /// The number is withheld because it is small.
    Suppressed,
    /// It corrects days before, and is not this day's own.
    Correction,
    /// A note of the department leaves it out.
    Excluded,
    /// Some of the department's places have not reported it.
    Partial,
    /// It usually grows, and there is too little history to say by how much.
    TooYoung,
}

/// What a day tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Day {
    /// Nothing that may be used.
    Unseen(Unseen),
    /// The day's new cases.
    Counted(Count),
    /// The new cases of the seven days that end with this one. Those of each are not known.
    Week(f64),
}

/// A day's new cases, and how much of them is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// New cases that were reported so far.
    pub new_cases: f64,
    /// The share of the day's cases that is expected to have been reported by now: 1 where no
    /// more are expected.
    pub share: f64,
    /// The standard deviation of that share's logarithm.
    pub share_spread: f64,
}

impl Count {
    /// A count that grows no more.
    pub fn complete(new_cases: f64) -> Self {
        Self {
            new_cases,
            share: 1.0,
            share_spread: 0.0,
        }
    }

    /// What it is expected to become.
    pub fn expected(self) -> f64 {
        self.new_cases / self.share
    }
}

/// The days of a place, one after the other, from the first that was reported to the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The day of the first.
    pub first: NaiveDate,
    /// The days. The last is the latest that tells something.
    pub days: Vec<Day>,
}

impl Series {
    /// Days from `first` on, without those at either end that were not reported, or not by all,
    /// or so lately that it cannot be said what they will become: a forecast is for the days
    /// after the last that tells something. `None` where no day is left.
    pub fn new(first: NaiveDate, mut days: Vec<Day>) -> Option<Self> {
        let tells = |day: &Day| {
            !matches!(
                day,
                Day::Unseen(Unseen::Missing | Unseen::Partial | Unseen::TooYoung)
            )
        };
        let mut start = days.iter().position(tells)?;
        if matches!(days[start], Day::Week(_)) {
            start = start.saturating_sub(6);
        }
        let end = days.iter().rposition(tells)?;
        days.truncate(end + 1);
        days.drain(..start);
        let first = first.checked_add_days(Days::new(start as u64))?;
        Some(Self { first, days })
    }

    /// The date of the day at `index`.
    pub fn date(&self, index: usize) -> NaiveDate {
        self.first
            .checked_add_days(Days::new(index as u64))
            .unwrap_or(NaiveDate::MAX)
    }

    /// The latest day that tells something: forecasts are for the days after it.
    pub fn origin(&self) -> NaiveDate {
        self.date(self.days.len().saturating_sub(1))
    }

    /// The day at `index`'s own count as it is expected to become.
    pub fn expected(&self, index: usize) -> Option<f64> {
        match self.days.get(index)? {
            Day::Counted(count) => Some(count.expected()),
            Day::Week(_) | Day::Unseen(_) => None,
        }
    }

    /// What happened in the `days` days that end with the day at `index`, one or seven: nothing
    /// as long as any of them is not known, or usually still grows.
    pub fn total(&self, index: usize, days: usize) -> Option<f64> {
        if let (Day::Week(cases), 7) = (self.days.get(index)?, days) {
            return Some(*cases);
        }
        let first = (index + 1).checked_sub(days)?;
        let complete = |day: &Day| match day {
            Day::Counted(count) if count.share >= 1.0 && count.share_spread == 0.0 => {
                Some(count.new_cases)
            }
            _ => None,
        };
        self.days[first..=index].iter().map(complete).sum()
    }

    /// How many days from the first on are not expected to change: those before the first that
    /// is young or not yet reported by all, of the last six weeks.
    pub fn settled(&self) -> usize {
        let open = |day: &Day| match day {
            Day::Counted(count) => count.share != 1.0 || count.share_spread != 0.0,
            Day::Unseen(why) => matches!(why, Unseen::TooYoung | Unseen::Partial),
            Day::Week(_) => false,
        };
        let from = self.days.len().saturating_sub(42);
        let first_open = self.days[from..].iter().position(open);
        first_open.map_or(self.days.len(), |index| from + index)
    }

    /// Where the day of this date stands among the days.
    pub fn index(&self, date: NaiveDate) -> Option<usize> {
        let index = usize::try_from((date - self.first).num_days()).ok()?;
        (index < self.days.len()).then_some(index)
    }

    /// The new cases of the seven days that end with the day at `index`: as they were reported
    /// for the week, or the sum of its days. Of a week that lacks up to three days, what the
    /// others suggest by their usual `shares` of a week's cases (see
    /// [`weekday`](super::weekday)); of one that lacks more, nothing.
    pub fn week(&self, index: usize, factor: impl Fn(usize) -> f64) -> Option<f64> {
        if let Day::Week(cases) = self.days.get(index)? {
            return Some(*cases);
        }
        let first = index.checked_sub(6)?;
        let (mut seen, mut cases, mut factors) = (0, 0.0, 0.0);
        for day in first..=index {
            if let Some(expected) = self.expected(day) {
                seen += 1;
                cases += expected;
                factors += factor(day);
            }
        }
        match seen {
            7 => Some(cases),
            4..7 if factors > 0.0 => Some(cases * 7.0 / factors),
            _ => None,
        }
    }

    /// Whether weeks are reported here, and no days of late.
    pub fn is_weekly(&self) -> bool {
        let latest = self.days.iter().rev();
        let mut latest = latest.filter(|day| !matches!(day, Day::Unseen(_)));
        matches!(latest.next(), Some(Day::Week(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(new_cases: f64) -> Day {
        Day::Counted(Count::complete(new_cases))
    }

    fn series(days: Vec<Day>) -> Series {
        Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), days).expect("days")
    }

    const MISSING: Day = Day::Unseen(Unseen::Missing);

    #[test]
    fn a_series_begins_and_ends_with_a_report() {
        let days = vec![MISSING, counted(1.0), MISSING, counted(2.0), MISSING];
        let series = series(days);
        assert_eq!(series.first.to_string(), "2026-01-06");
        assert_eq!(series.origin().to_string(), "2026-01-08");
        assert_eq!(series.days, [counted(1.0), MISSING, counted(2.0)]);
        assert_eq!(Series::new(series.first, vec![MISSING; 3]), None);
    }

    #[test]
    fn a_week_is_reported_or_the_sum_of_its_days() {
        let mut days = vec![counted(2.0); 7];
        days.push(Day::Week(30.0));
        let series = series(days);
        assert_eq!(series.week(6, |_| 1.0), Some(14.0));
        assert_eq!(series.week(7, |_| 1.0), Some(30.0));
        assert_eq!(series.week(5, |_| 1.0), None);
    }

    #[test]
    fn a_week_that_lacks_days_is_what_the_others_suggest() {
        let mut days = vec![counted(2.0); 7];
        days[1] = Day::Unseen(Unseen::Suppressed);
        days[2] = Day::Unseen(Unseen::Excluded);
        let suggested = series(days.clone()).week(6, |day| if day == 0 { 2.0 } else { 1.0 });
        assert_eq!(suggested, Some(10.0 * 7.0 / 6.0));
        days[3..5].fill(MISSING);
        assert_eq!(series(days).week(6, |_| 1.0), None);
    }

    #[test]
    fn a_young_count_stands_for_what_it_will_become() {
        let count = Count {
            new_cases: 40.0,
            share: 0.8,
            share_spread: 0.1,
        };
        assert_eq!(count.expected(), 50.0);
    }
}
