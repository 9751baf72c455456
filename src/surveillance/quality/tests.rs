use chrono::{Days, TimeDelta};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// Counts of the days from 2026-01-05 on, a Monday; nothing where nothing was reported.
fn series(counts: &[Option<i64>]) -> Series {
    let counts = day("2026-01-05")
        .iter_days()
        .zip(counts)
        .filter_map(|(date, count)| {
            Some(Count {
                date,
                days: 1,
                new_cases: Some((*count)?),
            })
        })
        .collect();
    Series {
        location_id: "north".into(),
        name: "North".into(),
        population: Some(10_000),
        counts,
    }
}

fn found(counts: &[Option<i64>]) -> Vec<(String, String, What)> {
    let series = series(counts);
    let latest = series.counts.last().map(|count| count.date);
    findings(&series, latest.unwrap_or_default())
        .into_iter()
        .map(|found| {
            let (first, last) = (found.first_day.to_string(), found.last_day.to_string());
            (first, last, found.what)
        })
        .collect()
}

fn at(first: &str, last: &str, what: What) -> (String, String, What) {
    (first.into(), last.into(), what)
}

#[test]
fn steady_counts_have_nothing_to_look_at() {
    let counts: Vec<_> = (0..90).map(|at| Some(40 + at % 7)).collect();
    assert_eq!(found(&counts), []);
    assert_eq!(found(&[]), []);
}

#[test]
fn missing_days_between_reports_are_a_gap() {
    let mut counts = vec![Some(5); 30];
    counts[10..13].fill(None);
    let gap = at("2026-01-15", "2026-01-17", What::Gap { days: 3 });
    assert_eq!(found(&counts), [gap]);
}

#[test]
fn a_day_far_above_all_others_is_a_spike() {
    let mut counts = vec![Some(10); 40];
    counts[20] = Some(90);
    let spike = What::Spike {
        new_cases: 90,
        around: 10.0,
    };
    assert_eq!(found(&counts), [at("2026-01-25", "2026-01-25", spike)]);
    // Eight cases where there was one are chance.
    let mut few = vec![Some(1); 40];
    few[20] = Some(8);
    assert_eq!(found(&few), []);
}

#[test]
fn mondays_that_hold_the_weekend_are_no_spikes() {
    let counts: Vec<_> = (0..70)
        .map(|at| Some([130, 20, 20, 20, 20, 0, 0][at % 7]))
        .collect();
    assert_eq!(found(&counts), []);
}

#[test]
fn an_epidemic_that_doubles_every_three_days_is_no_spike() {
    let counts: Vec<_> = (0..40)
        .map(|at| Some((2.0 * 2_f64.powf(f64::from(at.min(30)) / 3.0)) as i64))
        .collect();
    let spikes = found(&counts).into_iter();
    assert_eq!(
        spikes
            .filter(|(.., what)| matches!(what, What::Spike { .. }))
            .count(),
        0
    );
}

#[test]
fn zeros_but_for_one_weekday_are_weekly_reports_and_nothing_else() {
    let counts: Vec<_> = (0..56)
        .map(|at| Some(if at % 7 == 2 { 70 } else { 0 }))
        .collect();
    // Eight Wednesdays, from the 7th of January on; the stretch begins with the first's week.
    let weekly = at("2026-01-01", "2026-02-25", What::Weekly { weeks: 8 });
    assert_eq!(found(&counts), std::slice::from_ref(&weekly));
    let absent: Vec<_> = counts.iter().map(|c| c.filter(|c| *c > 0)).collect();
    assert_eq!(found(&absent), [weekly]);
    assert_eq!(found(&counts[..30]), []);
}

#[test]
fn a_location_is_stale_by_its_own_habit() {
    let daily = series(&[Some(5); 30]);
    let silent_for = |days| day("2026-02-03") + TimeDelta::days(days);
    assert_eq!(findings(&daily, silent_for(3)), []);
    let stale = findings(&daily, silent_for(4));
    assert_eq!(
        (stale[0].first_day, stale[0].what),
        (
            day("2026-02-04"),
            What::Stale {
                silent: 4,
                usual: 1
            }
        )
    );
    let weekly: Vec<_> = (0..30).map(|at| (at % 7 == 1).then_some(5)).collect();
    let weekly = series(&weekly);
    let last = weekly.counts[weekly.counts.len() - 1].date;
    let stale = |days| {
        findings(&weekly, last + TimeDelta::days(days))
            .iter()
            .any(|found| matches!(found.what, What::Stale { .. }))
    };
    assert!(!stale(21) && stale(22));
}

#[test]
fn negatives_and_more_than_can_be_are_impossible() {
    let mut counts = vec![Some(5); 30];
    counts[10..12].copy_from_slice(&[Some(-3), Some(-4)]);
    counts[20] = Some(-9);
    counts[25] = Some(201);
    let impossible: Vec<_> = found(&counts)
        .into_iter()
        .filter(|(.., what)| !matches!(what, What::Spike { .. }))
        .collect();
    assert_eq!(
        impossible,
        [
            at("2026-01-15", "2026-01-16", What::Negative { new_cases: -7 }),
            at("2026-01-25", "2026-01-25", What::Negative { new_cases: -9 }),
            at(
                "2026-01-30",
                "2026-01-30",
                What::TooMany {
                    new_cases: 201,
                    population: 10_000
                }
            ),
        ]
    );
}

#[test]
fn a_zero_between_days_with_many_is_sudden() {
    let mut counts = vec![Some(40); 30];
    counts[15] = Some(0);
    let zero = What::SuddenZero { around: 40.0 };
    assert_eq!(found(&counts), [at("2026-01-20", "2026-01-20", zero)]);
}

#[test]
fn a_week_reported_as_one_leaves_no_gap() {
    let weeks: Vec<Count> = (0..10)
        .map(|week| Count {
            date: day("2026-01-05") + Days::new(7 * week),
            days: 7,
            new_cases: (week != 3).then_some(30),
        })
        .collect();
    let series = Series {
        counts: weeks,
        ..series(&[])
    };
    assert_eq!(findings(&series, day("2026-03-15")), []);
}

proptest! {
    #[test]
    fn every_finding_lies_within_the_days_there_are(
        counts in prop::collection::vec(prop::option::of(-5..400_i64), 0..200),
        silent in 0..40_i64,
    ) {
        let series = series(&counts);
        let latest = series.counts.last().map_or(day("2026-01-05"), |count| count.date);
        let latest = latest + TimeDelta::days(silent);
        let reported = |date| series.counts.iter().any(|count| count.date == date);
        for found in findings(&series, latest) {
            prop_assert!(found.first_day <= found.last_day && found.last_day <= latest);
            if let What::Gap { days } = found.what {
                prop_assert_eq!((found.last_day - found.first_day).num_days() + 1, days);
                let all = found.first_day.iter_days().take_while(|date| *date <= found.last_day);
                prop_assert!(all.into_iter().all(|date| !reported(date)));
            }
        }
        let negatives = counts.iter().flatten().filter(|count| **count < 0).sum::<i64>();
        let found: i64 = findings(&series, latest)
            .iter()
            .map(|found| match found.what { What::Negative { new_cases } => new_cases, _ => 0 })
            .sum();
        prop_assert_eq!(found, negatives);
    }
}
