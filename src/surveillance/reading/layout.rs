//! How a file is to be read: proposed by the survey, edited by a person, remembered for the
//! department.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Topic;

/// What stands between two fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`, as spreadsheets write it where the comma is the decimal mark.
    Semicolon,
    /// Tab.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    /// Each of them, the likeliest first.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// The byte itself.
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Pipe => "vertical bar",
        }
    }
}

/// What a row is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One row for each place and date.
    #[default]
    Long,
    /// One row for each place, one column for each date.
    Wide,
    /// One row for each place and date, counted here from one row for each case.
    LineList,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Cases that are new in the day or week.
    #[default]
    New,
    /// All cases up to then: the new ones are the difference to the row before.
    Cumulative,
}

/// How long a number counts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// One day.
    #[default]
    Day,
    /// The week from Monday to Sunday (ISO 8601) in which the date lies.
    IsoWeek,
    /// The week from Sunday to Saturday (MMWR, the CDC's "epiweek") in which the date lies.
    MmwrWeek,
}

/// How a date is written. A year of four digits in front is understood in every form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateForm {
    /// `2021-07-31`, `2021/7/31`, `20210731`.
    #[default]
    YearMonthDay,
    /// `31/07/2021`, `31.7.21`.
    DayMonthYear,
    /// `07/31/2021`, `7/31/21`.
    MonthDayYear,
    /// `44408`: days since 1899-12-30, as spreadsheets count.
    ExcelSerial,
    /// `2021-W30`, `2021-MW30`, `202130`; or the week alone, with the year in its own column.
    Week,
}

impl DateForm {
    /// How it looks, for a sentence.
    pub fn example(self) -> &'static str {
        match self {
            Self::YearMonthDay => "2021-07-31",
            Self::DayMonthYear => "31/07/2021",
            Self::MonthDayYear => "07/31/2021",
            Self::ExcelSerial => "44408",
            Self::Week => "2021-W30",
        }
    }
}

/// Which columns mean what: their names as the header has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Columns {
    /// The place: an id or a name.
    pub location: String,
    /// The day or week; empty in a wide file, whose header has the dates.
    pub date: String,
    /// The year, where the week alone stands in `date`.
    pub year: Option<String>,
    /// The number; empty in a wide file.
    pub new_cases: String,
    /// The first line of the original on which a counted row was seen.
    pub line: Option<String>,
}

/// How a file is to be read. Kept as JSON, editable, and remembered for a department's next
/// file through [`Reading::remembered`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// What stands between two fields.
    pub delimiter: Delimiter,
    /// What a row is.
    pub layout: Layout,
    /// What a number counts.
    pub counting: Counting,
    /// How long a number counts for.
    pub period: Period,
    /// How a date is written.
    pub date_form: DateForm,
    /// Which columns mean what.
    pub columns: Columns,
    /// Negative numbers, and cumulative ones that fall, are corrections of earlier days.
    pub corrections: bool,
    /// What a person has answered.
    pub confirmed: BTreeSet<Topic>,
}

impl Reading {
    /// What of it holds for the department's next file: not that a spike is real.
    #[must_use]
    pub fn remembered(&self) -> Self {
        let mut next = self.clone();
        next.confirmed
            .retain(|topic| !matches!(topic, Topic::Spikes | Topic::LineList));
        // "These are new cases" was said of one file that looked otherwise.
        if next.counting == Counting::New {
            next.confirmed.remove(&Topic::Counting);
        }
        next
    }
}
