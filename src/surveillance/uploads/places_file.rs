//! The file of a department's places: `location_id, name, population`.

use std::{fmt, io::Read};

use csv::{ReaderBuilder, StringRecord, Trim};

use super::places::NewPlace;
use crate::surveillance::LocationId;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1, the header included; `None` when it is the whole file.
    pub line: Option<u64>,
    /// What is wrong and what to do, in words.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Reads the names and populations of locations.
///
/// # Errors
/// Every line that cannot be accepted.
pub fn read_places(file: impl Read) -> Result<Vec<NewPlace>, Vec<Fault>> {
    read(
        file,
        ["location_id", "name", "population"],
        |_, [location, name, population]| {
            let location = LocationId::parse(location).map_err(|error| error.to_string())?;
            if !(1..=200).contains(&name.chars().count()) || name.contains(char::is_control) {
                return Err("a location's name has 1 to 200 printable characters".into());
            }
            let population = match population {
                "" => None,
                text => Some(
                    text.parse()
                        .ok()
                        .filter(|residents: &i32| *residents > 0)
                        .ok_or_else(|| {
                            format!(
                                "`{}` is not a population; it is a whole number above zero",
                                shown(text)
                            )
                        })?,
                ),
            };
            Ok(Some(NewPlace {
                location,
                name: name.to_owned(),
                population,
                parent: None,
            }))
        },
    )
}

/// Faults after which the rest of a file is not worth reading.
const ENOUGH: usize = 100;

/// Reads the columns named, in whatever order they stand; other columns are left alone. A
/// `tenant_id` among them routes nothing: a file goes to the department it is imported for.
fn read<T, const N: usize>(
    file: impl Read,
    columns: [&str; N],
    mut row: impl FnMut(u64, [&str; N]) -> Result<Option<T>, String>,
) -> Result<Vec<T>, Vec<Fault>> {
    let whole = |message: String| {
        vec![Fault {
            line: None,
            message,
        }]
    };
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(file);
    let header = reader
        .headers()
        .map_err(|error| vec![fault(&error)])?
        .clone();
    let place = |column: &str| {
        header.iter().position(|name| {
            name.trim_start_matches('\u{feff}')
                .eq_ignore_ascii_case(column)
        })
    };
    let mut at = [0; N];
    for (at, column) in at.iter_mut().zip(columns) {
        *at = place(column).ok_or_else(|| {
            whole(format!(
                "there is no column `{column}`; the first line should name {}",
                columns.join(", ")
            ))
        })?;
    }
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        let read = match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                // Blank lines are skipped: the record knows better where it began.
                let line = record.position().map_or(line, csv::Position::line);
                row(line, at.map(|at| record.get(at).unwrap_or_default())).map_err(|message| {
                    Fault {
                        line: Some(line),
                        message,
                    }
                })
            }
            Err(error) => Err(fault(&error)),
        };
        match read {
            Ok(row) => rows.extend(row),
            Err(fault) => faults.push(fault),
        }
        if faults.len() == ENOUGH {
            faults.push(Fault {
                line: None,
                message: "there may be more; the rest was not read".into(),
            });
            break;
        }
    }
    match (faults.is_empty(), rows.is_empty()) {
        (false, _) => Err(faults),
        (true, true) => Err(whole("the file has no rows".into())),
        (true, false) => Ok(rows),
    }
}

/// The csv crate's error, in our words.
fn fault(error: &csv::Error) -> Fault {
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{len} fields where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "this is not UTF-8; save the file as CSV UTF-8".into(),
        csv::ErrorKind::Io(_) => "the file could not be read to its end".into(),
        _ => "this is not CSV".into(),
    };
    Fault {
        line: error.position().map(csv::Position::line),
        message,
    }
}

/// What was typed, short and without control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_may_lack_its_population() {
        let places = read_places("location_id,name,population\na,Alder,\nb,Birch,120\n".as_bytes());
        assert_eq!(
            places.map(|places| places
                .iter()
                .map(|place| place.population)
                .collect::<Vec<_>>()),
            Ok(vec![None, Some(120)])
        );
    }

    #[test]
    fn each_bad_row_is_named_by_its_line() {
        let faults = read_places(
            "\u{feff}Name,location_id,population,more\nAlder,,1,x\nBirch,b,-1,x\n,c,2,x\nDale,d\n"
                .as_bytes(),
        );
        let lines: Vec<Option<u64>> = faults
            .err()
            .unwrap_or_default()
            .iter()
            .map(|fault| fault.line)
            .collect();
        assert_eq!(lines, [Some(2), Some(3), Some(4), Some(5)]);
        let none = read_places("location_id,name\n".as_bytes())
            .err()
            .unwrap_or_default();
        assert!(none[0].message.contains("no column `population`"));
        let bytes = read_places(&b"location_id,name,population\na,\xff,1\n"[..]);
        assert!(bytes.is_err_and(|faults| faults[0].message.contains("UTF-8")));
    }
}
