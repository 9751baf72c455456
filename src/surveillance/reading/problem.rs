//! What is wrong with one row, or worth knowing about many.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The value is not taken.
    Refused,
    /// The value is taken once a person has confirmed it.
    Question,
    /// The value is taken, and this is worth knowing.
    Warning,
}

/// What is wrong, as a program may sort it. Stable: these words are part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// More or fewer fields than the header.
    RaggedRow,
    /// No location in the row.
    MissingLocation,
    /// A location that the department does not have.
    UnknownLocation,
    /// No date in the row.
    MissingDate,
    /// Not a date in the form that the file uses, or a day that does not exist.
    InvalidDate,
    /// A day after today.
    FutureDate,
    /// A day before 1900.
    AncientDate,
    /// Not a number of cases.
    InvalidCount,
    /// `1,234`: perhaps 1234, perhaps 1.234.
    ThousandsSeparator,
    /// `12.5` cases.
    DecimalCount,
    /// Below zero, and corrections are not declared.
    NegativeCount,
    /// A cumulative count below the one before, and corrections are not declared.
    CumulativeDecrease,
    /// A cumulative count with none on the day before to subtract from it.
    NoDifference,
    /// The same place and day again, with another number.
    ConflictingDuplicate,
    /// The same place and day again, with the same number.
    ExactDuplicate,
    /// A day within a week that is stored as a week, or a week over days that are stored.
    ResolutionConflict,
    /// Far above what the place usually reports.
    Spike,
    /// Days without a report between days with one.
    Gap,
    /// A column that is left alone, and that somebody may think is not.
    IgnoredColumn,
    /// A column whose meaning was recognised by its name.
    RecognisedColumn,
    /// Counts of whole weeks.
    Weekly,
    /// Text that was not UTF-8.
    OtherEncoding,
    /// Counts withheld to protect people.
    Suppressed,
    /// Which sheet of a workbook was read.
    Sheet,
}

impl Code {
    /// The word that stands for it in JSON and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RaggedRow => "ragged_row",
            Self::MissingLocation => "missing_location",
            Self::UnknownLocation => "unknown_location",
            Self::MissingDate => "missing_date",
            Self::InvalidDate => "invalid_date",
            Self::FutureDate => "future_date",
            Self::AncientDate => "ancient_date",
            Self::InvalidCount => "invalid_count",
            Self::ThousandsSeparator => "thousands_separator",
            Self::DecimalCount => "decimal_count",
            Self::NegativeCount => "negative_count",
            Self::CumulativeDecrease => "cumulative_decrease",
            Self::NoDifference => "no_difference",
            Self::ConflictingDuplicate => "conflicting_duplicate",
            Self::ExactDuplicate => "exact_duplicate",
            Self::ResolutionConflict => "resolution_conflict",
            Self::Spike => "spike",
            Self::Gap => "gap",
            Self::IgnoredColumn => "ignored_column",
            Self::RecognisedColumn => "recognised_column",
            Self::Weekly => "weekly",
            Self::OtherEncoding => "other_encoding",
            Self::Suppressed => "suppressed",
            Self::Sheet => "sheet",
        }
    }
}

/// What is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// Stable, for programs.
    pub code: Code,
    /// Counted from 1, the header included; `None` when it is about many lines.
    pub line: Option<u64>,
    /// The name of the column, where one is to blame.
    pub column: Option<String>,
    /// What stands there, shortened and without control characters.
    pub value: String,
    /// What is wrong, in words.
    pub message: String,
    /// What to do, in words; empty where nothing is to be done.
    pub fix: String,
}

impl Problem {
    /// A value that is not taken.
    pub(super) fn refused(
        code: Code,
        value: &str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Refused,
            code,
            line: None,
            column: None,
            value: shown(value),
            message: message.into(),
            fix: fix.into(),
        }
    }

    /// Something worth knowing.
    pub(super) fn warning(code: Code, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::refused(code, "", message, fix)
        }
    }

    /// The same, about this line.
    pub(super) fn on_line(self, line: u64) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }

    /// The same, about this column.
    pub(super) fn in_column(self, column: &str) -> Self {
        Self {
            column: Some(shown(column)),
            ..self
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)?;
        if !self.fix.is_empty() {
            write!(f, "; {}", self.fix)?;
        }
        Ok(())
    }
}

/// What was typed, as it may stand in a message: at most 40 characters, none of them a control
/// character or a mark that turns the direction of writing.
pub(super) fn shown(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut clean = text
        .trim()
        .chars()
        .filter(|c| !c.is_control() && !turns(*c));
    let mut short: String = clean.by_ref().take(40).collect();
    if clean.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_code_is_the_one_in_json() {
        for code in [
            Code::RaggedRow,
            Code::UnknownLocation,
            Code::Gap,
            Code::Suppressed,
            Code::ResolutionConflict,
        ] {
            assert_eq!(
                serde_json::to_value(code).ok(),
                Some(serde_json::Value::from(code.as_str()))
            );
        }
    }

    #[test]
    fn what_is_shown_is_short_and_plain() {
        assert_eq!(shown("a\u{7}\u{202e}b"), "ab");
        assert_eq!(shown(&"x".repeat(100)), format!("{}…", "x".repeat(40)));
    }
}
