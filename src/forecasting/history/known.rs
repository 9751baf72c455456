//! What a place had reported by a day.

use chrono::{NaiveDate, TimeDelta};

use super::{Unseen, Window};

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// New cases.
    Count(f64),
    /// A correction of days before, by so many.
    Correction(f64),
    /// A number that is withheld because it is small.
    Suppressed,
    /// That nothing is reported any more.
    Withdrawn,
}

/// A report of a day, or of seven, and from when to when it stood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// The day, or the first of seven.
    pub date: NaiveDate,
    /// How many days it counts: 1 or 7.
    pub days: i64,
    /// From which day on it was known.
    pub as_of: NaiveDate,
    /// The day from which on it was superseded.
    pub superseded_on: Option<NaiveDate>,
    /// What it says.
    pub value: Value,
}

impl Report {
    /// The last day that it counts.
    fn last(&self) -> NaiveDate {
        self.date + TimeDelta::days(self.days - 1)
    }

    fn stood_on(&self, moment: NaiveDate) -> bool {
        self.as_of <= moment && self.superseded_on.is_none_or(|day| day > moment)
    }
}

/// All that a place ever reported.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    /// Its id.
    pub location: String,
    /// How many live there.
    pub population: Option<f64>,
    /// Its reports.
    pub(super) reports: Vec<Report>,
    /// Days that a note of the department leaves out.
    excluded: Vec<Window>,
    /// The day of its first report: what was loaded in bulk came with it.
    pub(super) first_as_of: Option<NaiveDate>,
}

/// What is known of a day before it is asked whether it will grow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Said {
    /// New cases.
    Count(f64),
    /// New cases of the seven days that end with it.
    Week(f64),
    /// None that may be used.
    Nothing(Unseen),
}

/// What is known of days, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownDays {
    /// The day of the first.
    pub first: NaiveDate,
    /// What is known of each.
    pub days: Vec<Said>,
}

impl KnownDays {
    /// Days of which nothing is known, from `first` to `last`.
    pub fn nothing(first: NaiveDate, last: NaiveDate) -> Self {
        let days = usize::try_from((last - first).num_days() + 1).unwrap_or(0);
        Self {
            first,
            days: vec![Said::Nothing(Unseen::Missing); days],
        }
    }

    /// The days with what is known of them.
    pub fn dated(&self) -> impl Iterator<Item = (NaiveDate, &Said)> {
        self.first.iter_days().zip(&self.days)
    }

    /// What is known of `date`.
    pub fn get(&self, date: NaiveDate) -> Option<Said> {
        let index = usize::try_from((date - self.first).num_days()).ok()?;
        self.days.get(index).copied()
    }

    /// What is known of `date`, to be changed.
    pub fn at(&mut self, date: NaiveDate) -> Option<&mut Said> {
        let index = usize::try_from((date - self.first).num_days()).ok()?;
        self.days.get_mut(index)
    }

    /// The last day.
    pub fn last(&self) -> NaiveDate {
        self.first + TimeDelta::days(self.days.len() as i64 - 1)
    }
}

impl Reports {
    /// What the place `location` with so many residents reported. Notes leave out the days that
    /// are `excluded`.
    pub fn new(
        location: String,
        population: Option<f64>,
        reports: Vec<Report>,
        excluded: Vec<Window>,
    ) -> Self {
        Self {
            location,
            population,
            first_as_of: reports.iter().map(|report| report.as_of).min(),
            reports,
            excluded,
        }
    }

    /// Whether nothing of the place was known on `moment` but what was loaded later.
    pub fn is_bulk(&self, moment: NaiveDate) -> bool {
        self.first_as_of.is_none_or(|first| moment < first)
    }

    /// Whether a note leaves the day out.
    pub fn is_excluded(&self, date: NaiveDate) -> bool {
        let holds = |window: &Window| (window.first()..=window.last()).contains(&date);
        self.excluded.iter().any(holds)
    }

    /// What was known on `moment`: of the days until then, if they were loaded in bulk later.
    pub fn known_on(&self, moment: NaiveDate) -> Option<KnownDays> {
        let stood = match self.first_as_of? {
            first if moment < first => first,
            _ => moment,
        };
        let standing: Vec<&Report> = self
            .reports
            .iter()
            .filter(|report| report.stood_on(stood) && report.last() <= moment)
            .filter(|report| report.value != Value::Withdrawn)
            .collect();
        let first = standing.iter().map(|report| report.date).min()?;
        let last = standing.iter().map(|report| report.last()).max()?;
        let mut known = KnownDays::nothing(first, last);
        // Weeks first: where days of a week are known, they say more.
        let (weeks, days): (Vec<&Report>, Vec<&Report>) =
            standing.iter().partition(|report| report.days > 1);
        for report in days {
            if let Some(said) = known.at(report.date) {
                *said = match report.value {
                    _ if self.is_excluded(report.date) => Said::Nothing(Unseen::Excluded),
                    Value::Count(cases) => Said::Count(cases),
                    Value::Correction(_) => Said::Nothing(Unseen::Correction),
                    Value::Suppressed => Said::Nothing(Unseen::Suppressed),
                    Value::Withdrawn => Said::Nothing(Unseen::Missing),
                };
            }
        }
        for report in weeks {
            let mut dates = report.date.iter_days().take(7);
            let alone = dates.all(|date| {
                known.get(date) == Some(Said::Nothing(Unseen::Missing)) && !self.is_excluded(date)
            });
            let said = match report.value {
                Value::Count(cases) => Said::Week(cases),
                Value::Suppressed => Said::Nothing(Unseen::Suppressed),
                Value::Correction(_) => Said::Nothing(Unseen::Correction),
                Value::Withdrawn => continue,
            };
            if let (true, Some(day)) = (alone, known.at(report.last())) {
                *day = said;
            }
        }
        Some(known)
    }
}
