//! What the simulated counts must look like, for whichever seed.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};

use super::{DAYS, SimulatedDepartment, UPLOADS, demo_departments, uploads};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=8;

fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn daily_totals(department: &SimulatedDepartment) -> BTreeMap<NaiveDate, u32> {
    let mut totals = BTreeMap::new();
    for (day, count) in department
        .locations
        .iter()
        .flat_map(|location| &location.counts)
    {
        *totals.entry(*day).or_default() += count;
    }
    totals
}

#[test]
fn departments_average_45_80_and_30_new_cases_a_day() {
    for seed in SEEDS {
        let departments = demo_departments(seed, last_day());
        for (department, (tenant_id, target)) in std::iter::zip(
            &departments,
            [("dept_a", 45.0), ("dept_b", 80.0), ("dept_c", 30.0)],
        ) {
            assert_eq!(department.tenant_id, tenant_id);
            let totals = daily_totals(department);
            assert_eq!(totals.len(), DAYS);
            let mean = f64::from(totals.values().sum::<u32>()) / DAYS as f64;
            assert!(
                (mean / target - 1.0).abs() < 0.1,
                "seed {seed}, {tenant_id}: {mean}"
            );
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_departments_and_another_seed_others() {
    let departments = demo_departments(1, last_day());
    assert_eq!(departments, demo_departments(1, last_day()));
    for (one, other) in std::iter::zip(&departments, demo_departments(2, last_day())) {
        assert_ne!(one.locations, other.locations);
    }
}

#[test]
fn every_day_is_reported_once_but_for_an_outage_of_six_days_in_a_row() {
    let first_day = last_day() - Days::new(DAYS as u64 - 1);
    let mut missing = Vec::new();
    for location in demo_departments(3, last_day())
        .iter()
        .flat_map(|d| &d.locations)
    {
        assert!(location.counts.is_sorted_by(|one, next| one.0 < next.0));
        missing.extend(first_day.iter_days().take(DAYS).filter(|day| {
            location
                .counts
                .binary_search_by_key(day, |count| count.0)
                .is_err()
        }));
        assert_eq!(
            location.counts.first().map(|count| count.0),
            Some(first_day)
        );
        assert_eq!(
            location.counts.last().map(|count| count.0),
            Some(last_day())
        );
    }
    assert_eq!(missing.len(), 6);
    assert_eq!(missing[5] - missing[0], TimeDelta::days(5));
}

#[test]
fn weekends_are_low_and_mondays_and_tuesdays_high() {
    for department in demo_departments(4, last_day()) {
        let sum = |days: [Weekday; 2]| -> f64 {
            let totals = daily_totals(&department);
            let chosen = totals
                .iter()
                .filter(|(day, _)| days.contains(&day.weekday()));
            chosen.map(|(_, count)| f64::from(*count)).sum()
        };
        let ratio = sum([Weekday::Sat, Weekday::Sun]) / sum([Weekday::Mon, Weekday::Tue]);
        assert!(
            (0.4..0.5).contains(&ratio),
            "{}: {ratio}",
            department.tenant_id
        );
    }
}

/// Of the last three days 18, 42 and 62 % are known; a week before nearly all were.
#[test]
fn the_last_days_are_incomplete() {
    let (mut newest, mut a_week_before) = (0, 0);
    for seed in SEEDS {
        for department in demo_departments(seed, last_day()) {
            let counts: Vec<u32> = daily_totals(&department).into_values().rev().collect();
            newest += counts[..3].iter().sum::<u32>();
            a_week_before += counts[7..10].iter().sum::<u32>();
        }
    }
    assert!(f64::from(newest) < 0.6 * f64::from(a_week_before));
}

#[test]
fn each_department_has_waves_and_no_two_peak_together() {
    for seed in SEEDS {
        let peaks: Vec<usize> = demo_departments(seed, last_day())
            .iter()
            .map(|department| {
                let counts: Vec<u32> = daily_totals(department).into_values().collect();
                let weeks: Vec<u32> = counts[2..]
                    .chunks(7)
                    .map(|week| week.iter().sum())
                    .collect();
                let (peak, highest) = weeks
                    .iter()
                    .enumerate()
                    .max_by_key(|(_, count)| **count)
                    .unwrap();
                let lowest = weeks.iter().min().unwrap();
                assert!(
                    *highest > 5 * lowest,
                    "seed {seed}, {}",
                    department.tenant_id
                );
                peak
            })
            .collect();
        let apart = |one: usize, other: usize| peaks[one].abs_diff(peaks[other]) > 4;
        assert!(
            apart(0, 1) && apart(1, 2) && apart(0, 2),
            "seed {seed}: {peaks:?}"
        );
    }
}

#[test]
fn the_uploads_end_with_the_counts_and_begin_with_few_of_them() {
    for department in demo_departments(1, last_day()) {
        let uploads = uploads(&department, 7, last_day());
        assert_eq!(uploads.len(), UPLOADS as usize + 1);
        assert_eq!(uploads[UPLOADS as usize].as_of, last_day());
        let mut known = BTreeMap::new();
        let (mut young, mut later) = (0, 0);
        for upload in &uploads {
            for (location, day, count) in &upload.counts {
                assert!(*day <= upload.as_of);
                let before = known.insert((*location, *day), *count);
                assert!(before.is_none_or(|before| before <= *count));
                match (upload.as_of - *day).num_days() {
                    0 => young += count,
                    7 => later += count,
                    _ => {}
                }
            }
        }
        let counts: BTreeMap<_, _> = department
            .locations
            .iter()
            .flat_map(|place| {
                let id = place.location_id;
                place
                    .counts
                    .iter()
                    .map(move |(day, count)| ((id, *day), *count))
            })
            .collect();
        assert_eq!(known, counts);
        // 18 % of a day's cases are known on the day itself.
        let share = f64::from(young) / f64::from(later);
        assert!((0.1..0.3).contains(&share), "{share}");
    }
}
