//! Known bills, and what holds of every one.

use proptest::prelude::*;

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn list(minimum: &str) -> PriceList {
    let tier = |above: i64, price: &str| Tier {
        above: above.into(),
        unit_price: decimal(price),
    };
    PriceList {
        plan_id: "standard".into(),
        name: "Standard".into(),
        valid_from: Month::of("2026-01-01".parse().unwrap_or_default()),
        currency: Currency::all().next().expect("a currency"),
        minimum: decimal(minimum),
        refused_share: decimal("0.5"),
        failed_share: Decimal::ZERO,
        tiers: BTreeMap::from([
            (
                "api_call".into(),
                vec![tier(1_000, "0.01"), tier(2_000, "0.005")],
            ),
            ("enkf_run".into(), vec![tier(0, "0.001")]),
        ]),
    }
}

fn used(event_type: &str, outcome: &str, units: &str) -> Quantity {
    Quantity {
        event_type: event_type.into(),
        outcome: outcome.into(),
        events: 1,
        cost_units: decimal(units),
    }
}

fn told(lines: &[Line]) -> Vec<String> {
    lines
        .iter()
        .map(|line| {
            let about = line.event_type.as_deref().unwrap_or(line.kind.as_str());
            let (quantity, price) = (line.quantity.normalize(), line.unit_price.normalize());
            format!("{about} {quantity} × {price} = {}", line.amount)
        })
        .collect()
}

#[test]
fn a_bill_of_tiers_shares_and_a_minimum_is_the_one_by_hand() {
    let lines = list("20").lines(&[
        used("enkf_run", "done", "123.4567"),
        used("api_call", "done", "2400"),
        used("api_call", "refused", "200"),
        used("api_call", "failed", "5000"),
        used("data_stored", "done", "7"),
    ]);
    assert_eq!(
        told(&lines),
        [
            "api_call 1000 × 0 = 0.00",
            "api_call 1000 × 0.01 = 10.00",
            "api_call 500 × 0.005 = 2.50",
            "enkf_run 123.4567 × 0.001 = 0.12",
            "data_stored 7 × 0 = 0.00",
            "minimum 1 × 7.38 = 7.38",
        ]
    );
    assert_eq!(total(&lines).to_string(), "20.00");
}

#[test]
fn nothing_used_costs_the_minimum_or_nothing() {
    assert_eq!(told(&list("0").lines(&[])), [""; 0]);
    assert_eq!(told(&list("5").lines(&[])), ["minimum 1 × 5 = 5.00"]);
}

#[test]
fn the_first_unit_beyond_what_is_included_is_the_first_that_costs() {
    for (units, amount) in [
        ("1000", "0.00"),
        ("1001", "0.01"),
        ("2000", "10.00"),
        ("2002", "10.01"),
    ] {
        let lines = list("0").lines(&[used("api_call", "done", units)]);
        assert_eq!(total(&lines).to_string(), amount, "{units}");
    }
}

prop_compose! {
    fn quantities()(rows in prop::collection::vec(
        (0..BILLED.len(), 0..Outcome::ALL.len(), 0_i64..5_000_000_000), 0..12,
    )) -> Vec<Quantity> {
        rows.into_iter().map(|(kind, outcome, millionths)| Quantity {
            event_type: BILLED[kind].into(),
            outcome: Outcome::ALL[outcome].as_str().into(),
            events: 1,
            cost_units: Decimal::new(millionths, 6),
        }).collect()
    }
}

proptest! {
    #[test]
    fn lines_hold_every_unit_once_and_reach_the_minimum(used in quantities(), minimum in 0_i64..5_000) {
        let list = list(&Decimal::new(minimum, 2).to_string());
        let lines = list.lines(&used);
        for event_type in BILLED {
            let billed: Decimal = lines
                .iter()
                .filter(|line| line.event_type.as_deref() == Some(event_type))
                .map(|line| line.quantity)
                .sum();
            prop_assert_eq!(billed, list.units(event_type, &used));
        }
        prop_assert!(lines.iter().all(|line| line.amount.scale() == 2 && line.amount >= Decimal::ZERO));
        prop_assert!(total(&lines) >= list.minimum);
    }

    #[test]
    fn the_order_of_use_and_its_parts_do_not_matter(mut used in quantities()) {
        let list = list("1");
        let lines = list.lines(&used);
        used.reverse();
        let halves: Vec<Quantity> = used.iter().flat_map(|quantity| {
            let half = Decimal::new((quantity.cost_units / Decimal::TWO).trunc().mantissa() as i64, 0);
            [half, quantity.cost_units - half].map(|cost_units| Quantity { cost_units, ..quantity.clone() })
        }).collect();
        prop_assert_eq!(list.lines(&halves), lines);
    }

    #[test]
    fn more_use_never_costs_less(used in quantities(), more in quantities()) {
        let list = list("3");
        let both = [used.clone(), more].concat();
        prop_assert!(total(&list.lines(&both)) >= total(&list.lines(&used)) - Decimal::new(2, 2));
    }
}
