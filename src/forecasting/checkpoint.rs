//! Models of many places in one ensemble, from which each can go on.
//!
//! A department's state is one matrix, a row a member and a column a variable of a place:
//! `log_beta/north`. The empty place is the department. Beside the model at the end of the last
//! day, a place whose last days are expected to change has the model at the end of the last that
//! is not: `settled_log_beta/north`.

use std::{
    collections::{BTreeMap, HashMap},
    iter,
};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    days::{Day, Series},
    seir::State,
    twin::Twin,
};

/// The variable beside those of [`State`].
const UNOBSERVED: &str = "unobserved";

/// Where a place's model stood, and what it had assimilated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The last day that it knew.
    pub through: NaiveDate,
    /// The last day that was not expected to change.
    pub settled: NaiveDate,
    /// The [`digest`] of the days until then.
    pub known: String,
}

/// What is stored of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The place; empty for the department.
    pub location: String,
    /// Where the model stands.
    pub mark: Mark,
    /// The model at the end of the last day.
    pub twin: Twin,
    /// The model at the end of the last day that is not expected to change.
    pub settled: Twin,
}

/// A department's models at the end of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checkpoint {
    /// Names of variables, in the order of columns.
    pub variables: Vec<String>,
    /// Row after row.
    pub ensemble: Vec<f64>,
    /// By place.
    pub marks: BTreeMap<String, Mark>,
}

impl Checkpoint {
    /// Puts places together. All have as many members.
    pub fn of(places: &[Kept]) -> Self {
        let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
        for place in places {
            columns.extend(named("", place, &place.twin));
            if place.mark.settled != place.mark.through {
                columns.extend(named("settled_", place, &place.settled));
            }
        }
        let members = columns.first().map_or(0, |(_, values)| values.len());
        let rows = (0..members).flat_map(|member| columns.iter().map(move |(_, of)| of[member]));
        Self {
            ensemble: rows.collect(),
            marks: places
                .iter()
                .map(|place| (place.location.clone(), place.mark.clone()))
                .collect(),
            variables: columns.into_iter().map(|(name, _)| name).collect(),
        }
    }

    /// Where each variable stands.
    pub fn columns(&self) -> HashMap<&str, usize> {
        let names = self.variables.iter().map(String::as_str);
        names.zip(0..).collect()
    }

    /// A place's model at the end of the last day that was not expected to change, with as many
    /// `members`, if `series` begins with what it had assimilated. With the index of that day.
    pub fn resume(
        &self,
        columns: &HashMap<&str, usize>,
        location: &str,
        population: Option<f64>,
        series: &Series,
        members: usize,
    ) -> Option<(usize, Twin)> {
        let mark = self.marks.get(location)?;
        let index = series.index(mark.settled)?;
        if digest(population, series, index) != mark.known {
            return None;
        }
        let stage = if mark.settled == mark.through {
            ""
        } else {
            "settled_"
        };
        let column = |variable| columns.get(name(stage, variable, location).as_str());
        let unobserved = *column(UNOBSERVED)?;
        let mut at = [0; State::NAMES.len()];
        for (at, variable) in at.iter_mut().zip(State::NAMES) {
            *at = *column(variable)?;
        }
        let rows = self.ensemble.chunks_exact(self.variables.len());
        if rows.len() != members {
            return None;
        }
        let (states, unobserved) = rows
            .map(|row| {
                (
                    State::from_array(at.map(|column| row[column])),
                    row[unobserved],
                )
            })
            .unzip();
        Some((index, Twin { states, unobserved }))
    }
}

fn name(stage: &str, variable: &str, location: &str) -> String {
    format!("{stage}{variable}/{location}")
}

fn named<'a>(
    stage: &'a str,
    place: &'a Kept,
    twin: &'a Twin,
) -> impl Iterator<Item = (String, Vec<f64>)> + 'a {
    let states = State::NAMES.iter().enumerate().map(|(at, variable)| {
        let values = twin.states.iter().map(|state| state.to_array()[at]);
        (*variable, values.collect())
    });
    states
        .chain(iter::once((UNOBSERVED, twin.unobserved.clone())))
        .map(move |(variable, values)| (name(stage, variable, &place.location), values))
}

/// Sixteen hexadecimal digits of all that a model has assimilated by the end of the day at
/// `index`: whoever has the same, with the same parameters, has the same model.
pub fn digest(population: Option<f64>, series: &Series, index: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(population.unwrap_or(0.0).to_le_bytes());
    hash.update(series.first.to_string());
    for day in &series.days[..=index] {
        let (kind, values) = match day {
            Day::Counted(count) => (0, [count.new_cases, count.share, count.share_spread]),
            Day::Week(cases) => (1, [*cases, 0.0, 0.0]),
            Day::Unseen(why) => (2 + *why as u8, [0.0; 3]),
        };
        hash.update([kind]);
        for value in values {
            hash.update(value.to_le_bytes());
        }
    }
    let digest = hash.finalize();
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecasting::days::Count;

    fn twin(from: f64) -> Twin {
        let states = (0..3).map(|member| {
            let at = from + 10.0 * f64::from(member);
            State::from_array([at, at + 1.0, at + 2.0, at + 3.0])
        });
        Twin {
            states: states.collect(),
            unobserved: vec![from, from + 0.1, from + 0.2],
        }
    }

    fn series() -> Series {
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).expect("a day");
        let mut days = vec![Day::Counted(Count::complete(3.0)); 9];
        days.push(Day::Counted(Count {
            new_cases: 2.0,
            share: 0.5,
            share_spread: 0.1,
        }));
        Series::new(first, days).expect("days")
    }

    fn kept(location: &str, series: &Series, from: f64) -> Kept {
        Kept {
            location: location.to_owned(),
            mark: Mark {
                through: series.date(9),
                settled: series.date(8),
                known: digest(Some(1e5), series, 8),
            },
            twin: twin(from),
            settled: twin(from + 100.0),
        }
    }

    #[test]
    fn each_place_goes_on_from_the_last_day_that_is_not_expected_to_change() {
        let series = series();
        let checkpoint = Checkpoint::of(&[kept("", &series, 0.0), kept("north", &series, 1.0)]);
        assert_eq!(checkpoint.variables.len(), 20);
        assert_eq!(checkpoint.ensemble.len(), 60);
        let resume = |population, series: &Series, members| {
            let columns = checkpoint.columns();
            checkpoint.resume(&columns, "north", population, series, members)
        };
        assert_eq!(resume(Some(1e5), &series, 3), Some((8, twin(101.0))));
        // The young day may have become anything.
        let mut later = series.clone();
        later.days[9] = Day::Counted(Count::complete(5.0));
        assert_eq!(resume(Some(1e5), &later, 3), Some((8, twin(101.0))));
        // But nothing before, nor what the model was told besides.
        later.days[8] = Day::Counted(Count::complete(4.0));
        assert_eq!(resume(Some(1e5), &later, 3), None);
        assert_eq!(resume(Some(2e5), &series, 3), None);
        assert_eq!(resume(Some(1e5), &series, 4), None);
        let columns = checkpoint.columns();
        let elsewhere = checkpoint.resume(&columns, "south", None, &series, 3);
        assert_eq!(elsewhere, None);
    }
}
