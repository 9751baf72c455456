//! From what was reported to what is drawn: gaps, means, rates. Pure.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};

use super::{
    DailyCount, Location, Window,
    completeness::{Completeness, Expected},
};

/// The most recent days for which late reports usually still arrive, in a department whose
/// history is too short to say.
pub const INCOMPLETE_DAYS: u64 = 7;

/// Days of the moving mean, and how many of them must be reported in full.
pub const MEAN_DAYS: usize = 7;
const MEAN_NEEDS: usize = 4;

/// A location that has been silent for longer is taken to report no more.
const SILENT_DAYS: u64 = 28;

/// How much of a point was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All that is expected, and it is old enough.
    Complete,
    /// So recent that late reports usually still arrive.
    Incomplete,
    /// Some of the locations, or some of the week's days, are missing or withheld: the true
    /// value is higher.
    Partial,
    /// Nothing was reported. Not a zero.
    Missing,
    /// All that was reported is withheld, because it is small.
    Suppressed,
}

impl Status {
    /// As in tables and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Partial => "partial",
            Self::Missing => "not reported",
            Self::Suppressed => "suppressed",
        }
    }
}

/// A day, or an ISO week by its Monday.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The day, or the week's Monday.
    pub date: NaiveDate,
    /// New cases, or new cases per 100,000 residents; `None` where nothing was reported.
    pub value: Option<f64>,
    /// Mean of the seven days that end with this one. Weeks have none.
    pub mean: Option<f64>,
    /// What an incomplete value is expected to become, where the department's history says.
    pub expected: Option<Expected>,
    /// How much of it was reported.
    pub status: Status,
}

/// Points of the days in `window`, from counts that begin [`MEAN_DAYS`] − 1 days before it.
///
/// `locations` are those that were asked about; from their first and latest days follows how
/// many are expected to report on a day. `latest` is the department's latest reported day, and
/// `completeness` what its history says of young counts; where that is nothing, the last
/// [`INCOMPLETE_DAYS`] reported days are incomplete.
pub fn daily(
    counts: &[DailyCount],
    window: Window,
    locations: &[Location],
    latest: NaiveDate,
    completeness: &Completeness,
) -> Vec<Point> {
    let by_day: HashMap<NaiveDate, &DailyCount> =
        counts.iter().map(|count| (count.date, count)).collect();
    let silent_since = before(latest, SILENT_DAYS);
    let expected = |day: NaiveDate| {
        let reports = |location: &&Location| {
            !location.weekly
                && location.first_day.is_some_and(|first| first <= day)
                && location
                    .last_day
                    .is_some_and(|last| day <= last || last > silent_since)
        };
        i64::try_from(locations.iter().filter(reports).count()).unwrap_or(i64::MAX)
    };
    let points: Vec<Point> = window
        .led_by(MEAN_DAYS as u64 - 1)
        .iter()
        .map(|date| {
            let count = by_day.get(&date);
            let status = match count {
                None => Status::Missing,
                Some(count) if count.reporting == 0 => Status::Suppressed,
                Some(_) if completeness.is_young(date, latest) => Status::Incomplete,
                Some(count) if count.reporting < expected(date) => Status::Partial,
                Some(_) => Status::Complete,
            };
            Point {
                date,
                value: count
                    .filter(|count| count.reporting > 0)
                    .map(|count| count.new_cases as f64),
                mean: None,
                expected: count
                    .and_then(|count| completeness.expected(date, count.new_cases as f64)),
                status,
            }
        })
        .collect();
    let lead = points
        .len()
        .saturating_sub(usize::try_from(window.days()).unwrap_or(0));
    (lead..points.len())
        .map(|at| Point {
            mean: mean(&points[(at + 1).saturating_sub(MEAN_DAYS)..=at]),
            ..points[at]
        })
        .collect()
}

/// The mean of the days that were reported by all, if there are enough of them.
fn mean(days: &[Point]) -> Option<f64> {
    let reported: Vec<f64> = days
        .iter()
        .filter(|day| matches!(day.status, Status::Complete | Status::Incomplete))
        .filter_map(|day| day.value)
        .collect();
    (reported.len() >= MEAN_NEEDS).then(|| reported.iter().sum::<f64>() / reported.len() as f64)
}

