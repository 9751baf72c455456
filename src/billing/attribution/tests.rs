//! Known splits, and what holds of every one.

use proptest::prelude::*;

use super::*;

fn measured(processor_ms: i64, database_ms: i64, megabyte_days: i64) -> Measured {
    Measured {
        processor_ms: processor_ms.into(),
        database_ms: database_ms.into(),
        megabyte_days: megabyte_days.into(),
    }
}

fn cost(cents: i64, driver: Driver, capacity: Option<i64>, rest: Rest) -> Cost {
    Cost {
        cents,
        driver,
        capacity: capacity.map(Decimal::from),
        rest,
    }
}

#[test]
fn a_server_that_idles_half_and_a_shared_wage_are_split_as_by_hand() {
    let departments = [
        measured(300, 0, 0),
        measured(100, 0, 0),
        measured(100, 0, 0),
    ];
    let costs = [
        // 500 of 1,000 were used: 60.00 of 120.00, as 3 to 1 to 1; the rest is idle, evenly.
        cost(12_000, Driver::Processors, Some(1_000), Rest::Evenly),
        // As 36.00 to 12.00 to 12.00.
        cost(10_000, Driver::Shared, None, Rest::InProportion),
        cost(1_000, Driver::Shared, None, Rest::Evenly),
    ];
    let share = |direct, idle, shared| Share {
        direct,
        idle,
        shared,
    };
    assert_eq!(
        attribute(&costs, &departments),
        [
            vec![
                share(3_600, 2_000, 0),
                share(1_200, 2_000, 0),
                share(1_200, 2_000, 0)
            ],
            vec![share(0, 0, 6_000), share(0, 0, 2_000), share(0, 0, 2_000)],
            // A cent more for the first, so that it is 10.00.
            vec![share(0, 0, 334), share(0, 0, 333), share(0, 0, 333)],
        ]
    );
}

#[test]
fn what_nobody_used_is_idle_and_more_than_there_was_is_all_use() {
    let nobody = attribute(
        &[cost(100, Driver::Storage, None, Rest::InProportion)],
        &[measured(0, 0, 0); 2],
    );
    assert_eq!(
        nobody[0]
            .iter()
            .map(|share| (share.direct, share.idle))
            .collect::<Vec<_>>(),
        [(0, 50), (0, 50)]
    );
    let all = attribute(
        &[cost(100, Driver::Database, Some(10), Rest::Evenly)],
        &[measured(0, 30, 0), measured(0, 10, 0)],
    );
    assert_eq!(
        all[0]
            .iter()
            .map(|share| (share.direct, share.idle))
            .collect::<Vec<_>>(),
        [(75, 0), (25, 0)]
    );
    assert!(attribute(&[cost(100, Driver::Shared, None, Rest::Evenly)], &[]).is_empty());
}

#[test]
fn largest_remainders_take_the_cents_that_are_left() {
    let weights = [1, 1, 1].map(Decimal::from);
    assert_eq!(split(100, &weights, Rest::InProportion), [34, 33, 33]);
    let weights = [47_000, 16_000, 15_900, 12_000, 6_000, 3_100].map(Decimal::from);
    // The seats of the textbook example of Hamilton's method.
    assert_eq!(split(10, &weights, Rest::InProportion), [5, 2, 1, 1, 1, 0]);
    assert_eq!(
        split(-7, &[Decimal::ONE, Decimal::ONE], Rest::Evenly),
        [-3, -4]
    );
}

prop_compose! {
    fn any_cost()(
        cents in -1_000_000_i64..1_000_000_000, driver in 0..4_usize,
        capacity in prop::option::of(1_i64..1_000_000_000), evenly in any::<bool>(),
    ) -> Cost {
        cost(cents, Driver::ALL[driver], capacity, if evenly { Rest::Evenly } else { Rest::InProportion })
    }
}

proptest! {
    #[test]
    fn the_parts_are_the_whole_to_the_cent(
        costs in prop::collection::vec(any_cost(), 0..6),
        used in prop::collection::vec((0_i64..i64::MAX / 4, 0_i64..1_000_000, 0_i64..1_000), 1..40),
    ) {
        let departments: Vec<_> = used.iter().map(|&(a, b, c)| measured(a, b, c)).collect();
        for (cost, shares) in costs.iter().zip(attribute(&costs, &departments)) {
            prop_assert_eq!(shares.len(), departments.len());
            prop_assert_eq!(shares.iter().map(|share| share.total()).sum::<i64>(), cost.cents);
            for share in shares {
                prop_assert!(cost.driver == Driver::Shared || share.shared == 0);
                prop_assert!(cost.cents < 0 || (share.direct >= 0 && share.idle >= 0 && share.shared >= 0));
            }
        }
    }

    #[test]
    fn whoever_used_more_bears_no_less(
        cost in any_cost().prop_filter("a cost", |cost| cost.cents >= 0), small in 0_i64..1_000, more in 0_i64..1_000,
    ) {
        let departments = [measured(small, small, small), measured(small + more, small + more, small + more)];
        let shares = &attribute(&[cost], &departments)[0];
        // But for the cent that goes to the first of equals.
        prop_assert!(shares[1].total() >= shares[0].total() - 2);
    }
}
