//! What was refused, to be corrected and uploaded again.

use std::{
    io::{Read, Write},
    ops::ControlFlow,
};

use csv::{ByteRecord, WriterBuilder};

use super::{
    Context, FileFault, Index, Reading, Severity,
    plan::{Plan, Values},
    rows::Judge,
    walk::walk,
};
use crate::surveillance::formula::neutral;

/// A row with something refused in it.
struct Refused {
    /// Where it begins, which tells it from the next.
    at: u64,
    record: ByteRecord,
    reasons: Vec<String>,
    /// Columns that were refused, in their order; empty where the whole row was.
    columns: Vec<usize>,
}

/// Writes the refused rows in the shape in which they came, behind a first column `reason`, and
/// gives their number. In a wide file only the refused numbers are written, so that those taken
/// are not sent twice. What a spreadsheet would run is neutralised.
///
/// # Errors
/// Where the text cannot be read or `out` does not take it.
pub fn write_refused(
    text: impl Read,
    reading: &Reading,
    context: &Context,
    index: &Index,
    out: impl Write,
) -> Result<u64, FileFault> {
    let mut writer = WriterBuilder::new()
        .delimiter(reading.delimiter.byte())
        .flexible(true)
        .from_writer(out);
    let mut judge = Judge::new(context, index);
    let mut rows = 0;
    let mut open: Option<Refused> = None;
    let mut wide: Option<Vec<usize>> = None;
    let mut write =
        |refused: Option<Refused>, wide: &Option<Vec<usize>>| -> Result<(), FileFault> {
            let Some(refused) = refused else {
                return Ok(());
            };
            let cells = refused.record.iter().enumerate().map(|(at, cell)| {
                let taken = !refused.columns.is_empty()
                    && wide
                        .as_ref()
                        .is_some_and(|wide| wide.binary_search(&at).is_ok())
                    && refused.columns.binary_search(&at).is_err();
                let text = String::from_utf8_lossy(cell).into_owned();
                if taken {
                    String::new()
                } else {
                    neutral(&text).into_owned()
                }
            });
            let reason = refused.reasons.join(" / ");
            let row: Vec<String> = std::iter::once(neutral(&reason).into_owned())
                .chain(cells)
                .collect();
            Ok(writer.write_record(&row)?)
        };
    let mut header_written = false;
    walk(text, reading, context, |plan, cell| {
        if !header_written {
            header_written = true;
            wide = wide_columns(plan);
            write(Some(header(plan)), &None)?;
        }
        let at = cell.record.position().map_or(0, csv::Position::byte);
        let (record, column) = (cell.record, cell.column);
        let (_, problem) = judge.judge(plan, cell);
        let Some(problem) = problem.filter(|problem| problem.severity == Severity::Refused) else {
            return Ok(ControlFlow::Continue(()));
        };
        match &mut open {
            Some(open) if open.at == at => {
                open.columns.extend(column);
                if open.reasons.len() < MOST_REASONS {
                    open.reasons.push(problem.to_string());
                }
            }
            _ => {
                write(open.take(), &wide)?;
                rows += 1;
                open = Some(Refused {
                    at,
                    record: record.clone(),
                    reasons: vec![problem.to_string()],
                    columns: column.into_iter().collect(),
                });
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    write(open.take(), &wide)?;
    writer.flush().map_err(|_| FileFault::unreadable())?;
    Ok(rows)
}

/// Reasons that are written of one row.
const MOST_REASONS: usize = 20;

fn header(plan: &Plan) -> Refused {
    Refused {
        at: 0,
        record: ByteRecord::from(plan.header.clone()),
        reasons: vec!["reason".into()],
        columns: Vec::new(),
    }
}

fn wide_columns(plan: &Plan) -> Option<Vec<usize>> {
    match &plan.values {
        Values::Wide(columns) => Some(columns.iter().map(|(at, _)| *at).collect()),
        Values::Long { .. } => None,
    }
}
