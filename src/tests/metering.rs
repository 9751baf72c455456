//! Every call of a department's programs becomes one usage event, whatever its answer.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{Request, header},
};
use sqlx::PgConnection;

use super::{
    behind::{NOT_ALLOWED, attempt, count, refusal},
    portal::TestPortal,
};
use crate::{
    access::{Scopes, caller::CalledBy},
    billing::{EventType, UsageEvent, record},
    database::Hat,
};

/// How many events of a kind a department has, by what became of them.
async fn events(owner: &mut PgConnection, tenant: &str) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select event_type || ' ' || outcome, count(*) from usage_events where tenant_id = $1 group by 1",
    )
    .bind(tenant)
    .fetch_all(owner)
    .await
    .expect("events");
    rows.into_iter().collect()
}

fn counted(rows: &[(&str, i64)]) -> BTreeMap<String, i64> {
    rows.iter().map(|(what, n)| ((*what).into(), *n)).collect()
}

/// Days where what was counted is not what the events say.
async fn miscounted(owner: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "with said as (
            select tenant_id, date, event_type, outcome, key_id,
                sum(events) as events, sum(duration_ms) as ms, sum(database_ms) as db, sum(cost_units) as units
            from usage_days where event_type <> 'page_view' group by 1, 2, 3, 4, 5
        ), are as (
            select tenant_id, (occurred_at at time zone 'UTC')::date as date, event_type, outcome,
                coalesce(key_id, '00000000-0000-0000-0000-000000000000') as key_id,
                count(*) as events, sum(duration_ms) as ms, sum(database_ms) as db, sum(cost_units) as units
            from usage_events group by 1, 2, 3, 4, 5
        )
        select coalesce(said, are)::text from said full join are
            using (tenant_id, date, event_type, outcome, key_id)
        where said.events is distinct from are.events or said.ms is distinct from are.ms
            or said.db is distinct from are.db or said.units is distinct from are.units",
    )
    .fetch_all(owner)
    .await
    .expect("days")
}

#[tokio::test]
async fn a_call_is_an_event_of_its_key_whether_it_was_done_or_refused() {
    for portal in TestPortal::start_on_each_storage().await {
        let alder = portal.onboard("alder").await;
        portal.onboard("birch").await;
        let (reading, key) = portal.issue("alder", Scopes::read()).await;
        let mut program = portal.browser();
        for (path, status) in [
            ("/api/v1/locations", 200),
            ("/api/v1/observations?from=yesterday", 422),
            ("/api/v1/runs/00000000-0000-0000-0000-000000000000", 404),
            ("/api/v1/nothing", 404),
            ("/charts/daily.svg", 200),
            ("/data/daily.csv", 200),
            ("/data/export/file", 200),
            ("/forecast/daily.csv", 200),
            ("/data", 401),
        ] {
            assert_eq!(
                program.get_with_key(path, &key).await.status,
                status,
                "{path}"
            );
        }
        let forbidden =
            Request::post("/api/v1/runs").header(header::AUTHORIZATION, format!("Bearer {key}"));
        let forbidden = program.send(forbidden.body(Body::empty()).expect("a request"));
        assert_eq!(forbidden.await.status, 403);
        // A key that opens nothing is nobody's.
        let (most, last) = alder.key.split_at(alder.key.len() - 1);
        let unknown = format!("{most}{}", if last == "x" { "y" } else { "x" });
        assert_eq!(
            program
                .get_with_key("/api/v1/locations", &unknown)
                .await
                .status,
            401
        );

        let mut owner = portal.owner().await;
        assert_eq!(
            events(&mut owner, "alder").await,
            // What is no resource is nobody's to ask for, and a page takes no key.
            counted(&[("api_call done", 5), ("api_call refused", 3)])
        );
        assert_eq!(events(&mut owner, "birch").await, counted(&[]));
        let keys: Vec<Option<uuid::Uuid>> =
            sqlx::query_scalar("select distinct key_id from usage_events")
                .fetch_all(&mut owner)
                .await
                .expect("keys");
        assert_eq!(keys, [Some(reading)]);
        assert_eq!(miscounted(&mut owner).await, [""; 0]);
    }
}

