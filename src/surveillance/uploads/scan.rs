//! Reads an upload's text on a thread for blocking work, and hands its rows over in batches.

use std::{io::Read, ops::ControlFlow, sync::Arc};

use chrono::NaiveDate;
use tokio::sync::mpsc;

use super::{Batch, report::Report, store::AT_ONCE, text::Reader, work::Progress};
use crate::{
    Error, Result,
    database::Pools,
    surveillance::reading::{
        Context, FileFault, Findings, Found, Index, LineList, Problem, Reading, Row, Survey, Value,
        read_rows,
    },
    tenancy::TenantId,
};

/// Batches that wait to be stored.
const WAITING: usize = 2;

/// An upload's text, which can be read again and again.
#[derive(Clone)]
pub struct Text {
    /// Where it lies.
    pub pools: Pools,
    /// Whose it is.
    pub tenant: TenantId,
    /// Of which upload.
    pub upload_no: i32,
    /// Told of each byte that is read.
    pub progress: Arc<Progress>,
}

impl Text {
    /// The text from its beginning.
    pub fn open(&self) -> impl Read + use<> {
        Counted {
            text: Reader::open(&self.pools, &self.tenant, self.upload_no),
            progress: self.progress.clone(),
        }
    }
}

struct Counted {
    text: Reader,
    progress: Arc<Progress>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.text.read(buffer)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}

/// Rows on their way to the database.
pub type Rows = mpsc::Receiver<Vec<Row>>;

/// What reading came to.
pub struct Scanned {
    /// Counts, gaps, unknown places.
    pub findings: Findings,
    /// The first problems.
    pub problems: Vec<Problem>,
}

/// Proposes how the text is read; `given` is how it is to be read, or how a file of its shape
/// was read before.
pub async fn survey(
    text: &Text,
    line_list: Option<LineList>,
    given: Option<Reading>,
) -> Result<Result<Survey, FileFault>> {
    let text = text.clone();
    let survey = move || Survey::of(text.open(), line_list.as_ref(), given.as_ref());
    tokio::task::spawn_blocking(survey)
        .await
        .map_err(Error::internal)
}

/// Begins to read every row. The outcome is known when all of them were taken.
pub fn rows(
    text: &Text,
    reading: &Reading,
    context: &Arc<Context>,
) -> (Rows, tokio::task::JoinHandle<Result<Scanned, FileFault>>) {
    let (send, rows) = mpsc::channel(WAITING);
    let (text, reading, context) = (text.clone(), reading.clone(), context.clone());
    let scanning = tokio::task::spawn_blocking(move || {
        let index = Index::of(|| Ok(text.open()), &reading, &context)?;
        let mut told = Report::default();
        let mut batch = Vec::with_capacity(AT_ONCE);
        let findings = read_rows(text.open(), &reading, &context, &index, |found| {
            match found {
                Found::Problem(problem) => told.tell(problem),
                Found::Row(row) => batch.push(row),
            }
            if batch.len() < AT_ONCE {
                return ControlFlow::Continue(());
            }
            let full = std::mem::replace(&mut batch, Vec::with_capacity(AT_ONCE));
            // Nobody takes them any more: there is nothing to go on for.
            match send.blocking_send(full) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })?;
        if !batch.is_empty() {
            // As above; this was the last of them.
            let _ = send.blocking_send(batch);
        }
        Ok(Scanned {
            findings,
            problems: told.problems,
        })
    });
    (rows, scanning)
}

/// Rows as the database takes them.
pub fn batch<'a>(rows: &[Row], context: &'a Context) -> Batch<'a> {
    let mut batch = Batch::default();
    for row in rows {
        let Some(location) = context.locations.get(row.location as usize) else {
            continue;
        };
        let new_cases = match row.value {
            Value::Count(count) => Some(count),
            Value::Suppressed => None,
        };
        let date: NaiveDate = row.date;
        batch.push(&location.id, date, i16::from(row.days), new_cases);
    }
    batch
}
