//! What there is to say of a file once all of it was read.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    Answer, Code, Context, Index, Problem, Question, Reading, Row, Severity, Topic,
    UnknownLocation, Value, gaps::gaps,
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
                match findings.suppressed {
                    1 => "one number is withheld; it is stored as withheld, not as zero".to_owned(),
                    n => format!(
                        "{n} numbers are withheld; they are stored as withheld, not as zero"
                    ),
                },
                "",
            ));
        }
        findings
            .warnings
            .extend(gaps(reading.period, context, index));
        findings
    }
}
