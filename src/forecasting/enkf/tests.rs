//! Known answers: Kalman's equations by hand, and matrices worked out elsewhere.

use std::path::Path;

use nalgebra::{DMatrix, DVector, Matrix2, Vector2};
use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};
use rand_distr::{Distribution, StandardNormal};
use serde_json::Value;

use super::*;

/// The reference cases; `None`, and a word about it, where they are not at hand.
fn reference() -> Option<Value> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/oracles/enkf_exact_cases.json");
    if !file.exists() {
        println!("SKIPPED: ../shared/oracles is not there");
        return None;
    }
    let text = std::fs::read(file).expect("the reference cases");
    Some(serde_json::from_slice(&text).expect("JSON"))
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|n| n.as_f64().expect("a number")).collect()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = value
        .as_array()
        .expect("rows")
        .iter()
        .map(numbers)
        .collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column])
}

#[track_caller]
fn assert_close(found: &DMatrix<f64>, expected: &DMatrix<f64>) {
    let error = (found - expected).amax();
    assert!(error < 1e-10, "{error}: {found} instead of {expected}");
}

fn covariance(ensemble: &DMatrix<f64>) -> DMatrix<f64> {
    let deviation = deviations(ensemble);
    deviation.tr_mul(&deviation) / (ensemble.nrows() as f64 - 1.0)
}

/// `members` whose mean and covariance are exactly these: as many as are needed to span them.
fn exactly(mean: &[f64], covariance: &DMatrix<f64>) -> DMatrix<f64> {
    let variables = mean.len();
    let members = 2 * variables;
    let root = covariance.clone().cholesky().expect("positive").unpack();
    let scale = ((members as f64 - 1.0) / 2.0).sqrt();
    DMatrix::from_fn(members, variables, |member, variable| {
        let sign = if member % 2 == 0 { scale } else { -scale };
        mean[variable] + sign * root[(variable, member / 2)]
    })
}

/// A linear model: `x' = F x + noise(Q)`. The noise is added to the covariance exactly: the
/// members are made anew with the moments they should have.
fn advance_exactly(ensemble: &DMatrix<f64>, f: &DMatrix<f64>, q: &DMatrix<f64>) -> DMatrix<f64> {
    let moved = ensemble * f.transpose();
    let mean: Vec<f64> = moved.row_mean().iter().copied().collect();
    exactly(&mean, &(covariance(&moved) + q))
}

#[test]
fn a_level_that_walks_is_followed_as_by_kalman() {
    let Some(reference) = reference() else { return };
    let case = &reference["A"];
    let (q, r) = (case["q"].as_f64().unwrap(), case["r"].as_f64().unwrap());
    let one = DMatrix::from_element(1, 1, 1.0);
    let mut ensemble = exactly(
        &[case["m0"].as_f64().unwrap()],
        &(&one * case["P0"].as_f64().unwrap()),
    );
    let mut log_likelihood = 0.0;
    for (at, y) in numbers(&case["y"]).into_iter().enumerate() {
        ensemble = advance_exactly(&ensemble, &one, &(&one * q));
        let innovation = covariance(&ensemble)[0] + r;
        assert!((innovation - numbers(&case["S"])[at]).abs() < 1e-10);
        let error = y - ensemble.mean();
        log_likelihood -=
            0.5 * (error * error / innovation + innovation.ln() + std::f64::consts::TAU.ln());
        let predicted = ensemble.clone();
        square_root(&mut ensemble, &predicted, &Observed::scalar(y, r)).unwrap();
        assert!((ensemble.mean() - numbers(&case["m"])[at]).abs() < 1e-10);
        assert!((covariance(&ensemble)[0] - numbers(&case["P"])[at]).abs() < 1e-10);
    }
    assert!((log_likelihood - case["loglik"].as_f64().unwrap()).abs() < 1e-10);
}

/// Growing case counts as a line in their logarithm.
struct Trend {
    observed: Vec<f64>,
    f: DMatrix<f64>,
    h: DMatrix<f64>,
    q: DMatrix<f64>,
    r: f64,
    mean: Vec<f64>,
    covariance: DMatrix<f64>,
}

impl Trend {
    fn of(case: &Value) -> Self {
        Self {
            observed: numbers(&case["cases"])
                .iter()
                .map(|y| (y + 0.5).ln())
                .collect(),
            f: matrix(&case["F"]),
            h: matrix(&case["H"]),
            q: matrix(&case["Q"]),
            r: matrix(&case["R"])[0],
            mean: numbers(&case["x0"]),
            covariance: matrix(&case["P0"]),
        }
    }
}

