//! From days to ISO weeks, and reports of whole weeks among them. Pure.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};

use super::{
    DailyCount, Window,
    completeness::Expected,
    series::{Point, Status},
};

/// Sums days to ISO weeks. A week that lacks a day is partial; one without any is missing.
pub fn weekly(days: &[Point]) -> Vec<Point> {
    let mut weeks: Vec<Point> = Vec::with_capacity(days.len() / 7 + 2);
    for week in days.chunk_by(|a, b| monday(a.date) == monday(b.date)) {
        let any = |status| week.iter().any(|day| day.status == status);
        let reported: Vec<f64> = week.iter().filter_map(|day| day.value).collect();
        let status = if reported.is_empty() && any(Status::Suppressed) {
            Status::Suppressed
        } else if reported.is_empty() {
            Status::Missing
        } else if any(Status::Incomplete) {
            Status::Incomplete
        } else if week.len() < 7
            || [Status::Partial, Status::Missing, Status::Suppressed]
                .into_iter()
                .any(any)
        {
            Status::Partial
        } else {
            Status::Complete
        };
        let value = (!reported.is_empty()).then(|| reported.iter().sum());
        weeks.push(Point {
            date: monday(week[0].date),
            value,
            mean: None,
            expected: expected_of(week),
            status,
        });
    }
    weeks
}

/// Adds reports of whole weeks to the weeks of days.
pub fn with_weekly_reports(weeks: &mut [Point], reports: &[DailyCount]) {
    let reports: HashMap<NaiveDate, &DailyCount> =
        reports.iter().map(|count| (count.date, count)).collect();
    for week in weeks {
        let Some(report) = reports.get(&week.date) else {
            continue;
        };
        let withheld = report.suppressed > 0;
        week.status = match week.status {
            // No days were reported, and none were expected of who reports weeks.
            Status::Missing if report.reporting == 0 => Status::Suppressed,
            Status::Missing if !withheld => Status::Complete,
            Status::Missing | Status::Suppressed => Status::Partial,
            Status::Complete if withheld => Status::Partial,
            other => other,
        };
        if report.reporting > 0 {
            let more = report.new_cases as f64;
            week.value = Some(week.value.unwrap_or(0.0) + more);
            week.expected = week.expected.map(|expected| Expected {
                low: expected.low + more,
                median: expected.median + more,
                high: expected.high + more,
            });
        }
    }
}

/// What a week is expected to become: its complete days as they are, and the others as they are
/// expected. As if all its days erred the same way, which is the widest it can be; reports that
/// are late are late for all days at once.
fn expected_of(week: &[Point]) -> Option<Expected> {
    let mut sum = Expected {
        low: 0.0,
        median: 0.0,
        high: 0.0,
    };
    for day in week {
        let Some(value) = day.value else { continue };
        let day = match (day.expected, day.status) {
            (Some(expected), _) => expected,
            // Nothing is known of how this one will grow, so nothing of the week.
            (None, Status::Incomplete) => return None,
            (None, _) => Expected {
                low: value,
                median: value,
                high: value,
            },
        };
        sum.low += day.low;
        sum.median += day.median;
        sum.high += day.high;
    }
    week.iter().any(|day| day.expected.is_some()).then_some(sum)
}

/// The window that holds whole ISO weeks.
pub fn whole_weeks(window: Window) -> Window {
    let sunday = monday(window.last())
        .checked_add_days(Days::new(6))
        .unwrap_or(window.last());
    Window::new(monday(window.first()), sunday).unwrap_or(window)
}

/// The Monday of a day's ISO week.
pub(super) fn monday(day: NaiveDate) -> NaiveDate {
    day.week(chrono::Weekday::Mon)
        .checked_first_day()
        .unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surveillance::series::{
        daily, per_100k,
        tests::{count, day, fortnight, slow, unknown},
    };

    #[test]
    fn a_report_of_a_week_stands_in_its_week_and_on_no_day() {
        let mut days = fortnight();
        days.truncate(7);
        let window = whole_weeks(Window::ending(day("2026-03-15"), 21));
        let mut weeks = weekly(&daily(&days, window, &[], day("2026-04-30"), &unknown()));
        with_weekly_reports(
            &mut weeks,
            &[count("2026-03-02", 40, 1), count("2026-03-09", 9, 1)],
        );
        // Six of the seven days lie in the week of the 23rd of February and the first of March.
        assert_eq!(
            weeks[1].value,
            Some(2.0 + 3.0 + 4.0 + 5.0 + 6.0 + 7.0 + 40.0)
        );
        assert_eq!(
            (weeks[2].value, weeks[2].status),
            (Some(9.0), Status::Complete)
        );
    }

    #[test]
    fn a_week_is_expected_to_become_what_its_days_are() {
        let window = Window::ending(day("2026-03-14"), 14);
        let mut weeks = weekly(&daily(
            &fortnight(),
            window,
            &[],
            day("2026-03-14"),
            &slow(),
        ));
        // From Monday the 9th: 9 + 10 + 11, and twice 12 + 13 + 14.
        assert_eq!(
            weeks[2].expected.map(|expected| expected.median),
            Some(108.0)
        );
        assert_eq!(
            (weeks[1].status, weeks[1].expected),
            (Status::Complete, None)
        );
        per_100k(&mut weeks, 50_000);
        assert_eq!(weeks[2].expected.map(|expected| expected.high), Some(216.0));
    }

    #[test]
    fn weeks_run_from_monday_and_say_when_a_day_is_missing() {
        let mut counts = fortnight();
        counts.remove(3);
        let window = whole_weeks(
            Window::new(day("2026-03-03"), day("2026-03-10"))
                .unwrap_or(Window::ending(day("2026-03-10"), 1)),
        );
        assert_eq!(
            (window.first(), window.last()),
            (day("2026-03-02"), day("2026-03-15"))
        );
        let weeks = weekly(&daily(&counts, window, &[], day("2026-04-30"), &unknown()));
        assert_eq!(weeks.len(), 2);
        assert_eq!(
            (weeks[0].date, weeks[0].value),
            (day("2026-03-02"), Some(31.0))
        );
        assert_eq!(weeks[0].status, Status::Partial);
        // The Sunday was not reported.
        assert_eq!(
            (weeks[1].value, weeks[1].status),
            (Some(69.0), Status::Partial)
        );
    }
}
