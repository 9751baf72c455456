//! What an upload changes: bars as they will be, and a line where they were.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Canvas, Drawn, Picture};
use super::colour::Role;
use super::columns::Columns;
use super::heading::{self, Swatch};
use super::{Bar, DateAxis, PlotArea, Scale, Size, Step, Unit, svg};

/// New cases of a day, or of a week by its Monday, before and after an upload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revised {
    /// The day.
    pub date: NaiveDate,
    /// New cases as known before; `None` where nothing was.
    pub before: Option<f64>,
    /// New cases as known after.
    pub after: Option<f64>,
}

/// The chart of what an upload changes. Its id must be unique on its page.
pub fn revision_svg(
    title: &str,
    description: &str,
    days: &[Revised],
    step: Step,
    size: Size,
    id: &str,
) -> String {
    let bars = days
        .iter()
        .map(|day| Bar {
            mean: day.before,
            ..Bar::of(day.date, day.after)
        })
        .collect();
    svg::render(
        &Revision { title, bars, step },
        size,
        id,
        title,
        description,
    )
}

struct Revision<'a> {
    title: &'a str,
    /// A bar's mean is what it was before.
    bars: Vec<Bar>,
    step: Step,
}

impl Picture for Revision<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let across = PlotArea::below(0.0, canvas.width(), canvas.height());
        let slot_days = match self.step {
            Step::Day => 1,
            Step::IsoWeek => 7,
        };
        let dates = self.bars.iter().map(|bar| bar.date);
        let mut legend = vec![(Swatch::Bar, "after this upload".to_owned())];
        if self.bars.iter().any(|bar| bar.mean.is_some()) {
            legend.push((Swatch::Mean, "before".to_owned()));
        }
        let top = heading::draw(self.title, &legend, canvas)? + 8.0;
        let Some(days) = DateAxis::of(dates, slot_days, across) else {
            return Ok(());
        };
        let columns = Columns::of(&self.bars, &days, across);
        let area = PlotArea::below(top, canvas.width(), canvas.height());
        let axis = columns.axis(Unit::NewCases, Scale::Linear, area);
        axis.draw(area, canvas)?;
        columns.draw_bars(&axis, canvas)?;
        columns.draw_mean(&axis, canvas)?;
        let foot = axis.foot();
        let line = [(area.left, foot), (area.right, foot)];
        canvas.line(&line, Role::Axis.colour(), 1.0)?;
        days.draw(area.bottom, canvas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn what_was_and_what_will_be_are_told_apart() {
        let days = [
            Revised {
                date: day("2026-03-01"),
                before: Some(5.0),
                after: Some(7.0),
            },
            Revised {
                date: day("2026-03-02"),
                before: None,
                after: Some(9.0),
            },
        ];
        let size = Size::new(640, 300);
        let svg = revision_svg("Changes", "Two days.", &days, Step::Day, size, "revision");
        assert!(svg.contains(">after this upload<") && svg.contains(">before<"));
        let new: Vec<Revised> = days
            .iter()
            .map(|day| Revised {
                before: None,
                ..*day
            })
            .collect();
        let svg = revision_svg("Changes", "", &new, Step::Day, size, "revision");
        assert!(!svg.contains(">before<"));
        assert!(revision_svg("Changes", "", &[], Step::Day, size, "r").contains("Changes"));
    }
}
