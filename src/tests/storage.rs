//! Where events are kept: partitions by month, or chunks of TimescaleDB. Neither is a way around
//! the rights of their table.

use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use super::{
    behind::{NOT_ALLOWED, attempt, count, refusal},
    portal::TestPortal,
};
use crate::{
    access::caller::CalledBy,
    billing::{EventType, UsageEvent, months::prepare},
    database::{Hat, catalogue},
    tenancy::{TenantId, verify::verify},
};

/// The parts in which events are kept, by name.
async fn parts(owner: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select inhrelid::regclass::text from pg_inherits
         where inhparent = 'usage_events'::regclass order by 1",
    )
    .fetch_all(owner)
    .await
    .expect("parts")
}

/// A call of a department's.
async fn calls(portal: &TestPortal, tenant: &str) {
    let from = CalledBy {
        tenant: TenantId::parse(tenant).expect("an id"),
        key_id: None,
    };
    let now = portal.app.clock.now();
    let call = UsageEvent::done(EventType::ApiCall, now, std::time::Duration::ZERO);
    portal.app.meter.record(from, call).await.expect("recorded");
}

#[tokio::test]
async fn months_are_made_ahead_and_what_came_before_them_moves_in() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut owner = portal.owner().await;
    // Nobody prepared this month: the event is kept all the same.
    calls(&portal, "alder").await;
    let rest = "select count(*) from only usage_events_rest";
    assert_eq!(count(&mut owner, rest).await.expect("rows"), 1);
    let today = portal.app.clock.now().date_naive();
    for _ in 0..2 {
        prepare(&portal.app.pools, today).await.expect("prepared");
        assert_eq!(
            parts(&mut owner).await,
            [
                "usage_events_2026_03",
                "usage_events_2026_04",
                "usage_events_2026_05",
                "usage_events_2026_06",
                "usage_events_rest"
            ]
        );
    }
    let march = "select count(*) from only usage_events_2026_03";
    assert_eq!(count(&mut owner, rest).await.expect("rows"), 0);
    assert_eq!(count(&mut owner, march).await.expect("rows"), 1);
    // To the last moment of a month, as UTC counts it.
    portal.wait(
        "2026-04-30T23:59:59.999999Z"
            .parse::<crate::clock::Now>()
            .expect("a moment")
            - portal.app.clock.now(),
    );
    calls(&portal, "alder").await;
    let april = "select count(*) from only usage_events_2026_04";
    assert_eq!(count(&mut owner, april).await.expect("rows"), 1);
    assert_eq!(
        catalogue::faults(&mut owner).await.expect("an answer"),
        [""; 0]
    );
}

#[tokio::test]
async fn no_hat_reads_or_writes_a_part_directly() {
    for portal in TestPortal::start_on_each_storage().await {
        for tenant in ["alder", "birch"] {
            portal.onboard(tenant).await;
            calls(&portal, tenant).await;
        }
        portal.wait(chrono::TimeDelta::days(40));
        calls(&portal, "alder").await;
        let today = portal.app.clock.now().date_naive();
        prepare(&portal.app.pools, today).await.expect("prepared");
        let mut owner = portal.owner().await;
        let parts = parts(&mut owner).await;
        assert!(parts.len() >= 2, "{parts:?}");
        for (hat, pool) in portal.app.pools.each() {
            for part in &parts {
                for (statement, writes) in [
                    (format!("select count(*) from {part}"), false),
                    (format!("select count(*) from {part} where tenant_id = 'birch'"), false),
                    (format!("insert into {part} select * from {part}"), false),
                    (format!("insert into {part} (tenant_id, event_id, event_type, outcome, occurred_at, duration_ms, database_ms, cost_units)
                        values ('birch', gen_random_uuid(), 'api_call', 'done', '2026-03-31', 0, 0, 1)"), true),
                    (format!("update {part} set cost_units = 0"), true),
                    (format!("delete from {part}"), true),
                    (format!("truncate {part}"), true),
                ] {
                    let mut tx = pool.begin().await.expect("a transaction");
                    if hat == Hat::Tenant {
                        portal.app.pools.binding().bind(&mut tx, "alder").await.expect("bound");
                    }
                    let tried = if statement.starts_with("select") {
                        count(&mut tx, &statement).await.map(|rows| rows as u64)
                    } else {
                        attempt(&mut tx, &statement).await
                    };
                    match tried {
                        Ok(rows) => assert!(rows == 0 && !writes, "{hat:?}: {statement}"),
                        refused => {
                            let refused = refusal(refused);
                            // A chunk says first that a row is not of its month.
                            let refuses = [NOT_ALLOWED, "23514"].contains(&refused.as_str());
                            assert!(refuses, "{hat:?}: {statement}: {refused}");
                        }
                    }
                }
            }
        }
        assert_eq!(
            catalogue::faults(&mut owner).await.expect("an answer"),
            [""; 0]
        );
        verify(&portal.server, &portal.app.pools)
            .await
            .expect("isolated");
    }
}

#[tokio::test]
async fn a_part_that_is_open_is_named_and_nothing_is_served() {
    for portal in TestPortal::start_on_each_storage().await {
        portal.onboard("alder").await;
        calls(&portal, "alder").await;
        let mut owner = portal.owner().await;
        let part = parts(&mut owner).await.pop().expect("a part");
        let drifts = if part.starts_with("_timescaledb") {
            // What the extension lets nobody do to a chunk it may forget to do itself.
            vec![
                format!("create policy open on {part} to cordon_tenant using (true)"),
                "alter event trigger isolate_chunks disable;
                 insert into usage_events
                 select tenant_id, event_id, event_type, outcome, key_id, '2030-01-01', 0, 0, 0 from usage_events"
                    .to_owned(),
            ]
        } else {
            vec![
                format!("alter table {part} disable row level security"),
                format!("alter table {part} no force row level security"),
                format!("create policy open on {part} to cordon_tenant using (true)"),
            ]
        };
        for drift in drifts {
            let mut tx = sqlx::Connection::begin(&mut owner)
                .await
                .expect("a transaction");
            tx.execute(AssertSqlSafe(drift.clone()))
                .await
                .expect("altered");
            let faults = catalogue::faults(&mut tx).await.expect("an answer");
            let named = |words: &str| faults.iter().any(|fault| fault.contains(words));
            assert!(named("a part of a table should be"), "{drift}: {faults:?}");
            assert_eq!(
                named("isolate_chunks"),
                drift.contains("trigger"),
                "{faults:?}"
            );
            tx.rollback().await.expect("rolled back");
        }
    }
}
