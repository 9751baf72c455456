//! The effective reproduction number by day, with its bands and the line at 1.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Canvas, Drawn, Picture};
use super::colour::Role;
use super::fan::{self, Dated};
use super::heading::{self, Swatch};
use super::{DateAxis, PlotArea, Size, ValueAxis, drawable, svg};

/// The axis ends here: a band that reaches beyond says nothing that a number could.
const HIGHEST: f64 = 4.0;

/// What is believed of a day's effective reproduction number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReproductionDay {
    /// The day.
    pub date: NaiveDate,
    /// As likely above as below.
    pub median: f64,
    /// From where to where with probability 50 %.
    pub half: (f64, f64),
    /// From where to where with probability 95 %.
    pub nearly_all: (f64, f64),
}

impl Dated for ReproductionDay {
    fn date(&self) -> NaiveDate {
        self.date
    }
}

/// The curve, ready to be drawn. Days are in order.
#[derive(Debug, Clone, Copy)]
pub struct ReproductionCurve<'a> {
    /// Drawn above the chart and read aloud first.
    pub title: &'a str,
    /// What the chart shows, in words.
    pub description: &'a str,
    /// What is believed, by day.
    pub days: &'a [ReproductionDay],
}

impl ReproductionCurve<'_> {
    /// The chart as an `<svg>` to put into a page. `id` must be unique there.
    pub fn svg(&self, size: Size, id: &str) -> String {
        svg::render(self, size, id, self.title, self.description)
    }
}

impl Picture for ReproductionCurve<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let legend = [
            (
                Swatch::Line(Role::FanMedian.colour()),
                "R\u{209c}, median".to_owned(),
            ),
            (Swatch::Fill(Role::Fan50.colour()), "50 %".to_owned()),
            (Swatch::Fill(Role::Fan95.colour()), "95 %".to_owned()),
            (
                Swatch::Line(Role::Mean.colour()),
                "1: cases neither rise nor fall".to_owned(),
            ),
        ];
        let top = heading::draw(self.title, &legend, canvas)? + 8.0;
        let area = PlotArea::below(top, canvas.width(), canvas.height());
        let Some(days) = DateAxis::of(self.days.iter().map(|day| day.date), 1, area) else {
            return Ok(());
        };
        let highest = self
            .days
            .iter()
            .filter_map(|day| drawable(Some(day.nearly_all.1)))
            .fold(1.5, f64::max);
        let axis = ValueAxis::linear(0.0, highest.min(HIGHEST), false, area);
        axis.draw(area, canvas)?;
        let x = |date| days.x(date);
        let (outer, inner) = (Role::Fan95, Role::Fan50);
        fan::band(self.days, &x, |day| day.nearly_all, &axis, outer, canvas)?;
        fan::band(self.days, &x, |day| day.half, &axis, inner, canvas)?;
        let one = axis.y(1.0);
        canvas.line(
            &[(area.left, one), (area.right, one)],
            Role::Mean.colour(),
            1.0,
        )?;
        fan::line(self.days, &x, |day| day.median, &axis, canvas)?;
        let foot = axis.foot();
        canvas.line(
            &[(area.left, foot), (area.right, foot)],
            Role::Axis.colour(),
            1.0,
        )?;
        days.draw(area.bottom, canvas)
    }
}

#[cfg(test)]
mod tests {
    use super::super::well_formed::{elements, well_formed};
    use super::*;
    use proptest::prelude::*;

    fn drawn(values: &[[f64; 5]]) -> String {
        let first = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a date");
        let days: Vec<ReproductionDay> = first
            .iter_days()
            .zip(values)
            .map(|(date, &[a, b, c, d, e])| ReproductionDay {
                date,
                median: c,
                half: (b, d),
                nearly_all: (a, e),
            })
            .collect();
        let curve = ReproductionCurve {
            title: "Effective reproduction number",
            description: "Near 1.",
            days: &days,
        };
        let svg = curve.svg(Size::new(960, 300), "r");
        well_formed(&svg).expect("well-formed");
        svg
    }

    #[test]
    fn there_is_a_line_at_one_and_two_bands() {
        let svg = drawn(&[[0.7, 0.9, 1.0, 1.1, 1.4], [0.8, 0.9, 1.0, 1.1, 1.3]]);
        assert_eq!(elements(&svg, "<path fill=\"#E3EEE6\"").len(), 2);
        assert!(svg.contains(">1<") && svg.contains(">0.5<"), "{svg}");
        drawn(&[]);
        drawn(&[[1.0; 5]]);
    }

    proptest! {
        #[test]
        fn whatever_is_believed_can_be_drawn(values in prop::collection::vec(any::<[f64; 5]>(), 0..60)) {
            let svg = drawn(&values);
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
