//! What more departments would need, from what those there are use. No database here.

use rust_decimal::Decimal;

use super::{costs::UsedBy, month::Month};
use crate::clock::Now;

/// What is needed, as if it were busy all month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Processors.
    pub processors: Decimal,
    /// Connections of the database.
    pub connections: Decimal,
    /// Gigabytes stored.
    pub gigabytes: Decimal,
}

/// The share of a month that is over: not less than a day's.
pub fn share_of(month: Month, now: Now) -> Decimal {
    let whole = Decimal::from(month.days());
    let gone = Decimal::from((now - month.begins_at()).num_minutes()) / Decimal::from(24 * 60);
    (gone / whole).clamp(Decimal::ONE / whole, Decimal::ONE)
}

/// What `more` departments like the median of these would need, which used what they used in this
/// share of the month.
pub fn of_more(all: &[UsedBy], more: u32, month: Month, share: Decimal) -> Need {
    let milliseconds = Decimal::from(month.days() * 24 * 3_600_000) * share;
    let days = Decimal::from(month.days()) * share;
    let more = Decimal::from(more);
    let median = |of: fn(&UsedBy) -> Decimal| median(all.iter().map(of).collect());
    Need {
        processors: more * median(|used| used.processor_ms) / milliseconds,
        connections: more * median(|used| used.database_ms) / milliseconds,
        gigabytes: more * median(|used| used.megabyte_days) / days / Decimal::ONE_THOUSAND,
    }
}

fn median(mut values: Vec<Decimal>) -> Decimal {
    values.sort_unstable();
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle)) {
        (1, Some(value)) => *value,
        (_, Some(value)) => (values[middle - 1] + value) / Decimal::TWO,
        (_, None) => Decimal::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_more_need_ten_times_the_median() {
        let month = Month::of("2026-04-01".parse().unwrap_or_default());
        let used = |processor_ms: i64, megabyte_days: i64| UsedBy {
            tenant_id: String::new(),
            name: String::new(),
            processor_ms: processor_ms.into(),
            database_ms: Decimal::ZERO,
            megabyte_days: megabyte_days.into(),
            calls: 0,
            runs: 0,
            pages: 0,
        };
        // 30 days are 2,592,000,000 ms; in ten of them the median was busy for a tenth.
        let all = [
            used(86_400_000, 5_000),
            used(1, 1_000),
            used(864_000_000, 90_000),
        ];
        let share = Decimal::ONE / Decimal::from(3);
        let need = of_more(&all, 10, month, share);
        assert_eq!(need.processors.round_dp(6), Decimal::ONE);
        // 5,000 megabyte-days in ten days are half a gigabyte.
        assert_eq!(need.gigabytes.round_dp(6), Decimal::from(5));
        assert_eq!(of_more(&[], 10, month, share).gigabytes, Decimal::ZERO);
    }

    #[test]
    fn a_month_counts_from_its_first_day_on() {
        let month = Month::of("2026-04-01".parse().unwrap_or_default());
        let share = |at: &str| {
            share_of(month, at.parse().expect("a moment"))
                .round_dp(4)
                .normalize()
                .to_string()
        };
        assert_eq!(share("2026-04-01T00:00:00Z"), "0.0333");
        assert_eq!(share("2026-04-16T00:00:00Z"), "0.5");
        assert_eq!(share("2026-06-01T00:00:00Z"), "1");
    }
}
