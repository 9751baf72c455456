//! Things of a session's own: a function, a table or a type that stands in for one of the portal's.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{said, two_departments};
use crate::{
    database::Hat,
    tests::{
        behind::{NOT_ALLOWED, attempt, refusal},
        portal::TestPortal,
    },
};

#[tokio::test]
async fn no_hat_makes_a_function_an_operator_or_anything_else_of_its_own() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    for (hat, pool) in portal.app.pools.each() {
        for schema in ["public", "app", "pg_temp", "pg_catalog"] {
            for statement in [
                "create function HERE.told(text) returns bool language sql as 'select true'",
                "create function HERE.told(text) returns bool language plpgsql cost 0.0001 as 'begin return true; end'",
                "create procedure HERE.told() language sql as ''",
                "create aggregate HERE.told(int) (sfunc = int4pl, stype = int)",
                "create operator HERE.<<<< (leftarg = int, rightarg = int, function = int4lt)",
                "create domain HERE.text as pg_catalog.text",
                "create type HERE.text as enum ('x')",
                "create type HERE.text as (x int)",
                "create table HERE.observations (tenant_id pg_catalog.text, new_cases int)",
                "create view HERE.observations as select 1 as new_cases",
                "create materialized view HERE.told as select 1 as new_cases",
                "create sequence HERE.told",
                "create collation HERE.told from \"C\"",
                "create text search dictionary HERE.told (template = simple)",
                "create statistics HERE.told on tenant_id, new_cases from observations",
            ] {
                let statement = statement.replace("HERE", schema);
                let mut tx = pool.begin().await.expect("a transaction");
                let refused = refusal(attempt(&mut tx, &statement).await);
                // What cannot be temporary at all is refused for that.
                let never = schema == "pg_temp" && ["42601", "42P16", "0A000"].contains(&&*refused);
                assert!(
                    refused == NOT_ALLOWED || never,
                    "{hat:?}: {statement}: {refused}"
                );
            }
        }
        for statement in [
            "create temporary table observations (tenant_id text, new_cases int)",
            "create temporary view observations as select 1 as new_cases",
            "create temporary sequence observations",
            "select 1 as new_cases into temporary observations",
            "create cast (text as int) with inout as implicit",
            "create language told handler plpgsql_call_handler",
            "create event trigger told on ddl_command_end execute function app.link_audit()",
            "create rule told as on select to locations do instead select 1",
            "create trigger told before insert on locations for each row execute function app.link_audit()",
            "alter function app.require_tenant() leakproof",
            "alter function pg_catalog.int4div(int, int) leakproof",
            "comment on table locations is 'mine'",
        ] {
            let mut tx = pool.begin().await.expect("a transaction");
            let refused = refusal(attempt(&mut tx, statement).await);
            assert_eq!(refused, NOT_ALLOWED, "{hat:?}: {statement}");
        }
    }
}

/// The functions that run as the owner find no type or table that a session made for them, even where
/// somebody has given sessions the right to make some.
#[tokio::test]
async fn what_runs_as_the_owner_takes_no_name_from_the_session() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut owner = portal.owner().await;
    let again = format!(
        "grant temporary on database {} to cordon_tenant",
        portal.server.database_name()
    );
    sqlx::raw_sql(AssertSqlSafe(again))
        .execute(&mut owner)
        .await
        .expect("granted");
    // A check that tells as whom it runs, in a type that would be taken for the true one.
    let trap = |name: &str| {
        format!(
            "create function pg_temp.told(pg_catalog.{name}) returns pg_catalog.bool language plpgsql as
                 'begin raise exception ''told as %'', current_user; end';
             create domain pg_temp.{name} as pg_catalog.{name} check (pg_temp.told(value))"
        )
    };
    let proof = portal.app.pools.binding().prove_now("alder");
    let bind = format!("select app.bind_tenant('alder', '{proof}')");
    for name in [
        "text",
        "uuid",
        "timestamptz",
        "date",
        "jsonb",
        "bytea",
        "name",
        "regclass",
    ] {
        for (before, work) in [
            // Before the tenant is bound for the first time in this session, and after.
            (true, "select app.require_tenant()"),
            (false, "select app.require_tenant()"),
            (false, "select app.queue_turn(null)"),
            (
                false,
                "insert into audit (tenant_id, audit_id, occurred_at, actor, origin, action, subject, outcome)
                 values ('alder', gen_random_uuid(), now(), 'x', 'x', 'x.x', 'x', 'done');
                 set constraints all immediate",
            ),
        ] {
            let connected = PgConnection::connect_with(&portal.server.connect_as(Hat::Tenant)).await;
            let mut session = connected.expect("a session");
            let (first, second) = if before { (trap(name), bind.clone()) } else { (bind.clone(), trap(name)) };
            let mut tx = session.begin().await.expect("a transaction");
            for statement in [first, second, work.to_owned()] {
                let done = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut *tx).await;
                let told = said(done).unwrap_or_default();
                assert!(!told.contains("told as"), "{name}: {statement}: {told}");
                assert_eq!(told, "", "{name}: {statement}");
            }
        }
    }
    drop(alder);
}

#[tokio::test]
async fn a_database_made_from_another_lets_nobody_make_temporary_tables_either() {
    let portal = TestPortal::start().await;
    let name = portal.server.database_name().to_owned();
    let mut owner = portal.owner().await;
    // As it is in a database that a backup was restored to.
    let restored = format!("grant temporary on database {name} to public");
    sqlx::raw_sql(AssertSqlSafe(restored))
        .execute(&mut owner)
        .await
        .expect("granted");
    let faults = crate::database::catalogue::faults(&mut owner)
        .await
        .expect("an answer");
    assert!(
        faults
            .iter()
            .any(|fault| fault.contains("cordon_tenant: a hat makes no temporary tables")),
        "{faults:?}"
    );
    crate::database::migrate::migrate_if_needed(&portal.server)
        .await
        .expect("migrated");
    let faults = crate::database::catalogue::faults(&mut owner)
        .await
        .expect("an answer");
    assert_eq!(faults, [""; 0]);
}
