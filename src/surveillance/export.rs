//! Observations as files for other programs.
//!
//! Two tables, each as CSV or Parquet: this portal's own, and the time series of a modelling
//! hub ([hubverse target data](https://docs.hubverse.io/en/latest/user-guide/target-data.html)).
//! Rows go in one at a time and leave for `out` in groups, so that memory stays flat. A value
//! that is not final, or was withheld, says so in its own row; a file says which day's
//! knowledge it holds and what was asked for.

/// What stands in which column.
mod columns;
mod csv;
/// From the database to a finished file.
pub mod make;
mod parquet;

use std::io::Write;

use chrono::NaiveDate;

use self::{csv::CsvFile, parquet::ParquetFile};
use crate::{Result, clock::Now};

/// What an export holds, for whoever finds the file later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The day as of whose knowledge the values are.
    pub as_of: NaiveDate,
    /// What was asked for, in words: `locations north, south; from 2026-01-01 to 2026-03-31`.
    pub filters: String,
    /// Whose data it is: the department's name.
    pub source: String,
    /// When the file was made.
    pub generated_at: Now,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A count, as reported.
    Count,
    /// A declared correction of earlier counts, which may be negative.
    Correction,
    /// A small count that was reported and is withheld: there is no value.
    Suppressed,
    /// Nothing was reported: there is no value, and it is not zero.
    NotReported,
}

impl Status {
    /// As in the files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Correction => "correction",
            Self::Suppressed => "suppressed",
            Self::NotReported => "not_reported",
        }
    }
}

/// One reported value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRow {
    /// The location's id.
    pub location_id: String,
    /// The location's name.
    pub location_name: String,
    /// The first day that the value counts.
    pub date: NaiveDate,
    /// How many days it counts, from `date` on: 1 or 7.
    pub days: u16,
    /// New cases; `None` where they are withheld or were not reported.
    pub new_cases: Option<i32>,
    /// What the value is.
    pub status: Status,
    /// Whether later reports are expected to change it.
    pub incomplete: bool,
}

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// This portal's own.
    Own,
    /// A modelling hub's `time-series`.
    Hubverse,
}

/// Which kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, UTF-8, a header line. Text that a spreadsheet would run is marked as
    /// text.
    Csv,
    /// Apache Parquet, Snappy. The file's key-value metadata says what it holds.
    Parquet,
}

impl Format {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// A file in the making.
pub struct Export<W: Write + Send> {
    about: About,
    file: File<W>,
}

enum File<W: Write + Send> {
    Csv(Box<CsvFile<W>>),
    Parquet(Box<ParquetFile<W>>),
}

impl<W: Write + Send> Export<W> {
    /// Begins a file on `out`.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn begin(table: Table, format: Format, about: About, out: W) -> Result<Self> {
        let file = match format {
            Format::Csv => File::Csv(Box::new(CsvFile::begin(table, out)?)),
            Format::Parquet => File::Parquet(Box::new(ParquetFile::begin(table, &about, out)?)),
        };
        Ok(Self { about, file })
    }

    /// Adds a row. Rows stay in the order in which they come.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn write(&mut self, row: &ExportRow) -> Result<()> {
        match &mut self.file {
            File::Csv(file) => file.write(row, &self.about),
            File::Parquet(file) => file.write(row, &self.about),
        }
    }

    /// Ends the file and gives `out` back. A file that is not ended cannot be read.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn finish(self) -> Result<W> {
        match self.file {
            File::Csv(file) => file.finish(),
            File::Parquet(file) => file.finish(),
        }
    }
}

/// A whole file of `rows`.
///
/// # Errors
/// When `out` takes no more.
pub fn write_all<W: Write + Send>(
    table: Table,
    format: Format,
    about: About,
    rows: impl IntoIterator<Item = ExportRow>,
    out: W,
) -> Result<W> {
    let mut export = Export::begin(table, format, about, out)?;
    for row in rows {
        export.write(&row)?;
    }
    export.finish()
}

#[cfg(test)]
mod tests;
