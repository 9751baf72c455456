//! How the simulated infection moves through a department's locations.

use std::f64::consts::TAU;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::departments::{Department, Location};
use crate::forecasting::seir::{Parameters, State};

/// How far transmission rises above the year's average at its high, and falls below it at
/// its low: 0.1 is about a tenth.
const SEASONAL_AMPLITUDE: f64 = 0.1;

/// The days over which a new variant's share goes from 12 % to 50 %, and then to 88 %.
const TAKEOVER_DAYS: f64 = 14.0;

/// The share of the population that comes home infected each day: what keeps an infection
/// from dying out between waves.
const IMPORTED_PER_DAY: f64 = 4e-5;

/// New cases, reported or not, by location and day.
pub fn new_cases(department: &Department, days: usize, rng: &mut impl Rng) -> Vec<Vec<f64>> {
    // Behaviour changes for a whole department at once, and a little for each place alone.
    let everywhere = wander(0.07, days, rng);
    department
        .locations
        .iter()
        .map(|location| {
            let here = wander(0.03, days, rng);
            let behaviour = std::iter::zip(&everywhere, here).map(|(all, own)| all + own);
            run(department, location, days, behaviour)
        })
        .collect()
}

fn run(
    department: &Department,
    location: &Location,
    days: usize,
    behaviour: impl Iterator<Item = f64>,
) -> Vec<f64> {
    let parameters = Parameters::COVID_19;
    let beta = department.r_0 * location.contacts / parameters.infectious_days;
    let exposed = department.infectious * parameters.latent_days / parameters.infectious_days;
    let mut state = State::new(department.susceptible, exposed, department.infectious, beta);
    let log_beta = state.log_beta;
    behaviour
        .enumerate()
        .map(|(day, behaviour)| {
            let age = (days - 1 - day) as f64;
            state.log_beta =
                log_beta + season(department, age) + variants(department, age) + behaviour;
            let new_cases = state.advance(&parameters);
            state.log_exposed = (state.log_exposed.exp() + IMPORTED_PER_DAY).ln();
            new_cases * f64::from(location.population)
        })
        .collect()
}

/// The season's effect on the log of transmission, `age` days before the last day.
fn season(department: &Department, age: f64) -> f64 {
    SEASONAL_AMPLITUDE * (TAU * (age - department.high_age) / 365.25).cos()
}

/// The effect of the variants on the log of transmission, each replacing the one before
/// logistically.
fn variants(department: &Department, age: f64) -> f64 {
    let effect = |(takeover, advantage): &(f64, f64)| {
        let share = 1.0 / (1.0 + ((age - takeover) * 2.0 / TAKEOVER_DAYS).exp());
        (share * (advantage - 1.0)).ln_1p()
    };
    department.variants.iter().map(effect).sum()
}

/// A stationary first-order autoregression with this standard deviation, which forgets over
/// about a month.
fn wander(spread: f64, days: usize, rng: &mut impl Rng) -> Vec<f64> {
    let kept: f64 = (-1.0_f64 / 30.0).exp();
    let renewed = spread * (1.0 - kept * kept).sqrt();
    let mut value = spread * normal(rng);
    (0..days)
        .map(|_| {
            value = kept * value + renewed * normal(rng);
            value
        })
        .collect()
}

fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}
