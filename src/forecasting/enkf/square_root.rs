//! The deterministic filter: ensemble adjustment, one observation after the other.

use nalgebra::{DMatrix, DVectorView, DVectorViewMut};

use super::{NotPositiveDefinite, Observed, deviations};

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
    let mut predicted = root
        .solve_lower_triangular(&predicted.transpose())
        .ok_or(NotPositiveDefinite)?
        .transpose();
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
) -> Option<(DMatrix<f64>, DMatrix<f64>)> {
    let (deviation, mean) = deviations(&predicted.columns(at, 1).into_owned());
    let squares = deviation.norm_squared();
    let variance = squares / (predicted.nrows() as f64 - 1.0);
    if variance <= f64::MIN_POSITIVE {
        return None;
    }
    let shift = variance / (variance + 1.0) * (value - mean[0]);
    let contraction = (1.0 / (variance + 1.0)).sqrt() - 1.0;
    let increment = deviation.map(|deviation| shift + contraction * deviation);
    Some((deviation / squares, increment))
}

/// Moves a variable as far as it goes along with what was observed.
fn regress(mut variable: DVectorViewMut<f64>, deviation: &DMatrix<f64>, increment: &DMatrix<f64>) {
    let deviation: DVectorView<f64> = deviation.column(0);
    let slope = deviation.dot(&variable);
    variable.axpy(slope, &increment.column(0), 1.0);
}
