//! Rights, roles, and ways around the tables.

use sqlx::Executor as _;

use super::named;
use crate::{
    database::{Hat, catalogue::faults},
    tests::portal::TestPortal,
};

#[tokio::test]
async fn a_right_too_many_or_too_few_is_named() {
    const EXTRA: &str = "which it should not have";
    named(&[
        ("grant select on observations to cordon_registrar", "cordon_registrar: select on observations", EXTRA),
        ("grant select (new_cases) on observations to cordon_gate", "cordon_gate: select(new_cases) on observations", EXTRA),
        ("grant select (key_hash) on api_keys to cordon_operator", "cordon_operator: select", EXTRA),
        ("grant insert on observations to cordon_operator", "cordon_operator: insert on observations", EXTRA),
        ("grant delete on audit to cordon_tenant", "cordon_tenant: delete on audit", EXTRA),
        ("grant truncate on audit to cordon_tenant", "cordon_tenant: truncate on audit", EXTRA),
        ("grant references on audit to cordon_tenant", "cordon_tenant: references on audit", EXTRA),
        ("grant trigger on audit to cordon_tenant", "cordon_tenant: trigger on audit", EXTRA),
        ("grant select on tenants to cordon_tenant", "cordon_tenant: select on tenants", EXTRA),
        ("grant select on tenants to public", "public: select on tenants", EXTRA),
        ("grant select (name) on tenants to public", "public: select(name) on tenants", EXTRA),
        ("grant execute on function app.bind_tenant to public", "public: execute on app.bind_tenant", EXTRA),
        ("grant execute on function app.bind_tenant to cordon_operator", "cordon_operator: execute", EXTRA),
        ("grant execute on procedure app.isolate_tenant_rows to cordon_tenant", "cordon_tenant: execute", EXTRA),
        (
            "create schema other; create table other.t (tenant_id text); grant select on other.t to cordon_tenant",
            "cordon_tenant: select on other.t",
            EXTRA,
        ),
        ("create sequence s; grant usage on sequence s to cordon_tenant", "cordon_tenant: usage on s", EXTRA),
        ("revoke select on observations from cordon_tenant", "cordon_tenant: select on observations", "missing"),
        ("revoke insert on audit from cordon_gate", "cordon_gate: insert on audit", "missing"),
        ("revoke execute on function app.bind_tenant from cordon_tenant", "app.bind_tenant", "missing"),
        ("drop table forecasts", "cordon_tenant: select on forecasts", "missing"),
    ])
    .await;
}

#[tokio::test]
async fn a_hat_with_powers_of_its_own_is_named() {
    const POWER: &str = "a hat is no superuser";
    const MEMBER: &str = "a hat is no member of another role";
    const BEFOREHAND: &str = "nothing is set beforehand";
    for hat in Hat::ALL.map(Hat::role) {
        let drifts = [
            ("alter role HAT superuser", "HAT", POWER),
            ("alter role HAT bypassrls", "HAT", POWER),
            ("alter role HAT createrole", "HAT", POWER),
            ("alter role HAT createdb", "HAT", POWER),
            ("alter role HAT replication", "HAT", POWER),
            (
                "alter role HAT nologin",
                "HAT",
                "should exist and be able to log in",
            ),
            ("grant pg_read_all_data to HAT", "HAT", MEMBER),
            (
                "alter table audit owner to HAT",
                "HAT owns audit",
                "owns nothing",
            ),
            (
                "grant create on schema app to HAT",
                "HAT may create",
                "creates nothing",
            ),
            (
                "grant create on schema public to public",
                "HAT may create",
                "creates nothing",
            ),
            (
                "alter role HAT set app.current_tenant = 'alder'",
                "HAT starts with",
                BEFOREHAND,
            ),
            (
                "alter role HAT set row_security = off",
                "HAT starts with",
                BEFOREHAND,
            ),
        ]
        .map(|(drift, offender, fault)| {
            (
                drift.replace("HAT", hat),
                offender.replace("HAT", hat),
                fault,
            )
        });
        let drifts: Vec<_> = drifts
            .iter()
            .map(|(drift, offender, fault)| (&**drift, &**offender, *fault))
            .collect();
        named(&drifts).await;
    }
    named(&[
        (
            "do $$ begin
                execute format('grant temporary on database %I to public', current_database());
             end $$",
            "cordon_meter",
            "makes no temporary tables",
        ),
        (
            "grant cordon_operator to cordon_tenant",
            "cordon_tenant",
            MEMBER,
        ),
        (
            "alter role all set search_path = pg_temp",
            "every role starts with",
            BEFOREHAND,
        ),
        (
            "set local app.current_tenant = 'alder'",
            "this session starts with alder",
            BEFOREHAND,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_way_around_the_tables_is_named() {
    named(&[
        ("create view cases as select * from observations", "cases", "a view is security_invoker"),
        (
            "create view app.cases with (security_invoker = false) as select * from observations",
            "cases",
            "a view is security_invoker",
        ),
        ("create materialized view cases as select * from observations", "cases", "none is materialised"),
        (
            "create function app.cases() returns bigint language sql security definer
             as 'select count(*) from public.observations'",
            "app.cases",
            "fixed search_path",
        ),
        (
            "create function public.cases() returns bigint language sql security definer set search_path = pg_catalog
             as 'select count(*) from public.observations';
             grant execute on function public.cases to public",
            "public.cases",
            "not for everybody",
        ),
        ("alter function app.require_tenant() set search_path = pg_catalog", "app.require_tenant", "ends with pg_temp"),
        ("grant select on pg_statistic to cordon_tenant", "cordon_tenant reads pg_statistic", "statistics hold"),
    ])
    .await;
    let portal = TestPortal::start().await;
    let mut owner = portal.owner().await;
    owner
        .execute("create view cases with (security_invoker = true) as select * from observations")
        .await
        .expect("a view");
    assert_eq!(faults(&mut owner).await.expect("an answer"), [""; 0]);
}
