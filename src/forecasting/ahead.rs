//! From what is believed today to what to expect of the next four weeks.

use rand_distr::{Distribution, Gamma, Poisson};

use super::{
    draws::Draws,
    quantiles::{Quantiles, of_sample},
    seir::{State, advance_all},
    settings::Settings,
    twin::{Twin, walk},
};

/// How many days ahead forecasts go.
pub const DAYS: usize = 28;

/// How many weeks that is.
pub const WEEKS: usize = DAYS / 7;

/// How many futures are drawn: enough that the 1 % quantile has ten of them below it.
const PATHS: usize = 1_000;

/// What to expect, by a model: quantiles of new cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Of each of the 28 days after the origin.
    pub days: Vec<Quantiles>,
    /// Of the weeks that end 7, 14, 21 and 28 days after it.
    pub weeks: [Quantiles; WEEKS],
    /// The probability that the second of those weeks has more cases than the week before the
    /// origin.
    pub rises: f64,
}

/// Draws futures from a place's model, each from one of its members, with transmission
/// walking on and cases reported with the noise that reports have, and counts them out.
///
/// A week's reports err together (a holiday, a laboratory that is behind), by a gamma number
/// of mean 1 and overdispersion [`Settings::week_overdispersion`]; given that, a day's count is
/// negative binomial with [`Settings::day_overdispersion`].
///
/// `cases` is how many reported cases a mean day brings for each share of the population that
/// becomes infectious, `factors` how the next seven days share a week, and `recent_week` what
/// the week before the origin had.
pub fn outlook(
    twin: &Twin,
    settings: &Settings,
    cases: f64,
    factors: &[f64; 7],
    recent_week: f64,
    draws: &mut Draws,
) -> Outlook {
    let mut states: Vec<State> = twin
        .states
        .iter()
        .copied()
        .cycle()
        .take(paths(twin))
        .collect();
    let parameters = settings.stages();
    let mut shares = vec![0.0; states.len()];
    let mut of_week = vec![1.0; states.len()];
    let mut weeks = vec![[0.0; WEEKS]; states.len()];
    let mut sample = vec![0.0; states.len()];
    let mut days = Vec::with_capacity(DAYS);
    for day in 0..DAYS {
        for state in &mut states {
            walk(state, settings, &parameters, draws);
        }
        advance_all(&mut states, &parameters, &mut shares);
        for (path, share) in shares.iter().enumerate() {
            if day % 7 == 0 {
                of_week[path] = overdispersed(1.0, settings.week_overdispersion, draws);
            }
            let mean = share * cases * factors[day % 7] * of_week[path];
            let reported = poisson(
                overdispersed(mean, settings.day_overdispersion, draws),
                draws,
            );
            sample[path] = reported;
            weeks[path][day / 7] += reported;
        }
        days.push(of_sample(&mut sample));
    }
    let more = weeks.iter().filter(|path| path[1] > recent_week).count();
    let rises = more as f64 / weeks.len() as f64;
    let weeks = std::array::from_fn(|week| {
        for (value, path) in sample.iter_mut().zip(&weeks) {
            *value = path[week];
        }
        of_sample(&mut sample)
    });
    Outlook { days, weeks, rises }
}

/// As many futures from each member, and not fewer than [`PATHS`].
fn paths(twin: &Twin) -> usize {
    let members = twin.states.len();
    members * PATHS.div_ceil(members.max(1))
}

/// A gamma number with this mean and the coefficient of variation `1 / sqrt(overdispersion)`.
fn overdispersed(mean: f64, overdispersion: f64, draws: &mut Draws) -> f64 {
    Gamma::new(overdispersion, mean / overdispersion).map_or(mean, |gamma| gamma.sample(draws))
}

fn poisson(mean: f64, draws: &mut Draws) -> f64 {
    // A mean of zero has no distribution, and a case count beyond that of all people who ever
    // lived is none.
    Poisson::new(mean).map_or(if mean > 1.0 { mean } else { 0.0 }, |poisson| {
        poisson.sample(draws)
    })
}
