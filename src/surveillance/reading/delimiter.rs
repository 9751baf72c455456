//! What stands between two fields, by trying.

use csv::{ReaderBuilder, StringRecord};

use super::Delimiter;

/// The first rows of a file.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) delimiter: Delimiter,
    pub(super) header: Vec<String>,
    /// The line on which the header stands.
    pub(super) header_line: u64,
    pub(super) rows: Vec<StringRecord>,
}

impl Sample {
    /// What stands in a column, without surrounding blanks; empty cells left out.
    pub(super) fn column(&self, at: usize) -> impl Iterator<Item = &str> {
        self.rows
            .iter()
            .filter_map(move |row| row.get(at))
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
    }
}

/// A reader of stored text: rows may have any number of fields, and the header is a row.
pub(super) fn reader<R: std::io::Read>(text: R, delimiter: Delimiter) -> csv::Reader<R> {
    ReaderBuilder::new()
        .delimiter(delimiter.byte())
        .flexible(true)
        .has_headers(false)
        .buffer_capacity(64 * 1024)
        .from_reader(text)
}

/// The names in a header, as they are compared and shown.
pub(super) fn names<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    cells
        .map(|cell| cell.trim_start_matches('\u{feff}').trim().to_owned())
        .collect()
}

/// The first rows of `text`, with the delimiter that makes most sense of them, or with the one
/// given. `whole` says that the text does not end in the middle of a row. `None` where there
/// is no row at all.
pub(super) fn sample(text: &str, whole: bool, given: Option<Delimiter>) -> Option<Sample> {
    let by = |delimiter| parse(text, whole, delimiter);
    let best = Delimiter::ALL
        .into_iter()
        .filter_map(by)
        // The earlier of two that do as well: `max_by` would take the later.
        .reduce(|best, next| {
            if merit(&next) > merit(&best) {
                next
            } else {
                best
            }
        })?;
    // Fewer fields are a person's choice; rows that do not agree are another file's delimiter.
    let as_good = |sample: &Sample| {
        let (several, percent, _) = merit(sample);
        several && percent >= merit(&best).1
    };
    Some(given.and_then(by).filter(as_good).unwrap_or(best))
}

/// How well a delimiter does: a header of several fields, rows that agree with it, and many of
/// them.
fn merit(sample: &Sample) -> (bool, usize, usize) {
    let fields = sample.header.len();
    let agree = sample.rows.iter().filter(|row| row.len() == fields).count();
    let percent = (agree * 100).checked_div(sample.rows.len()).unwrap_or(100);
    (fields > 1, percent, fields)
}

/// Rows enough to tell a layout by.
const ROWS: usize = 2000;

fn parse(text: &str, whole: bool, delimiter: Delimiter) -> Option<Sample> {
    let mut reader = reader(text.as_bytes(), delimiter);
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    while rows.len() <= ROWS && reader.read_record(&mut record).ok()? {
        rows.push(record.clone());
    }
    if !whole && rows.len() > 1 && reader.is_done() {
        rows.pop();
    }
    if rows.is_empty() {
        return None;
    }
    let header = rows.remove(0);
    rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    Some(Sample {
        delimiter,
        header_line: header.position().map_or(1, csv::Position::line),
        header: names(header.iter()),
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delimiter_is_told_from_the_others() {
        for delimiter in Delimiter::ALL {
            let text = "place|date|note\na|2021-07-01|\"x,y;z\"\nb|2021-07-02|1,5\n"
                .replace('|', &char::from(delimiter.byte()).to_string())
                // A decimal comma only where it is no delimiter.
                .replace(
                    "1,5",
                    if delimiter == Delimiter::Comma {
                        "1"
                    } else {
                        "1,5"
                    },
                );
            let found = sample(&text, true, None);
            assert_eq!(
                found.map(|sample| sample.delimiter),
                Some(delimiter),
                "{text}"
            );
        }
    }

    #[test]
    fn a_row_cut_short_is_not_looked_at() {
        let found = sample("a,b\n1,2\n3", false, None);
        assert_eq!(found.map(|sample| sample.rows.len()), Some(1));
    }
}
