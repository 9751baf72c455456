use chrono::TimeDelta;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn count(date: &str, as_of: &str, superseded_on: Option<&str>, cases: f64) -> Report {
    Report {
        date: day(date),
        days: 1,
        as_of: day(as_of),
        superseded_on: superseded_on.map(day),
        value: Value::Count(cases),
    }
}

fn place(location: &str, reports: Vec<Report>) -> Reports {
    Reports::new(location.to_owned(), Some(1000.0), reports, Vec::new())
}

/// A department with these places, that uploaded whenever one of them reported.
fn history(places: Vec<Reports>) -> History {
    let days = places.iter().flat_map(|place| &place.reports);
    let uploads = days.map(|report| report.as_of).collect();
    History { places, uploads }
}

fn counted(cases: f64) -> Day {
    Day::Counted(Count::complete(cases))
}

const NORTH: Place = Place::Location(0);

/// `weeks` weeks of ten cases a day, of which `at_once` are known the next day and all two days
/// later.
fn late(weeks: i64, at_once: f64) -> History {
    let first = day("2026-01-05");
    let reports = (0..7 * weeks).flat_map(|after| {
        let date = first + TimeDelta::days(after);
        let (next, all) = (date + TimeDelta::days(1), date + TimeDelta::days(2));
        let report = |as_of, superseded_on, cases| Report {
            date,
            days: 1,
            as_of,
            superseded_on,
            value: Value::Count(cases),
        };
        [report(next, Some(all), at_once), report(all, None, 10.0)]
    });
    history(vec![place("north", reports.collect())])
}

#[test]
fn on_a_day_only_what_had_been_reported_by_then_is_known() {
    let history = late(20, 5.0);
    let series = history.series(NORTH, day("2026-05-20")).unwrap();
    assert_eq!(series.first, day("2026-01-05"));
    assert_eq!(series.origin(), day("2026-05-19"));
    let Some(Day::Counted(last)) = series.days.last() else {
        panic!("no count");
    };
    assert_eq!(last.new_cases, 5.0);
    assert_eq!(history.series(NORTH, day("2026-01-04")), None);
}

#[test]
fn a_young_count_is_compared_with_the_share_that_is_usually_known_by_then() {
    let series = late(20, 8.0).series(NORTH, day("2026-05-20")).unwrap();
    let [.., before, last] = series.days[..] else {
        panic!("no days");
    };
    assert_eq!(before, counted(10.0));
    assert_eq!(
        last,
        Day::Counted(Count {
            new_cases: 8.0,
            share: 0.8,
            share_spread: 0.0
        })
    );
}

#[test]
fn as_long_as_it_is_not_known_how_counts_grow_young_ones_are_not_used() {
    let series = late(20, 8.0).series(NORTH, day("2026-01-30")).unwrap();
    // The last seven of 25.
    assert_eq!(series.origin(), day("2026-01-22"));
    assert_eq!(series.days.len(), 18);
}

#[test]
fn days_loaded_in_bulk_are_taken_as_loaded_and_as_known_when_they_were_over() {
    let days = (1..=9).map(|date| count(&format!("2026-02-0{date}"), "2026-03-01", None, 4.0));
    let history = history(vec![place("north", days.collect())]);
    let series = history.series(NORTH, day("2026-02-05")).unwrap();
    assert_eq!(series.days, [counted(4.0); 5]);
}

#[test]
fn what_a_note_leaves_out_what_is_withheld_and_what_corrects_is_no_count() {
    let mut reports = vec![
        count("2026-02-01", "2026-03-01", None, 4.0),
        count("2026-02-02", "2026-03-01", None, 5.0),
        count("2026-02-03", "2026-03-01", None, 6.0),
        count("2026-02-05", "2026-03-01", None, 7.0),
    ];
    reports[1].value = Value::Suppressed;
    reports[2].value = Value::Correction(-3.0);
    let outage = Window::ending(day("2026-02-05"), 1);
    let north = Reports::new("north".to_owned(), None, reports, vec![outage]);
    let series = history(vec![north])
        .series(NORTH, day("2026-02-06"))
        .unwrap();
    let unseen = [
        Unseen::Suppressed,
        Unseen::Correction,
        Unseen::Missing,
        Unseen::Excluded,
    ];
    assert_eq!(series.days[0], counted(4.0));
    assert_eq!(series.days[1..], unseen.map(Day::Unseen));
}

#[test]
fn a_report_of_a_week_stands_at_its_end_and_gives_way_to_its_days() {
    let week = |date: &str, cases| Report {
        days: 7,
        ..count(date, "2026-03-01", None, cases)
    };
    let reports = vec![
        week("2026-02-02", 70.0),
        week("2026-02-09", 80.0),
        count("2026-02-10", "2026-03-01", None, 9.0),
    ];
    let series = history(vec![place("north", reports)])
        .series(NORTH, day("2026-02-16"))
        .unwrap();
    assert_eq!(series.first, day("2026-02-02"));
    assert_eq!(series.days[6], Day::Week(70.0));
    assert_eq!(series.origin(), day("2026-02-10"));
    assert_eq!(series.days[8], counted(9.0));
}

#[test]
fn a_department_has_a_total_when_all_that_report_have_reported() {
    let of = |days: std::ops::RangeInclusive<u32>, cases: f64| {
        days.map(move |date| count(&format!("2026-01-{date:02}"), "2026-03-01", None, cases))
            .collect::<Vec<Report>>()
    };
    let mut south = of(3..=30, 2.0);
    south.remove(7);
    let history = history(vec![place("north", of(1..=31, 1.0)), place("south", south)]);
    let series = history
        .series(Place::Department, day("2026-02-01"))
        .unwrap();
    assert_eq!(series.days[1], counted(1.0));
    assert_eq!(series.days[2], counted(3.0));
    assert_eq!(series.days[9], Day::Unseen(Unseen::Partial));
    assert_eq!(
        series.origin(),
        day("2026-01-30"),
        "the south may still report"
    );
    assert_eq!(history.population(Place::Department), Some(2000.0));
}

#[test]
fn a_place_that_fell_silent_is_waited_for_no_longer() {
    let north = (1..=31)
        .map(|date| count(&format!("2026-01-{date:02}"), "2026-03-01", None, 1.0))
        .collect();
    let south = vec![count("2026-01-02", "2026-03-01", None, 5.0)];
    let history = history(vec![place("north", north), place("south", south)]);
    let series = history
        .series(Place::Department, day("2026-02-01"))
        .unwrap();
    assert_eq!(series.days[1], counted(6.0));
    assert_eq!(series.days[2], counted(1.0));
    assert_eq!(series.origin(), day("2026-01-31"));
}

#[test]
fn a_department_with_weekly_places_has_weeks() {
    let north = (5..=18)
        .map(|date| count(&format!("2026-01-{date:02}"), "2026-03-01", None, 1.0))
        .collect();
    let week = |date: &str| Report {
        days: 7,
        ..count(date, "2026-03-01", None, 30.0)
    };
    let south = vec![week("2026-01-05"), week("2026-01-12")];
    let history = history(vec![place("north", north), place("south", south)]);
    let series = history
        .series(Place::Department, day("2026-02-01"))
        .unwrap();
    let weeks: Vec<f64> = series
        .days
        .iter()
        .filter_map(|day| match day {
            Day::Week(cases) => Some(*cases),
            _ => None,
        })
        .collect();
    assert_eq!(weeks, [37.0, 37.0]);
}
