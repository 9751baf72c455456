//! The fan chart: what was reported, and what is expected after it.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, Canvas, Drawn, Picture, Point, fit};
use super::colour::Role;
use super::columns::Columns;
use super::fan::{self, FanDay};
use super::heading::{self, Swatch};
use super::notes::{self, Note};
use super::plot_area::{LABEL_SIZE, LABELS};
use super::{
    Bar, ChartError, DateAxis, PlotArea, Scale, Size, Unit, ValueAxis, drawable, png, svg,
};

/// A fan chart, ready to be drawn. Dates may come in any order.
#[derive(Debug, Clone, Copy)]
pub struct FanChart<'a> {
    /// Drawn above the chart and read aloud first. Empty: not drawn.
    pub title: &'a str,
    /// What the chart shows, in words, for those who do not see it.
    pub description: &'a str,
    /// What was reported, by day. Days after `origin` are drawn over the fan, to compare.
    pub bars: &'a [Bar],
    /// What is expected of the days after `origin`.
    pub fan: &'a [FanDay],
    /// Whose forecast it is, for the legend: `forecast`.
    pub whose: &'a str,
    /// The last day that the forecast knew.
    pub origin: NaiveDate,
    /// Dated notes, marked by their number.
    pub notes: &'a [Note],
}

impl FanChart<'_> {
    /// The chart as an `<svg>` to put into a page. `id` must be unique there.
    pub fn svg(&self, size: Size, id: &str) -> String {
        svg::render(self, size, id, self.title, self.description)
    }

    /// The same chart as a PNG file of exactly `size`.
    pub fn png(&self, size: Size) -> Result<Vec<u8>, ChartError> {
        png::render(self, size)
    }

    fn dates(&self) -> impl Iterator<Item = NaiveDate> + Clone {
        let (bars, fan) = (self.bars.iter(), self.fan.iter());
        let ahead = fan.map(|day| day.date);
        bars.map(|bar| bar.date).chain(ahead).chain([self.origin])
    }

    /// What the forecast did not use: drawn as points.
    fn since(&self) -> impl Iterator<Item = (NaiveDate, f64)> {
        self.bars
            .iter()
            .filter(|bar| bar.date > self.origin)
            .filter_map(|bar| Some((bar.date, drawable(bar.value)?)))
    }

    /// The days that the forecast knew, with their own axis: its slots are as wide as those of
    /// the whole chart, and it ends where the forecast begins.
    fn known(&self, days: &DateAxis, area: PlotArea) -> Option<(Columns, PlotArea)> {
        let bars: Vec<Bar> = self
            .bars
            .iter()
            .filter(|bar| bar.date <= self.origin)
            .cloned()
            .collect();
        let right = days.x(self.origin) + days.pitch() / 2.0;
        let part = PlotArea { right, ..area };
        let (first, _) = days.ends();
        let axis = DateAxis::of([first, self.origin].into_iter(), 1, part)?;
        (!bars.is_empty()).then(|| (Columns::of(&bars, &axis, part), part))
    }
}

impl Picture for FanChart<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let across = PlotArea::below(0.0, canvas.width(), canvas.height());
        let Some(days) = DateAxis::of(self.dates(), 1, across) else {
            return Ok(());
        };
        let known = self.known(&days, across);
        let any = |holds: fn(&Bar) -> bool| {
            let mut bars = self.bars.iter().filter(|bar| bar.date <= self.origin);
            bars.any(holds)
        };
        let mut legend = vec![(Swatch::Bar, "Daily cases".to_owned())];
        if any(|bar| bar.mean.is_some()) {
            legend.push((Swatch::Mean, "7-day mean".to_owned()));
        }
        if known
            .as_ref()
            .is_some_and(|(columns, _)| columns.any(|column| !column.reported))
        {
            legend.push((Swatch::NotReported, "not reported".to_owned()));
        }
        if !self.fan.is_empty() {
            legend.extend(fan::legend(self.whose));
        }
        if self.since().next().is_some() {
            let words = "reported, not used".to_owned();
            legend.push((Swatch::Dot(Role::Mean.colour()), words));
        }
        let (first, last) = days.ends();
        let notes: Vec<Note> = self
            .notes
            .iter()
            .filter(|note| note.first_day <= last && note.last_day >= first)
            .copied()
            .collect();
        if !notes.is_empty() {
            legend.push((Swatch::Note, "note".to_owned()));
        }
        let named = 20.0;
        let above = named + if notes.is_empty() { 0.0 } else { notes::ROW };
        let top = heading::draw(self.title, &legend, canvas)? + above;
        let area = PlotArea::below(top, canvas.width(), canvas.height());

        let since = self.since().map(|(_, value)| value).fold(0.0, f64::max);
        let seen = known.as_ref().map(|(columns, part)| {
            let own = columns.axis(Unit::NewCases, Scale::Linear, *part);
            (own.low, own.high)
        });
        let (least, observed) = seen.unwrap_or((0.0, 0.0));
        let reported = self
            .bars
            .iter()
            .flat_map(|bar| [bar.value, bar.mean])
            .filter_map(drawable)
            .fold(0.0, f64::max);
        let most = fan::room(self.fan.iter().copied(), reported.max(since));
        let most = most.max(observed);
        let axis = ValueAxis::linear(least, most, true, area);

        if let Some((columns, _)) = &known {
            columns.draw_incomplete_bands(area, canvas)?;
        }
        axis.draw(area, canvas)?;
        fan::draw(self.fan, |date| days.x(date), &axis, canvas)?;
        notes::draw(&notes, &days, area, named, canvas)?;
        if let Some((columns, _)) = &known {
            columns.draw_bars(&axis, canvas)?;
            columns.draw_expected(&axis, canvas)?;
            columns.draw_mean(&axis, canvas)?;
        }
        for (date, value) in self.since() {
            canvas.dot((days.x(date), axis.y(value)), 2.5, Role::Mean.colour())?;
        }
        let foot = axis.foot();
        let zero: [Point; 2] = [(area.left, foot), (area.right, foot)];
        canvas.line(&zero, Role::Axis.colour(), 1.0)?;
        if let Some((columns, _)) = &known {
            columns.draw_not_reported(area, canvas)?;
        }
        self.draw_origin(&days, area, canvas)?;
        days.draw(area.bottom, canvas)
    }
}

