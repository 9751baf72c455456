//! What is believed about an epidemic, as many equally likely states of it.

use super::seir::State;

/// The number of variables in a member.
const VARIABLES: usize = State::NAMES.len();

/// Equally likely states of the epidemic, the *members*.
///
/// A matrix with a row a member and a column a variable of [`State::NAMES`], kept flat, row
/// after row: that is also how it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    values: Vec<f64>,
}

impl Ensemble {
    /// An ensemble from stored rows; `None` unless they are whole rows of finite numbers,
    /// two at least (fewer have no spread).
    pub fn from_flat(values: Vec<f64>) -> Option<Self> {
        let whole = values.len().is_multiple_of(VARIABLES) && values.len() >= 2 * VARIABLES;
        (whole && values.iter().all(|value| value.is_finite())).then_some(Self { values })
    }

    /// The rows, one after the other.
    pub fn as_flat(&self) -> &[f64] {
        &self.values
    }

    /// The members, in order.
    pub fn members(&self) -> impl ExactSizeIterator<Item = State> {
        let (rows, _) = self.values.as_chunks::<VARIABLES>();
        rows.iter().copied().map(State::from_array)
    }

    /// The mean of each variable.
    pub fn mean(&self) -> [f64; VARIABLES] {
        let mut mean = [0.0; VARIABLES];
        for member in self.members() {
            for (sum, value) in mean.iter_mut().zip(member.to_array()) {
                *sum += value;
            }
        }
        mean.map(|sum| sum / self.members().len() as f64)
    }

    /// The covariance of the variables over the members, with the unbiased divisor
    /// `members - 1`. The diagonal's square roots are the spreads.
    pub fn covariance(&self) -> [[f64; VARIABLES]; VARIABLES] {
        let mean = self.mean();
        let mut covariance = [[0.0; VARIABLES]; VARIABLES];
        for member in self.members() {
            let value = member.to_array();
            for (row, sums) in covariance.iter_mut().enumerate() {
                for (column, sum) in sums.iter_mut().enumerate() {
                    *sum += (value[row] - mean[row]) * (value[column] - mean[column]);
                }
            }
        }
        let divisor = self.members().len() as f64 - 1.0;
        covariance.map(|row| row.map(|sum| sum / divisor))
    }
}

impl FromIterator<State> for Ensemble {
    fn from_iter<T: IntoIterator<Item = State>>(members: T) -> Self {
        let values = members.into_iter().flat_map(State::to_array).collect();
        Self { values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_covariance_of_two_members_by_hand() {
        let rows = vec![1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 8.0];
        let ensemble = Ensemble::from_flat(rows.clone()).unwrap();
        assert_eq!(ensemble.mean(), [2.0, 2.0, 2.0, 6.0]);
        assert_eq!(
            ensemble.covariance(),
            [
                [2.0, 0.0, -2.0, 4.0],
                [0.0; 4],
                [-2.0, 0.0, 2.0, -4.0],
                [4.0, 0.0, -4.0, 8.0]
            ],
        );
        assert_eq!(ensemble.as_flat(), rows);
        assert_eq!(ensemble.members().collect::<Ensemble>(), ensemble);
    }

    #[test]
    fn only_whole_rows_of_finite_numbers_are_an_ensemble() {
        assert_eq!(Ensemble::from_flat(vec![]), None);
        assert_eq!(Ensemble::from_flat(vec![0.0; 4]), None);
        assert_eq!(Ensemble::from_flat(vec![0.0; 9]), None);
        assert_eq!(Ensemble::from_flat(vec![f64::NAN; 8]), None);
    }
}
