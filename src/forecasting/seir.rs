//! A deterministic SEIR model with waning immunity and time-varying transmission.
//!
//! With the shares `s + e + i + r = 1` of a well-mixed population (Keeling & Rohani 2008,
//! *Modeling Infectious Diseases in Humans and Animals*, ch. 2):
//!
//! ```text
//! ds/dt = -beta s i + r / immunity_days
//! de/dt =  beta s i - e / latent_days
//! di/dt =  e / latent_days - i / infectious_days
//! dr/dt =  i / infectious_days - r / immunity_days
//! ```
//!
//! Shares rather than persons, so that the model needs no population size: multiply by the
//! population and by the share of cases that get reported to compare with observations.

/// Steps per day. The splitting error falls with its square; at 10 it moves the growth rate
/// by about two parts in ten thousand.
const STEPS_PER_DAY: u32 = 10;

/// The length of a step, in days.
const STEP_DAYS: f64 = 1.0 / STEPS_PER_DAY as f64;

/// How long each stage of the infection lasts, on average, in days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// From infection to being infectious.
    pub latent_days: f64,
    /// From becoming infectious to no longer being so.
    pub infectious_days: f64,
    /// From recovery to being susceptible again; infinite where immunity is for life.
    pub immunity_days: f64,
}

impl Parameters {
    /// COVID-19: latent 3 days (Bar-On et al. 2020, doi:10.7554/eLife.57309), infectious
    /// 5 days (Hakki et al. 2022, doi:10.1016/S2213-2600(22)00226-0), reinfection after
    /// 16 months (Townsend et al. 2021, doi:10.1016/S2666-5247(21)00219-6).
    ///
    /// The papers give medians, the last from related coronaviruses; they stand in for means.
    pub const COVID_19: Self = Self {
        latent_days: 3.0,
        infectious_days: 5.0,
        immunity_days: 487.0,
    };
}

/// The model's state, on scales that run from minus to plus infinity.
///
/// A filter may add anything to these and still get a population that makes sense: no
/// share below zero, no transmission rate below zero, nothing to clamp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// `ln(s / (1 - s))` of the susceptible share.
    pub logit_susceptible: f64,
    /// `ln e` of the share infected and not yet infectious.
    pub log_exposed: f64,
    /// `ln i` of the infectious share.
    pub log_infectious: f64,
    /// `ln beta`; `beta` is the number of contacts per day that would pass the infection on.
    pub log_beta: f64,
}

impl State {
    /// The variables' names, in the order of [`to_array`](Self::to_array).
    pub const NAMES: [&'static str; 4] = [
        "logit_susceptible",
        "log_exposed",
        "log_infectious",
        "log_beta",
    ];

    /// The state with these shares (each strictly between 0 and 1) and this `beta` per day.
    pub fn new(susceptible: f64, exposed: f64, infectious: f64, beta: f64) -> Self {
        Self {
            logit_susceptible: (susceptible / (1.0 - susceptible)).ln(),
            log_exposed: exposed.ln(),
            log_infectious: infectious.ln(),
            log_beta: beta.ln(),
        }
    }

    /// The variables in the order of [`NAMES`](Self::NAMES).
    pub fn to_array(self) -> [f64; 4] {
        [
            self.logit_susceptible,
            self.log_exposed,
            self.log_infectious,
            self.log_beta,
        ]
    }

    /// The inverse of [`to_array`](Self::to_array).
    pub fn from_array(values: [f64; 4]) -> Self {
        let [logit_susceptible, log_exposed, log_infectious, log_beta] = values;
        Self {
            logit_susceptible,
            log_exposed,
            log_infectious,
            log_beta,
        }
    }

    /// The effective reproduction number, `beta s infectious_days`: how many people one
    /// infectious person infects if nothing changes.
    pub fn r_t(&self, parameters: &Parameters) -> f64 {
        self.log_beta.exp() * logistic(self.logit_susceptible).0 * parameters.infectious_days
    }

    /// Its logarithm.
    pub fn log_r_t(&self, parameters: &Parameters) -> f64 {
        let logit = self.logit_susceptible;
        let log_susceptible = logit.min(0.0) - (1.0 + (-logit.abs()).exp()).ln();
        self.log_beta + log_susceptible + parameters.infectious_days.ln()
    }

    /// Moves the state on by a day and gives the day's new cases: the share of the
    /// population that became infectious, a flow (`e` to `i`) and not a prevalence.
    ///
    /// Transmission stays what it was: change `log_beta` between days.
    pub fn advance(&mut self, parameters: &Parameters) -> f64 {
        let [new_cases] = advance_lanes([self], &Leaving::in_half_a_step(parameters));
        new_cases
    }
}

/// How many members are moved at once. The steps of one wait for each other; those of eight do
/// not, and a processor does two or four at a time.
const LANES: usize = 8;

/// Moves many states on by a day, each as [`State::advance`] does, and gives their new cases.
pub fn advance_all(states: &mut [State], parameters: &Parameters, new_cases: &mut [f64]) {
    let leaving = Leaving::in_half_a_step(parameters);
    let (lanes, rest) = states.as_chunks_mut::<LANES>();
    let (cases, rest_cases) = new_cases.as_chunks_mut::<LANES>();
    for (states, cases) in lanes.iter_mut().zip(cases) {
        *cases = advance_lanes(states.each_mut(), &leaving);
    }
    for (state, cases) in rest.iter_mut().zip(rest_cases) {
        [*cases] = advance_lanes([state], &leaving);
    }
}

