//! What each hat cannot do, tried with its own log-in. What it can do is in the other tests.

use super::{
    behind::{NOT_ALLOWED, attempt, count, refusal, tables},
    portal::TestPortal,
};
use crate::database::Hat;

/// Tries each statement in a transaction of its own, as `hat`, and wants each refused.
async fn cannot(portal: &TestPortal, hat: Hat, statements: &[&str]) {
    let pools = portal.app.pools.each();
    let (_, pool) = pools.iter().find(|(of, _)| *of == hat).expect("a pool");
    for statement in statements {
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
        let refusal = refusal(attempt(&mut tx, statement).await);
        assert_eq!(refusal, NOT_ALLOWED, "{hat:?}: {statement}");
    }
}

async fn portal_with_cases() -> TestPortal {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[1, 2, 3]).await;
    portal
}

#[tokio::test]
async fn no_hat_owns_changes_or_empties_the_schema() {
    let portal = portal_with_cases().await;
    let all = tables(&mut portal.owner().await).await;
    for hat in Hat::ALL {
        for table in &all {
            for statement in [
                format!("alter table {table} disable row level security"),
                format!("alter table {table} no force row level security"),
                format!("alter table {table} add column mine text"),
                format!("create policy mine on {table} using (true)"),
                format!("truncate {table} cascade"),
                format!("drop table {table}"),
            ] {
                cannot(&portal, hat, &[&statement]).await;
            }
        }
        let statements = [
            "create table public.mine (id int)",
            "create table app.mine (id int)",
            "create schema mine",
            "create or replace function app.require_tenant() returns text language sql return 'alder'",
            "call app.isolate_tenant_rows('locations')",
            "create role somebody",
            "alter role cordon_tenant bypassrls",
            "alter role cordon_tenant superuser",
            "set role pg_read_all_data",
            "select pg_read_file('postmaster.pid')",
            "copy (select 1) to program 'true'",
            "select staattnum from pg_statistic",
            "select passwd from pg_shadow",
        ];
        cannot(&portal, hat, &statements).await;
        for other in Hat::ALL.iter().filter(|other| **other != hat) {
            cannot(&portal, hat, &[&format!("set role {}", other.role())]).await;
        }
    }
}

#[tokio::test]
async fn no_hat_switches_row_security_off() {
    let portal = portal_with_cases().await;
    for (hat, table) in [
        (Hat::Gate, "users"),
        (Hat::Tenant, "observations"),
        (Hat::Registrar, "tenants"),
        (Hat::Operator, "observations"),
    ] {
        let all = format!("set local row_security = off; select count(*) from {table}");
        let pools = portal.app.pools.each();
        let (_, pool) = pools.iter().find(|(of, _)| *of == hat).expect("a pool");
        let mut tx = pool.begin().await.expect("a transaction");
        let read = sqlx::raw_sql(sqlx::AssertSqlSafe(all))
            .execute(&mut *tx)
            .await;
        assert_eq!(refusal(read), NOT_ALLOWED, "{hat:?}");
    }
}

#[tokio::test]
async fn the_gate_reads_no_tenants_data_and_makes_no_staff() {
    let portal = portal_with_cases().await;
    let statements = [
        "select from locations",
        "select from observations",
        "select from model_states",
        "select from forecasts",
        "select from usage_events",
        "select from audit",
        "select from platform_audit",
        "select contact_email from tenants",
        "insert into observations (tenant_id) values ('alder')",
        "insert into locations values ('alder', 'x', 'x')",
        "insert into tenants (tenant_id) values ('birch')",
        "insert into api_keys (tenant_id) values ('alder')",
        "insert into invitations (tenant_id) values ('alder')",
        "update api_keys set key_hash = ''",
        "update api_keys set revoked_at = null",
        "update api_keys set scopes = '{read,write,run}'",
        "update users set role = 'admin'",
        "update users set email = 'me@evil.example'",
        "update invitations set email = 'me@evil.example'",
        "update memberships set tenant_id = 'birch'",
        "delete from users",
        "delete from audit",
        "delete from api_keys",
        "insert into users values (gen_random_uuid(), 'a@b.example', 'A', '', 'admin', now())",
        "insert into users values (gen_random_uuid(), 'a@b.example', 'A', '', 'onboarding', now())",
        // Into a department without its invitation.
        "insert into memberships select 'alder', user_id, now(), false from users",
        // Nor as a lead.
        "insert into memberships select 'alder', user_id, now(), true from users",
        "insert into staff_invitations (invitation_id) values (gen_random_uuid())",
        "update staff_invitations set role = 'admin'",
        "select app.bind_tenant('alder', '')",
    ];
    cannot(&portal, Hat::Gate, &statements).await;
}

