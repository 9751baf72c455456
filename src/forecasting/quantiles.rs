//! Quantiles at the levels of the forecast hubs.

/// How many levels there are.
pub const COUNT: usize = 23;

/// The levels at which forecasts are written down: those of the COVID-19 Forecast Hub (Cramer
/// et al. 2022, doi:10.1073/pnas.2113561119).
pub const LEVELS: [f64; COUNT] = [
    0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75,
    0.8, 0.85, 0.9, 0.95, 0.975, 0.99,
];

/// Where the median stands among the levels.
pub const MEDIAN: usize = 11;

/// A value for each of [`LEVELS`], rising.
pub type Quantiles = [f64; COUNT];

/// The quantiles of a sample, which is sorted for it: linear between the order statistics (type
/// 7 of Hyndman & Fan 1996). Of no sample, zeros.
pub fn of_sample(sample: &mut [f64]) -> Quantiles {
    sample.sort_unstable_by(f64::total_cmp);
    LEVELS.map(|level| of_sorted(sample, level))
}

/// The quantile at one `level` of a sorted sample; zero of none.
pub fn of_sorted(sorted: &[f64], level: f64) -> f64 {
    crate::surveillance::completeness::quantile(sorted, level).unwrap_or(0.0)
}

/// The level at which `value` stands in a forecast, linear between its quantiles. Below the
/// lowest and above the highest it is half-way to the end: more is not known there. Where
/// several quantiles are the same value, the middle of their levels.
pub fn level_of(quantiles: &Quantiles, value: f64) -> f64 {
    let below = quantiles.partition_point(|quantile| *quantile < value);
    let upto = quantiles.partition_point(|quantile| *quantile <= value);
    if below < upto {
        return f64::midpoint(LEVELS[below], LEVELS[upto - 1]);
    }
    match below {
        0 => LEVELS[0] / 2.0,
        COUNT => f64::midpoint(LEVELS[COUNT - 1], 1.0),
        at => {
            let (low, high) = (quantiles[at - 1], quantiles[at]);
            let share = (value - low) / (high - low);
            LEVELS[at - 1] + share * (LEVELS[at] - LEVELS[at - 1])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_numbers_have_their_quantiles_where_they_should_be() {
        let mut sample: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        let quantiles = of_sample(&mut sample);
        for (quantile, level) in quantiles.iter().zip(LEVELS) {
            assert!((quantile - 100.0 * level).abs() < 1e-9);
        }
        assert_eq!(LEVELS[MEDIAN], 0.5);
    }

    #[test]
    fn a_value_stands_at_its_level() {
        let quantiles = LEVELS.map(|level| 100.0 * level);
        assert!((level_of(&quantiles, 50.0) - 0.5).abs() < 1e-12);
        assert!((level_of(&quantiles, 12.0) - 0.12).abs() < 1e-12);
        assert_eq!(level_of(&quantiles, 0.0), 0.005);
        assert_eq!(level_of(&quantiles, 1e9), 0.995);
    }

    #[test]
    fn a_value_that_many_quantiles_share_stands_in_their_middle() {
        let mut quantiles = [0.0; COUNT];
        quantiles[COUNT - 1] = 1.0;
        assert_eq!(level_of(&quantiles, 0.0), (0.01 + 0.975) / 2.0);
    }
}
