//! The locations of the department, and what a file calls them.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Code, FaultCode, FileFault, Problem, Stored, problem::shown};

/// A location that the department has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownLocation {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The most new cases of one day, or one week in a weekly series, that it reported of late;
    /// a far higher number is asked about.
    pub recent_max: Option<i32>,
    /// The days that it has reported, as they were known on the day of the file or later.
    pub stored: Stored,
}

/// What a file is read against.
#[derive(Clone, Debug)]
pub struct Context {
    /// The department's locations; a [`Row`](super::Row) names one by its place here.
    pub locations: Vec<KnownLocation>,
    /// No day after it can have been reported.
    pub today: NaiveDate,
    /// When the file was known; no day after it either.
    pub as_of: NaiveDate,
}

/// A location of the file that the department does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownLocation {
    /// As the file writes it, shortened.
    pub text: String,
    /// The first line on which it stands.
    pub line: u64,
    /// Rows that are refused because of it.
    pub rows: u64,
    /// The id of a location that is written much like it.
    pub did_you_mean: Option<String>,
}

/// Different texts in the column of locations.
const MOST_TEXTS: usize = 100_000;
/// Unknown locations that are listed, each with the nearest known one.
const MOST_UNKNOWN: usize = 1_000;

#[derive(Clone, Copy)]
enum Resolved {
    Known(u32),
    /// Its place in the list of the unknown, if that list has room for it.
    Unknown(Option<usize>),
}

/// Finds locations by what the file calls them.
pub(super) struct Places<'a> {
    context: &'a Context,
    exact: HashMap<&'a str, u32>,
    /// `None` where two locations would be meant.
    alike: HashMap<String, Option<u32>>,
    cache: HashMap<Box<[u8]>, Resolved>,
    last: (Vec<u8>, Option<u32>),
    unknown: Vec<UnknownLocation>,
}

impl<'a> Places<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        let mut exact = HashMap::new();
        let mut alike: HashMap<String, Option<u32>> = HashMap::new();
        for (at, location) in (0u32..).zip(&context.locations) {
            exact.insert(location.id.as_str(), at);
            let mut known_as = vec![folded(&location.id), folded(&location.name)];
            known_as.dedup();
            for text in known_as {
                alike
                    .entry(text)
                    .and_modify(|found| {
                        if *found != Some(at) {
                            *found = None;
                        }
                    })
                    .or_insert(Some(at));
            }
        }
        Self {
            context,
            exact,
            alike,
            cache: HashMap::new(),
            last: (Vec::new(), None),
            unknown: Vec::new(),
        }
    }

    /// The location of that text: by its id as it stands, else by its id or its name whatever
    /// their case and blanks, where only one is meant.
    ///
    /// # Errors
    /// A fault of the file where there are too many different texts; a problem where the
    /// department has no such location.
    pub(super) fn find(
        &mut self,
        cell: &[u8],
        line: u64,
    ) -> Result<Result<u32, Problem>, FileFault> {
        if let (text, Some(at)) = &self.last
            && text == cell
        {
            return Ok(Ok(*at));
        }
        let resolved = match self.cache.get(cell) {
            Some(resolved) => *resolved,
            None => self.resolve(cell, line)?,
        };
        Ok(match resolved {
            Resolved::Known(at) => {
                self.last.0.clear();
                self.last.0.extend_from_slice(cell);
                self.last.1 = Some(at);
                Ok(at)
            }
            Resolved::Unknown(place) => Err(self.unknown_problem(cell, place)),
        })
    }

    fn resolve(&mut self, cell: &[u8], line: u64) -> Result<Resolved, FileFault> {
        if self.cache.len() == MOST_TEXTS {
            return Err(FileFault::new(
                FaultCode::TooLarge,
                format!("the file names more than {MOST_TEXTS} different locations"),
                "check which column has the location",
            )
            .at_line(line));
        }
        let text = String::from_utf8_lossy(cell);
        let text = text.trim();
        let found = self
            .exact
            .get(text)
            .copied()
            .or_else(|| self.alike.get(&folded(text)).copied().flatten());
        let resolved = match found {
            Some(at) => Resolved::Known(at),
            None if self.unknown.len() < MOST_UNKNOWN => {
                let did_you_mean = self.nearest(text);
                self.unknown.push(UnknownLocation {
                    text: shown(text),
                    line,
                    rows: 0,
                    did_you_mean,
                });
                Resolved::Unknown(Some(self.unknown.len() - 1))
            }
            None => Resolved::Unknown(None),
        };
        self.cache.insert(cell.into(), resolved);
        Ok(resolved)
    }

    fn unknown_problem(&mut self, cell: &[u8], place: Option<usize>) -> Problem {
        let entry = place.and_then(|place| self.unknown.get_mut(place));
        let near = entry.and_then(|entry| {
            entry.rows += 1;
            entry.did_you_mean.clone()
        });
        let text = String::from_utf8_lossy(cell);
        let fix = match near {
            Some(id) => format!("did you mean `{id}`? If not, add the location first"),
            None => "correct it, or add the location first".into(),
        };
        Problem::refused(
            Code::UnknownLocation,
            &text,
            format!("the department has no location `{}`", shown(&text)),
            fix,
        )
    }

    /// The id of the location that differs by one or two letters; by leading zeros, which
    /// spreadsheets drop, not at all.
    fn nearest(&self, text: &str) -> Option<String> {
        let typed = folded(text);
        let without = typed.trim_start_matches('0');
        let allowed = if typed.chars().count() < 4 { 1 } else { 2 };
        let locations = self.context.locations.iter();
        locations
            .filter_map(|location| {
                let id = folded(&location.id);
                if !without.is_empty() && id.trim_start_matches('0') == without {
                    return Some((0, location));
                }
                let by_id = distance(&typed, &id, allowed);
                let by_name = distance(&typed, &folded(&location.name), allowed);
                by_id
                    .into_iter()
                    .chain(by_name)
                    .min()
                    .map(|d| (d, location))
            })
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, location)| location.id.clone())
    }

    /// The unknown ones, in the order in which the file names them.
    pub(super) fn into_unknown(self) -> Vec<UnknownLocation> {
        self.unknown
    }
}

