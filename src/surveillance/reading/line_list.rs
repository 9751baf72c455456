//! Cases counted as they arrive, so that what identifies them is never kept.

use std::collections::HashMap;

use csv::ByteRecord;
use serde::{Deserialize, Serialize};

use super::{Delimiter, FaultCode, FileFault, dates};

/// What was counted, and what was not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineList {
    /// Rows, each of them a case.
    pub cases: u64,
    /// The column of dates and the column of places.
    pub columns_used: Vec<String>,
    /// The columns of which nothing was kept.
    pub columns_dropped: Vec<String>,
    /// Rows with more or fewer fields than the header: counted as cases without place and
    /// date, since their fields may be another's.
    pub ragged: u64,
    /// The first of them.
    pub first_ragged: Option<u64>,
}

/// Pairs of place and date in one file: 450 places for three years.
const MOST_PAIRS: usize = 500_000;
/// Bytes of the names of places and of dates.
const MOST_TEXT: usize = 8 * 1024 * 1024;
/// A place's id has at most 64 characters.
const LONGEST_PLACE: usize = 256;
/// Longer text is no date, and may be something else.
const LONGEST_DATE: usize = 32;

/// Counts rows by place and date, fed piece by piece.
pub(super) struct Counting {
    rows: Records,
    header: Vec<String>,
    at: (usize, usize),
    texts: Interned,
    /// By (place, date): the first line, and how many.
    pairs: HashMap<(u32, u32), (u64, u64)>,
    list: LineList,
    /// The header's own row is still to come.
    before_header: bool,
}

#[derive(Default)]
struct Interned {
    ids: HashMap<Box<str>, u32>,
    bytes: usize,
}

impl Interned {
    fn id(&mut self, text: &str) -> Result<u32, FileFault> {
        if let Some(id) = self.ids.get(text) {
            return Ok(*id);
        }
        self.bytes += text.len();
        if self.bytes > MOST_TEXT {
            return Err(too_many());
        }
        let id = u32::try_from(self.ids.len()).map_err(|_| too_many())?;
        self.ids.insert(text.into(), id);
        Ok(id)
    }
}

fn too_many() -> FileFault {
    FileFault::new(
        FaultCode::TooLarge,
        format!(
            "the file has one row for each case, and more than {MOST_PAIRS} different pairs of \
             place and date to count them by"
        ),
        "check which columns have the place and the date, or divide the file by year",
    )
}

impl Counting {
    /// Counts a file with this header by the columns at `date` and `location`.
    pub(super) fn new(
        delimiter: Delimiter,
        header: &[String],
        date: usize,
        location: usize,
    ) -> Self {
        let used = [date, location];
        let pick = |wanted: bool| {
            (0..header.len())
                .filter(|at| used.contains(at) == wanted)
                .map(|at| header[at].clone())
                .collect()
        };
        Self {
            rows: Records::new(delimiter),
            header: header.to_vec(),
            at: (date, location),
            texts: Interned::default(),
            pairs: HashMap::new(),
            list: LineList {
                columns_used: pick(true),
                columns_dropped: pick(false),
                ..LineList::default()
            },
            before_header: true,
        }
    }

    /// Counts the rows that end in this piece.
    pub(super) fn push(&mut self, piece: &str) -> Result<(), FileFault> {
        let mut rows = std::mem::replace(&mut self.rows, Records::new(Delimiter::Comma));
        let counted = rows.push(piece.as_bytes(), &mut |line, record| {
            self.count(line, record)
        });
        self.rows = rows;
        counted
    }

    fn count(&mut self, line: u64, record: &ByteRecord) -> Result<(), FileFault> {
        if std::mem::take(&mut self.before_header) {
            return Ok(());
        }
        if record.iter().all(<[u8]>::is_empty) {
            return Ok(());
        }
        self.list.cases += 1;
        let cell = |at: usize| {
            let cell = record.get(at).unwrap_or_default();
            std::str::from_utf8(cell).unwrap_or_default().trim()
        };
        let (mut date, mut place) = ("", "");
        if record.len() == self.header.len() {
            date = dates::without_time(cell(self.at.0));
            place = cell(self.at.1);
            // What cannot be a date or a place may be a name in the wrong column.
            if date.len() > LONGEST_DATE || !date.bytes().any(|b| b.is_ascii_digit()) {
                date = "";
            }
            if place.len() > LONGEST_PLACE {
                place = "";
            }
        } else {
            self.list.ragged += 1;
            self.list.first_ragged.get_or_insert(line);
        }
        let pair = (self.texts.id(place)?, self.texts.id(date)?);
        if self.pairs.len() == MOST_PAIRS && !self.pairs.contains_key(&pair) {
            return Err(too_many());
        }
        self.pairs.entry(pair).or_insert((line, 0)).1 += 1;
        Ok(())
    }

