//! How well a forecast did, once it is known what happened.

use super::quantiles::{LEVELS, Quantiles, level_of};

/// The scores of one forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Weighted interval score, in cases: [`weighted_interval_score`].
    pub wis: f64,
    /// The same of the logarithms, `ln(cases + 1)` (Bosse et al. 2023,
    /// doi:10.1371/journal.pcbi.1011393): errors in proportion, so that small places count as
    /// much as large ones.
    pub log_wis: f64,
    /// Probability integral transform: the level at which the truth stood, from 0 to 1.
    pub pit: f64,
}

impl Score {
    /// Scores a forecast against what happened.
    pub fn of(forecast: &Quantiles, truth: f64) -> Self {
        let log = |cases: f64| (cases.max(0.0) + 1.0).ln();
        Self {
            wis: weighted_interval_score(forecast, truth),
            log_wis: weighted_interval_score(&forecast.map(log), log(truth)),
            pit: level_of(forecast, truth),
        }
    }
}

/// The weighted interval score (Bracher et al. 2021, doi:10.1371/journal.pcbi.1008618, eq. 2),
/// in the unit of the forecast; the less the better, and of a single number the absolute error.
///
/// It is the mean over the levels of twice the quantile score.
pub fn weighted_interval_score(forecast: &Quantiles, truth: f64) -> f64 {
    let scores = forecast.iter().zip(LEVELS).map(|(quantile, level)| {
        if truth >= *quantile {
            level * (truth - quantile)
        } else {
            (1.0 - level) * (quantile - truth)
        }
    });
    2.0 * scores.sum::<f64>() / LEVELS.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equation 2 of Bracher et al. as it is written: interval scores, weighted by half their
    /// level, and half the error of the median.
    fn as_written(forecast: &Quantiles, truth: f64) -> f64 {
        let intervals: f64 = (0..11)
            .map(|at| {
                let alpha = 2.0 * LEVELS[at];
                let (low, high) = (forecast[at], forecast[22 - at]);
                let missed = (low - truth).max(0.0) + (truth - high).max(0.0);
                alpha / 2.0 * (high - low + 2.0 / alpha * missed)
            })
            .sum();
        (0.5 * (truth - forecast[11]).abs() + intervals) / 11.5
    }

    #[test]
    fn the_score_is_that_of_the_paper() {
        let forecast = LEVELS.map(|level| 40.0 + 90.0 * level * level);
        for truth in [0.0, 40.0, 63.7, 100.0, 400.0] {
            let (found, expected) = (
                weighted_interval_score(&forecast, truth),
                as_written(&forecast, truth),
            );
            assert!(
                (found - expected).abs() < 1e-10,
                "{truth}: {found} for {expected}"
            );
        }
    }

    #[test]
    fn a_single_number_scores_its_absolute_error() {
        let score = Score::of(&[10.0; 23], 17.0);
        assert!((score.wis - 7.0).abs() < 1e-12);
        assert!((score.log_wis - (18.0_f64 / 11.0).ln()).abs() < 1e-12);
        assert_eq!(score.pit, 0.995);
    }

    #[test]
    fn a_forecast_that_was_certain_and_right_scores_nothing() {
        let score = Score::of(&[10.0; 23], 10.0);
        assert_eq!((score.wis, score.log_wis, score.pit), (0.0, 0.0, 0.5));
    }
}
