//! Days without a report between days with one.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::{Code, Context, Index, Period, Problem, index::month_and_bit};

/// Warnings of single locations; the rest is counted.
const MOST_GAPS: usize = 100;

/// Days between reports that are looked at one by one: a thousand places for fifty years.
const MOST_DAYS: u64 = 20_000_000;

/// A place with its first and its last day, and the days between that have something.
struct Reports {
    place: u32,
    first: NaiveDate,
    last: NaiveDate,
    months: BTreeMap<i32, u32>,
}

impl Reports {
    /// Days or weeks between the first and the last that have nothing.
    fn missing(&self, step: u64) -> impl Iterator<Item = NaiveDate> {
        let step = usize::try_from(step).unwrap_or(1);
        let between = self.first.iter_days().step_by(step);
        between.take_while(|day| *day < self.last).filter(|day| {
            let (month, bit) = month_and_bit(*day);
            self.months.get(&month).is_none_or(|days| days & bit == 0)
        })
    }

    fn span(&self) -> u64 {
        (self.last - self.first).num_days().unsigned_abs()
    }
}

/// Days without a report between the first and the last of their place.
pub(super) fn gaps(period: Period, context: &Context, index: &Index) -> Vec<Problem> {
    let step: u64 = if period == Period::Day { 1 } else { 7 };
    let reports = reports(index);
    let Some(origin) = reports.iter().map(|reports| reports.first).min() else {
        return Vec::new();
    };
    let days: u64 = reports.iter().map(Reports::span).sum();
    if days > MOST_DAYS {
        return vec![Problem::warning(
            Code::Gap,
            format!(
                "{days} days lie between the first and the last report of all places, too many to look for gaps"
            ),
            MISSING,
        )];
    }
    let at = |day: NaiveDate| usize::try_from((day - origin).num_days()).unwrap_or(0);
    let end = reports
        .iter()
        .map(|reports| at(reports.last))
        .max()
        .unwrap_or(0);
    // By day: places that lack it, and places whose first and last day it lies between.
    let mut lacking = vec![0u32; end + 1];
    let mut within = vec![0i64; end + 2];
    for reports in &reports {
        within[at(reports.first) + 1] += 1;
        within[at(reports.last)] -= i64::from(reports.last > reports.first);
        within[at(reports.last) + 1] -= i64::from(reports.last == reports.first);
        for day in reports.missing(step) {
            lacking[at(day)] += 1;
        }
    }
    let mut places = 0;
    for within in &mut within {
        places += *within;
        *within = places;
    }
    let everywhere = |day: usize| lacking[day] > 0 && i64::from(lacking[day]) == within[day];
    let all: Vec<NaiveDate> = origin
        .iter_days()
        .take(end + 1)
        .filter(|day| everywhere(at(*day)))
        .collect();
    let mut found: Vec<Problem> = runs(&all, Days::new(step))
        .into_iter()
        .map(|(first, last)| for_all(first, last, within[at(first)], period))
        .collect();
    let mut more = 0;
    for reports in &reports {
        let mut own = reports.missing(step).filter(|day| !everywhere(at(*day)));
        let (Some(first), Some(known)) =
            (own.next(), context.locations.get(reports.place as usize))
        else {
            continue;
        };
        if found.len() >= MOST_GAPS {
            more += 1;
            continue;
        }
        let what = if step == 1 {
            ("day", "days")
        } else {
            ("week", "weeks")
        };
        let message = match 1 + own.count() {
            1 => format!("{} reports nothing for one {}, {first}", known.id, what.0),
            n => format!(
                "{} reports nothing for {n} {} between others, the first {first}",
                known.id, what.1
            ),
        };
        found.push(Problem::warning(Code::Gap, message, MISSING));
    }
    if more > 0 {
        found.push(Problem::warning(
            Code::Gap,
            format!("{more} more locations report nothing for days between others"),
            MISSING,
        ));
    }
    found
}

/// By place, in the order of the department's locations.
fn reports(index: &Index) -> Vec<Reports> {
    let mut months: BTreeMap<u32, BTreeMap<i32, u32>> = BTreeMap::new();
    for ((place, month), (seen, refused)) in &index.months {
        months
            .entry(*place)
            .or_default()
            .insert(*month, seen | refused);
    }
    let reports = months.into_iter().filter_map(|(place, months)| {
        let (first, last) = span(&months)?;
        Some(Reports {
            place,
            first,
            last,
            months,
        })
    });
    reports.collect()
}

const MISSING: &str = "stored as missing, not as zero";

fn for_all(first: NaiveDate, last: NaiveDate, places: i64, period: Period) -> Problem {
    let when = match (period, first == last) {
        (Period::Day, true) => format!("{first} is missing"),
        (Period::Day, false) => format!("{first} to {last} are missing"),
        (_, true) => format!("the week of {first} is missing"),
        (_, false) => format!("the weeks of {first} to {last} are missing"),
    };
    let places = match places {
        1 => "its only location".to_owned(),
        n => format!("all {n} locations"),
    };
    Problem::warning(Code::Gap, format!("{when} for {places}"), MISSING)
}

/// The first and the last day of months with bits.
fn span(months: &BTreeMap<i32, u32>) -> Option<(NaiveDate, NaiveDate)> {
    let day = |month: i32, day0: u32| {
        let (year, month) = (
            month.div_euclid(12),
            month.rem_euclid(12).cast_unsigned() + 1,
        );
        NaiveDate::from_ymd_opt(year, month, day0 + 1)
    };
    let (first, days) = months.first_key_value()?;
    let first = day(*first, days.trailing_zeros())?;
    let (last, days) = months.last_key_value()?;
    Some((first, day(*last, 31 - days.leading_zeros())?))
}

/// Days that follow each other, as their first and last.
fn runs(days: &[NaiveDate], step: Days) -> Vec<(NaiveDate, NaiveDate)> {
    let mut runs: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add_days(step) == Some(*day) => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    runs
}
