//! Against an ensemble that grows too sure of itself.

use nalgebra::DMatrix;

use super::moments;

/// Relaxation to prior spread (Whitaker & Hamill 2012, doi:10.1175/MWR-D-11-00276.1): gives
/// each variable back the share `relaxation`, from 0 to 1, of the standard deviation that the
/// analysis took from it. The mean stays.
pub fn relax_to_prior_spread(ensemble: &mut DMatrix<f64>, prior_spreads: &[f64], relaxation: f64) {
    for (mut column, prior) in ensemble.column_iter_mut().zip(prior_spreads) {
        let (mean, spread) = moments(column.as_slice());
        if spread > 0.0 {
            let more = relaxation * (prior - spread) / spread;
            column.apply(|member| *member += more * (*member - mean));
        }
    }
}

/// The standard deviation of each variable over the members.
pub fn spreads(ensemble: &DMatrix<f64>) -> Vec<f64> {
    let columns = ensemble.column_iter();
    columns.map(|column| moments(column.as_slice()).1).collect()
}
