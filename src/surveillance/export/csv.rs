//! A table as CSV.

use std::io::Write;

use super::{
    About, ExportRow, Table,
    columns::{Cell, Column, columns},
};
use crate::{Error, Result, surveillance::formula::neutral};

/// A CSV file in the making.
pub struct CsvFile<W: Write> {
    columns: &'static [Column],
    rows: csv::Writer<W>,
}

impl<W: Write> CsvFile<W> {
    /// Writes the header.
    pub fn begin(table: Table, out: W) -> Result<Self> {
        let columns = columns(table);
        let mut rows = csv::Writer::from_writer(out);
        rows.write_record(columns.iter().map(|column| column.name))
            .map_err(Error::internal)?;
        Ok(Self { columns, rows })
    }

    /// Writes a row.
    pub fn write(&mut self, row: &ExportRow, about: &About) -> Result<()> {
        for column in self.columns {
            match (column.cell)(row, about) {
                Cell::Text(text) => self.rows.write_field(neutral(&text).as_bytes()),
                Cell::Date(date) => self.rows.write_field(date.to_string()),
                Cell::Whole(None) => self.rows.write_field(""),
                Cell::Whole(Some(number)) => self.rows.write_field(number.to_string()),
                Cell::Flag(flag) => self.rows.write_field(if flag { "true" } else { "false" }),
            }
            .map_err(Error::internal)?;
        }
        self.rows
            .write_record(None::<&[u8]>)
            .map_err(Error::internal)
    }

    /// Writes what is left.
    pub fn finish(self) -> Result<W> {
        self.rows
            .into_inner()
            .map_err(|error| Error::internal(error.into_error()))
    }
}