/// Per 100,000 residents.
pub fn per_100k(points: &mut [Point], population: i64) {
    let rate = 100_000.0 / population as f64;
    for point in points {
        point.value = point.value.map(|value| value * rate);
        point.mean = point.mean.map(|mean| mean * rate);
        point.expected = point.expected.map(|expected| Expected {
            low: expected.low * rate,
            median: expected.median * rate,
            high: expected.high * rate,
        });
    }
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days))
        .unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::surveillance::completeness::{Change, learn};

    pub fn unknown() -> Completeness {
        Completeness::unknown(day("2026-04-30"))
    }

    pub fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    pub fn count(date: &str, new_cases: i64, reporting: i64) -> DailyCount {
        DailyCount {
            date: day(date),
            new_cases,
            reporting,
            suppressed: 0,
        }
    }

    fn place(first: &str, last: &str) -> Location {
        Location {
            location_id: first.into(),
            name: first.into(),
            population: None,
            first_day: Some(day(first)),
            last_day: Some(day(last)),
            weekly: false,
        }
    }

    pub fn fortnight() -> Vec<DailyCount> {
        Window::ending(day("2026-03-14"), 14)
            .iter()
            .enumerate()
            .map(|(at, date)| DailyCount {
                date,
                new_cases: at as i64 + 1,
                reporting: 1,
                suppressed: 0,
            })
            .collect()
    }

    #[test]
    fn a_withheld_number_is_neither_a_zero_nor_a_gap() {
        let counts = [DailyCount {
            date: day("2026-03-02"),
            suppressed: 1,
            ..DailyCount::default()
        }];
        let window = Window::ending(day("2026-03-02"), 1);
        let points = daily(&counts, window, &[], day("2026-04-30"), &unknown());
        assert_eq!(
            (points[0].value, points[0].status),
            (None, Status::Suppressed)
        );
    }

    #[test]
    fn a_missing_day_is_a_gap_and_not_a_zero() {
        let mut counts = fortnight();
        counts.remove(9);
        let window = Window::ending(day("2026-03-14"), 7);
        let points = daily(
            &counts,
            window,
            &[place("2026-03-01", "2026-03-14")],
            day("2026-04-30"),
            &unknown(),
        );
        assert_eq!(points.len(), 7);
        assert_eq!((points[2].value, points[2].status), (None, Status::Missing));
        // 8, 9, 11, 12, 13, 14: six of seven days, over six and not seven.
        assert_eq!(points[6].mean, Some(67.0 / 6.0));
    }

    #[test]
    fn the_mean_of_a_full_week_counts_the_days_before_the_window() {
        let window = Window::ending(day("2026-03-07"), 1);
        let points = daily(&fortnight(), window, &[], day("2026-04-30"), &unknown());
        assert_eq!(points[0].mean, Some(4.0));
    }

    #[test]
    fn the_last_seven_reported_days_are_incomplete() {
        let window = Window::ending(day("2026-03-14"), 14);
        let points = daily(&fortnight(), window, &[], day("2026-03-14"), &unknown());
        let incomplete = points
            .iter()
            .filter(|point| point.status == Status::Incomplete)
            .count();
        assert_eq!(incomplete, 7);
        assert_eq!(points[6].status, Status::Complete);
    }

    /// Known to the half at first, and to the end three days later; as of 14 March.
    pub fn slow() -> Completeness {
        let changes: Vec<Change> = Window::ending(day("2026-02-10"), 60)
            .iter()
            .flat_map(|date| {
                [(0, 50, 1), (3, 50, 0)].map(|(age, new_cases, reporting)| Change {
                    date,
                    as_of: date + Days::new(age),
                    new_cases,
                    reporting,
                })
            })
            .collect();
        let uploads = Window::ending(day("2026-03-14"), 100).iter().collect();
        learn(&changes, &uploads, day("2026-03-14"))
    }

    #[test]
    fn what_history_says_of_young_counts_goes_before_the_rule_of_seven_days() {
        let window = Window::ending(day("2026-03-14"), 14);
        let points = daily(&fortnight(), window, &[], day("2026-03-14"), &slow());
        let incomplete: Vec<_> = points
            .iter()
            .filter(|point| point.status == Status::Incomplete)
            .map(|point| (point.date, point.expected.map(|expected| expected.median)))
            .collect();
        assert_eq!(
            incomplete,
            [
                (day("2026-03-12"), Some(24.0)),
                (day("2026-03-13"), Some(26.0)),
                (day("2026-03-14"), Some(28.0)),
            ]
        );
    }

    #[test]
    fn a_day_that_one_of_two_locations_reported_is_partial() {
        let places = [
            place("2026-03-01", "2026-03-14"),
            place("2026-03-03", "2026-03-14"),
        ];
        let counts = [
            count("2026-03-02", 5, 1),
            count("2026-03-03", 5, 1),
            count("2026-03-04", 9, 2),
        ];
        let window = Window::ending(day("2026-03-04"), 3);
        let statuses: Vec<_> = daily(&counts, window, &places, day("2026-04-30"), &unknown())
            .iter()
            .map(|point| point.status)
            .collect();
        // The second had not begun on the 2nd, so nothing was missing then.
        assert_eq!(
            statuses,
            [Status::Complete, Status::Partial, Status::Complete]
        );
    }

    #[test]
    fn a_rate_is_per_hundred_thousand() {
        let mut points = daily(
            &fortnight(),
            Window::ending(day("2026-03-14"), 1),
            &[],
            day("2026-04-30"),
            &unknown(),
        );
        per_100k(&mut points, 200_000);
        assert_eq!(points[0].value, Some(7.0));
    }
}
