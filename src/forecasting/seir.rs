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
        self.log_beta.exp() * logistic(self.logit_susceptible) * parameters.infectious_days
    }

    /// Moves the state on by a day and gives the day's new cases: the share of the
    /// population that became infectious, a flow (`e` to `i`) and not a prevalence.
    ///
    /// Transmission stays what it was: change `log_beta` between days.
    pub fn advance(&mut self, parameters: &Parameters) -> f64 {
        let mut shares = Shares::of(self);
        let beta = self.log_beta.exp();
        let leaving = Leaving::in_half_a_step(parameters);
        let new_cases = (0..STEPS_PER_DAY)
            .map(|_| shares.step(beta, &leaving))
            .sum();
        // Not 1 - s: that loses its digits when nearly everybody is susceptible.
        let not_susceptible = shares.exposed + shares.infectious + shares.recovered;
        self.logit_susceptible = (shares.susceptible / not_susceptible).ln();
        self.log_exposed = shares.exposed.ln();
        self.log_infectious = shares.infectious.ln();
        new_cases
    }
}

/// The same state as shares of the population, which flows between them conserve.
struct Shares {
    susceptible: f64,
    exposed: f64,
    infectious: f64,
    /// What the others leave. Below zero if a filter's sampling error made them exceed 1.
    recovered: f64,
}

impl Shares {
    fn of(state: &State) -> Self {
        let exposed = state.log_exposed.exp();
        let infectious = state.log_infectious.exp();
        Self {
            susceptible: logistic(state.logit_susceptible),
            exposed,
            infectious,
            recovered: logistic(-state.logit_susceptible) - exposed - infectious,
        }
    }

    /// One step by Strang splitting (Hairer, Lubich & Wanner 2006, II.5): each flow is
    /// solved exactly while the others wait, and the order is mirrored about the middle.
    /// Second order, and unlike Runge-Kutta it keeps every share positive however large
    /// `beta` gets. Gives the new cases.
    fn step(&mut self, beta: f64, leaving: &Leaving) -> f64 {
        self.wane(leaving);
        self.recover(leaving);
        let before = self.progress(leaving);
        self.infect(beta);
        let after = self.progress(leaving);
        self.recover(leaving);
        self.wane(leaving);
        before + after
    }

    fn infect(&mut self, beta: f64) {
        let infected = self.susceptible * share_gone(STEP_DAYS * beta * self.infectious);
        self.susceptible -= infected;
        self.exposed += infected;
    }

    fn progress(&mut self, leaving: &Leaving) -> f64 {
        let new_cases = self.exposed * leaving.exposed;
        self.exposed -= new_cases;
        self.infectious += new_cases;
        new_cases
    }

    fn recover(&mut self, leaving: &Leaving) {
        let recovering = self.infectious * leaving.infectious;
        self.infectious -= recovering;
        self.recovered += recovering;
    }

    fn wane(&mut self, leaving: &Leaving) {
        // Where sampling error left less than nobody immune, nobody's immunity wanes.
        let waning = self.recovered.max(0.0) * leaving.recovered;
        self.recovered -= waning;
        self.susceptible += waning;
    }
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

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests;
