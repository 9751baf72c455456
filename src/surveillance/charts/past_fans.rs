//! Past forecasts over what happened: a fan from each of some moments, four weeks long.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Canvas, Drawn, Picture, Point};
use super::colour::Role;
use super::fan::{self, FanDay};
use super::heading::{self, Swatch};
use super::{DateAxis, PlotArea, Size, ValueAxis, drawable, svg};

/// A forecast of weekly totals as it was made at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct PastFan {
    /// The last day it knew.
    pub origin: NaiveDate,
    /// The weeks ahead, by the day they end with.
    pub weeks: Vec<FanDay>,
}

/// The chart, ready to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct PastFans<'a> {
    /// Drawn above the chart and read aloud first.
    pub title: &'a str,
    /// What the chart shows, in words.
    pub description: &'a str,
    /// The forecasts, oldest first.
    pub fans: &'a [PastFan],
    /// What happened: cases of the seven days that end with each day, oldest first.
    pub happened: &'a [(NaiveDate, f64)],
}

impl PastFans<'_> {
    /// The chart as an `<svg>` to put into a page. `id` must be unique there.
    pub fn svg(&self, size: Size, id: &str) -> String {
        svg::render(self, size, id, self.title, self.description)
    }

    /// A fan's days, from what was known when it began where that is known.
    fn days(&self, fan: &PastFan) -> Vec<FanDay> {
        let known = self.happened.iter().find(|(date, _)| *date == fan.origin);
        let start = known.map(|&(date, value)| FanDay::known(date, value));
        start.into_iter().chain(fan.weeks.iter().copied()).collect()
    }
}

impl Picture for PastFans<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let mut legend = fan::legend("forecast").to_vec();
        let words = "what happened, weekly cases".to_owned();
        legend.push((Swatch::Dot(Role::Mean.colour()), words));
        let top = heading::draw(self.title, &legend, canvas)? + 8.0;
        let area = PlotArea::below(top, canvas.width(), canvas.height());
        let ends = self.fans.iter().flat_map(|fan| {
            let weeks = fan.weeks.iter().map(|week| week.date);
            weeks.chain([fan.origin])
        });
        let happened = self.happened.iter().map(|(date, _)| *date);
        let Some(days) = DateAxis::of(ends.chain(happened), 1, area) else {
            return Ok(());
        };
        let highest = self
            .happened
            .iter()
            .filter_map(|(_, value)| drawable(Some(*value)))
            .fold(0.0, f64::max);
        let weeks = self.fans.iter().flat_map(|fan| fan.weeks.iter().copied());
        let axis = ValueAxis::linear(0.0, fan::room(weeks, highest), true, area);
        axis.draw(area, canvas)?;
        for fan in self.fans {
            fan::draw(&self.days(fan), |date| days.x(date), &axis, canvas)?;
        }
        let points: Vec<Point> = self
            .happened
            .iter()
            .filter_map(|(date, value)| Some((days.x(*date), axis.y(drawable(Some(*value))?))))
            .collect();
        for point in points {
            canvas.dot(point, 2.5, Role::Mean.colour())?;
        }
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
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn fan(origin: NaiveDate, values: [f64; 4]) -> PastFan {
        let week = |(ahead, value): (i64, f64)| FanDay {
            date: origin + TimeDelta::days(7 * ahead),
            median: value,
            half: (value * 0.9, value * 1.1),
            most: (value * 0.8, value * 1.2),
            nearly_all: (value * 0.5, value * 2.0),
        };
        PastFan {
            origin,
            weeks: (1..).zip(values).map(week).collect(),
        }
    }

    fn drawn(fans: &[PastFan], happened: &[(NaiveDate, f64)]) -> String {
        let chart = PastFans {
            title: "Past forecasts",
            description: "",
            fans,
            happened,
        };
        let svg = chart.svg(Size::new(960, 320), "past");
        well_formed(&svg).expect("well-formed");
        svg
    }

    #[test]
    fn each_fan_has_its_bands() {
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
        let fans = [
            fan(first, [10.0, 12.0, 14.0, 16.0]),
            fan(first + TimeDelta::days(28), [20.0; 4]),
        ];
        let svg = drawn(&fans, &[(first, 9.0), (first + TimeDelta::days(7), 11.0)]);
        assert_eq!(elements(&svg, "<path fill=\"#BCDCC9\"").len(), 3);
        assert!(svg.contains("what happened"));
        drawn(&[], &[]);
    }

    proptest! {
        #[test]
        fn whatever_was_forecast_can_be_drawn(
            values in prop::collection::vec(any::<[f64; 4]>(), 0..20),
            happened in prop::collection::vec(any::<f64>(), 0..60),
        ) {
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
            let fans: Vec<PastFan> = (0..)
                .zip(values)
                .map(|(at, values)| fan(first + TimeDelta::days(28 * at), values))
                .collect();
            let happened: Vec<_> = first.iter_days().step_by(7).zip(happened).collect();
            let svg = drawn(&fans, &happened);
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
