//! What there is to say of a file once all of it was read.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Code, Context, Index, Period, Problem, Question, Reading, Row, Severity, Topic,
    UnknownLocation, Value, index::month_and_bit,
};

/// The outcome of reading a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Rows taken, those with withheld numbers included.
    pub rows: u64,
    /// Of them, those with withheld numbers.
    pub suppressed: u64,
    /// Cells that say nothing was reported: neither taken nor refused.
    pub missing: u64,
    /// Values refused, by why. A row that is refused whole counts once.
    pub refused: BTreeMap<Code, u64>,
    /// Values that are asked about or worth knowing of, by what for.
    pub noted: BTreeMap<Code, u64>,
    /// What is worth knowing of the file as a whole: gaps, withheld numbers.
    pub warnings: Vec<Problem>,
    /// Locations that the department does not have.
    pub unknown_locations: Vec<UnknownLocation>,
    /// The first and the last day that a row has.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// False where reading was broken off.
    pub complete: bool,
}

impl Findings {
    /// What must be answered before the file is taken, besides the survey's questions.
    pub fn question(&self, reading: &Reading) -> Option<Question> {
        let spikes = self.noted.get(&Code::Spike)?;
        (!reading.confirmed.contains(&Topic::Spikes)).then(|| Question {
            topic: Topic::Spikes,
            text: format!(
                "{} far above what its place usually reports. {} right?",
                match spikes {
                    1 => "One number is".to_owned(),
                    n => format!("{n} numbers are"),
                },
                if *spikes == 1 {
                    "Is it"
                } else {
                    "Are all of them"
                }
            ),
            answers: vec![Answer {
                value: "yes".into(),
                label: "Yes, store it as it stands".into(),
                example: String::new(),
                proposed: false,
            }],
        })
    }

    /// All values refused.
    pub fn refused(&self) -> u64 {
        self.refused.values().sum()
    }
}

/// Counts while a file is read.
#[derive(Default)]
pub(super) struct Tally {
    findings: Findings,
    pub(super) missing: u64,
}

/// Warnings of single locations; the rest is counted.
const MOST_GAPS: usize = 100;

impl Tally {
    pub(super) fn row(&mut self, row: &Row) {
        self.findings.rows += 1;
        self.findings.suppressed += u64::from(row.value == Value::Suppressed);
        let days = self.findings.days.get_or_insert((row.date, row.date));
        *days = (days.0.min(row.date), days.1.max(row.date));
    }

    pub(super) fn problem(&mut self, problem: &Problem) {
        let counts = match problem.severity {
            Severity::Refused => &mut self.findings.refused,
            Severity::Question | Severity::Warning => &mut self.findings.noted,
        };
        *counts.entry(problem.code).or_default() += 1;
    }

    pub(super) fn finish(
        self,
        reading: &Reading,
        context: &Context,
        index: &Index,
        complete: bool,
        unknown_locations: Vec<UnknownLocation>,
    ) -> Findings {
        let mut findings = self.findings;
        findings.missing = self.missing;
        findings.complete = complete;
        findings.unknown_locations = unknown_locations;
        if findings.suppressed > 0 {
            findings.warnings.push(Problem::warning(
                Code::Suppressed,
                format!(
                    "{} numbers are withheld; they are stored as withheld, not as zero",
                    findings.suppressed
                ),
                "",
            ));
        }
        findings
            .warnings
            .extend(gaps(reading.period, context, index));
        findings
    }
}

/// Days without a report between the first and the last of their place.
fn gaps(period: Period, context: &Context, index: &Index) -> Vec<Problem> {
    let mut months: HashMap<u32, BTreeMap<i32, u32>> = HashMap::new();
    for ((place, month), (seen, refused)) in &index.months {
        if seen | refused != 0 {
            months
                .entry(*place)
                .or_default()
                .insert(*month, seen | refused);
        }
    }
    // By day: places that lack it, of those whose first and last day it lies between.
    let mut lacking: BTreeMap<NaiveDate, u32> = BTreeMap::new();
    let mut of_place: BTreeMap<u32, Vec<NaiveDate>> = BTreeMap::new();
    let mut spans = Vec::new();
    for (place, months) in &months {
        let Some((first, last)) = span(months) else {
            continue;
        };
        spans.push((first, last));
        let step = if period == Period::Day { 1 } else { 7 };
        for day in first
            .iter_days()
            .step_by(step)
            .take_while(|day| *day < last)
        {
            let (month, bit) = month_and_bit(day);
            if months.get(&month).is_none_or(|days| days & bit == 0) {
                *lacking.entry(day).or_default() += 1;
                of_place.entry(*place).or_default().push(day);
            }
        }
    }
    let within = |day: NaiveDate| {
        spans
            .iter()
            .filter(|(first, last)| *first < day && day < *last)
            .count()
    };
    let everywhere: Vec<NaiveDate> = lacking
        .iter()
        .filter(|(day, places)| **places as usize == within(**day))
        .map(|(day, _)| *day)
        .collect();
    let step = Days::new(if period == Period::Day { 1 } else { 7 });
    let mut found: Vec<Problem> = runs(&everywhere, step)
        .into_iter()
        .map(|(first, last)| for_all(first, last, within(first), period))
        .collect();
    let mut more = 0;
    for (place, mut days) in of_place {
        days.retain(|day| everywhere.binary_search(day).is_err());
        let (Some(first), Some(known)) = (days.first(), context.locations.get(place as usize))
        else {
            continue;
        };
        if found.len() >= MOST_GAPS {
            more += 1;
            continue;
        }
        let what = if period == Period::Day {
            ("day", "days")
        } else {
            ("week", "weeks")
        };
        let message = match days.len() {
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

const MISSING: &str = "stored as missing, not as zero";

fn for_all(first: NaiveDate, last: NaiveDate, places: usize, period: Period) -> Problem {
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