#[tokio::test]
async fn a_department_reads_no_registry_no_people_and_no_credentials() {
    let portal = portal_with_cases().await;
    let statements = [
        "select from tenants",
        "select key_hash from api_keys",
        "insert into api_keys
            values ('alder', gen_random_uuid(), 'x', 'x', sha256('x'), now(), null, null, null, '{read}', null)
            returning key_hash",
        "update api_keys set key_hash = sha256('x')",
        "update api_keys set scopes = '{read,write,run}'",
        "update api_keys set last_used_at = null",
        "delete from api_keys",
        "select password_hash from users",
        "select role from users",
        "update users set name = 'x'",
        "insert into memberships select 'alder', user_id, now(), true from users",
        "update memberships set tenant_id = 'birch'",
        "delete from memberships",
        "select token_hash from invitations",
        "update invitations set email = 'me@evil.example'",
        "update invitations set accepted_at = now()",
        "delete from invitations",
        "select from sessions",
        "select from totp_secrets",
        "select from passkeys",
        "select from answered_challenges",
        "select from recovery_codes",
        "select from staff_invitations",
        "select from platform_audit",
        "insert into tenants (tenant_id) values ('birch')",
        "insert into platform_audit (action) values ('x.x')",
        "update model_states set as_of = '2026-01-01'",
        "update usage_events set cost_units = 0",
        "update audit set actor = 'nobody'",
        "update observations set as_of = '2026-01-01'",
        "update observations set date = '2026-01-01'",
        "update observations set new_cases = 0",
        "update uploads set source = 'page'",
        "update annotations set text = 'x'",
        "delete from annotations",
        "select token_hash from releases",
        "update releases set figures = '{}'",
        "update releases set expires_at = 'infinity'",
        "delete from releases",
        "update model_settings set settings = '{}'",
        "update model_runs set requested_by = 'nobody'",
        "delete from model_runs",
        "update forecasts set new_cases = 0",
        "update forecast_scores set origin = '2026-01-01'",
        "delete from forecast_scores",
        "delete from uploads",
        "update locations set location_id = 'x'",
        "delete from usage_events",
        "delete from audit",
        "delete from observations",
    ];
    cannot(&portal, Hat::Tenant, &statements).await;
}

#[tokio::test]
async fn whoever_onboards_reads_no_case_no_forecast_no_ensemble_and_no_secret() {
    let portal = portal_with_cases().await;
    let statements = [
        "select from locations",
        "select from observations",
        "select from uploads",
        "select from upload_chunks",
        "select from readings",
        "select from annotations",
        "select from releases",
        "select from forecasts",
        "select from model_states",
        "select ensemble from model_states",
        "select from model_settings",
        "select from model_runs",
        "select from outlooks",
        "select from reproduction_numbers",
        "select from forecast_scores",
        "select from usage_events",
        "select from audit",
        "select key_hash from api_keys",
        "select password_hash from users",
        "select token_hash from invitations",
        "select from sessions",
        "insert into observations (tenant_id) values ('alder')",
        "insert into usage_events (tenant_id) values ('alder')",
        "insert into model_states values
            ('alder', gen_random_uuid(), now(), 'posterior', 2, '{x}', '{1, 2}', '{}', now())",
        // Not by the back door of a clause that reads, either.
        "insert into model_states values
            ('alder', gen_random_uuid(), now(), 'baseline', 2, '{x}', '{1, 2}', '{}', now()) returning ensemble",
        "update tenants set name = 'x'",
        "update users set role = 'admin'",
        "update api_keys set key_hash = ''",
        "update api_keys set scopes = '{read,write,run}'",
        "delete from tenants",
        "delete from api_keys",
        "delete from audit",
        "select app.bind_tenant('alder', '')",
    ];
    cannot(&portal, Hat::Registrar, &statements).await;
}

#[tokio::test]
async fn the_operator_writes_nothing_but_bills_and_reads_no_secret() {
    let portal = portal_with_cases().await;
    let mut owner = portal.owner().await;
    for table in tables(&mut owner).await {
        let column: String = sqlx::query_scalar(
            "select attname::text from pg_attribute where attrelid = $1::regclass and attnum = 1",
        )
        .bind(&table)
        .fetch_one(&mut owner)
        .await
        .expect("a column");
        // To what is billed it adds, and changes nothing of it.
        let adds = [
            "attributions",
            "audit",
            "break_glass",
            "budgets",
            "closed_months",
            "corrections",
            "plans",
            "platform_audit",
            "platform_costs",
            "price_lists",
            "price_tiers",
            "statement_lines",
            "statements",
            "tenant_plans",
        ];
        let adds = adds.contains(&table.as_str());
        for statement in [
            format!("insert into {table} ({column}) select {column} from {table}"),
            format!("insert into {table} default values"),
            format!("update {table} set {column} = {column}"),
            format!("delete from {table}"),
            format!("select from {table} for update"),
        ] {
            let ends = ["platform_costs", "break_glass"].contains(&table.as_str());
            let removes = ends && statement.ends_with("for update");
            if (adds && statement.starts_with("insert")) || removes {
                continue;
            }
            cannot(&portal, Hat::Operator, &[&statement]).await;
        }
    }
    let statements = [
        "select key_hash from api_keys",
        "select contact_email from tenants",
        "select from users",
        "select from sessions",
        "select from invitations",
        "select from model_states",
        "select from forecasts",
        "select from outlooks",
        "select from reproduction_numbers",
        "select from forecast_scores",
        "select from model_settings",
        "select app.bind_tenant('alder', '')",
    ];
    cannot(&portal, Hat::Operator, &statements).await;
}

#[tokio::test]
async fn statistics_tell_a_department_nothing() {
    let portal = portal_with_cases().await;
    attempt(&mut portal.owner().await, "analyze")
        .await
        .expect("analysed");
    let values = "select count(*) from pg_stats
        where schemaname = 'public' and tablename <> '_sqlx_migrations'";
    for hat in [Hat::Tenant, Hat::Registrar, Hat::Gate, Hat::Operator] {
        let pools = portal.app.pools.each();
        let (_, pool) = pools.iter().find(|(of, _)| *of == hat).expect("a pool");
        let mut connection = pool.acquire().await.expect("a connection");
        let seen = count(&mut connection, values).await.expect("rows");
        assert_eq!(seen, 0, "{hat:?}");
    }
}