/// Without the differences that people do not see: case, and how many blanks.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// How many letters have to be changed, added or left out to make one text of the other
/// (Levenshtein), if no more than `most`.
pub(super) fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    // Longer texts are compared no further: nobody mistypes a sentence.
    let one: Vec<char> = one.chars().take(64).collect();
    let other: Vec<char> = other.chars().take(64).collect();
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
        if row.iter().min().is_some_and(|least| *least > most) {
            return None;
        }
    }
    row.last()
        .copied()
        .filter(|distance| *distance <= most && *distance < one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        let known = |id: &str, name: &str| KnownLocation {
            id: id.into(),
            name: name.into(),
            recent_max: None,
            stored: Stored::default(),
        };
        Context {
            locations: vec![
                known("04831", "Alder City"),
                known("b", "Birch"),
                known("c", "Birch"),
                known("Rowan", "b "),
            ],
            today: NaiveDate::MAX,
            as_of: NaiveDate::MAX,
        }
    }

    #[test]
    fn a_location_is_found_by_its_id_else_by_its_name_if_only_one_has_it() {
        let context = context();
        let mut places = Places::new(&context);
        for (text, found) in [
            ("04831", Some(0)),
            ("alder  city", Some(0)),
            (" ROWAN", Some(3)),
            // The id as it stands wins over another's name.
            ("b", Some(1)),
            ("B", None),
            ("Birch", None),
            ("4831", None),
        ] {
            let place = places.find(text.as_bytes(), 2).expect("few texts");
            assert_eq!(place.ok(), found, "{text}");
        }
    }

    #[test]
    fn an_unknown_location_is_counted_and_the_nearest_named() {
        let context = context();
        let mut places = Places::new(&context);
        for line in 2..5 {
            let problem = places.find(b"4831", line).expect("few texts").unwrap_err();
            assert!(problem.fix.contains("`04831`"), "{problem}");
        }
        assert!(places.find(b"Aldr City", 5).expect("few texts").is_err());
        assert!(places.find(b"9X99", 6).expect("few texts").is_err());
        let unknown = places.into_unknown();
        assert_eq!((unknown[0].rows, unknown[0].line), (3, 2));
        assert_eq!(unknown[1].did_you_mean.as_deref(), Some("04831"));
        assert_eq!(unknown[2].did_you_mean, None);
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        assert_eq!(distance("kitten", "sitting", 3), Some(3));
        assert_eq!(distance("kitten", "sitting", 2), None);
        assert_eq!(distance("", "ab", 2), None);
        assert_eq!(distance("a", "a", 0), Some(0));
    }
}
