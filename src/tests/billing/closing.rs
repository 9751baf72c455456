//! A month is closed once, and nothing about it changes any more.

use std::{collections::BTreeMap, time::Duration};

use super::{decimal, month};
use crate::{
    Error,
    billing::{
        EventType, Outcome,
        attribution::{Driver, Rest},
        correction::{Wrong, correct},
        costs::{NewCost, enter, remove},
        money::Currency,
        months,
        plans::{agree, set_prices},
        prices::{PriceList, Tier},
    },
    database::Hat,
    tests::{
        behind::{NOT_ALLOWED, attempt, count, refusal},
        portal::TestPortal,
    },
};

const ADMIN: &str = "admin@cordon.example";

fn run(milliseconds: u64) -> EventType {
    EventType::EnkfRun {
        cpu: Duration::from_millis(milliseconds),
    }
}

fn prices(plan: &str, from: &str, price: &str) -> PriceList {
    PriceList {
        plan_id: plan.to_owned(),
        name: plan.to_owned(),
        valid_from: month(from),
        currency: Currency::parse("CAD").expect("a currency"),
        minimum: decimal("1"),
        refused_share: decimal("0.5"),
        failed_share: decimal("0"),
        tiers: BTreeMap::from([(
            "enkf_run".to_owned(),
            vec![Tier {
                above: decimal("10"),
                unit_price: decimal(price),
            }],
        )]),
    }
}

async fn set(portal: &TestPortal, list: &PriceList) -> crate::Result<()> {
    let mut tx = portal.app.pools.begin_operator().await?;
    set_prices(&mut tx, list, ADMIN, portal.app.clock.now()).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_month_is_closed_after_its_end_in_order_and_once() {
    for portal in TestPortal::start_on_each_storage().await {
        let alder = portal.onboard("alder").await;
        let march = month("2026-03");
        alder.uses("run:1", run(100), Outcome::Done).await;
        let refused = |outcome: crate::Result<_>| match outcome {
            Err(Error::Conflict(why)) => why,
            other => panic!("{:?}", other.map(|_: Vec<_>| ())),
        };
        assert!(refused(portal.close(march).await).contains("from 2026-04-01 01:00 UTC"));
        portal.wait_until("2026-04-01T00:59:59Z");
        assert!(refused(portal.close(march).await).contains("01:00"));
        portal.wait_until("2026-06-02T00:00:00Z");
        assert!(refused(portal.close(month("2026-04")).await).contains("2026-03 is the next"));
        assert_eq!(portal.close(march).await.expect("closed").len(), 1);
        assert!(refused(portal.close(march).await).contains("closed already"));
        assert!(refused(portal.close(month("2026-05")).await).contains("2026-04 is the next"));
        // Somebody else closes the same month at the same moment.
        let april = month("2026-04");
        let both = tokio::join!(portal.close(april), portal.close(april));
        assert_eq!(
            [both.0.is_ok(), both.1.is_ok()]
                .iter()
                .filter(|done| **done)
                .count(),
            1
        );
        let mut owner = portal.owner().await;
        let statements = count(&mut owner, "select count(*) from statements").await;
        assert_eq!(statements.expect("rows"), 2);
    }
}

#[tokio::test]
async fn a_statement_is_what_was_used_at_the_prices_of_its_month_and_has_a_hash() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    set(&portal, &prices("county", "2026-03", "0.1"))
        .await
        .expect("set");
    set(&portal, &prices("county", "2026-04", "0.7"))
        .await
        .expect("set");
    let mut tx = portal
        .app
        .pools
        .begin_operator()
        .await
        .expect("a transaction");
    agree(
        &mut tx,
        &alder.tenant,
        "county",
        month("2026-03"),
        ADMIN,
        portal.app.clock.now(),
    )
    .await
    .expect("agreed");
    tx.commit().await.expect("committed");
    alder.uses("run:1", run(1_000), Outcome::Done).await;
    alder.uses("run:1", run(1_000), Outcome::Done).await;
    alder.uses("run:2", run(200), Outcome::Refused).await;
    alder.uses("run:3", run(90_000), Outcome::Failed).await;
    let march = month("2026-03");
    // 100 units and half of 20: ten are included, and the other hundred cost 0.10 each.
    let so_far = alder.statement(march).await;
    assert_eq!((so_far.total, so_far.closed), (decimal("10.00"), None));
    portal.wait_until("2026-04-01T02:00:00Z");
    // In April what was March's is not billed again.
    assert!(!alder.uses("run:1", run(1_000), Outcome::Done).await);
    portal.close(march).await.expect("closed");
    let closed = alder.statement(march).await;
    assert_eq!(
        (closed.lines.clone(), closed.total, closed.currency.code()),
        (so_far.lines, decimal("10.00"), "CAD")
    );
    assert!(closed.closed.is_some());
    // Who used nothing pays the usual plan's minimum, which is none.
    let birchs = birch.statement(march).await;
    assert_eq!(
        (birchs.lines.len(), birchs.total, birchs.plan_id.as_str()),
        (0, decimal("0"), "standard")
    );
    // The minimum of April.
    assert_eq!(
        alder.statement(month("2026-04")).await.total,
        decimal("1.00")
    );

    // A change by the owner himself shows.
    let mut owner = portal.owner().await;
    attempt(
        &mut owner,
        "update statement_lines set note = 'x' where line_no = 1 and tenant_id = 'alder'",
    )
    .await
    .expect("changed");
    let mut tx = alder.begin().await;
    let read = crate::billing::statement::statement(&mut tx, march).await;
    assert!(matches!(read, Err(Error::Internal(_))));
}