impl FanChart<'_> {
    /// The line up to which it was known what happened.
    fn draw_origin<DB: DrawingBackend>(
        &self,
        days: &DateAxis,
        area: PlotArea,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        let x = days.x(self.origin) + days.pitch() / 2.0;
        let colour = Role::Axis.colour();
        canvas.line(&[(x, area.top - 18.0), (x, area.bottom)], colour, 1.5)?;
        let words = self.origin.format("known up to %-d %b").to_string();
        let words = fit(&words, LABEL_SIZE, canvas.width() - x - 6.0);
        let at = (x + 6.0, area.top - 8.0);
        canvas.text(&words, at, Anchor::Start, LABELS)
    }
}

#[cfg(test)]
mod tests {
    use super::super::well_formed::{elements, well_formed};
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn origin() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 30).expect("a date")
    }

    fn day(after: i64, middle: f64) -> FanDay {
        FanDay {
            date: origin() + TimeDelta::days(after),
            median: middle,
            half: (middle * 0.9, middle * 1.1),
            most: (middle * 0.7, middle * 1.4),
            nearly_all: (middle * 0.5, middle * 2.0),
        }
    }

    fn drawn(bars: &[Bar], fan: &[FanDay]) -> String {
        let chart = FanChart {
            title: "Daily cases, all locations",
            description: "Twelve weeks, and four ahead.",
            bars,
            fan,
            whose: "forecast",
            origin: origin(),
            notes: &[],
        };
        let svg = chart.svg(Size::new(960, 380), "fan");
        well_formed(&svg).expect("well-formed");
        svg
    }

    fn bars(last: i64) -> Vec<Bar> {
        (-55..=last)
            .map(|after| Bar::of(origin() + TimeDelta::days(after), Some(40.0)))
            .collect()
    }

    #[test]
    fn a_fan_has_three_bands_and_a_median() {
        let fan: Vec<FanDay> = (1..=28).map(|after| day(after, 50.0)).collect();
        let svg = drawn(&bars(0), &fan);
        for colour in ["#E3EEE6", "#BCDCC9", "#82BC9C"] {
            let shapes = elements(&svg, &format!("<path fill=\"{colour}\""));
            // In the plot, and in the legend.
            assert_eq!(shapes.len(), 2, "{colour}");
        }
        assert!(svg.contains(">known up to 30 Mar<") && svg.contains(">forecast, median<"));
        assert!(!svg.contains("not used") && !svg.contains("not reported"));
    }

    #[test]
    fn what_it_did_not_use_is_drawn_over_it() {
        let fan = [day(1, 50.0), day(2, 50.0)];
        let svg = drawn(&bars(2), &fan);
        assert!(svg.contains(">reported, not used<"));
    }

    #[test]
    fn a_band_that_runs_away_does_not_hide_the_rest() {
        let mut runaway = day(28, 50.0);
        runaway.nearly_all.1 = 1e9;
        let svg = drawn(&bars(0), &[day(1, 50.0), runaway]);
        assert!(!svg.contains("M<") && !svg.contains("bn<"), "{svg}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn whatever_comes_in_a_picture_comes_out(
            bars in prop::collection::vec((-400..400_i64, any::<Option<f64>>(), any::<bool>()), 0..90),
            fan in prop::collection::vec((-10..40_i64, any::<[f64; 7]>()), 0..40),
            (width, height) in (0..2_000_u32, 0..1_500_u32),
        ) {
            let bars: Vec<Bar> = bars
                .into_iter()
                .map(|(after, value, incomplete)| Bar {
                    incomplete,
                    mean: value,
                    ..Bar::of(origin() + TimeDelta::days(after), value)
                })
                .collect();
            let fan: Vec<FanDay> = fan
                .into_iter()
                .map(|(after, [a, b, c, d, e, f, g])| FanDay {
                    date: origin() + TimeDelta::days(after),
                    median: a,
                    half: (b, c),
                    most: (d, e),
                    nearly_all: (f, g),
                })
                .collect();
            let chart = FanChart {
                title: "t",
                description: "",
                bars: &bars,
                fan: &fan,
                whose: "forecast",
                origin: origin(),
                notes: &[],
            };
            let svg = chart.svg(Size::new(width, height), "fan");
            well_formed(&svg).map_err(TestCaseError::fail)?;
            prop_assert!(!svg.contains("inf") && !svg.contains("NaN"), "{svg}");
        }
    }
}
