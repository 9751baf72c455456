//! Whatever happens in whatever order: what is billed is what was used.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{decimal, month};
use crate::{
    billing::{
        EventType, Month, Outcome,
        correction::{Wrong, correct},
        money::Currency,
        plans::set_prices,
        prices::{Kind, PriceList, Quantity, Tier, total},
        statement::Statement,
    },
    tests::portal::TestPortal,
};

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// The first or the second department uses something, under a name that may have been used.
    Use {
        by: usize,
        name: u8,
        milliseconds: u64,
        outcome: usize,
    },
    /// The plan costs this much from the month on that is now.
    Price { cents: i64 },
    /// The month ends, and is closed.
    Close,
    /// A line of the last statement should have been this much.
    Correct { by: usize, line: i32, cents: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..2_usize, 0..12_u8, 10..90_000_u64, 0..3_usize)
            .prop_map(|(by, name, milliseconds, outcome)| Step::Use { by, name, milliseconds, outcome }),
        1 => (0..100_i64).prop_map(|cents| Step::Price { cents }),
        1 => Just(Step::Close),
        1 => (0..2_usize, 1..4_i32, 0..1_000_i64).prop_map(|(by, line, cents)| Step::Correct { by, line, cents }),
    ]
}

fn list(from: Month, cents: i64) -> PriceList {
    PriceList {
        plan_id: "standard".into(),
        name: "Standard".into(),
        valid_from: from,
        currency: Currency::parse("USD").expect("a currency"),
        minimum: decimal("0.50"),
        refused_share: decimal("0.3"),
        failed_share: decimal("0"),
        tiers: BTreeMap::from([(
            "enkf_run".into(),
            [(100, cents), (2_000, cents / 2)]
                .map(|(above, cents)| Tier {
                    above: above.into(),
                    unit_price: Decimal::new(cents, 4),
                })
                .to_vec(),
        )]),
    }
}

/// What is on a statement, without the ids of corrections.
fn told(statement: &Statement) -> Vec<String> {
    statement
        .lines
        .iter()
        .map(|line| {
            let (kind, note) = (line.kind.as_str(), &line.note);
            format!(
                "{kind} {} {} {} {note}",
                line.quantity.normalize(),
                line.unit_price.normalize(),
                line.amount
            )
        })
        .collect()
}

/// What happened as it should be counted, kept by the test itself.
#[derive(Default)]
struct Kept {
    used: Vec<Quantity>,
    /// What takes back and stands for lines of earlier months.
    due: Decimal,
}

/// Lets it happen, in a portal of its own, and gives the statements of both departments. Steps of
/// the second department may be left out.
async fn happens(steps: &[Step], both: bool) -> [Vec<Vec<String>>; 2] {
    let portal = TestPortal::start().await;
    let departments = [portal.onboard("alder").await, portal.onboard("birch").await];
    let mut now = month("2026-03");
    let mut prices = list(now, 20);
    set(&portal, &prices).await;
    let mut names: [BTreeSet<u8>; 2] = Default::default();
    let mut kept: [Kept; 2] = Default::default();
    let mut statements: [Vec<Vec<String>>; 2] = Default::default();
    let mut corrected: BTreeSet<(usize, Month, i32)> = BTreeSet::new();
    for step in steps.iter().chain([&Step::Close]) {
        match step {
            Step::Use { by, .. } | Step::Correct { by, .. } if *by == 1 && !both => {}
            Step::Use {
                by,
                name,
                milliseconds,
                outcome,
            } => {
                let cpu = Duration::from_millis(*milliseconds);
                let (event, outcome) = (EventType::EnkfRun { cpu }, Outcome::ALL[*outcome]);
                let billed = departments[*by]
                    .uses(&format!("run:{name}"), event, outcome)
                    .await;
                assert_eq!(billed, names[*by].insert(*name), "a name is billed once");
                if billed {
                    kept[*by].used.push(Quantity {
                        event_type: "enkf_run".into(),
                        outcome: outcome.as_str().into(),
                        events: 1,
                        cost_units: event.cost_units(),
                    });
                }
            }
            Step::Price { cents } => {
                prices = list(now, *cents);
                set(&portal, &prices).await;
            }
            Step::Close => {
                portal.wait_until(&format!("{}T01:00:00Z", now.end()));
                // Counts by day say the same as the events, from which it is closed.
                let mut so_far = Vec::new();
                for department in &departments {
                    so_far.push(told(&department.statement(now).await));
                }
                portal.close(now).await.expect("closed");
                for ((department, kept), statements) in
                    departments.iter().zip(&mut kept).zip(&mut statements)
                {
                    let statement = department.statement(now).await;
                    assert!(statement.closed.is_some());
                    assert_eq!(statement.total, total(&statement.lines));
                    // As the test reckons itself.
                    let usage = total(&prices.lines(&kept.used));
                    assert_eq!(statement.total, usage + kept.due, "{}", department.tenant);
                    assert_eq!(so_far.remove(0), told(&statement), "{}", department.tenant);
                    statements.push(told(&statement));
                    *kept = Kept::default();
                }
                now = now.next();
            }
            Step::Correct { by, line, cents } => {
                let of = now.previous();
                let statement = departments[*by].statement(of).await;
                let known = usize::try_from(line - 1)
                    .ok()
                    .and_then(|at| statement.lines.get(at).cloned());
                let wrong = Wrong {
                    tenant: &departments[*by].tenant,
                    month: of,
                    line_no: *line,
                    right: Decimal::new(*cents, 2),
                    reason: "wrong",
                };
                let mut tx = portal
                    .app
                    .pools
                    .begin_operator()
                    .await
                    .expect("a transaction");
                let done = correct(&mut tx, &wrong, "admin", portal.app.clock.now()).await;
                let Some(known) = known.filter(|_| statement.closed.is_some()) else {
                    assert!(done.is_err(), "there is no such line");
                    continue;
                };
                assert_eq!(
                    done.is_ok(),
                    corrected.insert((*by, of, *line)),
                    "once a line"
                );
                if done.is_ok() {
                    tx.commit().await.expect("committed");
                    kept[*by].due += Decimal::new(*cents, 2) - known.amount;
                }
            }
        }
    }
    // What was closed is still what it was.
    for (department, statements) in departments.iter().zip(&statements) {
        let mut of = month("2026-03");
        for statement in statements {
            assert_eq!(&told(&department.statement(of).await), statement);
            of = of.next();
        }
    }
    statements
}

async fn set(portal: &TestPortal, prices: &PriceList) {
    let mut tx = portal
        .app
        .pools
        .begin_operator()
        .await
        .expect("a transaction");
    set_prices(&mut tx, prices, "admin", portal.app.clock.now())
        .await
        .expect("set");
    tx.commit().await.expect("committed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 64, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_a_statement_is_what_was_used_and_nobody_elses(
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (with, without) = runtime.block_on(async {
            (happens(&steps, true).await, happens(&steps, false).await)
        });
        prop_assert_eq!(&with[0], &without[0]);
        prop_assert!(with[1].iter().flatten().all(|line| !line.is_empty()));
        prop_assert!(without[1].iter().all(|lines| lines.len() == 1 && lines[0].starts_with(Kind::Minimum.as_str())));
    }
}
