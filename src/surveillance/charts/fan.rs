//! A fan: bands in which outcomes are expected, with the median through them.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Canvas, Drawn, Point};
use super::colour::Role;
use super::heading::Swatch;
use super::{ValueAxis, drawable};

/// What is expected of a day, or of the week that ends with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FanDay {
    /// The day.
    pub date: NaiveDate,
    /// As many outcomes are expected above as below.
    pub median: f64,
    /// From where to where 50 of 100 outcomes are expected.
    pub half: (f64, f64),
    /// From where to where 80 of 100 are.
    pub most: (f64, f64),
    /// From where to where 95 of 100 are.
    pub nearly_all: (f64, f64),
}

impl FanDay {
    /// A day on which it is known what happened: where a fan begins.
    pub fn known(date: NaiveDate, value: f64) -> Self {
        let nothing_open = (value, value);
        Self {
            date,
            median: value,
            half: nothing_open,
            most: nothing_open,
            nearly_all: nothing_open,
        }
    }
}

/// The highest value that the chart must have room for: all of the 80 % band, and as much of
/// the 95 % band as leaves that readable.
pub(super) fn room(days: impl Iterator<Item = FanDay> + Clone, observed: f64) -> f64 {
    /// How much higher than the rest the 95 % band may make the chart.
    const ROOM: f64 = 1.8;
    let highest = |of: fn(FanDay) -> f64| {
        let values = days.clone().filter_map(move |day| drawable(Some(of(day))));
        values.fold(0.0, f64::max)
    };
    let most = highest(|day| day.most.1.max(day.median)).max(observed);
    highest(|day| day.nearly_all.1).min(most * ROOM).max(most)
}

/// Draws the bands, the widest first, and the median over them. `x` is where a day stands.
pub(super) fn draw<DB: DrawingBackend>(
    days: &[FanDay],
    x: impl Fn(NaiveDate) -> f64,
    axis: &ValueAxis,
    canvas: &mut Canvas<'_, DB>,
) -> Drawn<DB> {
    type Ends = fn(&FanDay) -> (f64, f64);
    let bands: [(Role, Ends); 3] = [
        (Role::Fan95, |day| day.nearly_all),
        (Role::Fan80, |day| day.most),
        (Role::Fan50, |day| day.half),
    ];
    for (role, ends) in bands {
        band(days, &x, ends, axis, role, canvas)?;
    }
    line(days, &x, |day| day.median, axis, canvas)
}

/// A band between two values of each day.
pub(super) fn band<T: Dated, DB: DrawingBackend>(
    days: &[T],
    x: &impl Fn(NaiveDate) -> f64,
    ends: impl Fn(&T) -> (f64, f64),
    axis: &ValueAxis,
    role: Role,
    canvas: &mut Canvas<'_, DB>,
) -> Drawn<DB> {
    let edge = |day: &T, value: f64| -> Option<Point> {
        Some((x(day.date()), axis.y(drawable(Some(value))?)))
    };
    let upper = days.iter().filter_map(|day| edge(day, ends(day).1));
    let lower = days.iter().rev().filter_map(|day| edge(day, ends(day).0));
    let corners: Vec<Point> = upper.chain(lower).collect();
    match corners[..] {
        [] | [_] => Ok(()),
        // A single day has no width: it is given some.
        [(x, top), (_, bottom)] => canvas.rect((x - 2.0, top), (x + 2.0, bottom), role.colour()),
        _ => canvas.shape(&corners, role.colour()),
    }
}

/// The line through a value of each day.
pub(super) fn line<T: Dated, DB: DrawingBackend>(
    days: &[T],
    x: &impl Fn(NaiveDate) -> f64,
    value: impl Fn(&T) -> f64,
    axis: &ValueAxis,
    canvas: &mut Canvas<'_, DB>,
) -> Drawn<DB> {
    let points: Vec<Point> = days
        .iter()
        .filter_map(|day| Some((x(day.date()), axis.y(drawable(Some(value(day)))?))))
        .collect();
    let colour = Role::FanMedian.colour();
    match points[..] {
        [] => Ok(()),
        [(x, y)] => canvas.line(&[(x - 2.0, y), (x + 2.0, y)], colour, 2.0),
        _ => canvas.line(&points, colour, 2.0),
    }
}

/// What has a day.
pub(super) trait Dated {
    fn date(&self) -> NaiveDate;
}

impl Dated for FanDay {
    fn date(&self) -> NaiveDate {
        self.date
    }
}

/// What the colours of a fan mean.
pub(super) fn legend(whose: &str) -> [(Swatch, String); 4] {
    [
        (
            Swatch::Line(Role::FanMedian.colour()),
            format!("{whose}, median"),
        ),
        (Swatch::Fill(Role::Fan50.colour()), "50 %".to_owned()),
        (Swatch::Fill(Role::Fan80.colour()), "80 %".to_owned()),
        (Swatch::Fill(Role::Fan95.colour()), "95 %".to_owned()),
    ]
}
