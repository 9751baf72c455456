//! The stochastic filter: perturbed observations.

use nalgebra::DMatrix;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{NotPositiveDefinite, Observed, deviations};

/// Moves each member towards its own perturbed observation by the Kalman gain of the sample
/// covariances.
///
/// `ensemble` is members × variables, `predicted` members × observations, `perturbations` the
/// same: draws of the observation error, from [`perturbations`].
///
/// # Errors
/// When the error covariance is not positive definite.
pub fn stochastic(
    ensemble: &mut DMatrix<f64>,
    predicted: &DMatrix<f64>,
    observed: &Observed,
    perturbations: &DMatrix<f64>,
) -> Result<(), NotPositiveDefinite> {
    let divisor = ensemble.nrows() as f64 - 1.0;
    let state = deviations(ensemble);
    let seen = deviations(predicted);
    let innovation_covariance = seen.tr_mul(&seen) / divisor + &observed.covariance;
    let cross_covariance = seen.tr_mul(&state) / divisor;
    let gain = innovation_covariance
        .cholesky()
        .ok_or(NotPositiveDefinite)?
        .solve(&cross_covariance);
    let mut innovation = perturbations - predicted;
    for (mut column, value) in innovation.column_iter_mut().zip(observed.values.iter()) {
        column.add_scalar_mut(*value);
    }
    ensemble.gemm(1.0, &innovation, &gain, 1.0);
    Ok(())
}

/// Draws an observation error for each of `members`. Their mean is left as it was drawn, as
/// Burgers et al. do: to take it off would bring the mean closer to Kalman's, and make the
/// errors of the members depend on each other.
///
/// # Errors
/// When the error covariance is not positive definite.
pub fn perturbations(
    observed: &Observed,
    members: usize,
    rng: &mut impl Rng,
) -> Result<DMatrix<f64>, NotPositiveDefinite> {
    let root = observed
        .covariance
        .clone()
        .cholesky()
        .ok_or(NotPositiveDefinite)?
        .unpack();
    let normal: DMatrix<f64> = DMatrix::from_fn(members, observed.values.len(), |_, _| {
        StandardNormal.sample(rng)
    });
    Ok(normal * root.transpose())
}