#[tokio::test]
async fn nothing_about_a_closed_month_changes_whoever_tries() {
    for portal in TestPortal::start_on_each_storage().await {
        let alder = portal.onboard("alder").await;
        alder.uses("run:1", run(1_000), Outcome::Done).await;
        let mut tx = portal
            .app
            .pools
            .begin_operator()
            .await
            .expect("a transaction");
        let now = portal.app.clock.now();
        let cost = NewCost {
            month: month("2026-03"),
            name: "servers",
            currency: Currency::parse("CAD").expect("a currency"),
            amount: decimal("100"),
            driver: Driver::Processors,
            capacity: None,
            rest: Rest::Evenly,
        };
        let cost_id = enter(&mut tx, &cost, ADMIN, now).await.expect("entered");
        tx.commit().await.expect("committed");
        portal.wait_until("2026-04-01T02:00:00Z");
        portal.close(month("2026-03")).await.expect("closed");
        let before = alder.statement(month("2026-03")).await;

        let refused = |outcome: crate::Result<()>| match outcome {
            Err(Error::Invalid(why)) => why,
            other => panic!("{other:?}"),
        };
        let why = refused(set(&portal, &prices("standard", "2026-03", "9")).await);
        assert!(
            why.contains("2026-03 is closed") && why.contains("2026-04"),
            "{why}"
        );
        let now = portal.app.clock.now();
        let mut tx = portal
            .app
            .pools
            .begin_operator()
            .await
            .expect("a transaction");
        let why = refused(
            agree(
                &mut tx,
                &alder.tenant,
                "standard",
                month("2026-01"),
                ADMIN,
                now,
            )
            .await,
        );
        assert!(why.contains("closed"), "{why}");
        let why = refused(enter(&mut tx, &cost, ADMIN, now).await.map(drop));
        assert!(why.contains("closed"), "{why}");
        assert!(matches!(
            remove(&mut tx, cost_id, ADMIN, now).await,
            Err(Error::NotFound(_))
        ));
        drop(tx);

        // Past the words of the program, to the database itself.
        for statement in [
            "insert into price_lists values ('standard', '2026-03-01', 9, 'USD', 0, 0, 0, now(), 'x')",
            "insert into tenant_plans values ('alder', '2026-03-01', 9, 'standard', now(), 'x')",
            "insert into statements values ('alder', '2026-03-01', 'standard', 'USD', 0, sha256('x'), now())",
            "insert into statement_lines values ('alder', '2026-03-01', 9, 'minimum', null, 1, 1, 1, 'x', null)",
            "insert into attributions select tenant_id, month, gen_random_uuid(), 1, 1, 1 from attributions",
            "update statements set total = 0",
            "update statement_lines set amount = 0",
            "update closed_months set closed_by = 'nobody'",
            "insert into closed_months (month, closed_at, closed_by, closing) values ('2026-04-01', now(), 'x', pg_current_xact_id())",
            "update price_lists set minimum = 0",
            "update price_tiers set unit_price = 0",
            "update attributions set direct = 0",
            "update corrections set amount = 0",
            "update platform_costs set amount = 0",
            "delete from statements",
            "delete from statement_lines",
            "delete from closed_months",
            "delete from platform_costs",
        ] {
            let mut tx = portal
                .app
                .pools
                .begin_operator()
                .await
                .expect("a transaction");
            assert_eq!(
                refusal(attempt(tx.conn(), statement).await),
                NOT_ALLOWED,
                "{statement}"
            );
        }
        let late = "insert into usage_events
            (tenant_id, event_id, event_type, outcome, occurred_at, duration_ms, database_ms, cost_units)
            values ('alder', gen_random_uuid(), 'api_call', 'done', '2026-03-31 23:59:59Z', 1, 1, 1)";
        for (hat, pool) in portal.app.pools.each() {
            if matches!(hat, Hat::Tenant | Hat::Meter) {
                let mut tx = pool.begin().await.expect("a transaction");
                if hat == Hat::Tenant {
                    portal
                        .app
                        .pools
                        .binding()
                        .bind(&mut tx, "alder")
                        .await
                        .expect("bound");
                }
                assert_eq!(
                    refusal(attempt(&mut tx, late).await),
                    NOT_ALLOWED,
                    "{hat:?}"
                );
            }
        }
        assert_eq!(alder.statement(month("2026-03")).await, before);
    }
}

