//! From the text of a CSV file to rows that can be trusted, or to every line that cannot.

use std::{collections::HashMap, fmt, io::Read};

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord, Trim};

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

/// A row of `date, location_id, new_cases`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Where it stands in its file, counted from 1.
    pub line: u64,
    /// The day.
    pub date: NaiveDate,
    /// The place.
    pub location: LocationId,
    /// Reported new cases; negative only where corrections are declared.
    pub new_cases: i32,
}

/// A row of `location_id, name, population`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The place.
    pub location: LocationId,
    /// Its name.
    pub name: String,
    /// Residents, where the file says.
    pub population: Option<i32>,
}

/// Reads observations. With `corrections`, a negative number is a declared correction of days
/// before. `today` is the last day that can have been reported.
///
/// # Errors
/// Every line that cannot be accepted.
pub fn read_observations(
    file: impl Read,
    corrections: bool,
    today: NaiveDate,
) -> Result<Vec<Observation>, Vec<Fault>> {
    let mut first_seen: HashMap<(NaiveDate, LocationId), (u64, i32)> = HashMap::new();
    read(
        file,
        ["date", "location_id", "new_cases"],
        |line, [date, location, new_cases]| {
            let row = Observation {
                line,
                date: read_date(date, today)?,
                location: LocationId::parse(location).map_err(|error| error.to_string())?,
                new_cases: read_count(new_cases, corrections)?,
            };
            match first_seen.get(&(row.date, row.location.clone())) {
                // Said twice alike is said once.
                Some((_, new_cases)) if *new_cases == row.new_cases => Ok(None),
                Some((earlier, new_cases)) => Err(format!(
                    "{} new cases for {} on {}, but line {earlier} says {new_cases}; keep one of the two",
                    row.new_cases,
                    row.location.as_str(),
                    row.date
                )),
                None => {
                    first_seen.insert((row.date, row.location.clone()), (line, row.new_cases));
                    Ok(Some(row))
                }
            }
        },
    )
}

/// Reads the names and populations of locations.
///
/// # Errors
/// Every line that cannot be accepted.
pub fn read_places(file: impl Read) -> Result<Vec<Place>, Vec<Fault>> {
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
            Ok(Some(Place {
                location,
                name: name.to_owned(),
                population,
            }))
        },
    )
}

/// Faults after which the rest of a file is not worth reading.
pub(super) const ENOUGH: usize = 100;

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

fn read_date(text: &str, today: NaiveDate) -> Result<NaiveDate, String> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        // chrono takes 2026-3-1 and years of six digits too.
        .filter(|date| date.to_string() == text)
        .ok_or_else(|| format!("`{}` is not a date; write it as 2026-03-31", shown(text)))?;
    if date > today {
        return Err(format!("{date} is in the future"));
    }
    if date < NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default() {
        return Err(format!("{date} is before 1900"));
    }
    Ok(date)
}

fn read_count(text: &str, corrections: bool) -> Result<i32, String> {
    let count: i32 = text.parse().map_err(|_| {
        let without = text.replace([',', ' ', '\u{a0}'], "");
        let advice = match without.parse::<i32>() {
            Ok(number) if without != text => format!("; write {number}"),
            _ => String::from("; it is a whole number, and a day without a report has no row"),
        };
        format!("`{}` is not a number of new cases{advice}", shown(text))
    })?;
    if count < 0 && !corrections {
        return Err(format!(
            "{count} new cases are negative; where the source corrects earlier days like this, \
             declare it with --corrections"
        ));
    }
    Ok(count)
}

/// What was typed, short and without control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        "2026-11-23".parse().unwrap_or_default()
    }

    fn faults(text: &str) -> Vec<String> {
        read_observations(text.as_bytes(), false, today())
            .err()
            .unwrap_or_default()
            .iter()
            .map(Fault::to_string)
            .collect()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let rows = read_observations(
            "\u{feff}new_cases,Department,DATE,location_id\n7,x,2026-03-01,alder\n".as_bytes(),
            false,
            today(),
        );
        let alder = LocationId::parse("alder").ok();
        assert_eq!(
            rows.ok()
                .and_then(|mut rows| rows.pop())
                .map(|row| (Some(row.location), row.new_cases)),
            Some((alder, 7))
        );
    }

    #[test]
    fn each_bad_row_is_named_by_its_line() {
        let found = faults(
            "date,location_id,new_cases\n\
             2026-02-30,a,1\n\
             2026-03-01,a,\"1,234\"\n\
             2026-03-02,a,-5\n\
             2026-03-03,a\n\
             2027-01-01,a,1\n\
             2026-03-04,,1\n\
             2026-03-05,a,1.5\n\
             2026-03-06,a,=1+1\n\
             2026-3-7,a,1\n",
        );
        let lines: Vec<_> = found
            .iter()
            .map(|fault| fault.split(':').next().unwrap_or_default())
            .collect();
        let expected: Vec<_> = (2..=10).map(|line| format!("line {line}")).collect();
        assert_eq!(lines, expected, "{found:#?}");
        assert!(found[1].contains("write 1234"), "{}", found[1]);
    }

    #[test]
    fn a_row_said_twice_counts_once_and_a_contradiction_names_both_lines() {
        let text = "date,location_id,new_cases\n2026-03-01,a,1\n2026-03-01,a,1\n";
        assert_eq!(
            read_observations(text.as_bytes(), false, today()).map(|rows| rows.len()),
            Ok(1)
        );
        let found = faults("date,location_id,new_cases\n2026-03-01,a,1\n2026-03-01,a,2\n");
        assert!(
            found[0].starts_with("line 3:") && found[0].contains("line 2"),
            "{found:?}"
        );
    }

    #[test]
    fn a_negative_count_is_a_correction_where_declared() {
        let text = "date,location_id,new_cases\n2026-03-01,a,-5\n";
        let rows = read_observations(text.as_bytes(), true, today());
        assert_eq!(rows.map(|rows| rows[0].new_cases), Ok(-5));
    }

    #[test]
    fn a_file_without_rows_or_columns_is_refused_whole() {
        assert!(faults("")[0].contains("no column `date`"));
        assert!(faults("date,location_id,new_cases\n")[0].contains("no rows"));
        assert!(faults("date,location_id\n2026-03-01,a\n")[0].contains("no column `new_cases`"));
    }

    #[test]
    fn bytes_that_are_no_text_are_named_by_their_line() {
        let found = read_observations(
            &b"date,location_id,new_cases\n2026-03-01,\xff,1\n"[..],
            false,
            today(),
        );
        assert!(
            found.is_err_and(
                |faults| faults[0].line == Some(2) && faults[0].message.contains("UTF-8")
            )
        );
    }

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
}
