//! Against an ensemble that grows too sure of itself.

use nalgebra::DMatrix;

use super::deviations;

/// Relaxation to prior spread (Whitaker & Hamill 2012, doi:10.1175/MWR-D-11-00276.1): gives
/// each variable back the share `relaxation`, from 0 to 1, of the standard deviation that the
/// analysis took from it. The mean stays.
pub fn relax_to_prior_spread(ensemble: &mut DMatrix<f64>, prior_spreads: &[f64], relaxation: f64) {
    let (deviation, _) = deviations(ensemble);
    let divisor = ensemble.nrows() as f64 - 1.0;
    for (at, prior) in prior_spreads.iter().enumerate() {
        let deviation = deviation.column(at);
        let spread = (deviation.norm_squared() / divisor).sqrt();
        if spread > 0.0 {
            let more = relaxation * (prior - spread) / spread;
            ensemble.column_mut(at).axpy(more, &deviation, 1.0);
        }
    }
}

/// The standard deviation of each variable over the members.
pub fn spreads(ensemble: &DMatrix<f64>) -> Vec<f64> {
    let divisor = ensemble.nrows() as f64 - 1.0;
    deviations(ensemble)
        .0
        .column_iter()
        .map(|column| (column.norm_squared() / divisor).sqrt())
        .collect()
}
