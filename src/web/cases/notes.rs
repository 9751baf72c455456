//! Dated notes beside the chart that marks them by number.

use leptos::prelude::*;

use super::{Cases, CasesQuery};
use crate::{
    surveillance::{annotation::Annotation, charts::Note, charts::Step, series::Point},
    web::words,
};

/// The marks of `notes`, numbered from 1.
pub fn marks(notes: &[Annotation]) -> Vec<Note> {
    (1..)
        .zip(notes)
        .map(|(number, note)| Note {
            number,
            first_day: note.first_day,
            last_day: note.last_day,
        })
        .collect()
}

/// The list that the marks refer to.
pub fn list(cases: &Cases) -> impl IntoView + use<> {
    let items: Vec<_> = cases
        .notes
        .iter()
        .map(|note| {
            let place = place(note, cases).map(|name| format!(", {name}"));
            let days = words::days(note.first_day, note.last_day);
            view! {
                <li>
                    <strong>{note.kind.words()}</strong>{format!(", {days}")}{place}": "{note.text.clone()}
                    {note.excluded_from_fitting.then_some(" (left out when models are fitted)")}
                </li>
            }
        })
        .collect();
    (!items.is_empty()).then(|| {
        view! { <section class="notes" aria-label="Notes on the chart"><ol>{items}</ol></section> }
    })
}

/// Where another is written.
pub fn form_for(typed: &CasesQuery) -> String {
    match &typed.locations[..] {
        [one] => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            format!(
                "/data/annotations?{}",
                query.append_pair("location", one).finish()
            )
        }
        _ => "/data/annotations".to_owned(),
    }
}

/// All notes in words, for a chart that leaves the page and the list on it.
pub fn in_words(cases: &Cases) -> String {
    (1..)
        .zip(&cases.notes)
        .map(|(number, note)| {
            let days = words::days(note.first_day, note.last_day);
            let place = place(note, cases).map(|name| format!(", {name}"));
            format!(
                " Note {number}: {}, {days}{}: {}.",
                note.kind.words(),
                place.unwrap_or_default(),
                note.text.trim_end_matches('.')
            )
        })
        .collect()
}

/// What the notes say of a point, for a file: `Outage: Power cut; Holiday: Easter`. It begins
/// with a kind, so no spreadsheet takes it for a formula.
pub fn of_point(cases: &Cases, point: &Point) -> String {
    let days = match cases.step {
        Step::Day => 0,
        Step::IsoWeek => 6,
    };
    let last = point.date + chrono::TimeDelta::days(days);
    let notes: Vec<String> = cases
        .notes
        .iter()
        .filter(|note| note.first_day <= last && note.last_day >= point.date)
        .map(|note| {
            let place = place(note, cases).map(|name| format!(", {name}"));
            format!(
                "{}{}: {}",
                note.kind.words(),
                place.unwrap_or_default(),
                note.text
            )
        })
        .collect();
    notes.join("; ")
}

/// The name of the one place that a note concerns.
fn place(note: &Annotation, cases: &Cases) -> Option<String> {
    let id = note.location_id.as_deref()?;
    let known = cases.locations.iter().find(|place| place.location_id == id);
    Some(known.map_or_else(|| id.to_owned(), |place| place.name.clone()))
}
