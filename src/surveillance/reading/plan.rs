//! A reading applied to one file's header: which field is what.

use chrono::NaiveDate;

use super::{
    Context, FaultCode, FileFault, Layout, Period, Reading, columns, dates, judge, layout::Columns,
    problem::shown,
};

/// The most columns of dates: thirty years of days.
const MOST_DATES: usize = 12_000;

/// Which field is what.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) header: Vec<String>,
    pub(super) reading: Reading,
    pub(super) location: usize,
    /// Where the original's line stands, in a line list.
    pub(super) line: Option<usize>,
    pub(super) values: Values,
    /// The last day that can have been reported.
    pub(super) last_day: NaiveDate,
}

/// Where the numbers stand.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// In one column, with the date in another.
    Long {
        date: usize,
        year: Option<usize>,
        value: usize,
    },
    /// In one column for each date, which may be one that cannot be.
    Wide(Vec<(usize, Result<NaiveDate, dates::NoDate>)>),
}

impl Plan {
    /// # Errors
    /// A column that the reading names and the file does not have, or has twice.
    pub(super) fn new(
        header: Vec<String>,
        reading: &Reading,
        context: &Context,
    ) -> Result<Self, FileFault> {
        let Columns {
            location,
            date,
            year,
            new_cases,
            line,
        } = &reading.columns;
        let optional = |name: &Option<String>| {
            name.as_ref()
                .map(|name| find(&header, name, "year"))
                .transpose()
        };
        let values = if reading.layout == Layout::Wide {
            Values::Wide(wide(&header, location, reading)?)
        } else {
            Values::Long {
                date: find(&header, date, "date")?,
                year: optional(year)?,
                value: find(&header, new_cases, "new_cases")?,
            }
        };
        Ok(Self {
            location: find(&header, location, "location_id")?,
            line: match reading.layout {
                Layout::LineList => optional(line)?,
                _ => None,
            },
            values,
            header,
            reading: reading.clone(),
            last_day: context.today.min(context.as_of),
        })
    }

    /// Days that a number counts for.
    pub(super) fn days(&self) -> u8 {
        match self.reading.period {
            Period::Day => 1,
            Period::IsoWeek | Period::MmwrWeek => 7,
        }
    }
}

/// The place of a column.
fn find(header: &[String], name: &str, usual: &str) -> Result<usize, FileFault> {
    let mut places = (0..header.len()).filter(|at| header[*at] == name);
    let same = |at: &usize| !name.is_empty() && columns::key(&header[*at]) == columns::key(name);
    match (places.next(), places.next()) {
        (Some(at), None) if !name.is_empty() => Ok(at),
        (Some(_), Some(_)) => Err(FileFault::new(
            FaultCode::ColumnTwice,
            format!("two columns are called `{}`", shown(name)),
            "rename the one that is not meant",
        )),
        // Remembered from a file that wrote it a little differently.
        _ => (0..header.len()).find(same).ok_or_else(|| {
            judge::missing_column(header, if name.is_empty() { usual } else { name })
        }),
    }
}

type Dated = Vec<(usize, Result<NaiveDate, dates::NoDate>)>;

fn wide(header: &[String], location: &str, reading: &Reading) -> Result<Dated, FileFault> {
    let dated: Dated = header
        .iter()
        .enumerate()
        .filter(|(_, name)| *name != location)
        .filter_map(|(at, name)| {
            let text = columns::date_in_header(name)?;
            Some((
                at,
                dates::read(text, None, reading.date_form, reading.period),
            ))
        })
        .collect();
    if dated.is_empty() {
        return Err(FileFault::new(
            FaultCode::MissingColumn,
            "no column of the file has a date for its name",
            "read the file as one row for each place and date, or name the columns by their dates",
        ));
    }
    if dated.len() > MOST_DATES {
        return Err(FileFault::new(
            FaultCode::TooLarge,
            format!("the file has more than {MOST_DATES} columns of dates"),
            "divide it, or give one row for each place and date",
        ));
    }
    Ok(dated)
}
