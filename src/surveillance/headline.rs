//! What a series says, in figures.

use chrono::{Days, NaiveDate};

use super::{DailyCount, Window, series::Point};

/// The figures above the chart. Of counts, never of rates, since people ask how many.
#[derive(Clone, Debug, PartialEq)]
pub struct Headline {
    /// The latest reported day in the window.
    pub latest: NaiveDate,
    /// New cases in the seven days that end with it.
    pub last_seven: i64,
    /// New cases in the seven days before those.
    pub previous_seven: Option<i64>,
    /// Where the 7-day mean was highest, and what it was there.
    pub peak: Option<(NaiveDate, f64)>,
}

impl Headline {
    /// The change from one week to the next, as a share of the earlier; `None` where there is
    /// nothing to compare with.
    pub fn change(&self) -> Option<f64> {
        let previous = self.previous_seven.filter(|previous| *previous > 0)?;
        Some((self.last_seven - previous) as f64 / previous as f64)
    }
}

/// The headline of `window`, if anything was reported in it. `counts` may begin before it.
pub fn headline(counts: &[DailyCount], points: &[Point], window: Window) -> Option<Headline> {
    let latest = counts
        .iter()
        .rev()
        .find(|count| count.date <= window.last() && count.reporting > 0)?
        .date;
    if latest < window.first() {
        return None;
    }
    let week = |last: NaiveDate| {
        let week = Window::ending(last, 7);
        let days = counts
            .iter()
            .filter(|count| week.first() <= count.date && count.date <= week.last());
        let mut reported = days.peekable();
        reported.peek()?;
        Some(reported.map(|count| count.new_cases).sum())
    };
    let peak = points
        .iter()
        .filter_map(|point| Some((point.date, point.mean?)))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    Some(Headline {
        latest,
        last_seven: week(latest)?,
        previous_seven: latest.checked_sub_days(Days::new(7)).and_then(week),
        peak,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surveillance::{completeness::Completeness, series};

    #[test]
    fn two_weeks_are_compared_and_the_peak_is_found() {
        let last: NaiveDate = "2026-03-21".parse().unwrap_or_default();
        let window = Window::ending(last, 21);
        let counts: Vec<DailyCount> = window
            .iter()
            .enumerate()
            .map(|(at, date)| DailyCount {
                date,
                new_cases: [10, 20, 5][at / 7],
                reporting: 1,
                suppressed: 0,
            })
            .collect();
        let points = series::daily(&counts, window, &[], last, &Completeness::unknown(last));
        let headline = headline(&counts, &points, window);
        assert_eq!(
            headline,
            Some(Headline {
                latest: last,
                last_seven: 35,
                previous_seven: Some(140),
                peak: Some(("2026-03-14".parse().unwrap_or_default(), 20.0)),
            })
        );
        assert_eq!(headline.and_then(|headline| headline.change()), Some(-0.75));
    }

    #[test]
    fn a_window_without_reports_has_no_headline() {
        assert_eq!(
            headline(&[], &[], Window::ending(NaiveDate::default(), 7)),
            None
        );
    }
}