#[test]
fn a_growing_epidemic_is_followed_and_forecast_as_by_kalman() {
    let Some(reference) = reference() else { return };
    let case = &reference["B"];
    let trend = Trend::of(case);
    let mut ensemble = exactly(&trend.mean, &trend.covariance);
    let mut log_likelihood = 0.0;
    for (at, z) in trend.observed.iter().enumerate() {
        // The first observation is of the state as it is believed at the start.
        if at > 0 || first_is_predicted(case) {
            ensemble = advance_exactly(&ensemble, &trend.f, &trend.q);
        }
        let predicted = &ensemble * trend.h.transpose();
        let innovation = covariance(&predicted)[0] + trend.r;
        let error = z - predicted.mean();
        log_likelihood -=
            0.5 * (error * error / innovation + innovation.ln() + std::f64::consts::TAU.ln());
        square_root(&mut ensemble, &predicted, &Observed::scalar(*z, trend.r)).unwrap();
        let mean = DMatrix::from_row_slice(1, 2, numbers(&case["x"][at]).as_slice());
        assert_close(&DMatrix::from_rows(&[ensemble.row_mean()]), &mean);
        assert_close(&covariance(&ensemble), &matrix(&case["P"][at]));
    }
    assert!((log_likelihood - case["loglik"].as_f64().unwrap()).abs() < 1e-10);
    for _ in 0..7 {
        ensemble = advance_exactly(&ensemble, &trend.f, &trend.q);
    }
    let level = &ensemble * trend.h.transpose();
    let week = &case["h7"];
    assert!((level.mean() - week["mean"].as_f64().unwrap()).abs() < 1e-10);
    let variance = covariance(&level)[0];
    assert!((variance - week["var_state"].as_f64().unwrap()).abs() < 1e-10);
    assert!((variance + trend.r - week["var_pred"].as_f64().unwrap()).abs() < 1e-10);
}

/// Whether the first observation comes after a step of the model: `P[0]` says so.
fn first_is_predicted(case: &Value) -> bool {
    let (p0, q, r) = (matrix(&case["P0"]), matrix(&case["Q"]), matrix(&case["R"]));
    let still = p0[(0, 0)] * r[0] / (p0[(0, 0)] + r[0]);
    let moved = p0[(0, 0)] + p0[(1, 1)] + q[(0, 0)];
    let moved = moved * r[0] / (moved + r[0]);
    let found = matrix(&case["P"][0])[(0, 0)];
    (found - moved).abs() < (found - still).abs()
}

#[test]
fn one_analysis_of_six_members_is_the_one_worked_out_elsewhere() {
    let Some(reference) = reference() else { return };
    let case = &reference["C"];
    let prior = matrix(&case["E"]);
    let predicted = &prior * matrix(&case["H"]).transpose();
    let observed = Observed {
        values: DVector::from_vec(numbers(&case["y"])),
        covariance: matrix(&case["R"]),
    };
    assert_close(&covariance(&prior), &matrix(&case["Pb"]));

    let mut adjusted = prior.clone();
    square_root(&mut adjusted, &predicted, &observed).unwrap();
    assert_close(&adjusted, &matrix(&case["eakf_E"]));
    let mean = DMatrix::from_row_slice(1, 3, numbers(&case["xa"]).as_slice());
    assert_close(&DMatrix::from_rows(&[adjusted.row_mean()]), &mean);
    assert_close(&covariance(&adjusted), &matrix(&case["Pa"]));

    let mut perturbed = prior;
    stochastic(
        &mut perturbed,
        &predicted,
        &observed,
        &matrix(&case["pert"]),
    )
    .unwrap();
    assert_close(&perturbed, &matrix(&case["stoch_E"]));
}

/// Where Kalman's filter ends: Joseph's form of the covariance is not needed for so few steps.
fn kalman(trend: &Trend, first_is_predicted: bool) -> Vector2<f64> {
    let fixed = |matrix: &DMatrix<f64>| Matrix2::from_iterator(matrix.iter().copied());
    let (f, q) = (fixed(&trend.f), fixed(&trend.q));
    let mut x = Vector2::from_iterator(trend.mean.iter().copied());
    let mut p = fixed(&trend.covariance);
    for (at, z) in trend.observed.iter().enumerate() {
        if at > 0 || first_is_predicted {
            x = f * x;
            p = f * p * f.transpose() + q;
        }
        let gain = p.column(0) / (p[(0, 0)] + trend.r);
        x += gain * (z - x[0]);
        p -= gain * p.row(0);
    }
    x
}

fn drawn(
    mean: &[f64],
    covariance: &DMatrix<f64>,
    members: usize,
    rng: &mut impl Rng,
) -> DMatrix<f64> {
    let root = covariance.clone().cholesky().expect("positive").unpack();
    let normal: DMatrix<f64> =
        DMatrix::from_fn(members, mean.len(), |_, _| StandardNormal.sample(rng));
    let mut members = normal * root.transpose();
    for (mut column, mean) in members.column_iter_mut().zip(mean) {
        column.add_scalar_mut(*mean);
    }
    members
}

