//! How a week's cases fall on its days.
//!
//! Laboratories and offices keep weekends: in one region a Tuesday carries 20 % of a week's
//! reports and a Sunday 5 %. A model that took this for transmission would see an epidemic rise
//! and fall every week.

use super::days::{Day, Series};

/// From how many days before it a day's factor is learnt: eight weeks, so that a holiday among
/// them weighs an eighth, and a change of habits is followed within two months.
const LEARNT_DAYS: usize = 56;

/// How often each weekday must have been counted.
const ENOUGH: usize = 3;

/// The least factor. On a weekday on which nobody reports, a case more or less says nothing.
const LEAST: f64 = 0.02;

/// The factors of the seven days from the day at `index` on: how many times a mean day's cases
/// each is expected to bring. Learnt from the days before `index` alone; 1 for all until each
/// weekday was counted three times.
///
/// Each weekday has a case more than was counted, so that a place with few cases is not taken
/// to have none on Sundays.
pub fn factors(series: &Series, index: usize) -> [f64; 7] {
    let (mut cases, mut days) = ([0.0; 7], [0_usize; 7]);
    for back in 1..=LEARNT_DAYS.min(index) {
        if let Some(Day::Counted(count)) = series.days.get(index - back) {
            // Seven days before `index` is of the same weekday as `index` itself.
            let weekday = (7 - back % 7) % 7;
            cases[weekday] += count.expected();
            days[weekday] += 1;
        }
    }
    let weeks = days.into_iter().min().unwrap_or(0);
    if weeks < ENOUGH {
        return [1.0; 7];
    }
    let mut of_a_week: [f64; 7] =
        std::array::from_fn(|day| cases[day] / days[day] as f64 * weeks as f64 + 1.0);
    let mean = of_a_week.iter().sum::<f64>() / 7.0;
    for factor in &mut of_a_week {
        *factor = (*factor / mean).max(LEAST);
    }
    of_a_week
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::forecasting::days::{Count, Unseen};

    /// `weeks` weeks whose days have these cases.
    fn weeks(week: [f64; 7], weeks: usize) -> Series {
        let days = (0..7 * weeks).map(|day| Day::Counted(Count::complete(week[day % 7])));
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        Series::new(first, days.collect()).expect("days")
    }

    #[test]
    fn a_day_has_its_share_of_the_weeks_before() {
        let series = weeks([20.0, 20.0, 15.0, 15.0, 15.0, 10.0, 5.0], 8);
        // A case more a weekday in eight weeks: 161 of 807 cases, sevenfold.
        let monday = factors(&series, 56);
        assert!((monday[0] - 161.0 * 7.0 / 807.0).abs() < 1e-12);
        assert!((monday[6] - 41.0 * 7.0 / 807.0).abs() < 1e-12);
        let wednesday = factors(&series, 51);
        assert!((wednesday[0] - wednesday[1]).abs() < 0.02);
        assert!(wednesday[4] < 0.5, "{wednesday:?}");
    }

    #[test]
    fn before_three_weeks_all_days_are_alike() {
        let series = weeks([7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 4);
        assert_eq!(factors(&series, 20), [1.0; 7]);
        assert!(factors(&series, 21)[0] > 3.0);
    }

    #[test]
    fn a_day_that_was_not_counted_is_not_taken_for_none() {
        let mut series = weeks([10.0; 7], 8);
        series.days[49] = Day::Unseen(Unseen::Missing);
        for factor in factors(&series, 56) {
            assert!((factor - 1.0).abs() < 1e-12);
        }
    }
}
