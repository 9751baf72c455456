//! One pass over the stored text: each cell with a number, judged by itself.

use std::{io::Read, ops::ControlFlow};

use chrono::NaiveDate;
use csv::ByteRecord;

use super::{
    Code, Context, DateForm, FaultCode, FileFault, Layout, Problem, Reading,
    counts::{self, Count},
    dates::{self, NoDate},
    delimiter,
    places::Places,
    plan::{Plan, Values},
    problem::shown,
};

/// Nothing before it is a report of somebody's cases.
fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default()
}

/// A place, a day, and what is said of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) location: u32,
    pub(super) date: NaiveDate,
    /// Never [`Count::Missing`].
    pub(super) count: Count,
}

/// One cell, or a row that cannot be read at all.
pub(super) struct Cell<'a> {
    pub(super) record: &'a ByteRecord,
    pub(super) line: u64,
    /// The column of the number; `None` where the problem is the whole row's.
    pub(super) column: Option<usize>,
    /// `None` where nothing was reported.
    pub(super) said: Option<Result<Said, Problem>>,
    /// The place and day of a number that is refused.
    pub(super) about: Option<(u32, NaiveDate)>,
}

/// What a pass leaves behind.
pub(super) struct Walked<'a> {
    pub(super) places: Places<'a>,
    /// False where the visitor had enough.
    pub(super) complete: bool,
}

/// Reads the header, makes a plan of it, and visits each cell in the order of the file.
///
/// # Errors
/// Of the file as a whole.
pub(super) fn walk<'a>(
    text: impl Read,
    reading: &Reading,
    context: &'a Context,
    mut visit: impl FnMut(&Plan, Cell<'_>) -> Result<ControlFlow<()>, FileFault>,
) -> Result<Walked<'a>, FileFault> {
    let mut reader = delimiter::reader(text, reading.delimiter);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record)? {
        return Err(empty());
    }
    let plan = Plan::new(header(&record), reading, context)?;
    let mut places = Places::new(context);
    let mut dates = Dates::default();
    loop {
        let before = reader.position().line();
        if !reader.read_byte_record(&mut record)? {
            break;
        }
        let line = line(before, &reader, &record);
        let mut row = Row {
            plan: &plan,
            record: &record,
            line: plan
                .line
                .map_or(line, |at| number(&record, at).unwrap_or(line)),
            places: &mut places,
            dates: &mut dates,
        };
        if row.visit(&mut visit)?.is_break() {
            return Ok(Walked {
                places,
                complete: false,
            });
        }
    }
    Ok(Walked {
        places,
        complete: true,
    })
}

/// The line on which a record begins. The reader itself takes blank lines before a record for
/// a part of it. `before` is the line at which it stood.
fn line<R: Read>(before: u64, reader: &csv::Reader<R>, record: &ByteRecord) -> u64 {
    let within = record
        .as_slice()
        .iter()
        .filter(|byte| **byte == b'\n')
        .count() as u64;
    reader
        .position()
        .line()
        .saturating_sub(within + 1)
        .max(before)
}

/// The names of the columns.
pub(super) fn header(record: &ByteRecord) -> Vec<String> {
    let cells: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
    delimiter::names(cells.iter().map(AsRef::as_ref))
}

pub(super) fn empty() -> FileFault {
    FileFault::new(
        FaultCode::Empty,
        "the file is empty",
        "upload a file with a header and at least one row",
    )
}

fn number(record: &ByteRecord, at: usize) -> Option<u64> {
    std::str::from_utf8(record.get(at)?).ok()?.parse().ok()
}

/// A row without a single filled field, as spreadsheets leave them below a table.
pub(super) fn is_blank(record: &ByteRecord) -> bool {
    record.iter().all(|cell| cell.trim_ascii().is_empty())
}

/// The last date read: rows often repeat it, or the one before.
#[derive(Default)]
struct Dates {
    text: Vec<u8>,
    date: Option<NaiveDate>,
}

struct Row<'r, 'a> {
    plan: &'r Plan,
    record: &'r ByteRecord,
    line: u64,
    places: &'r mut Places<'a>,
    dates: &'r mut Dates,
}

