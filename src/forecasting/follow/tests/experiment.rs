//! The twin experiment: the filter follows an epidemic that the same model made, whose truth is
//! known, and its forecasts must be as sure as they are right.

use rand_distr::{Distribution as _, Gamma, Poisson};

use super::*;
use crate::forecasting::{
    quantiles::level_of,
    seir::{Parameters, State},
};

const POPULATION: f64 = 1e6;
const REPORTING: f64 = 0.4;
const OVERDISPERSION: f64 = 30.0;

/// Days that are followed, and those that are forecast from the last.
const DAYS: usize = 120;
const AHEAD: [usize; 3] = [1, 7, 14];

/// The reproduction number of a day: an epidemic that is let go, stopped, and let go again.
fn r_t(day: usize) -> f64 {
    match day {
        ..40 => 1.4,
        40..80 => 0.8,
        _ => 1.2,
    }
}

/// An epidemic's reported cases, day by day.
fn epidemic(seed: u64) -> Vec<f64> {
    let mut draws = draws(seed, "an epidemic", first(), "truth");
    let mut state = State::new(0.989, 0.0005, 0.0008, 0.3);
    let stages = Parameters::COVID_19;
    let day = |day| {
        state.log_beta += r_t(day).ln() - state.r_t(&stages).ln();
        let mean = state.advance(&stages) * REPORTING * POPULATION;
        let gamma = Gamma::new(OVERDISPERSION, mean / OVERDISPERSION).expect("a mean");
        let poisson = Poisson::new(gamma.sample(&mut draws)).expect("a mean");
        poisson.sample(&mut draws)
    };
    (0..DAYS + 14).map(day).collect()
}

/// How sure and how right the forecasts of a filter with this walk were.
#[derive(Debug, Default)]
struct Calibration {
    /// Of each of [`AHEAD`], the share of outcomes in the 90 % interval.
    coverage: [f64; 3],
    /// The mean level at which outcomes stood.
    pit: [f64; 3],
    /// The root of the mean squared error of the median of `R_t`, from the third week on.
    r_t_error: f64,
}

fn experiment(walk: f64, seeds: u64) -> Calibration {
    let mut sums = Calibration::default();
    let (mut forecasts, mut days) = (0.0, 0.0);
    for seed in 0..seeds {
        let cases = epidemic(seed);
        let settings = Settings {
            seed,
            walk,
            reporting: REPORTING,
            day_overdispersion: OVERDISPERSION,
            // The weeks of this epidemic err no further than their days do.
            week_overdispersion: 1e5,
            ..Settings::default()
        };
        let baseline = drawn(&settings);
        let mut follower = Follower::new("x", Some(POPULATION), &settings, &baseline);
        for end in (35..=DAYS).step_by(5) {
            let days_known = cases[..end].iter().copied().map(counted).collect();
            follower.follow(series(days_known)).expect("an observation");
            for (date, r) in follower.r_t() {
                let day = usize::try_from((*date - first()).num_days()).expect("a day");
                if day >= 20 {
                    sums.r_t_error += (r[2] - r_t(day)).powi(2);
                    days += 1.0;
                }
            }
            let ahead = follower.ahead().expect("a forecast");
            forecasts += 1.0;
            for (at, days) in AHEAD.into_iter().enumerate() {
                let (quantiles, cases) = (&ahead.twin.days[days - 1], cases[end + days - 1]);
                sums.coverage[at] += f64::from((quantiles[2]..=quantiles[20]).contains(&cases));
                sums.pit[at] += level_of(quantiles, cases);
            }
        }
    }
    Calibration {
        coverage: sums.coverage.map(|sum| sum / forecasts),
        pit: sums.pit.map(|sum| sum / forecasts),
        r_t_error: (sums.r_t_error / days).sqrt(),
    }
}

/// Whether intervals hold about as much as they say.
fn is_calibrated(found: &Calibration) -> bool {
    found
        .coverage
        .iter()
        .all(|coverage| (0.86..=0.94).contains(coverage))
}

#[test]
fn forecasts_are_as_sure_as_they_are_right() {
    let found = experiment(Settings::default().walk, 60);
    assert!(is_calibrated(&found), "{found:?}");
    for pit in found.pit {
        assert!((0.45..=0.55).contains(&pit), "{found:?}");
    }
    assert!(found.r_t_error <= 0.20, "{found:?}");
}

/// A check that any filter passes would say nothing.
#[test]
fn a_walk_that_is_much_too_small_or_too_large_is_found_out() {
    for walk in [0.02, 0.2] {
        let found = experiment(walk, 20);
        assert!(!is_calibrated(&found), "{walk}: {found:?}");
    }
}