/// The root of the mean square distance of the filter's last level from Kalman's, times the
/// root of the number of members.
fn distance(
    members: usize,
    repetitions: u64,
    scheme: fn(&mut DMatrix<f64>, &DMatrix<f64>, &Observed, &mut Xoshiro256PlusPlus),
) -> Option<f64> {
    let reference = reference()?;
    let case = &reference["B"];
    let trend = Trend::of(case);
    let first = first_is_predicted(case);
    let exact = kalman(&trend, first);
    let squares: f64 = (0..repetitions)
        .map(|seed| {
            let rng = &mut Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut ensemble = drawn(&trend.mean, &trend.covariance, members, rng);
            for (at, z) in trend.observed.iter().enumerate() {
                if at > 0 || first {
                    ensemble =
                        ensemble * trend.f.transpose() + drawn(&[0.0, 0.0], &trend.q, members, rng);
                }
                let predicted = &ensemble * trend.h.transpose();
                scheme(
                    &mut ensemble,
                    &predicted,
                    &Observed::scalar(*z, trend.r),
                    rng,
                );
            }
            (ensemble.column(0).mean() - exact[0]).powi(2)
        })
        .sum();
    Some((squares / repetitions as f64 * members as f64).sqrt())
}

/// Sizes and repetitions. Of 100 the estimate itself is known to 7 %.
const SIZES: [(usize, u64); 3] = [(100, 200), (1_000, 100), (10_000, 100)];

#[test]
fn the_stochastic_filter_comes_closer_to_kalman_with_the_root_of_its_members() {
    for (members, repetitions) in SIZES {
        let Some(distance) = distance(
            members,
            repetitions,
            |ensemble, predicted, observed, rng| {
                let drawn = perturbations(observed, ensemble.nrows(), rng).unwrap();
                stochastic(ensemble, predicted, observed, &drawn).unwrap();
            },
        ) else {
            return;
        };
        assert!((0.12..0.21).contains(&distance), "{members}: {distance}");
    }
}

#[test]
fn the_square_root_filter_comes_closer_to_kalman_with_the_root_of_its_members() {
    for (members, repetitions) in SIZES {
        let Some(distance) = distance(members, repetitions, |ensemble, predicted, observed, _| {
            square_root(ensemble, predicted, observed).unwrap();
        }) else {
            return;
        };
        assert!((0.055..0.10).contains(&distance), "{members}: {distance}");
    }
}

#[test]
fn correlated_errors_are_weighed_as_kalman_weighs_them() {
    let prior = exactly(
        &[1.0, 2.0],
        &DMatrix::from_row_slice(2, 2, &[2.0, 0.5, 0.5, 1.0]),
    );
    let errors = DMatrix::from_row_slice(2, 2, &[1.0, 0.8, 0.8, 1.5]);
    let observed = Observed {
        values: DVector::from_vec(vec![2.0, 1.0]),
        covariance: errors.clone(),
    };
    let p = covariance(&prior);
    let gain = &p * (&p + &errors).try_inverse().unwrap();
    let mut adjusted = prior.clone();
    square_root(&mut adjusted, &prior, &observed).unwrap();
    assert_close(&covariance(&adjusted), &(&p - &gain * &p));
    let mean = prior.row_mean().transpose();
    let expected = &mean + &gain * (&observed.values - &mean);
    assert_close(
        &DMatrix::from_rows(&[adjusted.row_mean()]),
        &DMatrix::from_rows(&[expected.transpose()]),
    );
}

#[test]
fn members_that_agree_learn_nothing_and_an_error_must_have_a_size() {
    let mut ensemble = DMatrix::from_element(5, 2, 3.0);
    let predicted = ensemble.columns(0, 1).into_owned();
    square_root(&mut ensemble, &predicted, &Observed::scalar(9.0, 1.0)).unwrap();
    assert_eq!(ensemble, DMatrix::from_element(5, 2, 3.0));
    let nothing = Observed::scalar(9.0, 0.0);
    assert_eq!(
        square_root(&mut ensemble, &predicted, &nothing),
        Err(NotPositiveDefinite)
    );
}

#[test]
fn relaxation_gives_back_spread_and_leaves_the_mean() {
    let mut ensemble = DMatrix::from_column_slice(3, 1, &[1.0, 2.0, 3.0]);
    relax_to_prior_spread(&mut ensemble, &[3.0], 0.5);
    assert_eq!(spreads(&ensemble), [2.0]);
    assert_eq!(ensemble.mean(), 2.0);
}
