//! Quantiles at the levels of the forecast hubs.

use crate::surveillance::completeness::quantile;

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

/// The quantiles of a sample at [`LEVELS`], as [`at_levels`] has them.
pub fn of_sample(sample: &mut [f64]) -> Quantiles {
    at_levels(sample, LEVELS)
}

/// The quantiles of a sample, whose order is changed for it, at rising levels: linear between the
/// order statistics (type 7 of Hyndman & Fan 1996). Of no sample, zeros.
pub fn at_levels<const N: usize>(sample: &mut [f64], levels: [f64; N]) -> [f64; N] {
    let last = sample.len().saturating_sub(1);
    let between = |level: f64| {
        let below = (last as f64 * level) as usize;
        [below, (below + 1).min(last)]
    };
    let mut ranks: Vec<usize> = levels.into_iter().flat_map(between).collect();
    ranks.sort_unstable();
    ranks.dedup();
    if !sample.is_empty() {
        put_in_place(sample, 0, &ranks);
    }
    levels.map(|level| quantile(sample, level).unwrap_or(0.0))
}

/// Puts at each of `ranks`, which rise, what would stand there if all was sorted. `sample` begins
/// with the rank `first`.
fn put_in_place(sample: &mut [f64], first: usize, ranks: &[usize]) {
    let middle = ranks.len() / 2;
    let Some(rank) = ranks.get(middle) else {
        return;
    };
    let (below, _, above) = sample.select_nth_unstable_by(rank - first, f64::total_cmp);
    put_in_place(below, first, &ranks[..middle]);
    put_in_place(above, rank + 1, &ranks[middle + 1..]);
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn a_sample_in_any_order_has_the_quantiles_of_the_sorted(
            mut sample in prop::collection::vec(-5.0..5.0_f64, 1..200),
            ties in 0..20_usize,
        ) {
            let first = sample[0];
            sample.extend(std::iter::repeat_n(first, ties));
            let mut sorted = sample.clone();
            sorted.sort_by(f64::total_cmp);
            let expected = LEVELS.map(|level| quantile(&sorted, level).unwrap_or(f64::NAN));
            prop_assert_eq!(of_sample(&mut sample), expected);
        }
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
