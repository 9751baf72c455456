//! The deterministic filter: ensemble adjustment, one observation after the other.

use nalgebra::{DMatrix, DVector, DVectorViewMut};

use super::{NotPositiveDefinite, Observed, moments};

/// Shifts the members and draws them together, so that their mean and covariance are those of
/// the posterior.
///
/// Correlated errors are made independent first: `predicted` and the observations are divided
/// by the Cholesky root of the error covariance. Each observation then adjusts what the members
/// predict for it, and everything else, the observations still to come included, by
/// regression on that.
///
/// `ensemble` is members × variables, `predicted` members × observations.
///
/// # Errors
/// When the error covariance is not positive definite.
pub fn square_root(
    ensemble: &mut DMatrix<f64>,
    predicted: &DMatrix<f64>,
    observed: &Observed,
) -> Result<(), NotPositiveDefinite> {
    let root = observed
        .covariance
        .clone()
        .cholesky()
        .ok_or(NotPositiveDefinite)?
        .unpack();
    // A Cholesky root's diagonal is positive, so these always have a solution.
    let values = root
        .solve_lower_triangular(&observed.values)
        .ok_or(NotPositiveDefinite)?;
    let mut predicted = match root.as_slice() {
        // The same, without turning the members round twice.
        [error] => predicted / *error,
        _ => root
            .solve_lower_triangular(&predicted.transpose())
            .ok_or(NotPositiveDefinite)?
            .transpose(),
    };
    for (at, value) in values.iter().enumerate() {
        let Some((deviation, increment)) = adjustment(&predicted, at, *value) else {
            continue;
        };
        for column in 0..ensemble.ncols() {
            regress(ensemble.column_mut(column), &deviation, &increment);
        }
        for column in at + 1..predicted.ncols() {
            regress(predicted.column_mut(column), &deviation, &increment);
        }
    }
    Ok(())
}

/// How the members' predictions of one observation of unit variance deviate from their mean,
/// over the sum of their squares, and how far each has to move. Nothing where all predict the
/// same: they learn nothing from it.
fn adjustment(
    predicted: &DMatrix<f64>,
    at: usize,
    value: f64,
) -> Option<(DVector<f64>, DVector<f64>)> {
    let predicted = predicted.column(at);
    let (mean, spread) = moments(predicted.as_slice());
    let variance = spread * spread;
    if variance <= f64::MIN_POSITIVE {
        return None;
    }
    let deviation = predicted.add_scalar(-mean);
    let shift = variance / (variance + 1.0) * (value - mean);
    let contraction = (1.0 / (variance + 1.0)).sqrt() - 1.0;
    let increment = deviation.map(|deviation| shift + contraction * deviation);
    let squares = variance * (deviation.len() as f64 - 1.0);
    Some((deviation / squares, increment))
}

/// Moves a variable as far as it goes along with what was observed.
fn regress(mut variable: DVectorViewMut<f64>, deviation: &DVector<f64>, increment: &DVector<f64>) {
    let slope = deviation.dot(&variable);
    variable.axpy(slope, increment, 1.0);
}
