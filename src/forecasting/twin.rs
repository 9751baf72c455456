//! The model of one place, kept up to date day by day: its *digital twin*.
//!
//! Each member is a [`State`] of the transmission model. From one day to the next
//!
//! - `ln beta` walks at random, and is drawn towards the level at which `R_t` is 1: people and
//!   authorities answer to a wave, and no growth rate lasts;
//! - `logit s` walks at random as well, for immunity that the model does not know of;
//! - the equations of [`seir`](super::seir) move the rest, and say how many became infectious;
//! - what was reported is assimilated: `ln(cases + 1)`, compared with the logarithm of the new
//!   cases that the member expects to have been reported *since the last observation*. Cases
//!   are a flow, and the model's is summed over the same days.
//!
//! The variance of an observation is `1 / (cases + c) + 1 / k`: the first is what counting adds
//! (of a Poisson number's logarithm, about `1 / cases`), the second what reporting adds, as in
//! a negative binomial number of overdispersion `k`. A day that is usually incomplete is
//! compared with the part that is expected to be known of it, and the uncertainty of that part
//! is added.

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};

use super::{
    days::{Day, Series},
    draws::Draws,
    enkf::{self, NotPositiveDefinite, Observed, relax_to_prior_spread},
    ensemble::Ensemble,
    quantiles::at_levels,
    seir::{Parameters, State, advance_all},
    settings::{Scheme, Settings},
};

/// A place's model: what is believed of it at the end of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Twin {
    /// The members.
    pub states: Vec<State>,
    /// Of each, the share of the population that became infectious since the last observation.
    pub unobserved: Vec<f64>,
}

/// What a day's step needs to know besides the day.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Residents.
    pub population: f64,
    /// The share of infections that become a reported case.
    pub reporting: f64,
    /// How many times a mean day's cases this day is expected to bring.
    pub factor: f64,
}

impl Place {
    /// Reported cases of a mean day for each share of the population that becomes infectious.
    fn cases(&self) -> f64 {
        self.population * self.reporting
    }
}

impl Twin {
    /// The model at the end of the day before the first with a case: as unsure as `baseline`,
    /// and with as many infections as `new_cases` a day suggest.
    pub fn start(baseline: &Ensemble, new_cases: f64, place: &Place, settings: &Settings) -> Self {
        let share = new_cases / place.cases();
        let [_, exposed, infectious, _] = baseline.mean();
        let exposed = (share * settings.latent_days).ln() - exposed;
        let infectious = (share * settings.infectious_days).ln() - infectious;
        let states = baseline.members().map(|state| State {
            log_exposed: state.log_exposed + exposed,
            log_infectious: state.log_infectious + infectious,
            ..state
        });
        let states: Vec<State> = states.collect();
        Self {
            unobserved: vec![0.0; states.len()],
            states,
        }
    }

    /// Moves every member on by a day.
    pub fn advance(&mut self, settings: &Settings, draws: &mut Draws) {
        let parameters = settings.stages();
        for state in &mut self.states {
            walk(state, settings, &parameters, draws);
        }
        let mut new_cases = vec![0.0; self.states.len()];
        advance_all(&mut self.states, &parameters, &mut new_cases);
        for (unobserved, new_cases) in self.unobserved.iter_mut().zip(new_cases) {
            *unobserved += new_cases;
        }
    }

    /// Assimilates what was reported for the day that was just reached.
    ///
    /// # Errors
    /// When the settings leave an observation no error.
    pub fn assimilate(
        &mut self,
        day: &Day,
        place: &Place,
        settings: &Settings,
        draws: &mut Draws,
    ) -> Result<(), NotPositiveDefinite> {
        let (cases, expected, more) = match day {
            Day::Counted(count) => (
                count.new_cases,
                place.factor * count.share,
                count.share_spread * count.share_spread,
            ),
            Day::Week(cases) => (*cases, 1.0, 0.0),
            // A week's report may still count it.
            Day::Unseen(_) => return Ok(()),
        };
        let variance =
            1.0 / (cases + settings.error_floor) + 1.0 / settings.day_overdispersion + more;
        let observed = Observed::scalar(cases.ln_1p(), variance);
        let predicted = DMatrix::from_fn(self.states.len(), 1, |member, _| {
            (1.0 + self.unobserved[member] * place.cases() * expected).ln()
        });
        let mut members = self.matrix();
        let spreads = enkf::spreads(&members);
        match settings.scheme {
            Scheme::SquareRoot => enkf::square_root(&mut members, &predicted, &observed)?,
            Scheme::Stochastic => {
                let errors = enkf::perturbations(&observed, self.states.len(), draws)?;
                enkf::stochastic(&mut members, &predicted, &observed, &errors)?;
            }
        }
        relax_to_prior_spread(&mut members, &spreads, settings.relaxation);
        for (state, row) in self.states.iter_mut().zip(members.row_iter()) {
            *state = State::from_array([row[0], row[1], row[2], row[3]]);
        }
        self.unobserved.fill(0.0);
        Ok(())
    }

    /// Forgets what became infectious until now. Called at the end of a day that no report of
    /// a week will count.
    pub fn forget_unobserved(&mut self) {
        self.unobserved.fill(0.0);
    }

    /// The effective reproduction number at the levels 2.5, 25, 50, 75 and 97.5 %.
    pub fn r_t(&self, settings: &Settings) -> [f64; 5] {
        let parameters = settings.stages();
        let mut r_t: Vec<f64> = self
            .states
            .iter()
            .map(|state| state.r_t(&parameters))
            .collect();
        at_levels(&mut r_t, [0.025, 0.25, 0.5, 0.75, 0.975])
    }

    /// Members × variables.
    fn matrix(&self) -> DMatrix<f64> {
        let mut matrix = DMatrix::zeros(self.states.len(), State::NAMES.len());
        for (member, state) in self.states.iter().enumerate() {
            for (variable, value) in state.to_array().into_iter().enumerate() {
                matrix[(member, variable)] = value;
            }
        }
        matrix
    }
}

/// A day of what the equations do not know: transmission and immunity change at random.
pub fn walk(state: &mut State, settings: &Settings, parameters: &Parameters, draws: &mut Draws) {
    let [beta, susceptible]: [f64; 2] = std::array::from_fn(|_| StandardNormal.sample(draws));
    let from_one = state.log_r_t(parameters);
    state.log_beta += settings.walk * beta - settings.damping * from_one;
    state.logit_susceptible += settings.susceptible_walk * susceptible;
}

/// The share of infections that become a reported case, for each day of a series and the one
/// after it.
///
/// It is what the settings say, but never so little that more than half of the population would
/// be immune from infections alone: a place that reports a larger share of its infections than
/// was thought would seem to run out of people to infect.
pub fn reporting(series: &Series, population: f64, settings: &Settings) -> Vec<f64> {
    /// Of the population, at most so many are taken to be immune by the cases that are known.
    const IMMUNE: f64 = 0.5;
    let kept = (-1.0 / settings.immunity_days).exp();
    let mut recent = 0.0;
    let mut shares = Vec::with_capacity(series.days.len() + 1);
    for index in 0..=series.days.len() {
        shares.push(
            settings
                .reporting
                .max(recent / (IMMUNE * population))
                .min(1.0),
        );
        recent *= kept;
        recent += match series.days.get(index) {
            Some(Day::Counted(count)) => count.expected(),
            Some(Day::Week(cases)) => *cases,
            Some(Day::Unseen(_)) | None => 0.0,
        };
    }
    shares
}
