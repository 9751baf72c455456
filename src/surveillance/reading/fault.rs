//! What is wrong with a whole file.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why nothing of a file can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// There is not one byte in it.
    Empty,
    /// A header and nothing below it.
    NoDataRows,
    /// The first line is data.
    NoHeader,
    /// A column that is needed is not there.
    MissingColumn,
    /// Two columns have the name of the one that is needed.
    ColumnTwice,
    /// A NUL byte: not a text file.
    NulByte,
    /// UTF-8 and something else in one file.
    MixedEncoding,
    /// UTF-16 cut short or broken.
    BrokenUtf16,
    /// A kind of file that is not read, such as PDF.
    UnsupportedKind,
    /// A workbook behind a password.
    PasswordProtected,
    /// A workbook that cannot be opened.
    BrokenWorkbook,
    /// More than is taken in one file.
    TooLarge,
    /// Columns that identify people stand beside counts.
    IdentifiesPeople,
    /// Line list without a date or a place to count by.
    NotCountable,
    /// So many repeated rows that another column must tell them apart.
    AnotherDimension,
    /// Cumulative counts in an order that cannot be followed.
    Unsorted,
    /// Something of it was taken back after the day on which it was known.
    TakenBack,
    /// The stored text could not be read to its end.
    Unreadable,
}

/// Why nothing of a file can be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct FileFault {
    /// Stable, for programs.
    pub code: FaultCode,
    /// Counted from 1, where one line is to blame.
    pub line: Option<u64>,
    /// Counted from 0, where one byte is to blame.
    pub byte: Option<u64>,
    /// What is wrong, in words.
    pub message: String,
    /// What to do, in words.
    pub fix: String,
}

impl FileFault {
    /// A fault of the whole file.
    pub fn new(code: FaultCode, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            code,
            line: None,
            byte: None,
            message: message.into(),
            fix: fix.into(),
        }
    }

    /// The same, where one byte is to blame.
    pub(super) fn at_byte(self, byte: u64) -> Self {
        Self {
            byte: Some(byte),
            ..self
        }
    }

    /// The same, where one line is to blame.
    pub(super) fn at_line(self, line: u64) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }

    /// The text that was kept cannot be read.
    pub(super) fn unreadable() -> Self {
        Self::new(
            FaultCode::Unreadable,
            "the file could not be read to its end",
            "upload it again",
        )
    }
}

impl From<csv::Error> for FileFault {
    /// Stored text is UTF-8 and rows of any length are taken, so that only reading can fail.
    fn from(_: csv::Error) -> Self {
        Self::unreadable()
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.fix)
    }
}
