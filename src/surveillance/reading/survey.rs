//! What a file seems to be, and what only a person can know of it.

use std::io::Read;

use csv::ByteRecord;
use serde::{Deserialize, Serialize};

use super::{
    Answer, Code, Counting, DateForm, FaultCode, FileFault, Layout, LineList, Period, Problem,
    Question, Reading, Topic,
    columns::{self, Kind, Proposal, Role},
    dates,
    delimiter::{self, Sample},
    evidence::{CountEvidence, DateEvidence},
    layout::Columns,
    problem::shown,
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
            match columns::judge(&sample) {
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
                    return Err(columns::missing_column(&sample.header, "new_cases"));
                }
            }
        };
        let mut reading = given.cloned().unwrap_or_default();
        reading.delimiter = sample.delimiter;
        match (line_list, fits) {
            (Some(_), _) => {
                reading.layout = Layout::LineList;
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

    fn ask_layout(&mut self) {
        if let Some(list) = self.line_list {
            let columns = |names: &[String]| {
                let names: Vec<_> = names
                    .iter()
                    .map(|name| format!("`{}`", shown(name)))
                    .collect();
                names.join(", ")
            };
            let dropped = match list.columns_dropped.len() {
                0 => "no other column was there".to_owned(),
                _ => format!("nothing was kept of {}", columns(&list.columns_dropped)),
            };
            let ragged = match list.first_ragged {
                None => String::new(),
                Some(line) => format!(
                    " {} rows, the first in line {line}, do not have one field for each column.",
                    list.ragged
                ),
            };
            let text = format!(
                "The file has one row for each case. Its {} cases were counted by {}, and {dropped}.\
                 {ragged} Are these the new cases to store?",
                list.cases,
                columns(&list.columns_used),
            );
            self.ask(
                Topic::LineList,
                text,
                vec![answer("yes", "Store the counts", "", true)],
            );
        }
        if self.reading.layout == Layout::Wide {
            let dates = self.dated();
            let text = format!(
                "The file has one row for each place and {} columns of dates. Read it as one \
                 number for each place and date?",
                dates.len()
            );
            let at = |at: Option<usize>| self.first_rows.first()?.get(at?).cloned();
            let place = at(self.place(&self.reading.columns.location)).unwrap_or_default();
            let first = dates.first().copied();
            let example = format!(
                "{place} on {}: {}",
                first.map_or("", |at| &self.sample.header[at]),
                at(first).unwrap_or_default()
            );
            self.ask(
                Topic::Layout,
                text,
                vec![answer("wide", "Yes", &example, true)],
            );
        }
    }

    fn dated(&self) -> Vec<usize> {
        let header = &self.sample.header;
        (0..header.len())
            .filter(|at| columns::date_in_header(&header[*at]).is_some())
            .collect()
    }

    /// Asks about columns that were chosen by what stands in them.
    fn ask_columns(&mut self) {
        let Proposal {
            location,
            date,
            new_cases,
            ref guessed,
            ..
        } = self.proposal;
        let guessed = guessed.clone();
        for (topic, at, what) in [
            (Topic::Location, location, "the location"),
            (Topic::Date, date, "the date"),
            (Topic::NewCases, new_cases, "the number of new cases"),
        ] {
            let Some(at) = at.filter(|at| guessed.contains(at)) else {
                continue;
            };
            let header = &self.sample.header;
            // The likely one first, whatever its place.
            let others = (0..header.len()).filter(|other| *other != at);
            let answers = std::iter::once(at).chain(others).take(30).map(|column| {
                let example = self.first_rows.first().and_then(|row| row.get(column));
                let example = example.map_or("", String::as_str);
                answer(
                    &header[column],
                    &shown(&header[column]),
                    example,
                    column == at,
                )
            });
            let answers = answers.collect();
            self.ask(topic, format!("Which column has {what}?"), answers);
        }
    }

    fn decide_dates(&mut self) -> Result<(), FileFault> {
        let found = &self.dates;
        let weeks = found.weeks();
        let most = [found.year_first, found.year_last, found.serial, weeks];
        let most = most.into_iter().max().unwrap_or(0);
        if most == 0 {
            // Nothing is a date: each row says so.
            return Ok(());
        }
        if found.year_first == most {
            self.reading.date_form = DateForm::YearMonthDay;
        } else if found.year_last == most {
            self.decide_order();
        } else if found.serial == most {
            self.offer_serial();
        } else {
            return self.decide_weeks();
        }
        self.ask_weekday();
        Ok(())
    }

    /// Which of the first two numbers is the day.
    fn decide_order(&mut self) {
        use DateForm::{DayMonthYear, MonthDayYear};
        let found = &self.dates;
        let given = Some(self.reading.date_form)
            .filter(|form| matches!(form, DayMonthYear | MonthDayYear))
            .filter(|_| self.reading.confirmed.contains(&Topic::DateForm));
        let (form, text, example, proposed) = match (&found.day_first, &found.month_first) {
            (Some(day_first), None) => (
                DayMonthYear,
                format!(
                    "Dates are written with the day first: `{day_first}` can be nothing else. Is that so?"
                ),
                day_first.clone(),
                true,
            ),
            (None, Some(month_first)) => (
                MonthDayYear,
                format!(
                    "Dates are written with the month first: `{month_first}` can be nothing else. Is that so?"
                ),
                month_first.clone(),
                true,
            ),
            (Some(day_first), Some(month_first)) => (
                DayMonthYear,
                format!(
                    "Some dates have the day first, as `{day_first}`, and some the month, as \
                     `{month_first}`. Which is meant? Rows of the other kind are refused."
                ),
                found
                    .open_example
                    .clone()
                    .unwrap_or_else(|| day_first.clone()),
                false,
            ),
            (None, None) => {
                let example = found.open_example.clone().unwrap_or_default();
                (
                    DayMonthYear,
                    format!(
                        "Is the day or the month first in `{example}`? No date of the file tells."
                    ),
                    example,
                    // Nobody writes the month first with dots.
                    found.dots == found.year_last,
                )
            }
        };
        let certain = found.day_first.is_some() != found.month_first.is_some();
        match given {
            // The department's habit, or this person's answer, that the file does not refute.
            Some(given) if !certain || given == form => {
                self.reading.date_form = given;
                return;
            }
            _ => {
                self.reading.confirmed.remove(&Topic::DateForm);
            }
        }
        self.reading.date_form = form;
        // Both readings, always: of a date that is open, and of the one that proves the order.
        let open = self.dates.open_example.clone();
        let mut examples: Vec<String> = open.into_iter().chain([example]).collect();
        examples.dedup();
        let one = |of: DateForm, label: &str| {
            let read =
                examples.iter().map(
                    |example| match dates::read(example, None, of, Period::Day) {
                        Ok(day) => format!("`{example}` is {}", day.format("%-d %B %Y")),
                        Err(_) => format!("`{example}` is no date"),
                    },
                );
            let read: Vec<String> = read.collect();
            answer(word(of), label, &read.join(", "), proposed && of == form)
        };
        let answers = vec![
            one(DayMonthYear, "Day first"),
            one(MonthDayYear, "Month first"),
        ];
        self.ask(Topic::DateForm, text, answers);
    }

    fn offer_serial(&mut self) {
        let known = self.reading.date_form == DateForm::ExcelSerial;
        self.reading.date_form = DateForm::ExcelSerial;
        if !known {
            self.reading.confirmed.remove(&Topic::DateForm);
        }
        let example = self.dates.example.clone().unwrap_or_default();
        let day = dates::read(&example, None, DateForm::ExcelSerial, Period::Day);
        let day = day
            .map(|day| day.format("%-d %B %Y").to_string())
            .unwrap_or_default();
        let text = format!(
            "Dates are numbers, as a spreadsheet counts days: `{example}` would be {day}. Read \
             them so?"
        );
        let example = format!("`{example}` is {day}");
        let answers = vec![answer(
            "excel_serial",
            "Read them as a spreadsheet's days",
            &example,
            true,
        )];
        self.ask(Topic::DateForm, text, answers);
    }

    fn decide_weeks(&mut self) -> Result<(), FileFault> {
        let known = (self.reading.date_form == DateForm::Week).then_some(self.reading.period);
        self.reading.date_form = DateForm::Week;
        let name = columns::key(&self.reading.columns.date);
        let found = &self.dates;
        if found.weeks_alone > found.weeks() / 2 && self.reading.columns.year.is_none() {
            return Err(columns::missing_column(&self.sample.header, "year"));
        }
        let said = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let period =
            if found.iso_weeks > found.mmwr_weeks || said(&["iso", "kw", "woche", "semaine"]) {
                Some(Period::IsoWeek)
            } else if found.mmwr_weeks > 0 || said(&["mmwr", "epi"]) {
                Some(Period::MmwrWeek)
            } else {
                known.filter(|period| {
                    *period != Period::Day && self.reading.confirmed.contains(&Topic::Period)
                })
            };
        let example = found.example.clone().unwrap_or_default();
        let Some(period) = period else {
            self.reading.period = Period::IsoWeek;
            self.reading.confirmed.remove(&Topic::Period);
            let answers = vec![
                answer(
                    "iso_week",
                    "Monday to Sunday (ISO 8601)",
                    &self.week(&example, Period::IsoWeek),
                    false,
                ),
                answer(
                    "mmwr_week",
                    "Sunday to Saturday (MMWR)",
                    &self.week(&example, Period::MmwrWeek),
                    false,
                ),
            ];
            self.ask(
                Topic::Period,
                format!("Which weeks are meant by `{example}`?"),
                answers,
            );
            return Ok(());
        };
        self.reading.period = period;
        self.notices.push(Problem::warning(
            Code::Weekly,
            format!(
                "the file counts whole weeks: {}; they are stored as weeks and never spread to days",
                self.week(&example, period)
            ),
            "",
        ));
        Ok(())
    }

    /// A week in words, as far as the text alone tells it.
    fn week(&self, text: &str, period: Period) -> String {
        let first = dates::read(text, None, DateForm::Week, period);
        let days = if period == Period::IsoWeek {
            "Monday to Sunday"
        } else {
            "Sunday to Saturday"
        };
        match first {
            Ok(day) => format!("`{text}` is the week from {day}, {days}"),
            Err(_) => format!("`{text}` is a week from {days}"),
        }
    }

    /// Dates that all fall on one day of the week may stand for weeks.
    fn ask_weekday(&mut self) {
        let weekday = self.dates.only_weekday(self.reading.date_form);
        let Some(weekday) = weekday else {
            self.reading.period = Period::Day;
            return;
        };
        if self.reading.confirmed.contains(&Topic::Period) {
            return;
        }
        self.reading.period = match weekday {
            chrono::Weekday::Mon => Period::IsoWeek,
            chrono::Weekday::Sun | chrono::Weekday::Sat => Period::MmwrWeek,
            _ => Period::Day,
        };
        let example = self.dates.example.clone().unwrap_or_default();
        let week = |period| {
            dates::read(&example, None, self.reading.date_form, period)
                .map(|day| format!("`{example}` lies in the week from {day}"))
                .unwrap_or_default()
        };
        let answers = vec![
            answer(
                "iso_week",
                "Weeks, Monday to Sunday (ISO 8601)",
                &week(Period::IsoWeek),
                false,
            ),
            answer(
                "mmwr_week",
                "Weeks, Sunday to Saturday (MMWR)",
                &week(Period::MmwrWeek),
                false,
            ),
            answer("day", "Single days", "", false),
        ];
        let text = format!(
            "All dates are {}s. Do the numbers count whole weeks?",
            weekday_name(weekday)
        );
        self.ask(Topic::Period, text, answers);
    }

    fn ask_counting(&mut self) {
        let looks = self.counts.only_up();
        let named = self.proposal.cumulative;
        let was = self.given.map_or(Counting::New, |given| given.counting);
        let seems = if looks || named {
            Counting::Cumulative
        } else {
            Counting::New
        };
        if self.reading.confirmed.contains(&Topic::Counting)
            && (was == seems || was == Counting::New)
        {
            return;
        }
        self.reading.counting = seems;
        if seems == was && seems == Counting::New {
            return;
        }
        let why = match (looks, named, seems) {
            (_, _, Counting::New) => "The department's files were cumulative before, and in this one the numbers also fall.".to_owned(),
            (true, _, _) => "In each place the numbers only rise, as if they were all cases so far.".to_owned(),
            (false, _, _) => format!("The column is called `{}`.", shown(&self.reading.columns.new_cases)),
        };
        let (cumulative, new) = match &self.counts.example {
            Some((place, before, after)) => {
                let place = shown(place);
                (
                    format!("{place}: {before}, then {after}, is {} new", after - before),
                    format!("{place}: {before}, then {after}, is {after} new"),
                )
            }
            None => (String::new(), String::new()),
        };
        let answers = vec![
            answer(
                "cumulative",
                "All cases so far",
                &cumulative,
                seems == Counting::Cumulative,
            ),
            answer("new", "New cases", &new, seems == Counting::New),
        ];
        self.reading.confirmed.remove(&Topic::Counting);
        self.ask(
            Topic::Counting,
            format!("{why} What do they count?"),
            answers,
        );
    }

    /// Says what was recognised by its name and what is left alone.
    fn note_columns(&mut self) -> Vec<String> {
        let header = &self.sample.header;
        let used = &self.reading.columns;
        let mut roles = vec![(&used.location, "location_id")];
        if self.reading.layout != Layout::Wide {
            roles.extend([(&used.date, "date"), (&used.new_cases, "new_cases")]);
        }
        let guesses: Vec<&String> = self
            .proposal
            .guessed
            .iter()
            .map(|at| &header[*at])
            .collect();
        let mut notices = Vec::new();
        for (name, meaning) in &roles {
            if columns::key(name) != *meaning && !guesses.contains(name) {
                notices.push(
                    Problem::warning(
                        Code::RecognisedColumn,
                        format!("`{}` is read as {meaning}", shown(name)),
                        "choose another column if that is wrong",
                    )
                    .in_column(name),
                );
            }
        }
        let dated = match self.reading.layout {
            Layout::Wide => self.dated(),
            _ => Vec::new(),
        };
        let also = [used.year.as_ref(), used.line.as_ref()];
        let ignored: Vec<String> = header
            .iter()
            .enumerate()
            .filter(|(at, name)| {
                !dated.contains(at)
                    && !name.is_empty()
                    && !also.contains(&Some(name))
                    && !roles.iter().any(|(used, _)| used == name)
            })
            .map(|(_, name)| name.clone())
            .collect();
        let (tenants, others): (Vec<_>, Vec<_>) = ignored
            .iter()
            .partition(|name| columns::role(name) == Role::Tenant);
        for name in tenants {
            notices.push(
                Problem::warning(
                    Code::IgnoredColumn,
                    format!(
                        "the column `{}` is ignored: every row goes to the department that uploads \
                         the file, whatever stands there",
                        shown(name)
                    ),
                    "remove the column if it was meant to send rows elsewhere",
                )
                .in_column(name),
            );
        }
        if !others.is_empty() {
            let names: Vec<_> = others
                .iter()
                .take(12)
                .map(|name| format!("`{}`", shown(name)))
                .collect();
            notices.push(Problem::warning(
                Code::IgnoredColumn,
                format!("nothing is read from {}", names.join(", ")),
                "",
            ));
        }
        self.notices.extend(notices);
        ignored
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

fn word(form: DateForm) -> &'static str {
    match form {
        DateForm::YearMonthDay => "year_month_day",
        DateForm::DayMonthYear => "day_month_year",
        DateForm::MonthDayYear => "month_day_year",
        DateForm::ExcelSerial => "excel_serial",
        DateForm::Week => "week",
    }
}

fn weekday_name(weekday: chrono::Weekday) -> &'static str {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match weekday {
        Mon => "Monday",
        Tue => "Tuesday",
        Wed => "Wednesday",
        Thu => "Thursday",
        Fri => "Friday",
        Sat => "Saturday",
        Sun => "Sunday",
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
