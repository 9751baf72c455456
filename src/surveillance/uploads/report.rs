//! What was found in an upload: kept with it, shown on its page, answered to a program.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Tally, store::Change};
use crate::surveillance::reading::{
    Code, FileFault, Findings, Problem, Question, Received, Severity,
};

/// Problems that are told one by one. Of the others there are the counts, and the file of
/// refused rows.
const TOLD: usize = 200;

/// Days of changes that are kept for the chart: the latest.
const DAYS: usize = 1_500;

/// What was found in an upload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// How it arrived: encoding, kind of file, what a line list was made of.
    pub received: Option<Received>,
    /// Why nothing of it can be read.
    pub fault: Option<FileFault>,
    /// What only a person, or the program's author, can know.
    pub questions: Vec<Question>,
    /// The header.
    pub header: Vec<String>,
    /// The first rows.
    pub sample: Vec<Vec<String>>,
    /// The outcome of reading it.
    pub findings: Findings,
    /// What storing it would do, or did.
    pub tally: Tally,
    /// The first problems, refusals before remarks.
    pub problems: Vec<Problem>,
    /// What changes on which day, the latest days.
    pub changes: Vec<Change>,
}

impl Report {
    /// A file of which nothing can be read.
    pub fn of_fault(received: Option<Received>, fault: FileFault) -> Self {
        Self {
            received,
            fault: Some(fault),
            ..Self::default()
        }
    }

    /// Adds a problem to those that are told.
    pub fn tell(&mut self, problem: Problem) {
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        } else if problem.severity == Severity::Refused
            && let Some(remark) = self
                .problems
                .iter()
                .rposition(|told| told.severity != Severity::Refused)
        {
            // What is refused matters more than what is remarked.
            self.problems[remark] = problem;
        }
    }

    /// Rows, or cells of a wide file, that are not taken.
    pub fn refused(&self) -> u64 {
        self.findings.refused()
    }

    /// How often each problem occurs.
    pub fn codes(&self) -> BTreeMap<Code, u64> {
        let mut codes = self.findings.refused.clone();
        for (code, count) in &self.findings.noted {
            *codes.entry(*code).or_default() += count;
        }
        codes
    }

    /// Why it cannot be stored as it is, in words; `None` where it can be.
    pub fn obstacle(&self) -> Option<String> {
        if let Some(fault) = &self.fault {
            return Some(fault.to_string());
        }
        match self.questions.as_slice() {
            [] => {}
            [one] => return Some(format!("one question is open: {}", one.text)),
            [first, ..] => {
                return Some(format!(
                    "{} questions are open, the first: {}",
                    self.questions.len(),
                    first.text
                ));
            }
        }
        if self.tally.new + self.tally.changed > 0 {
            return None;
        }
        Some(if self.tally.unchanged > 0 {
            "everything in it is known already, so there is nothing to store".to_owned()
        } else {
            "none of its rows can be stored".to_owned()
        })
    }

    /// Takes the changes by day, the latest days of them.
    pub fn set_changes(&mut self, changes: BTreeMap<NaiveDate, Change>) {
        let skip = changes.len().saturating_sub(DAYS);
        self.changes = changes.into_values().skip(skip).collect();
    }
}
