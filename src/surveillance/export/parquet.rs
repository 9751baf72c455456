//! A table as Parquet. Text stays as it is here: nothing that opens this runs a cell.

use std::{io::Write, sync::Arc};

use chrono::{Datelike, NaiveDate, SecondsFormat};
use parquet::{
    basic::Compression,
    data_type::{BoolType, ByteArray, ByteArrayType, Int32Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};

use super::{
    About, ExportRow, Table,
    columns::{Cell, Column, Kind, columns},
};
use crate::{Error, Result};

/// How many rows are kept before they are written: a few megabytes, however long the file.
pub const ROWS_A_GROUP: usize = 32_768;

/// 1970-01-01, from which Parquet counts days, in those of the common era.
const EPOCH: i32 = 719_163;

/// A Parquet file in the making.
pub struct ParquetFile<W: Write + Send> {
    columns: Vec<(&'static Column, Values)>,
    rows: usize,
    file: SerializedFileWriter<W>,
}

/// A column's values of one group.
enum Values {
    Text(Vec<ByteArray>),
    /// Days since the epoch.
    Dates(Vec<i32>),
    /// The numbers that are there, and for each row whether it has one.
    Whole(Vec<i32>, Vec<i16>),
    Flags(Vec<bool>),
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Vec::new()),
            Kind::Date => Self::Dates(Vec::new()),
            Kind::Whole => Self::Whole(Vec::new(), Vec::new()),
            Kind::Flag => Self::Flags(Vec::new()),
        }
    }

    fn push(&mut self, cell: Cell<'_>) -> Result<()> {
        match (self, cell) {
            (Self::Text(texts), Cell::Text(text)) => texts.push(ByteArray::from(&*text)),
            (Self::Dates(dates), Cell::Date(date)) => dates.push(days_since_epoch(date)),
            (Self::Whole(numbers, there), Cell::Whole(number)) => {
                numbers.extend(number);
                there.push(i16::from(number.is_some()));
            }
            (Self::Flags(flags), Cell::Flag(flag)) => flags.push(flag),
            _ => return Err(Error::internal("a cell of another kind than its column")),
        }
        Ok(())
    }

    /// Writes the values as the next column of a group, and forgets them.
    fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        let mut column = group
            .next_column()?
            .ok_or_else(|| ParquetError::General("fewer columns than values".into()))?;
        match self {
            Self::Text(texts) => {
                column
                    .typed::<ByteArrayType>()
                    .write_batch(texts, None, None)?;
                texts.clear();
            }
            Self::Dates(dates) => {
                column.typed::<Int32Type>().write_batch(dates, None, None)?;
                dates.clear();
            }
            Self::Whole(numbers, there) => {
                column
                    .typed::<Int32Type>()
                    .write_batch(numbers, Some(there), None)?;
                numbers.clear();
                there.clear();
            }
            Self::Flags(flags) => {
                column.typed::<BoolType>().write_batch(flags, None, None)?;
                flags.clear();
            }
        }
        column.close()
    }
}

fn days_since_epoch(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - EPOCH
}

/// The schema in Parquet's own notation.
fn schema(columns: &[&Column]) -> String {
    let fields: String = columns
        .iter()
        .map(|column| {
            let name = column.name;
            match column.kind {
                Kind::Text => format!("required binary {name} (STRING);"),
                Kind::Date => format!("required int32 {name} (DATE);"),
                Kind::Whole => format!("optional int32 {name};"),
                Kind::Flag => format!("required boolean {name};"),
            }
        })
        .collect();
    format!("message observations {{ {fields} }}")
}

/// What the file says of itself.
fn metadata(about: &About) -> Vec<KeyValue> {
    let made = about
        .generated_at
        .to_rfc3339_opts(SecondsFormat::Secs, true);
    vec![
        KeyValue::new("as_of".to_owned(), about.as_of.to_string()),
        KeyValue::new("filters".to_owned(), about.filters.clone()),
        KeyValue::new("source".to_owned(), about.source.clone()),
        KeyValue::new("generated_at".to_owned(), made),
    ]
}

impl<W: Write + Send> ParquetFile<W> {
    /// Writes the beginning.
    pub fn begin(table: Table, about: &About, out: W) -> Result<Self> {
        let columns: Vec<_> = columns(table)
            .iter()
            .filter(|column| !column.constant)
            .collect();
        let schema = parse_message_type(&schema(&columns)).map_err(Error::internal)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(metadata(about)))
            .build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))
            .map_err(Error::internal)?;
        let columns = columns
            .into_iter()
            .map(|column| (column, Values::new(column.kind)))
            .collect();
        Ok(Self {
            columns,
            rows: 0,
            file,
        })
    }

    /// Keeps a row, and writes those kept where they are a group.
    pub fn write(&mut self, row: &ExportRow, about: &About) -> Result<()> {
        for (column, values) in &mut self.columns {
            values.push((column.cell)(row, about))?;
        }
        self.rows += 1;
        if self.rows == ROWS_A_GROUP {
            self.write_group().map_err(Error::internal)?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for (_, values) in &mut self.columns {
            values.write(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// How many rows are kept and not written.
    #[cfg(test)]
    pub fn kept(&self) -> usize {
        self.rows
    }

    /// Writes what is left, and the end.
    pub fn finish(mut self) -> Result<W> {
        if self.rows > 0 {
            self.write_group().map_err(Error::internal)?;
        }
        self.file.into_inner().map_err(Error::internal)
    }
}
