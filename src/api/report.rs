//! What was found in observations that a program sent: what the page shows, as JSON.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::surveillance::{reading, uploads::Upload};

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that could be taken is stored.
    Stored,
    /// It was only asked what would be stored.
    DryRun,
    /// Nothing is stored, and `obstacle` says why.
    Refused,
}

/// What was found in what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// The number of this upload in the department's list of uploads.
    #[schema(example = 12)]
    upload: i32,
    /// What has become of it.
    outcome: Outcome,
    /// The day on which it was known.
    as_of: NaiveDate,
    /// Why it cannot be stored as it is; `null` where it can be.
    #[schema(required)]
    obstacle: Option<String>,
    /// Values for days that had none.
    #[schema(example = 14)]
    new: u64,
    /// Values that replace another.
    #[schema(example = 3)]
    changed: u64,
    /// Values that were known already.
    #[schema(example = 200)]
    unchanged: u64,
    /// Values that cannot be taken. The others are.
    #[schema(example = 1)]
    refused: u64,
    /// How often each kind of finding occurs, by its code.
    #[schema(example = json!({"invalid_date": 1}))]
    codes: BTreeMap<String, u64>,
    /// The findings, the first 200.
    problems: Vec<Finding>,
    /// What only you can know. Send it again with the answers as parameters.
    questions: Vec<Question>,
}

/// Something found in a row, or in many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// `refused`, `question` or `warning`.
    #[schema(example = "refused")]
    severity: String,
    /// What it is, for programs.
    #[schema(example = "invalid_date")]
    code: String,
    /// The line it is on, the header being the first.
    #[schema(required, example = 7)]
    line: Option<u64>,
    /// The column it is in.
    #[schema(required, example = "date")]
    column: Option<String>,
    /// What stands there, shortened.
    #[schema(example = "2026-02-30")]
    value: String,
    /// What is wrong.
    #[schema(example = "this day does not exist")]
    message: String,
    /// What to do about it.
    fix: String,
}

/// Something that what was sent leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Question {
    /// The parameter that answers it.
    #[schema(example = "date_form")]
    parameter: String,
    /// The question.
    text: String,
    /// What can be answered.
    answers: Vec<Choice>,
}

/// An answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Choice {
    /// What the parameter takes.
    #[schema(example = "day_month_year")]
    value: String,
    /// In words.
    label: String,
    /// Whether the data speaks for it.
    proposed: bool,
}

impl Report {
    /// The report on an upload.
    pub fn of(upload: &Upload, outcome: Outcome) -> Self {
        let report = &upload.report;
        let obstacle = match outcome {
            Outcome::Stored => None,
            Outcome::DryRun | Outcome::Refused => report.obstacle(),
        };
        let codes = report.codes();
        Self {
            upload: upload.upload_no,
            outcome,
            as_of: upload.as_of,
            obstacle,
            new: report.tally.new,
            changed: report.tally.changed,
            unchanged: report.tally.unchanged,
            refused: report.refused(),
            codes: codes
                .iter()
                .map(|(code, times)| (code.as_str().to_owned(), *times))
                .collect(),
            problems: report.problems.iter().map(finding).collect(),
            questions: report.questions.iter().map(question).collect(),
        }
    }

    /// Whether all of it was known already.
    pub fn is_known(&self) -> bool {
        self.unchanged > 0
            && self.new + self.changed + self.refused == 0
            && self.questions.is_empty()
    }

    /// Why nothing is stored.
    pub fn detail(&self) -> String {
        let obstacle = self.obstacle.clone();
        obstacle.unwrap_or_else(|| "nothing of it could be stored".to_owned())
    }
}

fn finding(problem: &reading::Problem) -> Finding {
    Finding {
        severity: match problem.severity {
            reading::Severity::Refused => "refused",
            reading::Severity::Question => "question",
            reading::Severity::Warning => "warning",
        }
        .to_owned(),
        code: problem.code.as_str().to_owned(),
        line: problem.line,
        column: problem.column.clone(),
        value: problem.value.clone(),
        message: problem.message.clone(),
        fix: problem.fix.clone(),
    }
}

fn question(question: &reading::Question) -> Question {
    Question {
        parameter: question.topic.as_str().to_owned(),
        text: question.text.clone(),
        answers: question
            .answers
            .iter()
            .map(|answer| Choice {
                value: answer.value.clone(),
                label: answer.label.clone(),
                proposed: answer.proposed,
            })
            .collect(),
    }
}
