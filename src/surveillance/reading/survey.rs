//! What a file seems to be, and what only a person can know of it.

mod asks;
mod times;

use std::io::Read;

use csv::ByteRecord;
use serde::{Deserialize, Serialize};

use super::{
    Answer, Counting, FaultCode, FileFault, Layout, LineList, Problem, Question, Reading, Topic,
    columns,
    delimiter::{self, Sample},
    evidence::{CountEvidence, DateEvidence},
    judge::{self, Kind},
    layout::Columns,
    problem::shown,
    proposal::Proposal,
    walk,
};

/// What was recognised in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// How the file would be read.
    pub reading: Reading,
    /// What must be answered before it is taken.
    pub questions: Vec<Question>,
    /// What was recognised, in words, and columns that are left alone.
    pub notices: Vec<Problem>,
    /// The names of the columns.
    pub header: Vec<String>,
    /// The first five rows, each cell shortened.
    pub sample: Vec<Vec<String>>,
    /// Rows below the header, blank ones left out.
    pub rows: u64,
    /// Columns of which nothing is read.
    pub ignored: Vec<String>,
}

/// Text enough to tell a layout by.
pub(super) const SNIFF: usize = 64 * 1024;

impl Survey {
    /// Reads the stored text once. `line_list` is what [`Received`](super::Received) says;
    /// `given` is the reading remembered for the department, or one that a person edited: what
    /// of it fits the file is kept.
    ///
    /// # Errors
    /// Why nothing of the file can be read.
    pub fn of(
        mut text: impl Read,
        line_list: Option<&LineList>,
        given: Option<&Reading>,
    ) -> Result<Self, FileFault> {
        let mut head = Vec::with_capacity(SNIFF);
        text.by_ref()
            .take(SNIFF as u64)
            .read_to_end(&mut head)
            .map_err(|_| FileFault::unreadable())?;
        let whole = head.len() < SNIFF;
        let cut = match std::str::from_utf8(&head) {
            Ok(text) => text,
            // The last character was cut in two.
            Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        };
        let sample = delimiter::sample(cut, whole, given.map(|given| given.delimiter))
            .ok_or_else(walk::empty)?;
        let mut surveyor = Surveyor::new(sample, line_list, given)?;
        surveyor.read(head.chain(text))?;
        surveyor.finish()
    }
}

struct Surveyor<'a> {
    sample: Sample,
    line_list: Option<&'a LineList>,
    given: Option<&'a Reading>,
    proposal: Proposal,
    reading: Reading,
    dates: DateEvidence,
    counts: CountEvidence,
    first_rows: Vec<Vec<String>>,
    rows: u64,
    questions: Vec<Question>,
    notices: Vec<Problem>,
}

impl<'a> Surveyor<'a> {
    fn new(
        sample: Sample,
        line_list: Option<&'a LineList>,
        given: Option<&'a Reading>,
    ) -> Result<Self, FileFault> {
        let fits = given.filter(|given| fits(given, &sample));
        let proposal = if line_list.is_some() {
            // line, date, place, new_cases: as the counting writes them.
            Proposal {
                location: Some(2),
                date: Some(1),
                new_cases: Some(3),
                ..Proposal::default()
            }
        } else {
            match judge::judge(&sample) {
                Ok(Kind::Counts(proposal)) => proposal,
                // A person has said what the columns are.
                Err(fault) if fault.code != FaultCode::MissingColumn || fits.is_none() => {
                    return Err(fault);
                }
                Err(_) => Proposal::default(),
                // A line list was counted before it came here; this one has counts that
                // somebody named.
                Ok(Kind::LineList { .. }) if fits.is_some() => Proposal::default(),
                Ok(Kind::LineList { .. }) => {
                    return Err(judge::missing_column(&sample.header, "new_cases"));
                }
            }
        };
        let mut reading = given.cloned().unwrap_or_default();
        reading.delimiter = sample.delimiter;
        match (line_list, fits) {
            (Some(_), _) => {
                reading.layout = Layout::LineList;
                // Cases were counted one by one.
                reading.counting = Counting::New;
                reading.columns = named(&sample, &proposal);
                reading.columns.line = sample.header.first().cloned();
            }
            (None, Some(_)) => {}
            (None, None) => {
                reading.layout = if proposal.wide.is_empty() {
                    Layout::Long
                } else {
                    Layout::Wide
                };
                reading.columns = named(&sample, &proposal);
                // Answers about other columns.
                for topic in [Topic::Date, Topic::Location, Topic::NewCases] {
                    reading.confirmed.remove(&topic);
                }
            }
        }
        Ok(Self {
            sample,
            line_list,
            given,
            proposal,
            reading,
            dates: DateEvidence::default(),
            counts: CountEvidence::default(),
            first_rows: Vec::new(),
            rows: 0,
            questions: Vec::new(),
            notices: Vec::new(),
        })
    }

