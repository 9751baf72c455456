//! Files as departments send them, from their first byte to their last row.

mod properties;
mod shapes;
mod torture;
mod workbooks;

use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::*;

/// All that a file gives.
#[derive(Debug)]
struct Outcome {
    received: Received,
    survey: Survey,
    rows: Vec<Row>,
    problems: Vec<Problem>,
    findings: Findings,
    refused: String,
}

impl Outcome {
    fn codes(&self) -> Vec<(Option<u64>, Code)> {
        self.problems
            .iter()
            .map(|problem| (problem.line, problem.code))
            .collect()
    }

    fn topics(&self) -> Vec<Topic> {
        self.survey
            .questions
            .iter()
            .map(|question| question.topic)
            .collect()
    }

    fn sum(&self) -> i64 {
        let counts = self.rows.iter().map(|row| match row.value {
            Value::Count(number) => i64::from(number),
            Value::Suppressed => 0,
        });
        counts.sum()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn context(ids: &[&str]) -> Context {
    let known = |id: &&str| KnownLocation {
        id: (*id).into(),
        name: format!("District {id}"),
        recent_max: None,
        stored: Stored::default(),
    };
    Context {
        locations: ids.iter().map(known).collect(),
        today: day("2026-11-23"),
        as_of: day("2026-11-23"),
    }
}

/// The text that is kept, and what is known of it.
fn receive(bytes: &[u8], piece: usize) -> Result<(String, Received), FileFault> {
    let mut reception = Reception::new();
    let mut text = String::new();
    for piece in bytes.chunks(piece.max(1)) {
        text.push_str(&reception.push(piece)?);
    }
    let received = reception.finish()?;
    text.push_str(&received.rest);
    Ok((text, received))
}

/// Reads a file as it is proposed, with some answers given.
fn read(bytes: &[u8], context: &Context, answers: &[(Topic, &str)]) -> Result<Outcome, FileFault> {
    let (text, received) = receive(bytes, 1000)?;
    let mut survey = Survey::of(text.as_bytes(), received.line_list.as_ref(), None)?;
    for (topic, value) in answers {
        assert_eq!(survey.reading.answer(*topic, value), Ok(()));
    }
    let reading = survey.reading.clone();
    let index = Index::of(|| Ok(text.as_bytes()), &reading, context)?;
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let findings = read_rows(text.as_bytes(), &reading, context, &index, |found| {
        match found {
            Found::Row(row) => rows.push(row),
            Found::Problem(problem) => problems.push(problem),
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(findings.rows, rows.len() as u64);
    let mut refused = Vec::new();
    let written = write_refused(text.as_bytes(), &reading, context, &index, &mut refused)?;
    assert_eq!(written == 0, findings.refused() == 0);
    Ok(Outcome {
        received,
        survey,
        rows,
        problems,
        findings,
        refused: String::from_utf8(refused).expect("UTF-8"),
    })
}