#[tokio::test]
async fn a_correction_is_two_lines_on_the_next_statement_and_the_closed_one_stays() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    set(&portal, &prices("standard", "2026-01", "0.1"))
        .await
        .expect("set");
    alder.uses("run:1", run(1_000), Outcome::Done).await;
    let (march, april) = (month("2026-03"), month("2026-04"));
    portal.wait_until("2026-04-02T00:00:00Z");
    portal.close(march).await.expect("closed");
    let before = alder.statement(march).await;
    assert_eq!(before.total, decimal("9.00"));
    let now = portal.app.clock.now();
    let wrong = Wrong {
        tenant: &alder.tenant,
        month: march,
        line_no: 2,
        right: decimal("4"),
        reason: "a run was started twice",
    };
    let mut tx = portal
        .app
        .pools
        .begin_operator()
        .await
        .expect("a transaction");
    for (missing, tenant) in [(9, &alder.tenant), (1, &birch.tenant)] {
        let none = Wrong {
            line_no: if tenant == &birch.tenant { 2 } else { missing },
            tenant,
            ..wrong.clone()
        };
        assert!(matches!(
            correct(&mut tx, &none, ADMIN, now).await,
            Err(Error::NotFound("line"))
        ));
    }
    correct(&mut tx, &wrong, ADMIN, now)
        .await
        .expect("corrected");
    tx.commit().await.expect("committed");
    let mut tx = portal
        .app
        .pools
        .begin_operator()
        .await
        .expect("a transaction");
    let again = correct(&mut tx, &wrong, ADMIN, now).await;
    assert!(matches!(again, Err(Error::Invalid(why)) if why.contains("has a correction already")));
    drop(tx);

    // The minimum of April, nine taken back, four instead.
    let lines = |statement: crate::billing::statement::Statement| -> Vec<(String, String)> {
        let line = |line: &crate::billing::prices::Line| {
            (line.kind.as_str().to_owned(), line.amount.to_string())
        };
        statement.lines.iter().map(line).collect()
    };
    let expected = [
        ("minimum", "1.00"),
        ("reversal", "-9.00"),
        ("correction", "4.00"),
    ]
    .map(|(kind, amount)| (kind.to_owned(), amount.to_owned()));
    assert_eq!(lines(alder.statement(april).await), expected);
    portal.wait_until("2026-05-02T00:00:00Z");
    portal.close(april).await.expect("closed");
    assert_eq!(lines(alder.statement(april).await), expected);
    assert_eq!(alder.statement(april).await.total, decimal("-4.00"));
    assert_eq!(alder.statement(march).await, before);
    assert_eq!(birch.statement(april).await.lines.len(), 1);
    // Once.
    assert_eq!(lines(alder.statement(month("2026-05")).await).len(), 1);
}

#[tokio::test]
async fn the_cost_of_a_closed_month_is_borne_to_the_cent() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    for tenant in ["birch", "cedar"] {
        portal.onboard(tenant).await;
    }
    alder.uses("run:1", run(60_000), Outcome::Done).await;
    let mut tx = portal
        .app
        .pools
        .begin_operator()
        .await
        .expect("a transaction");
    let cost = |name, amount: &str, driver, capacity: Option<&str>| NewCost {
        month: month("2026-03"),
        name,
        currency: Currency::parse("CAD").expect("a currency"),
        amount: decimal(amount),
        driver,
        capacity: capacity.map(decimal),
        rest: Rest::Evenly,
    };
    let now = portal.app.clock.now();
    for new in [
        cost("servers", "100.00", Driver::Processors, Some("240000")),
        cost("staff", "0.01", Driver::Shared, None),
    ] {
        enter(&mut tx, &new, ADMIN, now).await.expect("entered");
    }
    let other = NewCost {
        currency: Currency::parse("EUR").expect("a currency"),
        ..cost("coffee", "3", Driver::Shared, None)
    };
    let refused = enter(&mut tx, &other, ADMIN, now).await;
    assert!(matches!(refused, Err(Error::Invalid(why)) if why.contains("one currency")));
    tx.commit().await.expect("committed");
    portal.wait_until("2026-04-02T00:00:00Z");
    portal.close(month("2026-03")).await.expect("closed");
    let rows: Vec<(String, rust_decimal::Decimal, rust_decimal::Decimal, rust_decimal::Decimal)> = sqlx::query_as(
        "select tenant_id, sum(direct), sum(idle), sum(shared) from attributions group by 1 order by 1",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("rows");
    // A quarter of what there was is used, by alder alone.
    let row = |tenant: &str, direct, idle, shared| {
        (
            tenant.to_owned(),
            decimal(direct),
            decimal(idle),
            decimal(shared),
        )
    };
    assert_eq!(
        rows,
        [
            row("alder", "25.00", "25.00", "0.01"),
            row("birch", "0.00", "25.00", "0.00"),
            row("cedar", "0.00", "25.00", "0.00"),
        ]
    );
}