#[tokio::test]
async fn what_a_key_asks_too_often_is_refused_and_recorded() {
    let portal = TestPortal::start_with(|config| crate::Config {
        api_rate: std::num::NonZeroU32::new(3).expect("three"),
        ..config
    })
    .await;
    let alder = portal.onboard("alder").await;
    let mut program = portal.browser();
    for status in [200, 200, 200, 429, 429] {
        let answer = program.get_with_key("/api/v1/locations", &alder.key).await;
        assert_eq!(answer.status, status);
    }
    assert_eq!(
        events(&mut portal.owner().await, "alder").await,
        counted(&[("api_call done", 3), ("api_call refused", 2)])
    );
}

#[tokio::test]
async fn what_is_sent_is_billed_in_the_commit_that_stores_it_and_once_however_often_it_is_sent() {
    for portal in TestPortal::start_on_each_storage().await {
        let alder = portal.onboard("alder").await;
        alder.reports("north", "2026-03-01", &[1]).await;
        let (_, key) = portal.issue("alder", Scopes::all()).await;
        let mut program = portal.browser();
        let mut send = async |body: &'static str, idempotency: &str| {
            let request = Request::post("/api/v1/observations")
                .header(header::AUTHORIZATION, format!("Bearer {key}"))
                .header(header::CONTENT_TYPE, "text/csv")
                .header("idempotency-key", idempotency);
            let request = request.body(Body::from(body)).expect("a request");
            program.send(request).await.status.as_u16()
        };
        const GOOD: &str = "date,location_id,new_cases\n2026-03-02,north,4\n";
        assert_eq!(send(GOOD, "one").await, 201);
        assert_eq!(send(GOOD, "one").await, 201, "a retry is answered alike");
        assert_eq!(send("date,location_id\n", "two").await, 422);
        let mut owner = portal.owner().await;
        assert_eq!(
            events(&mut owner, "alder").await,
            counted(&[("api_call done", 1), ("api_call refused", 1)])
        );
        assert_eq!(miscounted(&mut owner).await, [""; 0]);
    }
}

#[tokio::test]
async fn work_of_one_name_is_billed_once_whatever_the_time() {
    for portal in TestPortal::start_on_each_storage().await {
        let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
        let run = |portal: &TestPortal| {
            let cpu = std::time::Duration::from_millis(50);
            UsageEvent::done(EventType::EnkfRun { cpu }, portal.app.clock.now(), cpu)
        };
        for (department, billed) in [(&alder, true), (&alder, false), (&birch, true)] {
            portal.wait(chrono::TimeDelta::days(40));
            let mut tx = department.begin().await;
            let recorded = record(&mut tx, "run:1", run(&portal)).await;
            assert_eq!(recorded.expect("recorded"), billed);
            tx.commit().await.expect("committed");
        }
        // What is rolled back was not billed.
        let mut tx = alder.begin().await;
        assert!(
            record(&mut tx, "run:2", run(&portal))
                .await
                .expect("recorded")
        );
        drop(tx);
        let mut tx = alder.begin().await;
        assert!(
            record(&mut tx, "run:2", run(&portal))
                .await
                .expect("recorded")
        );
        tx.commit().await.expect("committed");
        let mut owner = portal.owner().await;
        assert_eq!(
            events(&mut owner, "alder").await,
            counted(&[("enkf_run done", 2)])
        );
        assert_eq!(
            events(&mut owner, "birch").await,
            counted(&[("enkf_run done", 1)])
        );
        assert_eq!(miscounted(&mut owner).await, [""; 0]);
    }
}

