//! The model against answers known by other means.

use proptest::prelude::*;

use super::{Leaving, Parameters, Shares, State};

/// Without waning: the case the classical results are about.
const LIFELONG: Parameters = Parameters {
    immunity_days: f64::INFINITY,
    ..Parameters::COVID_19
};

#[test]
fn the_population_is_conserved() {
    let mut shares = Shares::of([&State::new(0.9, 0.002, 0.004, 0.6)]);
    let leaving = Leaving::in_half_a_step(&Parameters::COVID_19);
    for _ in 0..20_000 {
        shares.step(&[0.6], &leaving, &mut [0.0]);
        let total =
            shares.susceptible[0] + shares.exposed[0] + shares.infectious[0] + shares.recovered[0];
        assert!((total - 1.0).abs() < 1e-9, "{total}");
    }
}

/// While nearly everybody is susceptible, `(e, i)` grows with the larger eigenvalue of
/// `[[-1/latent, beta], [1/latent, -1/infectious]]`.
#[test]
fn an_epidemic_starts_at_the_growth_rate_of_the_linear_model() {
    for r_0 in [0.7_f64, 1.5, 3.0] {
        let (sigma, gamma) = (1.0 / LIFELONG.latent_days, 1.0 / LIFELONG.infectious_days);
        let beta = r_0 * gamma;
        let expected =
            ((sigma - gamma).powi(2) + 4.0 * sigma * beta).sqrt() / 2.0 - (sigma + gamma) / 2.0;

        let mut state = State::new(1.0 - 3e-12, 1e-12, 1e-12, beta);
        // The other eigenvector dies out first.
        for _ in 0..40 {
            state.advance(&LIFELONG);
        }
        let before = state.advance(&LIFELONG);
        let after = state.advance(&LIFELONG);
        let grown = (after / before).ln();
        assert!(
            (grown - expected).abs() < 5e-4 * expected.abs(),
            "{grown} for {expected}"
        );
    }
}

/// Kermack & McKendrick (1927): `ln(s_0 / s_end) = R0 (1 - s_end)`, whatever the latent period.
#[test]
fn an_epidemic_ends_at_the_final_size_of_kermack_and_mckendrick() {
    for r_0 in [1.5, 2.0, 3.0] {
        let infected = 1e-6;
        let mut state = State::new(
            1.0 - 2.0 * infected,
            infected,
            infected,
            r_0 / LIFELONG.infectious_days,
        );
        let new_cases: f64 = (0..1_500).map(|_| state.advance(&LIFELONG)).sum();

        // Whoever is infectious on day 0 was never a new case; those exposed become one.
        let end_susceptible = 1.0 - infected - new_cases;
        let left = ((1.0 - 2.0 * infected) / end_susceptible).ln();
        let right = r_0 * (1.0 - end_susceptible);
        assert!(
            (left - right).abs() < 1e-3,
            "R0 {r_0}: {left} is not {right}"
        );
        assert!((super::logistic(state.logit_susceptible).0 - end_susceptible).abs() < 1e-9);
    }
}

/// At the endemic equilibrium `R_t` is 1, so `s = 1 / R0`.
#[test]
fn waning_immunity_settles_where_r_t_is_one() {
    let r_0 = 2.5;
    let mut state = State::new(0.5, 1e-3, 1e-3, r_0 / Parameters::COVID_19.infectious_days);
    for _ in 0..20_000 {
        state.advance(&Parameters::COVID_19);
    }
    assert!((state.r_t(&Parameters::COVID_19) - 1.0).abs() < 1e-3);
    assert!((super::logistic(state.logit_susceptible).0 - 1.0 / r_0).abs() < 1e-3);
}

#[test]
fn r_t_is_transmission_times_duration_times_susceptible_share() {
    let state = State::new(0.6, 0.001, 0.002, 0.5);
    assert!((state.r_t(&Parameters::COVID_19) - 0.5 * 5.0 * 0.6).abs() < 1e-12);
}

#[test]
fn many_states_move_as_each_of_them_would() {
    let states: Vec<State> = (0..11)
        .map(|n| {
            State::new(
                0.9 - 0.05 * f64::from(n),
                0.001,
                0.002,
                0.2 + 0.05 * f64::from(n),
            )
        })
        .collect();
    let (mut together, mut new_cases) = (states.clone(), [0.0; 11]);
    super::advance_all(&mut together, &Parameters::COVID_19, &mut new_cases);
    for ((mut alone, together), cases) in states.into_iter().zip(together).zip(new_cases) {
        assert_eq!(
            alone.advance(&Parameters::COVID_19).to_bits(),
            cases.to_bits()
        );
        assert_eq!(alone, together);
    }
}

#[test]
fn the_share_infected_is_that_of_the_exponential() {
    for hazard in [0.0, 1e-9, 0.01, 0.1, 0.2] {
        let exact = -f64::exp_m1(-hazard);
        assert!(
            (super::share_infected(hazard) - exact).abs() < 5e-7,
            "{hazard}"
        );
    }
    for hazard in [1.0, 10.0, 1e6] {
        assert!((0.0..1.0).contains(&super::share_infected(hazard)));
    }
}

proptest! {
    /// Even where a filter put more people into the compartments than there are.
    #[test]
    fn any_state_stays_finite(
        logit_susceptible in -12.0..30.0,
        log_exposed in -40.0..1.0,
        log_infectious in -40.0..1.0,
        log_beta in -10.0..4.0,
    ) {
        let values = [logit_susceptible, log_exposed, log_infectious, log_beta];
        let mut state = State::from_array(values);
        prop_assert_eq!(state.to_array(), values);
        for _ in 0..30 {
            let new_cases = state.advance(&Parameters::COVID_19);
            prop_assert!(new_cases.is_finite() && new_cases > 0.0);
            prop_assert!(state.to_array().iter().all(|value| value.is_finite()), "{:?}", state);
        }
    }
}
