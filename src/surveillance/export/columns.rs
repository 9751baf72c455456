//! What stands in which column, for both kinds of file.

use std::borrow::Cow;

use chrono::{Days, NaiveDate};

use super::{About, ExportRow, Table};

/// What is in a cell.
pub enum Cell<'a> {
    /// Text of the department's or ours.
    Text(Cow<'a, str>),
    /// A day.
    Date(NaiveDate),
    /// A whole number, or none.
    Whole(Option<i32>),
    /// Yes or no.
    Flag(bool),
}

/// The kind of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// See [`Cell::Text`].
    Text,
    /// See [`Cell::Date`].
    Date,
    /// See [`Cell::Whole`].
    Whole,
    /// See [`Cell::Flag`].
    Flag,
}

/// A column.
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// What is in its cells.
    pub kind: Kind,
    /// The cell of a row; of the kind above.
    pub cell: for<'a> fn(&'a ExportRow, &'a About) -> Cell<'a>,
    /// Whether it says the same in each row, which Parquet keeps once, beside the rows.
    pub constant: bool,
}

const fn column(
    name: &'static str,
    kind: Kind,
    cell: for<'a> fn(&'a ExportRow, &'a About) -> Cell<'a>,
) -> Column {
    Column {
        name,
        kind,
        cell,
        constant: false,
    }
}

/// What was asked for. A header block or comment lines would say it once and break whatever
/// reads the file with its defaults.
const FILTERS: Column = Column {
    name: "filters",
    kind: Kind::Text,
    cell: |_, about| Cell::Text(Cow::Borrowed(&about.filters)),
    constant: true,
};
const AS_OF: Column = column("as_of", Kind::Date, |_, about| Cell::Date(about.as_of));
const STATUS: Column = column("status", Kind::Text, |row, _| {
    Cell::Text(Cow::Borrowed(row.status.name()))
});
const INCOMPLETE: Column = column("incomplete", Kind::Flag, |row, _| {
    Cell::Flag(row.incomplete)
});

const OWN: &[Column] = &[
    column("location_id", Kind::Text, |row, _| {
        Cell::Text(Cow::Borrowed(&row.location_id))
    }),
    column("location_name", Kind::Text, |row, _| {
        Cell::Text(Cow::Borrowed(&row.location_name))
    }),
    column("date", Kind::Date, |row, _| Cell::Date(row.date)),
    column("days", Kind::Whole, |row, _| {
        Cell::Whole(Some(i32::from(row.days)))
    }),
    column("new_cases", Kind::Whole, |row, _| {
        Cell::Whole(row.new_cases)
    }),
    STATUS,
    INCOMPLETE,
    AS_OF,
    FILTERS,
];

/// `observation`, a date and the task's columns, and `as_of` where values are revised; the
/// others are what hubs call columns that are no task ids.
const HUBVERSE: &[Column] = &[
    AS_OF,
    column("location", Kind::Text, |row, _| {
        Cell::Text(Cow::Borrowed(&row.location_id))
    }),
    column("target", Kind::Text, |row, _| Cell::Text(target(row.days))),
    column("target_end_date", Kind::Date, |row, _| {
        Cell::Date(last_day(row))
    }),
    column("observation", Kind::Whole, |row, _| {
        Cell::Whole(row.new_cases)
    }),
    STATUS,
    INCOMPLETE,
    FILTERS,
];

/// The columns of a table, in order.
pub fn columns(table: Table) -> &'static [Column] {
    match table {
        Table::Own => OWN,
        Table::Hubverse => HUBVERSE,
    }
}

/// What hubs call incident cases of so many days.
fn target(days: u16) -> Cow<'static, str> {
    match days {
        1 => Cow::Borrowed("day inc case"),
        7 => Cow::Borrowed("wk inc case"),
        days => Cow::Owned(format!("{days} day inc case")),
    }
}

/// Hubs name a week by its last day.
fn last_day(row: &ExportRow) -> NaiveDate {
    let after = Days::new(u64::from(row.days.max(1)) - 1);
    row.date.checked_add_days(after).unwrap_or(row.date)
}
