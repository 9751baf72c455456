//! From stored text to rows that can be trusted, and to what cannot be.

use std::{io::Read, ops::ControlFlow};

use chrono::{Days, NaiveDate};

use super::{
    Code, Context, Counting, FileFault, Findings, Index, Problem, Reading, Severity, Topic,
    counts::Count,
    findings::Tally,
    plan::Plan,
    walk::{Cell, Said, adds_up, walk},
};

/// A number that is taken, or that it was withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// New cases; below zero only where corrections are declared.
    Count(i32),
    /// Reported, and withheld to protect people.
    Suppressed,
}

/// What is said of one place and day or week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the file, counted from 1.
    pub line: u64,
    /// Its column in a wide file, counted from 0.
    pub column: Option<u32>,
    /// The location, by its place in [`Context::locations`].
    pub location: u32,
    /// The day, or the first day of the week.
    pub date: NaiveDate,
    /// Days that the number counts for: 1 or 7.
    pub days: u8,
    /// The number.
    pub value: Value,
}

/// What a file gives, one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A row to be taken.
    Row(Row),
    /// Something wrong, or worth knowing, about one line.
    Problem(Problem),
}

/// Reads the stored text and gives `sink` each row and each problem in the order of the file.
/// Break to read no further; the findings then say that they are not complete. A row that is
/// asked about comes as a row too, after its question.
///
/// # Errors
/// Of the file as a whole, which `index` has usually met before.
pub fn read_rows(
    text: impl Read,
    reading: &Reading,
    context: &Context,
    index: &Index,
    mut sink: impl FnMut(Found) -> ControlFlow<()>,
) -> Result<Findings, FileFault> {
    let mut judge = Judge::new(context, index);
    let mut tally = Tally::default();
    let walked = walk(text, reading, context, |plan, cell| {
        tally.missing += u64::from(cell.said.is_none());
        let (row, problem) = judge.judge(plan, cell);
        if let Some(problem) = problem {
            tally.problem(&problem);
            if sink(Found::Problem(problem)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let Some(row) = row else {
            return Ok(ControlFlow::Continue(()));
        };
        tally.row(&row);
        Ok(sink(Found::Row(row)))
    })?;
    Ok(tally.finish(
        reading,
        context,
        index,
        walked.complete,
        walked.places.into_unknown(),
    ))
}

/// Judges cells by what else the file says. Fed in the order of the file.
pub(super) struct Judge<'a> {
    context: &'a Context,
    index: &'a Index,
    /// The last cumulative count of each place.
    totals: Vec<Option<(NaiveDate, Count)>>,
    recent: Vec<Recent>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(context: &'a Context, index: &'a Index) -> Self {
        let recent = context.locations.iter().map(|location| Recent {
            known: location.recent_max,
            ..Recent::default()
        });
        Self {
            context,
            index,
            totals: vec![None; context.locations.len()],
            recent: recent.collect(),
        }
    }

    /// A row that is taken, and what is wrong or worth knowing.
    pub(super) fn judge(&mut self, plan: &Plan, cell: Cell<'_>) -> (Option<Row>, Option<Problem>) {
        let Some(said) = &cell.said else {
            return (None, None);
        };
        let mut said = match said {
            Ok(said) => *said,
            Err(problem) => return (None, Some(problem.clone())),
        };
        if let Some(problem) = self.repeated(&cell, &mut said, plan) {
            return (None, problem);
        }
        if plan.reading.counting == Counting::Cumulative
            && let Err(problem) = self.subtract(&mut said, plan)
        {
            return (None, Some(placed(problem, &cell, plan)));
        }
        let known = self.context.locations.get(said.location as usize);
        if let Some(problem) =
            known.and_then(|known| known.stored.conflict(&known.id, said.date, plan.days()))
        {
            return (None, Some(placed(problem, &cell, plan)));
        }
        let value = match said.count {
            Count::Of(number) => Value::Count(number),
            _ => Value::Suppressed,
        };
        let row = Row {
            line: cell.line,
            column: match plan.values {
                super::plan::Values::Wide(_) => cell.column.and_then(|at| u32::try_from(at).ok()),
                super::plan::Values::Long { .. } => None,
            },
            location: said.location,
            date: said.date,
            days: plan.days(),
            value,
        };
        let spike = self
            .spike(&row, plan)
            .map(|problem| placed(problem, &cell, plan));
        (Some(row), spike)
    }

    /// `Some` where the cell is not taken because its place and day is said elsewhere too.
    fn repeated(&self, cell: &Cell<'_>, said: &mut Said, plan: &Plan) -> Option<Option<Problem>> {
        if self.index.repeated.is_empty() {
            return None;
        }
        let repeat = self.index.repeated.get(&(said.location, said.date))?;
        let first = Index::is_first(repeat, cell);
        if adds_up(&plan.reading) {
            // Cases of one day written in two ways: all of them count, once.
            said.count = Count::Of(i32::try_from(repeat.sum).unwrap_or(i32::MAX));
            return (!first).then_some(None);
        }
        let place = self.name(said.location);
        let (line, date) = (cell.line, said.date);
        if let Some(otherwise) = repeat.otherwise {
            let other = if line == otherwise || said.count != repeat.count {
                repeat.first.0
            } else {
                otherwise
            };
            let where_else = if other == line {
                "another column".to_owned()
            } else {
                format!("line {other}")
            };
            let problem = Problem::refused(
                Code::ConflictingDuplicate,
                &written(said.count),
                format!(
                    "{} on {date} is {} here and something else in {where_else}",
                    place,
                    written(said.count)
                ),
                "keep the one that is right",
            );
            return Some(Some(placed(problem, cell, plan)));
        }
        if first {
            return None;
        }
        let problem = Problem::warning(
            Code::ExactDuplicate,
            format!(
                "{place} on {date} is said again, as in line {}; it counts once",
                repeat.first.0
            ),
            "",
        );
        Some(Some(placed(problem, cell, plan)))
    }

    /// From all cases up to a day to those that are new in it.
    fn subtract(&mut self, said: &mut Said, plan: &Plan) -> Result<(), Problem> {
        let total = said.count;
        let slot = self.totals.get_mut(said.location as usize);
        let last = slot.and_then(|slot| slot.replace((said.date, total)));
        let before = self.index.before(said.location, said.date).unwrap_or(last);
        let no_difference = |why: String| {
            Problem::warning(
                Code::NoDifference,
                format!(
                    "{} on {} has no number of new cases: {why}",
                    self.name(said.location),
                    said.date
                ),
                "",
            )
        };
        let unit = if plan.days() == 1 { "day" } else { "week" };
        let Some((date, count)) = before else {
            return Err(no_difference(format!(
                "its count is cumulative, and no {unit} stands before it"
            )));
        };
        let step = Days::new(u64::from(plan.days()));
        if date.checked_add_days(step) != Some(said.date) {
            return Err(no_difference(format!(
                "its count is cumulative, and the one before is of {date}; the difference is \
                 that of more than one {unit}"
            )));
        }
        let (Count::Of(before), Count::Of(now)) = (count, total) else {
            return Err(no_difference(
                "its count or the one before is withheld".into(),
            ));
        };
        let new = i64::from(now) - i64::from(before);
        if new < 0 && !plan.reading.corrections {
            return Err(Problem::refused(
                Code::CumulativeDecrease,
                &now.to_string(),
                format!(
                    "{now} cases up to {} are fewer than {before} up to {date}",
                    said.date
                ),
                "correct it; or, if this corrects earlier days, declare that the file has \
                 corrections",
            ));
        }
        said.count = Count::Of(i32::try_from(new).unwrap_or(i32::MAX));
        Ok(())
    }

    fn spike(&mut self, row: &Row, plan: &Plan) -> Option<Problem> {
        let Value::Count(number) = row.value else {
            return None;
        };
        let usual = self.recent.get_mut(row.location as usize)?.learn(number)?;
        let confirmed = plan.reading.confirmed.contains(&Topic::Spikes);
        Some(Problem {
            severity: if confirmed {
                Severity::Warning
            } else {
                Severity::Question
            },
            value: number.to_string(),
            ..Problem::warning(
                Code::Spike,
                format!(
                    "{} reports {number} on {}, where at most {usual} were usual",
                    self.name(row.location),
                    row.date
                ),
                "correct it, or confirm that it is right",
            )
        })
    }

    fn name(&self, location: u32) -> &str {
        let known = self.context.locations.get(location as usize);
        known.map_or("", |known| &known.id)
    }
}

fn written(count: Count) -> String {
    match count {
        Count::Of(number) => number.to_string(),
        _ => "withheld".into(),
    }
}

fn placed(problem: Problem, cell: &Cell<'_>, plan: &Plan) -> Problem {
    let problem = problem.on_line(cell.line);
    match cell.column.and_then(|at| plan.header.get(at)) {
        Some(column) => problem.in_column(column),
        None => problem,
    }
}

/// What a place reported of late.
#[derive(Clone, Default)]
struct Recent {
    /// Its most, before this file.
    known: Option<i32>,
    last: [i32; Self::KEPT],
    seen: usize,
}

impl Recent {
    /// Two weeks of days, so that a place that reports once a week is no surprise.
    const KEPT: usize = 14;
    /// Fewer say nothing of what is usual.
    const ENOUGH: usize = 5;
    /// So many times the most of late is asked about.
    const TIMES: i64 = 10;
    /// Fewer cases are nowhere a surprise.
    const LEAST: i32 = 50;

    /// Takes the next number in; gives what was usual where it is far above.
    fn learn(&mut self, number: i32) -> Option<i32> {
        let kept = &self.last[..self.seen.min(Self::KEPT)];
        let most = kept
            .iter()
            .copied()
            .chain(self.known)
            .max()
            .unwrap_or(0)
            .max(0);
        let enough = self.known.is_some() || self.seen >= Self::ENOUGH;
        self.last[self.seen % Self::KEPT] = number;
        self.seen += 1;
        let far = number >= Self::LEAST && i64::from(number) > Self::TIMES * i64::from(most);
        (enough && far).then_some(most)
    }
}