    /// What was counted, as text: `line,<date>,<location>,new_cases`.
    pub(super) fn finish(mut self) -> Result<(LineList, String), FileFault> {
        self.push("\n")?;
        if self.list.cases == 0 {
            return Err(FileFault::new(
                FaultCode::NoDataRows,
                "the file has a header and no data rows",
                "upload a file with at least one row below the header",
            ));
        }
        let mut texts = vec![""; self.texts.ids.len()];
        for (text, id) in &self.texts.ids {
            texts[*id as usize] = text;
        }
        let mut pairs: Vec<_> = self.pairs.iter().collect();
        pairs.sort_unstable_by_key(|(_, (line, _))| *line);
        let mut writer = csv::Writer::from_writer(Vec::new());
        let (date, location) = self.at;
        let unreadable = |_| FileFault::unreadable();
        writer
            .write_record([
                "line",
                &self.header[date],
                &self.header[location],
                "new_cases",
            ])
            .map_err(unreadable)?;
        for ((place, date), (line, count)) in pairs {
            let (place, date) = (texts[*place as usize], texts[*date as usize]);
            writer
                .write_record([&line.to_string(), date, place, &count.to_string()])
                .map_err(unreadable)?;
        }
        let bytes = writer.into_inner().map_err(|_| FileFault::unreadable())?;
        let text = String::from_utf8(bytes).map_err(|_| FileFault::unreadable())?;
        Ok((self.list, text))
    }
}

/// Records from pieces of text.
struct Records {
    core: csv_core::Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
    written: (usize, usize),
    /// The line on which the record begins, once its first byte came.
    line: Option<u64>,
}

/// A row longer than this is no row.
const LONGEST_ROW: usize = 1024 * 1024;

impl Records {
    fn new(delimiter: Delimiter) -> Self {
        Self {
            core: csv_core::ReaderBuilder::new()
                .delimiter(delimiter.byte())
                .build(),
            fields: vec![0; 4096],
            ends: vec![0; 64],
            written: (0, 0),
            line: None,
        }
    }

    fn push(
        &mut self,
        mut bytes: &[u8],
        each: &mut dyn FnMut(u64, &ByteRecord) -> Result<(), FileFault>,
    ) -> Result<(), FileFault> {
        use csv_core::ReadRecordResult as Read;
        while !bytes.is_empty() {
            if self.line.is_none() {
                // Line ends before a record belong to the one before.
                let blank = bytes
                    .iter()
                    .take_while(|b| matches!(b, b'\n' | b'\r'))
                    .count();
                if blank == bytes.len() {
                    let newlines = bytes.iter().filter(|b| **b == b'\n').count() as u64;
                    self.core.set_line(self.core.line() + newlines);
                    return Ok(());
                }
                let newlines = bytes[..blank].iter().filter(|b| **b == b'\n').count() as u64;
                self.core.set_line(self.core.line() + newlines);
                bytes = &bytes[blank..];
                self.line = Some(self.core.line());
            }
            let (fields, ends) = (
                &mut self.fields[self.written.0..],
                &mut self.ends[self.written.1..],
            );
            let (result, read, wrote, ended) = self.core.read_record(bytes, fields, ends);
            bytes = &bytes[read..];
            self.written.0 += wrote;
            self.written.1 += ended;
            match result {
                Read::InputEmpty | Read::End => {}
                Read::OutputFull if self.fields.len() < LONGEST_ROW => {
                    self.fields.resize(self.fields.len() * 2, 0);
                }
                Read::OutputEndsFull if self.ends.len() < LONGEST_ROW => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                Read::OutputFull | Read::OutputEndsFull => {
                    return Err(FileFault::new(
                        FaultCode::TooLarge,
                        "a row is longer than a megabyte; a quotation mark may not be closed",
                        "open the file in a spreadsheet, look at that row, and save it as CSV UTF-8",
                    )
                    .at_line(self.line.unwrap_or(1)));
                }
                Read::Record => {
                    let (bytes, ends) = self.written;
                    let mut record = ByteRecord::with_capacity(bytes, ends);
                    let mut start = 0;
                    for end in &self.ends[..ends] {
                        record.push_field(&self.fields[start..*end]);
                        start = *end;
                    }
                    self.written = (0, 0);
                    each(self.line.take().unwrap_or(1), &record)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(pieces: &[&str]) -> (LineList, String) {
        let header = ["case_id", "date", "place", "age"].map(String::from);
        let mut counting = Counting::new(Delimiter::Comma, &header, 1, 2);
        for piece in pieces {
            counting.push(piece).expect("it can be counted");
        }
        counting.finish().expect("there are cases")
    }

    const TEXT: &str = "case_id,date,place,age\r\n\
        C1,2021-07-01,alder,30\r\n\
        C2,2021-07-01 10:30:00,alder,31\r\n\
        \r\n\
        C3,2021-07-02,\"a, b\",32\r\n\
        C4,Smith,alder,33\r\n\
        C5,2021-07-02,Miller\r\n\
        C6,2021-07-02,\"a, b\",34";

    #[test]
    fn cases_are_counted_and_nothing_else_is_kept() {
        let (list, text) = count(&[TEXT]);
        assert_eq!(
            text,
            "line,date,place,new_cases\n\
             2,2021-07-01,alder,2\n\
             5,2021-07-02,\"a, b\",2\n\
             6,,alder,1\n\
             7,,,1\n"
        );
        assert_eq!(
            (list.cases, list.ragged, list.first_ragged),
            (6, 1, Some(7))
        );
        assert_eq!(list.columns_dropped, ["case_id", "age"]);
    }

    #[test]
    fn where_the_pieces_are_cut_does_not_matter() {
        for cut in 0..TEXT.len() {
            assert_eq!(
                count(&[&TEXT[..cut], &TEXT[cut..]]),
                count(&[TEXT]),
                "{cut}"
            );
        }
    }
}
