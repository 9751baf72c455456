//! The ensemble Kalman filter's analysis step, over any state and any observation operator.
//!
//! An ensemble is a matrix with a row a member and a column a variable. What it predicts for
//! the observations is a matrix of the same members, a column an observation: the observation
//! operator applied to each member, however non-linear. The covariances of the two say how
//! much an observation moves each variable.
//!
//! Two ways to the same posterior mean and covariance, which for a linear operator, normal
//! errors and many members are those of the Kalman filter:
//!
//! - [`stochastic`]: every member is moved towards an observation of its own, perturbed by the
//!   observation's error (Evensen 1994, doi:10.1029/94JC00572; Burgers, van Leeuwen & Evensen
//!   1998, doi:10.1175/1520-0493(1998)126<1719:ASITEK>2.0.CO;2).
//! - [`square_root`]: the members are shifted and drawn together so that they have that mean
//!   and covariance, with no sampling error added (Anderson 2001,
//!   doi:10.1175/1520-0493(2001)129<2884:AEAKFF>2.0.CO;2; Whitaker & Hamill 2002,
//!   doi:10.1175/1520-0493(2002)130<1913:EDAWPO>2.0.CO;2).

mod inflation;
mod square_root;
mod stochastic;
#[cfg(test)]
mod tests;

pub use inflation::{relax_to_prior_spread, spreads};
pub use square_root::square_root;
pub use stochastic::{perturbations, stochastic};

use nalgebra::{DMatrix, DVector};

/// Why an analysis could not be made: the covariance of the observation errors is not
/// positive definite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the covariance of the observation errors is not positive definite")]
pub struct NotPositiveDefinite;

/// What was observed at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The values, on the scale of the observation operator.
    pub values: DVector<f64>,
    /// The covariance of their errors, positive definite.
    pub covariance: DMatrix<f64>,
}

impl Observed {
    /// One value with the variance of its error.
    pub fn scalar(value: f64, variance: f64) -> Self {
        Self {
            values: DVector::from_element(1, value),
            covariance: DMatrix::from_element(1, 1, variance),
        }
    }
}

/// The members' deviations from their mean, column by column.
fn deviations(members: &DMatrix<f64>) -> DMatrix<f64> {
    let mut deviations = members.clone();
    for mut column in deviations.column_iter_mut() {
        let (mean, _) = moments(column.as_slice());
        column.add_scalar_mut(-mean);
    }
    deviations
}

/// The mean of some members, and their standard deviation by the unbiased divisor `members - 1`.
fn moments(members: &[f64]) -> (f64, f64) {
    let mean = sum(members, |member| member) / members.len() as f64;
    let squares = sum(members, |member| (member - mean) * (member - mean));
    (mean, (squares / (members.len() as f64 - 1.0)).sqrt())
}

/// The sum of `of` each member, in eight sums side by side: additions to one wait for each other.
fn sum(members: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [0.0; 8];
    let (chunks, rest) = members.as_chunks::<8>();
    for chunk in chunks {
        for (sum, member) in sums.iter_mut().zip(chunk) {
            *sum += of(*member);
        }
    }
    let rest = rest.iter().map(|member| of(*member)).sum::<f64>();
    sums.iter().sum::<f64>() + rest
}
