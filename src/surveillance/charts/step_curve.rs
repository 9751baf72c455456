//! One value as it was known from day to day: level until it was revised.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Canvas, Drawn, Picture, Point};
use super::colour::Role;
use super::heading::{self, Swatch};
use super::{DateAxis, PlotArea, Size, ValueAxis, drawable, svg};

/// What was known, ready to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct StepCurve<'a> {
    /// Drawn above the chart and read aloud first.
    pub title: &'a str,
    /// What the chart shows, in words.
    pub description: &'a str,
    /// From which day on which value was known, oldest first; `None` where none was.
    pub steps: &'a [(NaiveDate, Option<f64>)],
    /// The day to which the last of them is drawn.
    pub until: NaiveDate,
}

impl StepCurve<'_> {
    /// The chart as an `<svg>` to put into a page. `id` must be unique there.
    pub fn svg(&self, size: Size, id: &str) -> String {
        svg::render(self, size, id, self.title, self.description)
    }
}

impl Picture for StepCurve<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let legend = [(Swatch::Step, "new cases, as known on".to_owned())];
        let top = heading::draw(self.title, &legend, canvas)? + 8.0;
        let area = PlotArea::below(top, canvas.width(), canvas.height());
        let dates = self.steps.iter().map(|(day, _)| *day);
        let Some(days) = DateAxis::of(dates.chain([self.until]), 1, area) else {
            return Ok(());
        };
        let values = || self.steps.iter().filter_map(|(_, value)| drawable(*value));
        let axis = ValueAxis::linear(
            values().fold(0.0, f64::min),
            values().fold(0.0, f64::max),
            true,
            area,
        );
        axis.draw(area, canvas)?;
        let foot = axis.foot();
        canvas.line(
            &[(area.left, foot), (area.right, foot)],
            Role::Axis.colour(),
            1.0,
        )?;

        let colour = Role::Bar.colour();
        let ends = self.steps.iter().skip(1).map(|(day, _)| *day);
        let mut before: Option<f64> = None;
        let mut marks: Vec<Point> = Vec::new();
        for ((day, value), end) in self.steps.iter().zip(ends.chain([self.until])) {
            let Some(y) = drawable(*value).map(|value| axis.y(value)) else {
                before = None;
                continue;
            };
            let (from, to) = (days.x(*day), days.x(end.max(*day)));
            let rise = before.map(|before| (from, before));
            let line: Vec<Point> = rise.into_iter().chain([(from, y), (to, y)]).collect();
            canvas.line(&line, colour, 2.0)?;
            marks.push((from, y));
            before = Some(y);
        }
        for mark in marks {
            canvas.dot(mark, 4.0, colour)?;
        }
        days.draw(area.bottom, canvas)
    }
}

#[cfg(test)]
mod tests {
    use super::super::well_formed::{elements, well_formed};
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn drawn(steps: &[(NaiveDate, Option<f64>)], until: NaiveDate) -> String {
        let curve = StepCurve {
            title: "1 March 2026",
            description: "Three revisions.",
            steps,
            until,
        };
        let svg = curve.svg(Size::new(600, 260), "steps");
        well_formed(&svg).expect("well-formed");
        svg
    }

    #[test]
    fn every_revision_is_marked() {
        let first: NaiveDate = "2026-03-01".parse().expect("a date");
        let day = |after| first + TimeDelta::days(after);
        let steps = [
            (day(0), Some(4.0)),
            (day(2), Some(9.0)),
            (day(5), None),
            (day(6), Some(8.0)),
        ];
        let svg = drawn(&steps, day(20));
        assert!(!elements(&svg, "<path fill=\"none\" stroke=\"#4682B4\"").is_empty());
        assert!(svg.contains(">10<"), "{svg}");
        drawn(&[], day(0));
    }

    proptest! {
        #[test]
        fn whatever_was_known_can_be_drawn(
            steps in prop::collection::vec((0..900_i64, any::<Option<f64>>()), 0..30),
            until in -5..900_i64,
        ) {
            let first: NaiveDate = "2026-03-01".parse().unwrap_or_default();
            let steps: Vec<_> = steps
                .into_iter()
                .map(|(day, value)| (first + TimeDelta::days(day), value))
                .collect();
            let svg = drawn(&steps, first + TimeDelta::days(until));
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
