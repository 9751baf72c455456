//! Numbered marks of dated notes over the plot. What they say is listed below the chart.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, Canvas, Drawn, Lettering};
use super::colour::Role;
use super::{DateAxis, PlotArea};

/// The room a row of marks takes over the plot, in pixels.
pub(super) const ROW: f64 = 22.0;
const RADIUS: f64 = 8.0;
const APART: f64 = 18.0;

/// A dated note, by its number in the list below the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Its number.
    pub number: usize,
    /// The first day it concerns.
    pub first_day: NaiveDate,
    /// The last day it concerns.
    pub last_day: NaiveDate,
}

/// Draws a mark over the first day of each note that the chart has room for, a line down from
/// it, and a strip along the days it concerns. `above` is how far over the plot marks stand.
pub(super) fn draw<DB: DrawingBackend>(
    notes: &[Note],
    days: &DateAxis,
    area: PlotArea,
    above: f64,
    canvas: &mut Canvas<'_, DB>,
) -> Drawn<DB> {
    let marks = place(notes, days, area);
    let (colour, y) = (Role::Note.colour(), area.top - above - RADIUS);
    let half = days.pitch() / 2.0;
    for (note, x, _) in &marks {
        canvas.line(&[(*x, area.top), (*x, area.bottom)], colour, 1.0)?;
        let last = days.x(note.last_day);
        if last > *x {
            let strip = ((x - half).max(area.left), (last + half).min(area.right));
            canvas.rect((strip.0, area.top - 1.5), (strip.1, area.top + 1.5), colour)?;
        }
    }
    for (_, x, mark) in &marks {
        canvas.line(&[(*mark, y + RADIUS), (*x, area.top)], colour, 1.0)?;
    }
    for (_, _, mark) in &marks {
        canvas.dot((*mark, y), RADIUS, colour)?;
    }
    let lettering = Lettering {
        size: 11.0,
        bold: true,
        colour: Role::OnNote.colour(),
    };
    for (note, _, mark) in &marks {
        let number = note.number.to_string();
        canvas.text(&number, (*mark, y + 4.0), Anchor::Middle, lettering)?;
    }
    Ok(())
}

/// Each note with where its day is and where its mark stands: beside the mark before, where
/// their days are too close.
fn place(notes: &[Note], days: &DateAxis, area: PlotArea) -> Vec<(Note, f64, f64)> {
    let mut notes = notes.to_vec();
    notes.sort_by_key(|note| (note.first_day, note.number));
    let mut free = area.left;
    let mut marks = Vec::new();
    for note in notes {
        // More than two digits do not fit into the mark.
        if note.number > 99 {
            continue;
        }
        let x = days.x(note.first_day);
        let mark = x.max(free);
        if mark > area.right {
            break;
        }
        free = mark + APART;
        marks.push((note, x, mark));
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn marks_of_neighbouring_days_stand_side_by_side() {
        let area = PlotArea::below(40.0, 960.0, 300.0);
        let dates = [day("2026-01-01"), day("2026-03-31")];
        let days = DateAxis::of(dates.into_iter(), 1, area).expect("an axis");
        let notes: Vec<Note> = ["2026-02-02", "2026-02-01", "2026-03-31"]
            .into_iter()
            .zip(1..)
            .map(|(first, number)| Note {
                number,
                first_day: day(first),
                last_day: day(first),
            })
            .collect();
        let marks = place(&notes, &days, area);
        let numbers: Vec<_> = marks.iter().map(|(note, ..)| note.number).collect();
        assert_eq!(numbers, [2, 1, 3]);
        assert!(marks.windows(2).all(|two| two[1].2 - two[0].2 >= APART));
        assert_eq!(marks[0].1, marks[0].2);
    }

    #[test]
    fn more_marks_than_there_is_room_for_are_left_to_the_list() {
        let area = PlotArea::below(40.0, 300.0, 300.0);
        let dates = [day("2026-01-01"), day("2026-03-31")];
        let days = DateAxis::of(dates.into_iter(), 1, area).expect("an axis");
        let notes: Vec<Note> = (1..200)
            .map(|number| Note {
                number,
                first_day: day("2026-02-01"),
                last_day: day("2026-02-01"),
            })
            .collect();
        let marks = place(&notes, &days, area);
        assert!(!marks.is_empty() && marks.iter().all(|mark| mark.2 <= area.right));
    }
}
