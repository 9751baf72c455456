//! Where a month ends if it goes on as it began.

use rust_decimal::Decimal;

use super::{
    month::Month,
    prices::{PriceList, Quantity, total},
};
use crate::clock::Now;

/// What a month costs by its end, if each kind of use goes on at the pace of the days so far; none
/// in its first day, and where it is over.
pub fn at_this_pace(
    list: &PriceList,
    used: &[Quantity],
    month: Month,
    now: Now,
) -> Option<Decimal> {
    let gone = (now - month.begins_at()).num_minutes();
    let whole = (month.ends_at() - month.begins_at()).num_minutes();
    if gone < 24 * 60 || gone >= whole {
        return None;
    }
    let pace = Decimal::from(whole) / Decimal::from(gone);
    let by_the_end: Vec<Quantity> = used
        .iter()
        .map(|quantity| Quantity {
            cost_units: (quantity.cost_units * pace).round_dp(6),
            ..quantity.clone()
        })
        .collect();
    Some(total(&list.lines(&by_the_end)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::billing::{money::Currency, prices::Tier};

    #[test]
    fn a_third_of_a_month_goes_on_to_three_times_as_much_above_what_is_included() {
        let number = |text: &str| text.parse::<Decimal>().unwrap_or_default();
        let month = Month::of("2026-04-01".parse().unwrap_or_default());
        let list = PriceList {
            plan_id: "standard".into(),
            name: "Standard".into(),
            valid_from: month,
            currency: Currency::all().next().expect("a currency"),
            minimum: Decimal::ZERO,
            refused_share: Decimal::ONE,
            failed_share: Decimal::ZERO,
            tiers: BTreeMap::from([(
                "api_call".into(),
                vec![Tier {
                    above: number("100"),
                    unit_price: number("0.10"),
                }],
            )]),
        };
        let used = [Quantity {
            event_type: "api_call".into(),
            outcome: "done".into(),
            events: 90,
            cost_units: number("90"),
        }];
        let at = |moment: &str| {
            let now = moment.parse().expect("a moment");
            at_this_pace(&list, &used, month, now).map(|amount| amount.to_string())
        };
        // 270 calls, of which 170 cost.
        assert_eq!(at("2026-04-11T00:00:00Z").as_deref(), Some("17.00"));
        assert_eq!(at("2026-04-01T23:00:00Z"), None, "too early to say");
        assert_eq!(at("2026-05-01T00:00:00Z"), None, "it is over");
    }
}
