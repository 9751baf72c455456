//! The flat line: the forecast that a better one has to beat.
//!
//! The baseline of the COVID-19 Forecast Hub (Cramer et al. 2022, doi:10.1073/pnas.2113561119):
//! the next weeks will be as the last. How sure that is says the past: the differences of
//! successive weeks, each with both signs, so that the median stays flat, added up week by week.

use rand::RngExt as _;

use super::{
    ahead::{DAYS, WEEKS},
    days::Series,
    draws::Draws,
    quantiles::{Quantiles, of_sample},
};

/// How many weeks must be known before the differences between them say anything.
pub const ENOUGH_WEEKS: usize = 5;

/// How many futures are drawn.
const PATHS: usize = 1_000;

/// The flat line's forecast of weeks and days.
#[derive(Debug, Clone, PartialEq)]
pub struct Flat {
    /// Of each of the 28 days after the origin.
    pub days: Vec<Quantiles>,
    /// Of the weeks that end 7, 14, 21 and 28 days after it.
    pub weeks: [Quantiles; WEEKS],
    /// The week that is carried on.
    pub recent_week: f64,
}

/// The flat line from the last day of a series. `factor` says how many times a mean day's cases
/// the day at an index is expected to bring, those after the series included. `None` where
/// fewer than [`ENOUGH_WEEKS`] weeks are known, or the last is not.
pub fn flat(
    series: &Series,
    factor: impl Fn(usize) -> f64 + Copy,
    draws: &mut Draws,
) -> Option<Flat> {
    let last = series.days.len().checked_sub(1)?;
    let weeks: Vec<Option<f64>> = (0..=last / 7)
        .map(|back| series.week(last - 7 * back, factor))
        .collect();
    let recent_week = weeks.first().copied().flatten()?.max(0.0);
    if weeks.iter().flatten().count() < ENOUGH_WEEKS {
        return None;
    }
    let differences: Vec<f64> = weeks
        .windows(2)
        .filter_map(|pair| Some(pair[0]? - pair[1]?))
        .flat_map(|difference| [difference, -difference])
        .collect();
    if differences.is_empty() {
        return None;
    }
    // Each with its mirror image, so that the median is flat however few differences there are.
    let mut paths = vec![0.0; PATHS / 2];
    let weeks = std::array::from_fn(|_| {
        for path in &mut paths {
            *path += differences[draws.random_range(0..differences.len())];
        }
        let mut both: Vec<f64> = paths.iter().flat_map(|path| [*path, -path]).collect();
        around(recent_week, &mut both)
    });
    let days = (1..=DAYS)
        .map(|ahead| {
            let expected = recent_week / 7.0 * factor(last + ahead);
            around(expected, &mut residuals(series, factor, ahead))
        })
        .collect();
    Some(Flat {
        days,
        weeks,
        recent_week,
    })
}

/// How far days were from what the week that ended `ahead` days before them would have said,
/// with both signs. Of a place that counts no days, nothing: then a day is a certain share of
/// its week.
fn residuals(series: &Series, factor: impl Fn(usize) -> f64 + Copy, ahead: usize) -> Vec<f64> {
    let mut residuals: Vec<f64> = (6 + ahead..series.days.len())
        .filter_map(|day| {
            let week = series.week(day - ahead, factor)?;
            Some(series.expected(day)? - week / 7.0 * factor(day))
        })
        .flat_map(|residual| [residual, -residual])
        .collect();
    if residuals.is_empty() {
        residuals.push(0.0);
    }
    residuals
}

/// The quantiles of `deviations` about `expected`, none below zero. The deviations come with
/// both signs, so the median is `expected` itself.
fn around(expected: f64, deviations: &mut [f64]) -> Quantiles {
    of_sample(deviations).map(|quantile| (expected + quantile).max(0.0))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::forecasting::{
        days::{Count, Day},
        draws::draws,
        quantiles::MEDIAN,
    };

    fn series(cases: &[f64]) -> Series {
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let days = cases
            .iter()
            .map(|cases| Day::Counted(Count::complete(*cases)));
        Series::new(first, days.collect()).expect("days")
    }

    fn made(cases: &[f64]) -> Option<Flat> {
        let series = series(cases);
        flat(
            &series,
            |_| 1.0,
            &mut draws(1, "north", series.origin(), "flat"),
        )
    }

    #[test]
    fn weeks_that_never_changed_never_will() {
        let flat = made(&[2.0; 42]).expect("a flat line");
        assert_eq!(flat.weeks, [[14.0; 23]; 4]);
        assert_eq!(flat.days, vec![[2.0; 23]; 28]);
    }

    /// Weeks of 70 and 140 in turn: the next differs by 70, one way or the other, and the one
    /// after by 140 or nothing.
    #[test]
    fn the_median_is_flat_and_the_spread_that_of_the_weeks_before() {
        let cases: Vec<f64> = (0..70)
            .map(|day| if day / 7 % 2 == 0 { 20.0 } else { 10.0 })
            .collect();
        let flat = made(&cases).expect("a flat line");
        for week in &flat.weeks {
            assert_eq!(week[MEDIAN], 70.0);
        }
        assert_eq!((flat.weeks[0][0], flat.weeks[0][22]), (0.0, 140.0));
        assert_eq!(flat.weeks[1][22], 210.0);
        // One path in 16 goes up four times.
        assert_eq!(flat.weeks[3][20], 350.0);
    }

    #[test]
    fn too_few_weeks_say_nothing() {
        assert_eq!(made(&[2.0; 34]), None);
        assert!(made(&[2.0; 35]).is_some());
    }
}