/// What programs with these keys are answered that all ask at once, in their order.
async fn at_once(portal: &TestPortal, keys: impl Iterator<Item = &String>) -> Vec<u16> {
    let asking: Vec<_> = keys
        .map(|key| {
            let (mut program, key) = (portal.browser(), key.clone());
            tokio::spawn(async move {
                let answer = program.get_with_key("/api/v1/locations", &key).await;
                answer.status.as_u16()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in asking {
        answers.push(answer.await.expect("an answer"));
    }
    answers
}

#[tokio::test]
async fn many_calls_at_once_are_each_an_event_of_their_own_department() {
    for portal in TestPortal::start_on_each_storage().await {
        let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
        let keys = (0..60).map(|n| if n % 3 == 0 { &birch.key } else { &alder.key });
        assert_eq!(at_once(&portal, keys).await, [200; 60]);
        let mut owner = portal.owner().await;
        assert_eq!(
            events(&mut owner, "alder").await,
            counted(&[("api_call done", 40)])
        );
        assert_eq!(
            events(&mut owner, "birch").await,
            counted(&[("api_call done", 20)])
        );
        let groups = count(&mut owner, "select count(*) from usage_keys").await;
        assert!(groups.expect("groups") < 60, "they share commits");
        assert_eq!(miscounted(&mut owner).await, [""; 0]);
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_written_holds_up_no_other_and_its_call_gets_no_answer() {
    for portal in TestPortal::start_on_each_storage().await {
        let alder = portal.onboard("alder").await;
        let mut owner = portal.owner().await;
        attempt(
            &mut owner,
            "alter table usage_events add constraint broken check (tenant_id <> 'birch') not valid",
        )
        .await
        .expect("altered");
        let birch = portal.onboard("birch").await;
        let keys = (0..20).map(|n| if n % 2 == 0 { &birch.key } else { &alder.key });
        assert_eq!(at_once(&portal, keys).await, [500, 200].repeat(10));
        assert_eq!(
            events(&mut owner, "alder").await,
            counted(&[("api_call done", 10)])
        );
    }
}

#[tokio::test]
async fn a_page_is_counted_and_never_billed() {
    for portal in TestPortal::start_on_each_storage().await {
        let alder = portal.onboard("alder").await;
        let mut person = alder.epidemiologist().await;
        assert_eq!(person.get("/").await.status, 200);
        // The meter writes in order: when a later call is there, so is the page.
        portal
            .browser()
            .get_with_key("/api/v1/locations", &alder.key)
            .await;
        let mut owner = portal.owner().await;
        let pages = "select sum(events)::bigint from usage_days where event_type = 'page_view'";
        assert_eq!(count(&mut owner, pages).await.expect("pages"), 1);
        assert_eq!(
            events(&mut owner, "alder").await,
            counted(&[("api_call done", 1)])
        );
    }
}

#[tokio::test]
async fn nobody_changes_or_deletes_an_event_and_the_meter_reads_none() {
    for portal in TestPortal::start_on_each_storage().await {
        let alder = portal.onboard("alder").await;
        portal
            .browser()
            .get_with_key("/api/v1/locations", &alder.key)
            .await;
        for (hat, pool) in portal.app.pools.each() {
            for statement in [
                "update usage_events set cost_units = 0",
                "update usage_events set outcome = 'failed'",
                "delete from usage_events",
                "delete from usage_days",
                "update usage_days set date = '2026-01-01'",
                "update usage_keys set key = 'x'",
            ] {
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
                    refusal(attempt(&mut tx, statement).await),
                    NOT_ALLOWED,
                    "{hat:?}: {statement}"
                );
            }
        }
        let mut tx = alder.begin().await;
        // What requests used is not for a department to say.
        let untouched = attempt(tx.parts().1, "update usage_days set cost_units = 0").await;
        assert_eq!(untouched.expect("nothing"), 0);
        let forged = attempt(
        tx.parts().1,
        "insert into usage_days select tenant_id, '2026-01-01', event_type, outcome, key_id, 'requests', 0, 0, 0, 0
         from usage_days",
    );
        assert_eq!(refusal(forged.await), NOT_ALLOWED);
        drop(tx);
        attempt(
            &mut portal.owner().await,
            "update usage_keys set recorded_at = now()",
        )
        .await
        .expect("young");
        let mut meter = portal.app.pools.meter().await.expect("a connection");
        for statement in [
            "select from usage_events",
            "select from tenants",
            "select from observations",
            "insert into usage_events select * from usage_events",
            "delete from usage_keys returning tenant_id",
        ] {
            let tried = attempt(meter.conn(), statement).await;
            if statement.starts_with("delete") {
                assert_eq!(tried.expect("nothing that is young"), 0);
            } else {
                assert_eq!(refusal(tried), NOT_ALLOWED, "{statement}");
            }
        }
    }
}

#[tokio::test]
async fn a_call_is_billed_to_nobody_but_who_was_let_in() {
    let from = |tenant: &str| CalledBy {
        tenant: crate::tenancy::TenantId::parse(tenant).expect("an id"),
        key_id: None,
    };
    let caller = crate::access::Caller::default();
    assert_eq!(caller.to_bill(), None);
    caller.note(from("alder"));
    caller.note(from("birch"));
    assert_eq!(caller.to_bill(), Some(&from("alder")));
    caller.mark_billed();
    assert_eq!(caller.to_bill(), None);
}