#[tokio::test]
async fn events_of_closed_months_are_forgotten_and_their_statements_stay() {
    for portal in TestPortal::start_on_each_storage().await {
        let alder = portal.onboard("alder").await;
        for (key, at) in [
            ("run:1", "2026-03-31T12:00:00Z"),
            ("run:2", "2026-04-30T23:00:00Z"),
            ("run:3", "2026-05-31T12:00:00Z"),
        ] {
            portal.wait_until(at);
            months::prepare(&portal.app.pools, portal.app.clock.now().date_naive())
                .await
                .expect("prepared");
            alder.uses(key, run(1_000), Outcome::Done).await;
        }
        portal.wait_until("2026-06-02T00:00:00Z");
        portal.close(month("2026-03")).await.expect("closed");
        let statement = alder.statement(month("2026-03")).await;
        let mut owner = portal.owner().await;
        let events = "select count(*) from usage_events";
        // A chunk may reach into two months, and stays as long as the later one does.
        let chunked = "select count(*) from pg_extension where extname = 'timescaledb'";
        let more = count(&mut owner, chunked).await.expect("an answer");
        // April is not closed, so it stays however old it is.
        months::forget(&portal.app.pools, month("2026-06"))
            .await
            .expect("forgotten");
        assert_eq!(count(&mut owner, events).await.expect("rows"), 2 + more);
        portal.close(month("2026-04")).await.expect("closed");
        months::forget(&portal.app.pools, month("2026-04"))
            .await
            .expect("forgotten");
        assert_eq!(
            count(&mut owner, events).await.expect("rows"),
            2 + more,
            "only what is before"
        );
        months::forget(&portal.app.pools, month("2026-05"))
            .await
            .expect("forgotten");
        assert_eq!(count(&mut owner, events).await.expect("rows"), 1 + more);
        assert_eq!(alder.statement(month("2026-03")).await, statement);
        assert_eq!(
            crate::database::catalogue::faults(&mut owner)
                .await
                .expect("an answer"),
            [""; 0]
        );
    }
}

#[tokio::test]
async fn a_closing_goes_on_when_nobody_waits_for_it_and_its_page_says_so() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    portal.wait_until("2026-04-01T02:00:00Z");
    let mut admin = portal.admin().await;
    // Somebody holds the month, so that closing it takes a while.
    let mut owner = portal.owner().await;
    attempt(&mut owner, "begin").await.expect("begun");
    attempt(
        &mut owner,
        "insert into closed_months (month, closed_at, closed_by) values ('2026-03-01', now(), 'test')",
    )
    .await
    .expect("held");
    let page = "/admin/billing?month=2026-03";
    let form = [("month", "2026-03")];
    let asked = admin.post("/admin/billing/close", &form);
    let gone = tokio::time::timeout(std::time::Duration::from_millis(300), asked).await;
    assert!(gone.is_err(), "it was closed at once");
    let waiting = admin.get(page).await.text;
    assert!(waiting.contains("March 2026 is being closed"), "{waiting}");
    attempt(&mut owner, "rollback").await.expect("let go");
    let mut closed = String::new();
    for _ in 0..100 {
        closed = admin.get(page).await.text;
        if closed.contains("This month is closed.") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(closed.contains("This month is closed."), "{closed}");
    assert!(!closed.contains("is being closed"), "{closed}");
}

#[tokio::test]
async fn a_month_may_be_summed_for_longer_than_a_page_may_take() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    portal.wait_until("2026-04-01T02:00:00Z");
    let in_time = "create function patient() returns trigger language plpgsql as $$
        begin
            if current_setting('statement_timeout')::interval < interval '10 minutes' then
                raise exception 'only %', current_setting('statement_timeout');
            end if;
            return new;
        end $$;
        create trigger patient before insert on statements for each row execute function patient();
        grant execute on function patient() to cordon_operator";
    sqlx::raw_sql(in_time)
        .execute(&mut portal.owner().await)
        .await
        .expect("a trigger");
    portal.close(month("2026-03")).await.expect("closed");
}
