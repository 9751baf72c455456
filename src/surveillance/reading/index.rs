//! What has to be known of a whole file before its first row can be taken: which days are said
//! twice, and which are not said at all.

use std::{
    collections::{HashMap, HashSet},
    io::{self, Read},
    ops::ControlFlow,
};

use chrono::{Datelike, NaiveDate};

use super::{
    Context, Counting, FaultCode, FileFault, Reading,
    counts::Count,
    walk::{Cell, Said, adds_up, walk},
};

/// Places and days that are said more than once.
const MOST_REPEATED: usize = 100_000;
/// Places times months.
const MOST_MONTHS: usize = 1_000_000;
/// Rows of cumulative counts that are not in the order of their days.
const MOST_UNSORTED: usize = 2_000_000;

/// What was learnt of a file.
#[derive(Debug, Default)]
pub struct Index {
    /// By place and month: a bit for each day that has a number, and one for each whose number
    /// is refused.
    pub(super) months: HashMap<(u32, i32), (u32, u32)>,
    pub(super) repeated: HashMap<(u32, NaiveDate), Repeat>,
    /// Cumulative counts, where the file does not have them in order.
    history: Option<Vec<(u32, NaiveDate, Count)>>,
}

/// A place and day that is said more than once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeat {
    /// Where it is said first.
    pub(super) first: (u64, Option<usize>),
    pub(super) count: Count,
    /// The line that says otherwise.
    pub(super) otherwise: Option<u64>,
    /// All numbers added up.
    pub(super) sum: i64,
}

/// Months since the year 0, and the day's bit.
pub(super) fn month_and_bit(date: NaiveDate) -> (i32, u32) {
    (
        date.year() * 12 + date.month0().cast_signed(),
        1 << date.day0(),
    )
}

impl Index {
    /// Reads the file once; a second time where something in it is said twice or cumulative
    /// counts are out of order. `open` begins the stored text anew.
    ///
    /// # Errors
    /// Of the file as a whole.
    pub fn of<R: Read>(
        open: impl Fn() -> io::Result<R>,
        reading: &Reading,
        context: &Context,
    ) -> Result<Self, FileFault> {
        let again = || open().map_err(|_| FileFault::unreadable());
        let cumulative = reading.counting == Counting::Cumulative;
        let mut index = Self::default();
        let mut repeated = HashSet::new();
        let mut latest: Vec<Option<NaiveDate>> = vec![None; context.locations.len()];
        let mut sorted = true;
        // Rows mostly follow the month and place of the one before.
        let mut last = ((u32::MAX, 0), (0, 0));
        walk(again()?, reading, context, |_, cell| {
            let Some((place, date)) = cell.about else {
                return Ok(ControlFlow::Continue(()));
            };
            let (month, bit) = month_and_bit(date);
            if last.0 != (place, month) {
                index.keep(last);
                last = (
                    (place, month),
                    index
                        .months
                        .get(&(place, month))
                        .copied()
                        .unwrap_or_default(),
                );
            }
            let days = &mut last.1;
            match cell.said {
                None => return Ok(ControlFlow::Continue(())),
                Some(Err(_)) => days.1 |= bit,
                Some(Ok(_)) if days.0 & bit == 0 => days.0 |= bit,
                Some(Ok(_)) => {
                    repeated.insert((place, date));
                }
            }
            if let Some(latest) = latest.get_mut(place as usize) {
                sorted &= latest.is_none_or(|latest| latest <= date);
                *latest = Some(date);
            }
            if repeated.len() > MOST_REPEATED && !adds_up(reading) {
                return Err(another_dimension(cell.line));
            }
            if index.months.len() > MOST_MONTHS || repeated.len() > MOST_MONTHS {
                return Err(too_wide(cell.line));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        index.keep(last);
        index.history = (cumulative && !sorted).then(Vec::new);
        if repeated.is_empty() && index.history.is_none() {
            return Ok(index);
        }
        walk(again()?, reading, context, |_, cell| {
            if let (Some(Ok(said)), line, column) = (&cell.said, cell.line, cell.column) {
                if repeated.contains(&(said.location, said.date)) {
                    index.repeat(said, line, column);
                }
                if let Some(history) = &mut index.history {
                    if history.len() == MOST_UNSORTED {
                        return Err(unsorted());
                    }
                    history.push((said.location, said.date, said.count));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some(mut history) = index.history.take() {
            // What contradicts itself is refused, and nothing can be subtracted from it.
            history.retain(|(place, date, _)| !index.contradicts(*place, *date));
            history.sort_unstable_by_key(|(place, date, _)| (*place, *date));
            history.dedup_by_key(|(place, date, _)| (*place, *date));
            index.history = Some(history);
        }
        Ok(index)
    }

    /// Keeps a month's days, if there are any.
    fn keep(&mut self, (month, days): ((u32, i32), (u32, u32))) {
        if days != (0, 0) {
            self.months.insert(month, days);
        }
    }

    fn repeat(&mut self, said: &Said, line: u64, column: Option<usize>) {
        let number = match said.count {
            Count::Of(number) => i64::from(number),
            Count::Suppressed | Count::Missing => 0,
        };
        self.repeated
            .entry((said.location, said.date))
            .and_modify(|repeat| {
                repeat.sum += number;
                if repeat.count != said.count {
                    repeat.otherwise.get_or_insert(line);
                }
            })
            .or_insert(Repeat {
                first: (line, column),
                count: said.count,
                otherwise: None,
                sum: number,
            });
    }

    fn contradicts(&self, place: u32, date: NaiveDate) -> bool {
        let repeat = self.repeated.get(&(place, date));
        repeat.is_some_and(|repeat| repeat.otherwise.is_some())
    }

    /// What is said of the place before that day, where the file's own order does not tell:
    /// `None` where it does.
    pub(super) fn before(&self, place: u32, date: NaiveDate) -> Option<Option<(NaiveDate, Count)>> {
        let history = self.history.as_ref()?;
        let at = history.partition_point(|(p, d, _)| (*p, *d) < (place, date));
        let before = at.checked_sub(1).and_then(|at| history.get(at));
        Some(
            before
                .filter(|(p, ..)| *p == place)
                .map(|(_, d, count)| (*d, *count)),
        )
    }

    /// Whether the cell is where a repeated place and day is said first.
    pub(super) fn is_first(repeat: &Repeat, cell: &Cell<'_>) -> bool {
        repeat.first == (cell.line, cell.column)
    }
}

fn another_dimension(line: u64) -> FileFault {
    FileFault::new(
        FaultCode::AnotherDimension,
        format!(
            "more than {MOST_REPEATED} rows repeat the place and date of another; the file may \
             be divided by something else too, such as age or sex, or have been pasted twice"
        ),
        "give one row for each place and date",
    )
    .at_line(line)
}

fn too_wide(line: u64) -> FileFault {
    FileFault::new(
        FaultCode::TooLarge,
        format!("the file has more than {MOST_MONTHS} different pairs of place and month"),
        "divide it by year",
    )
    .at_line(line)
}

fn unsorted() -> FileFault {
    FileFault::new(
        FaultCode::Unsorted,
        format!(
            "the counts are cumulative, and more than {MOST_UNSORTED} rows are not in the order \
             of their dates"
        ),
        "sort the file by date, and upload it again",
    )
}