    fn place(&self, name: &str) -> Option<usize> {
        let key = columns::key(name);
        let header = &self.sample.header;
        header
            .iter()
            .position(|column| column == name)
            .or_else(|| header.iter().position(|column| columns::key(column) == key))
            .filter(|_| !name.is_empty())
    }

    /// The whole file.
    fn read(&mut self, text: impl Read) -> Result<(), FileFault> {
        let wide: Vec<usize> = match self.reading.layout {
            Layout::Wide => (0..self.sample.header.len())
                .filter(|at| columns::date_in_header(&self.sample.header[*at]).is_some())
                .collect(),
            _ => Vec::new(),
        };
        for at in &wide {
            let name = &self.sample.header[*at];
            self.dates
                .learn(columns::date_in_header(name).unwrap_or(name));
        }
        let location = self.place(&self.reading.columns.location);
        let date = self
            .place(&self.reading.columns.date)
            .filter(|_| wide.is_empty());
        let value = self
            .place(&self.reading.columns.new_cases)
            .filter(|_| wide.is_empty());
        let mut reader = delimiter::reader(text, self.sample.delimiter);
        let mut record = ByteRecord::new();
        let mut header = true;
        while reader.read_byte_record(&mut record)? {
            if std::mem::take(&mut header) || walk::is_blank(&record) {
                continue;
            }
            self.rows += 1;
            if self.first_rows.len() < 5 {
                let cells = record
                    .iter()
                    .map(|cell| shown(&String::from_utf8_lossy(cell)));
                self.first_rows.push(cells.collect());
            }
            if record.len() < self.sample.header.len() {
                continue;
            }
            let cell = |at: usize| record.get(at).unwrap_or_default().trim_ascii();
            if let Some(at) = date
                && let Ok(text) = std::str::from_utf8(cell(at))
            {
                self.dates.learn(text);
            }
            if let Some(place) = location {
                for at in value.iter().chain(&wide) {
                    self.counts.learn(cell(place), cell(*at));
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Survey, FileFault> {
        if self.rows == 0 {
            return Err(FileFault::new(
                FaultCode::NoDataRows,
                "the file has a header and no data rows",
                "upload a file with at least one row below the header",
            ));
        }
        self.ask_layout();
        self.ask_columns();
        self.decide_dates()?;
        self.ask_counting();
        let ignored = self.note_columns();
        Ok(Survey {
            reading: self.reading,
            questions: self.questions,
            notices: self.notices,
            header: self.sample.header,
            sample: self.first_rows,
            rows: self.rows,
            ignored,
        })
    }

    fn ask(&mut self, topic: Topic, text: String, answers: Vec<Answer>) {
        if !self.reading.confirmed.contains(&topic) {
            self.questions.push(Question {
                topic,
                text,
                answers,
            });
        }
    }
}

fn answer(value: &str, label: &str, example: &str, proposed: bool) -> Answer {
    Answer {
        value: value.into(),
        label: label.into(),
        example: example.into(),
        proposed,
    }
}

/// Whether the columns that the reading names are all there.
fn fits(given: &Reading, sample: &Sample) -> bool {
    let has = |name: &str| {
        sample
            .header
            .iter()
            .any(|column| columns::key(column) == columns::key(name))
    };
    let Columns {
        location,
        date,
        year,
        new_cases,
        ..
    } = &given.columns;
    let dated = sample
        .header
        .iter()
        .any(|name| columns::date_in_header(name).is_some());
    !location.is_empty()
        && has(location)
        && match given.layout {
            Layout::Wide => dated,
            Layout::Long => {
                !date.is_empty() && has(date) && has(new_cases) && year.as_deref().is_none_or(has)
            }
            // Counted anew from each file.
            Layout::LineList => false,
        }
}

fn named(sample: &Sample, proposal: &Proposal) -> Columns {
    let name = |at: Option<usize>| at.and_then(|at| sample.header.get(at)).cloned();
    Columns {
        location: name(proposal.location).unwrap_or_default(),
        date: name(proposal.date).unwrap_or_default(),
        year: name(proposal.year),
        new_cases: name(proposal.new_cases).unwrap_or_default(),
        line: None,
    }
}