impl Row<'_, '_> {
    fn visit(
        &mut self,
        visit: &mut impl FnMut(&Plan, Cell<'_>) -> Result<ControlFlow<()>, FileFault>,
    ) -> Result<ControlFlow<()>, FileFault> {
        let (plan, record, line) = (self.plan, self.record, self.line);
        let whole = |problem: Problem| Cell {
            record,
            line,
            column: None,
            said: Some(Err(problem.on_line(line))),
            about: None,
        };
        // Surplus fields without anything in them are left by spreadsheets.
        let surplus = record.iter().skip(plan.header.len());
        let well = record.len() == plan.header.len()
            || record.len() > plan.header.len()
                && surplus.into_iter().all(|c| c.trim_ascii().is_empty());
        if !well {
            if is_blank(record) {
                return Ok(ControlFlow::Continue(()));
            }
            return visit(plan, whole(ragged(record.len(), plan.header.len())));
        }
        let place = field(record, plan.location);
        if place.is_empty() && is_blank(record) {
            return Ok(ControlFlow::Continue(()));
        }
        let column = &plan.header[plan.location];
        if place.is_empty() {
            let problem = Problem::refused(
                Code::MissingLocation,
                "",
                "the row names no location",
                "add the id of its location",
            );
            return visit(plan, whole(problem.in_column(column)));
        }
        let location = match self.places.find(place, line)? {
            Ok(location) => location,
            Err(problem) => return visit(plan, whole(problem.in_column(column))),
        };
        match &plan.values {
            Values::Long { date, year, value } => {
                let date = match self.date(*date, *year) {
                    Ok(date) => date,
                    Err(problem) => {
                        return visit(plan, whole(problem.in_column(&plan.header[*date])));
                    }
                };
                visit(plan, self.cell(location, date, *value))
            }
            Values::Wide(columns) => {
                for (at, date) in columns {
                    // A column without a date matters only where something stands in it.
                    let cell = match self.in_time(*date, &plan.header[*at]) {
                        Ok(date) => self.cell(location, date, *at),
                        Err(_) if field(record, *at).is_empty() => continue,
                        Err(problem) => Cell {
                            record,
                            line,
                            column: Some(*at),
                            said: Some(Err(problem.in_column(&plan.header[*at]).on_line(line))),
                            about: None,
                        },
                    };
                    if visit(plan, cell)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    fn cell(&self, location: u32, date: NaiveDate, at: usize) -> Cell<'_> {
        let said = match counts::read(field(self.record, at)) {
            Ok(Count::Missing) => None,
            Ok(Count::Of(number)) if number < 0 && !self.plan.reading.corrections => {
                let text = number.to_string();
                let problem = Problem::refused(
                    Code::NegativeCount,
                    &text,
                    format!("{text} cases are fewer than none"),
                    "correct it; or, if this corrects earlier days, declare that the file has \
                     corrections",
                );
                Some(Err(problem))
            }
            Ok(count) => Some(Ok(Said {
                location,
                date,
                count,
            })),
            Err(problem) => Some(Err(problem)),
        };
        let place = |problem: Problem| problem.in_column(&self.plan.header[at]).on_line(self.line);
        Cell {
            record: self.record,
            line: self.line,
            column: Some(at),
            said: said.map(|said| said.map_err(place)),
            about: Some((location, date)),
        }
    }

    fn date(&mut self, at: usize, year: Option<usize>) -> Result<NaiveDate, Problem> {
        let cell = field(self.record, at);
        if year.is_none()
            && let Some(date) = self.dates.date
            && self.dates.text == cell
        {
            return Ok(date);
        }
        let text = String::from_utf8_lossy(cell);
        if text.is_empty() {
            return Err(Problem::refused(
                Code::MissingDate,
                "",
                "the row has no date",
                "add the date",
            ));
        }
        let reading = &self.plan.reading;
        let year = year.map(|at| String::from_utf8_lossy(field(self.record, at)));
        let date = dates::read(&text, year.as_deref(), reading.date_form, reading.period);
        let date = self.in_time(date, &text)?;
        self.dates.text.clear();
        self.dates.text.extend_from_slice(cell);
        self.dates.date = Some(date);
        Ok(date)
    }

    fn in_time(&self, date: Result<NaiveDate, NoDate>, text: &str) -> Result<NaiveDate, Problem> {
        match date {
            Ok(date) if date > self.plan.last_day => Err(Problem::refused(
                Code::FutureDate,
                text,
                format!(
                    "`{}` is in the future: the file was known on {}",
                    shown(text),
                    self.plan.last_day
                ),
                "correct the date, or when the file was known",
            )),
            Ok(date) if date < first_day() => Err(Problem::refused(
                Code::AncientDate,
                text,
                format!("`{}` is before 1900", shown(text)),
                "correct the date",
            )),
            Ok(date) => Ok(date),
            Err(why) => Err(no_date(text, why, self.plan.reading.date_form)),
        }
    }
}

fn no_date(text: &str, why: NoDate, form: DateForm) -> Problem {
    let typed = shown(text);
    let (message, fix) = match (why, form) {
        (NoDate::Calendar, DateForm::Week) => (
            format!("there is no week `{typed}`"),
            "correct it".to_owned(),
        ),
        (NoDate::Calendar, _) => (
            format!("there is no day `{typed}`"),
            "correct the date".to_owned(),
        ),
        (NoDate::Form, _) => (
            format!("`{typed}` is not a date as this file writes them"),
            advice(text, form),
        ),
    };
    Problem::refused(Code::InvalidDate, text, message, fix)
}

fn advice(text: &str, form: DateForm) -> String {
    let serial = dates::read(text, None, DateForm::ExcelSerial, super::Period::Day);
    match serial {
        Ok(day) if dates::looks(text) == dates::Looks::Serial => {
            format!("if it is a spreadsheet's number of a day, write {day}")
        }
        _ => format!("write it as {}", form.example()),
    }
}

fn ragged(has: usize, header: usize) -> Problem {
    let fields = |n: usize| {
        if n == 1 {
            "1 field".to_owned()
        } else {
            format!("{n} fields")
        }
    };
    Problem::refused(
        Code::RaggedRow,
        "",
        format!("the row has {}, the header has {header}", fields(has)),
        "give it one field for each column; a field with the delimiter in it needs quotation marks",
    )
}

/// A field without surrounding blanks.
fn field(record: &ByteRecord, at: usize) -> &[u8] {
    record.get(at).unwrap_or_default().trim_ascii()
}

/// Whether the rows are counted cases, whose repeated places and days are added up.
pub(super) fn adds_up(reading: &Reading) -> bool {
    reading.layout == Layout::LineList
}