fn advance_lanes<const N: usize>(states: [&mut State; N], leaving: &Leaving) -> [f64; N] {
    let mut shares = Shares::of(states.each_ref().map(|state| &**state));
    let beta = states.each_ref().map(|state| state.log_beta.exp());
    let mut new_cases = [0.0; N];
    for _ in 0..STEPS_PER_DAY {
        shares.step(&beta, leaving, &mut new_cases);
    }
    for (lane, state) in states.into_iter().enumerate() {
        // Not 1 - s: that loses its digits when nearly everybody is susceptible.
        let not_susceptible =
            shares.exposed[lane] + shares.infectious[lane] + shares.recovered[lane];
        state.logit_susceptible = (shares.susceptible[lane] / not_susceptible).ln();
        state.log_exposed = shares.exposed[lane].ln();
        state.log_infectious = shares.infectious[lane].ln();
    }
    new_cases
}

/// States as shares of the population, which flows between them conserve: a lane each.
struct Shares<const N: usize> {
    susceptible: [f64; N],
    exposed: [f64; N],
    infectious: [f64; N],
    /// What the others leave. Below zero if a filter's sampling error made them exceed 1.
    recovered: [f64; N],
}

impl<const N: usize> Shares<N> {
    fn of(states: [&State; N]) -> Self {
        let exposed = states.map(|state| state.log_exposed.exp());
        let infectious = states.map(|state| state.log_infectious.exp());
        let both = states.map(|state| logistic(state.logit_susceptible));
        let mut recovered = both.map(|(_, other)| other);
        for lane in 0..N {
            recovered[lane] -= exposed[lane] + infectious[lane];
        }
        Self {
            susceptible: both.map(|(susceptible, _)| susceptible),
            exposed,
            infectious,
            recovered,
        }
    }

    /// One step by Strang splitting (Hairer, Lubich & Wanner 2006, II.5): each flow is
    /// solved exactly while the others wait, and the order is mirrored about the middle.
    /// Second order, and unlike Runge-Kutta it keeps every share positive however large
    /// `beta` gets. Adds to the new cases.
    fn step(&mut self, beta: &[f64; N], leaving: &Leaving, new_cases: &mut [f64; N]) {
        for lane in 0..N {
            let mut susceptible = self.susceptible[lane];
            let mut exposed = self.exposed[lane];
            let mut infectious = self.infectious[lane];
            let mut recovered = self.recovered[lane];

            // Where sampling error left less than nobody immune, nobody's immunity wanes.
            let waning = recovered.max(0.0) * leaving.recovered;
            recovered -= waning;
            susceptible += waning;
            let recovering = infectious * leaving.infectious;
            infectious -= recovering;
            recovered += recovering;
            let before = exposed * leaving.exposed;
            exposed -= before;
            infectious += before;

            let infected = susceptible * share_infected(STEP_DAYS * beta[lane] * infectious);
            susceptible -= infected;
            exposed += infected;

            let after = exposed * leaving.exposed;
            exposed -= after;
            infectious += after;
            let recovering = infectious * leaving.infectious;
            infectious -= recovering;
            recovered += recovering;
            let waning = recovered.max(0.0) * leaving.recovered;
            recovered -= waning;
            susceptible += waning;

            new_cases[lane] += before + after;
            self.susceptible[lane] = susceptible;
            self.exposed[lane] = exposed;
            self.infectious[lane] = infectious;
            self.recovered[lane] = recovered;
        }
    }
}

/// `1 - exp(-hazard)` by the diagonal Padé approximant of second order, a division in place of
/// an exponential. Below 0.2, more than any epidemic infects in a tenth of a day, it errs by
/// less than 5e-7; beyond, it is wrong but still a share, between 0 and 1.
fn share_infected(hazard: f64) -> f64 {
    12.0 * hazard / (12.0 + hazard * (6.0 + hazard))
}

/// The share of each stage that moves on to the next within half a step.
struct Leaving {
    exposed: f64,
    infectious: f64,
    recovered: f64,
}

impl Leaving {
    fn in_half_a_step(parameters: &Parameters) -> Self {
        let half = STEP_DAYS / 2.0;
        Self {
            exposed: share_gone(half / parameters.latent_days),
            infectious: share_gone(half / parameters.infectious_days),
            recovered: share_gone(half / parameters.immunity_days),
        }
    }
}

/// The share that has left a stage after `hazard` (rate times duration): `1 - exp(-hazard)`.
fn share_gone(hazard: f64) -> f64 {
    -(-hazard).exp_m1()
}

/// `1 / (1 + exp(-x))`, and what it leaves of 1, both to the last digit.
fn logistic(x: f64) -> (f64, f64) {
    let smaller = (-x.abs()).exp();
    let larger = 1.0 / (1.0 + smaller);
    if x < 0.0 {
        (smaller * larger, larger)
    } else {
        (larger, smaller * larger)
    }
}

#[cfg(test)]
mod tests;
