//! What is believed of an epidemic before any of its cases was seen.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::ensemble::Ensemble;
use super::seir::State;

/// A median and a spread: the median in the variable's own units, the spread as the standard
/// deviation on the scale the state keeps it on (logit or log).
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Belief {
    /// Half of the members lie below it.
    pub median: f64,
    /// 95 % of the members lie within 1.96 of these either side.
    pub spread: f64,
}

/// What is believed of an epidemic before any of its cases was seen. The variables are
/// normal on the scales of [`State`].
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Prior {
    /// The susceptible share of the population, logit-normal.
    pub susceptible: Belief,
    /// The share infected and not yet infectious, log-normal.
    pub exposed: Belief,
    /// The infectious share, log-normal.
    pub infectious: Belief,
    /// The transmission rate per day, log-normal.
    pub beta: Belief,
    /// The correlation of `ln exposed` and `ln infectious`, from -1 to 1.
    ///
    /// The two differ by a factor that only the growth rate changes, so most of what is not
    /// known about one is the same as what is not known about the other.
    pub exposed_infectious_correlation: f64,
}

impl Default for Prior {
    /// COVID-19 in a department of which nothing is known but that the disease is endemic.
    ///
    /// - susceptible: 50 %, 95 % between 19 % and 81 %. At an endemic equilibrium it is
    ///   `1 / R0` (Keeling & Rohani 2008, ch. 2), here R0 from 1.2 to 5.
    /// - infectious: 0.35 %, 95 % between 0.03 % and 3.7 %. In England from 1 in 1,500
    ///   (July 2020) to 1 in 13 people (March 2022) tested positive (ONS, Coronavirus
    ///   Infection Survey), for about twice as long as they were infectious.
    /// - exposed: 0.6 of the infectious, the ratio of the durations when cases neither rise
    ///   nor fall; the correlation lets that ratio vary by a factor of 2 (its log has a
    ///   standard deviation of 0.38).
    /// - beta: 0.4 a day, so that `R_t` is 1 at the medians; with the spread of the
    ///   susceptible, 95 % of `R_t` lie between 0.3 and 2.2. National estimates mostly lay
    ///   between 0.5 and 2 (Abbott et al. 2020, doi:10.12688/wellcomeopenres.16006.2).
    fn default() -> Self {
        Self {
            susceptible: Belief {
                median: 0.5,
                spread: 0.75,
            },
            exposed: Belief {
                median: 0.0021,
                spread: 1.2,
            },
            infectious: Belief {
                median: 0.0035,
                spread: 1.2,
            },
            beta: Belief {
                median: 0.4,
                spread: 0.3,
            },
            exposed_infectious_correlation: 0.95,
        }
    }
}

/// A baseline posterior for a newly onboarded department: drawn from a documented prior;
/// the filter is another piece of work. Draws `members` of them, two at least.
pub fn baseline(prior: &Prior, members: usize, rng: &mut impl Rng) -> Ensemble {
    let medians = State::new(
        prior.susceptible.median,
        prior.exposed.median,
        prior.infectious.median,
        prior.beta.median,
    );
    let shared = prior.exposed_infectious_correlation;
    let own = (1.0 - shared * shared).sqrt();
    let draw = |_| {
        let [susceptible, infectious, other, beta]: [f64; 4] =
            std::array::from_fn(|_| StandardNormal.sample(rng));
        let exposed = shared * infectious + own * other;
        State {
            logit_susceptible: medians.logit_susceptible + prior.susceptible.spread * susceptible,
            log_exposed: medians.log_exposed + prior.exposed.spread * exposed,
            log_infectious: medians.log_infectious + prior.infectious.spread * infectious,
            log_beta: medians.log_beta + prior.beta.spread * beta,
        }
    };
    (0..members).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::Xoshiro256PlusPlus;

    use super::*;
    use crate::forecasting::seir::Parameters;

    fn drawn(members: usize, seed: u64) -> Ensemble {
        baseline(
            &Prior::default(),
            members,
            &mut Xoshiro256PlusPlus::seed_from_u64(seed),
        )
    }

    /// To five standard errors: of a mean `spread / sqrt(members)`, of a covariance at most
    /// `sqrt(2 / members)` times both spreads.
    #[test]
    fn the_baseline_has_the_moments_of_its_prior() {
        let prior = Prior::default();
        let members = 20_000;
        let ensemble = drawn(members, 1);
        let root = (members as f64).sqrt();

        let spreads = [
            prior.susceptible,
            prior.exposed,
            prior.infectious,
            prior.beta,
        ]
        .map(|belief| belief.spread);
        let medians = [0.0, 0.0021_f64.ln(), 0.0035_f64.ln(), 0.4_f64.ln()];
        let (mean, covariance) = (ensemble.mean(), ensemble.covariance());
        for row in 0..4 {
            assert!((mean[row] - medians[row]).abs() < 5.0 * spreads[row] / root);
            for column in 0..4 {
                let correlation = match (row, column) {
                    _ if row == column => 1.0,
                    (1, 2) | (2, 1) => prior.exposed_infectious_correlation,
                    _ => 0.0,
                };
                let scale = spreads[row] * spreads[column];
                let error = covariance[row][column] - correlation * scale;
                assert!(error.abs() < 5.0 * 2.0_f64.sqrt() * scale / root);
            }
        }
    }

    #[test]
    fn the_baseline_says_r_t_is_near_one() {
        let mut r_t: Vec<f64> = drawn(20_000, 2)
            .members()
            .map(|member| member.r_t(&Parameters::COVID_19))
            .collect();
        r_t.sort_by(f64::total_cmp);
        assert!((0.25..0.4).contains(&r_t[500]));
        assert!((0.9..1.1).contains(&r_t[10_000]));
        assert!((2.0..2.4).contains(&r_t[19_500]));
    }

    #[test]
    fn the_same_seed_draws_the_same_members_all_finite() {
        let bytes = |ensemble: &Ensemble| -> Vec<u64> {
            ensemble
                .as_flat()
                .iter()
                .map(|value| value.to_bits())
                .collect()
        };
        let ensemble = drawn(500, 3);
        assert_eq!(bytes(&ensemble), bytes(&drawn(500, 3)));
        assert_ne!(ensemble, drawn(500, 4));
        assert_eq!(ensemble.members().len(), 500);
        assert_eq!(
            Ensemble::from_flat(ensemble.as_flat().to_vec()),
            Some(ensemble)
        );
    }
}
