//! What becomes of cases on their way into a simulated department's daily counts.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate};
use rand::Rng;
use rand_distr::{Binomial, Distribution, Gamma, Poisson};

/// Reports by weekday, Monday first, relative to the week's average: laboratories rest at
/// the weekend and catch up on Monday and Tuesday.
const WEEKDAY: [f64; 7] = [1.36, 1.28, 1.12, 1.06, 1.02, 0.64, 0.52];

/// The share of a day's cases that are known the same day, a day later, and so on; after
/// these, all. The mean delay is 2.2 days.
const KNOWN_AFTER_DAYS: [f64; 7] = [0.18, 0.42, 0.62, 0.77, 0.87, 0.93, 0.97];

/// The negative binomial's size parameter `k`: the variance is `mean + mean^2 / k`.
const DISPERSION: f64 = 20.0;

/// Counts of the days that were reported, oldest first.
///
/// `expected` is the mean number of reported cases by day, the last on `last_day`; `outage`
/// the ages, in days before `last_day`, of the days without a report.
pub fn report(
    expected: &[f64],
    last_day: NaiveDate,
    outage: Option<&RangeInclusive<u32>>,
    rng: &mut impl Rng,
) -> Vec<(NaiveDate, u32)> {
    std::iter::zip((0..expected.len() as u32).rev(), expected)
        .map(|(age, cases)| {
            let day = last_day - Days::new(u64::from(age));
            let weekday = WEEKDAY[day.weekday().num_days_from_monday() as usize];
            let known = KNOWN_AFTER_DAYS.get(age as usize).unwrap_or(&1.0);
            (age, day, negative_binomial(cases * weekday * known, rng))
        })
        // After the draw, so that an outage changes no other day.
        .filter(|(age, ..)| !outage.is_some_and(|outage| outage.contains(age)))
        .map(|(_, day, count)| (day, count))
        .collect()
}

/// What was known of a day `0, 1, …` days after, up to `age` days, by which `count` were. Each
/// case that is known by then was known earlier with the odds of its age.
pub fn known_by_age(count: u32, age: usize, rng: &mut impl Rng) -> Vec<u32> {
    let share = |age: usize| KNOWN_AFTER_DAYS.get(age).unwrap_or(&1.0);
    let age = age.min(KNOWN_AFTER_DAYS.len());
    let mut known = vec![count; age + 1];
    for younger in (0..age).rev() {
        let later = known[younger + 1];
        let odds = share(younger) / share(younger + 1);
        known[younger] = Binomial::new(u64::from(later), odds).map_or(later, |cases| {
            u32::try_from(cases.sample(rng)).unwrap_or(later)
        });
    }
    known
}

/// After so many days all cases of a day are known.
pub const ALL_KNOWN: usize = KNOWN_AFTER_DAYS.len();

/// A draw with this mean, as a Poisson whose rate is a gamma's.
fn negative_binomial(mean: f64, rng: &mut impl Rng) -> u32 {
    // Neither distribution exists at zero; there the count is certain.
    let Ok(rate) = Gamma::new(DISPERSION, mean / DISPERSION).map(|gamma| gamma.sample(rng)) else {
        return 0;
    };
    Poisson::new(rate).map_or(0, |poisson| poisson.sample(rng) as u32)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::Xoshiro256PlusPlus;

    use super::*;

    /// The negative binomial's mean `m` and variance `m + m^2 / k`, to five standard errors.
    #[test]
    fn counts_have_the_moments_of_a_negative_binomial() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let (draws, mean) = (50_000, 15.0);
        let counts: Vec<f64> = (0..draws)
            .map(|_| f64::from(negative_binomial(mean, &mut rng)))
            .collect();
        let average = counts.iter().sum::<f64>() / f64::from(draws);
        let variance = counts
            .iter()
            .map(|count| (count - average).powi(2))
            .sum::<f64>()
            / f64::from(draws - 1);

        let expected: f64 = mean + mean * mean / DISPERSION;
        assert!((average - mean).abs() < 5.0 * (expected / f64::from(draws)).sqrt());
        // The fourth moment is close to a normal's: the variance has the relative error
        // `sqrt(2 / draws)`, a little more for the tail.
        assert!((variance / expected - 1.0).abs() < 5.0 * (2.5 / f64::from(draws)).sqrt());
        assert_eq!(negative_binomial(0.0, &mut rng), 0);
    }

    #[test]
    fn a_week_reports_seven_days_worth_of_cases() {
        assert!((WEEKDAY.iter().sum::<f64>() - 7.0).abs() < 1e-12);
    }
}
