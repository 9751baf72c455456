//! What is asked about the columns and the numbers, and what is said of them.

use super::super::{
    Code, Counting, Layout, Problem, Topic, columns, columns::Role, problem::shown,
    proposal::Proposal,
};
use super::{Surveyor, answer};

impl Surveyor<'_> {
    pub(super) fn ask_layout(&mut self) {
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
    pub(super) fn ask_columns(&mut self) {
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

    pub(super) fn ask_counting(&mut self) {
        if self.line_list.is_some() {
            return;
        }
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
    pub(super) fn note_columns(&mut self) -> Vec<String> {
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
