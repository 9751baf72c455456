//! Quantiles of a sample.

/// The `p`-quantile of `sorted`: linear between the order statistics (type 7 of Hyndman and
/// Fan, 1996, what R and NumPy do unasked). `None` of nothing.
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = last as f64 * p.clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the length"
    )]
    let below = at.floor() as usize;
    let (low, high) = (sorted.get(below)?, sorted.get((below + 1).min(last))?);
    Some(low + (high - low) * at.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `quantile(c(1, 2, 4, 8), c(0, .05, .25, .5, .95, 1))` in R.
    #[test]
    fn quantiles_are_those_of_r() {
        let sample = [1.0, 2.0, 4.0, 8.0];
        for (p, expected) in [
            (0.0, 1.0),
            (0.05, 1.15),
            (0.25, 1.75),
            (0.5, 3.0),
            (0.95, 7.4),
            (1.0, 8.0),
        ] {
            let found = quantile(&sample, p).unwrap_or(f64::NAN);
            assert!((found - expected).abs() < 1e-12, "{p}: {found}");
        }
    }

    #[test]
    fn nothing_has_no_quantile_and_one_has_itself() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.05), Some(3.0));
    }
}
