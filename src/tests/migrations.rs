//! The schema's way from the first version to the last, with rows in it.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::{
    behind::{contents, count, tables, tenant_tables},
    databases::empty_database,
    portal::TestPortal,
};
use crate::{
    database::{
        Pools, Server, catalogue,
        migrate::{MIGRATOR, connect_as_owner, migrate, migrate_if_needed},
    },
    tenancy::{TenantId, TenantTx},
};

/// Rows of two departments as they were written at a version: what later migrations must keep.
///
/// A migration that makes a table brings rows for it here. One that changes a table brings
/// none: those of earlier versions are what it is tested on.
const ROWS: &[(i64, &str)] = &[
    (
        2,
        "insert into tenants (tenant_id, name, contact_email, onboarding_id, created_at)
         select id, id, 'epi@' || id || '.example', gen_random_uuid(), '2026-01-01'
         from unnest(array['alder', 'birch']) id;
         insert into api_keys (tenant_id, key_id, name, prefix, key_hash, created_at)
         select tenant_id, gen_random_uuid(), 'first key', 'cordon_12345678', sha256(tenant_id::bytea), '2026-01-01'
         from tenants;",
    ),
    (
        3,
        "insert into users (user_id, email, name, password_hash, role, created_at)
         select gen_random_uuid(), contact_email, name, 'none', 'epidemiologist', '2026-01-01' from tenants;
         insert into memberships (tenant_id, user_id, created_at)
         select name, user_id, '2026-01-01' from users;
         insert into invitations (tenant_id, invitation_id, email, token_hash, created_at, expires_at)
         select tenant_id, gen_random_uuid(), contact_email, sha256(tenant_id::bytea), '2026-01-01', '2026-02-01'
         from tenants;
         insert into sessions (id_hash, user_id, created_at, last_seen_at, expires_at)
         select sha256(name::bytea), user_id, '2026-01-01', '2026-01-01', '2026-02-01' from users;",
    ),
    (
        4,
        "insert into locations (tenant_id, location_id, name, population)
         select tenant_id, 'north', 'North', null from tenants;
         insert into observations (tenant_id, location_id, date, as_of, new_cases, kind, superseded_on)
         select tenant_id, 'north', date, as_of::date, new_cases, kind, superseded_on::date
         from tenants, (values
            (date '2026-01-01', '2026-01-02', 5, 'count', '2026-01-04'),
            (date '2026-01-01', '2026-01-04', 7, 'count', 'infinity'),
            (date '2026-01-02', '2026-01-04', -3, 'correction', 'infinity')
         ) as row (date, as_of, new_cases, kind, superseded_on);",
    ),
    (
        5,
        "insert into model_states
            (tenant_id, state_id, as_of, kind, members, variables, ensemble, parameters, created_at)
         select tenant_id, gen_random_uuid(), '2026-01-04', kind, 2, '{s, i}', '{1, 2, 3, 4}', '{}', '2026-01-04'
         from tenants, unnest(array['baseline', 'posterior']) kind;
         insert into forecasts
            (tenant_id, state_id, location_id, target_date, quantile, new_cases, issued_at)
         select tenant_id, state_id, 'north', '2026-01-11', 0.025, 12.5, '2026-01-04' from model_states;",
    ),
    (
        6,
        "insert into usage_events (tenant_id, event_id, event_type, occurred_at, duration_ms, cost_units)
         select tenant_id, gen_random_uuid(), type, '2026-01-04', 12, 0.000001
         from tenants, unnest(array['api_call', 'enkf_run', 'report_gen']) type;
         insert into audit (tenant_id, audit_id, occurred_at, actor, action, subject)
         select tenant_id, gen_random_uuid(), '2026-01-01', 'test', 'tenant.onboarded', '' from tenants;
         insert into platform_audit (audit_id, occurred_at, actor, action, subject)
         values (gen_random_uuid(), '2026-01-01', 'test', 'user.added', '');",
    ),
    (
        8,
        "insert into upload_chunks (tenant_id, upload_no, chunk_no, bytes)
         select tenant_id, upload_no, 0, 'date' from uploads;
         insert into readings (tenant_id, header_hash, reading, used_at)
         select tenant_id, sha256('date'), '{}', '2026-01-01' from tenants;",
    ),
    (
        10,
        "insert into annotations (
            tenant_id, annotation_id, first_day, last_day, location_id, kind, text,
            excluded_from_fitting, created_at, created_by, removed_at, removed_by
         )
         select tenant_id, gen_random_uuid(), '2026-01-01', '2026-01-02', location, 'outage', 'Power cut',
            true, '2026-01-03', 'test', removed::timestamptz, removed
         from tenants, unnest(array['north', null]) location, unnest(array['2026-01-04', null]) removed;",
    ),
    (
        11,
        "insert into model_settings (tenant_id, version, settings, created_at, created_by)
         select tenant_id, 1, '{}', '2026-01-04', 'test' from tenants;
         insert into model_runs (tenant_id, run_id, kind, cause, requested_at, requested_by, state_id)
         select tenant_id, gen_random_uuid(), 'forecast', 'data', '2026-01-04', 'test', state_id from model_states;
         insert into outlooks
            (tenant_id, state_id, location_id, origin, model, rises, recent_week, reporting, origins)
         select tenant_id, state_id, location, '2026-01-04', 'baseline', 0.5, 12, 0.1, 0
         from model_states, unnest(array['north', '']) location;
         insert into reproduction_numbers (tenant_id, location_id, date, state_id, q025, q25, q50, q75, q975)
         select tenant_id, 'north', '2026-01-04', state_id, 0.8, 0.9, 1, 1.1, 1.2 from model_states;
         insert into forecast_scores
            (tenant_id, location_id, settings_version, replayed, origin, days, ahead, as_of, twin, baseline)
         select tenant_id, location, 0, true, '2026-01-04', 7, 7, '2026-01-05',
            array_fill(1, array[23]), array_fill(1, array[23])
         from tenants, unnest(array['north', '']) location;",
    ),
    (
        13,
        "insert into usage_keys (tenant_id, key, recorded_at)
         select tenant_id, 'run:1', '2026-01-04' from tenants;",
    ),
    (
        14,
        "insert into closed_months (month, closed_at, closed_by) values ('2025-12-01', '2026-01-04', 'test');
         insert into tenant_plans (tenant_id, valid_from, revision, plan_id, created_at, created_by)
         select tenant_id, '2026-01-01', 1, 'standard', '2026-01-04', 'test' from tenants;
         insert into statements (tenant_id, month, plan_id, currency, total, sha256, closed_at)
         select tenant_id, '2025-12-01', 'standard', 'USD', 1, sha256('test'), '2026-01-04' from tenants;
         insert into statement_lines (tenant_id, month, line_no, kind, quantity, unit_price, amount, note)
         select tenant_id, '2025-12-01', 1, 'minimum', 1, 1, 1, '' from tenants;
         insert into corrections
            (tenant_id, correction_id, month, line_no, amount, reason, created_at, created_by)
         select tenant_id, gen_random_uuid(), '2025-12-01', 1, 0, 'test', '2026-01-04', 'test' from tenants;
         insert into platform_costs
            (cost_id, month, name, currency, amount, driver, rest, created_at, created_by)
         values (gen_random_uuid(), '2025-12-01', 'servers', 'USD', 1, 'shared', 'evenly', '2026-01-04', 'test');
         insert into attributions (tenant_id, month, cost_id, direct, idle, shared)
         select tenant_id, '2025-12-01', cost_id, 0, 0, 0.5 from tenants, platform_costs;
         insert into budgets (tenant_id, revision, soft, hard, created_at, created_by)
         select tenant_id, 1, 1, 2, '2026-01-04', 'test' from tenants;",
    ),
    (
        17,
        "insert into totp_secrets (user_id, sealed, created_at, last_step)
         select user_id, 'sealed', '2026-01-04', 1 from users;
         insert into recovery_codes (user_id, code_hash, created_at)
         select user_id, sha256('test'), '2026-01-04' from users;",
    ),
    (
        18,
        "insert into staff_invitations
            (invitation_id, email, role, token_hash, invited_by, created_at, expires_at)
         values (gen_random_uuid(), 'new@cordon.example', 'admin', sha256('test'), 'test', '2026-01-04', '2026-01-18');",
    ),
    (
        19,
        "insert into break_glass (tenant_id, glass_id, user_id, email, reason, began_at, ends_at)
         select tenant_id, gen_random_uuid(), user_id, 'a@b.example', 'a test looks', '2026-01-04', '2026-01-04 00:01'
         from memberships;",
    ),
    (
        20,
        "insert into releases (tenant_id, release_id, token_hash, figures, released_at, released_by, expires_at)
         select tenant_id, gen_random_uuid(), sha256('test'), '{}', '2026-01-04', 'test', '2026-04-04' from tenants;",
    ),
    (
        21,
        "insert into passkeys (user_id, passkey_id, credential_hash, credential, name, created_at)
         select user_id, gen_random_uuid(), sha256(user_id::text::bytea), '{}', 'laptop', '2026-01-04' from users;
         insert into answered_challenges (challenge_hash, ends_at) values (sha256('test'), '2026-01-04');",
    ),
    (
        22,
        "insert into sign_ons (
            tenant_id, issuer, client_id, sealed_secret, domains, enabled, changed_at, changed_by
         )
         select tenant_id, 'https://login.example', 'cordon', 'sealed', '{a.example}', true, '2026-01-04', 'test'
         from tenants;
         insert into sign_on_links (tenant_id, issuer, subject, user_id, created_at)
         select tenant_id, 'https://login.example', 'somebody', user_id, '2026-01-04' from memberships;
         insert into sign_on_starts (tenant_id, state_hash, browser_hash, next, again, began_at)
         select tenant_id, sha256('state'), sha256('browser'), '', false, '2026-01-04' from tenants;",
    ),
];

/// How many rows each table has.
async fn counts(owner: &mut PgConnection) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for table in tables(owner).await {
        let rows = count(owner, &format!("select count(*) from {table}")).await;
        counts.insert(table, rows.expect("rows"));
    }
    counts
}

#[tokio::test]
async fn each_migration_keeps_the_rows_of_the_versions_before() {
    let server = empty_database().await.expect("a database");
    let mut owner = connect_as_owner(&server).await.expect("the owner");
    for migration in MIGRATOR.iter() {
        let before = counts(&mut owner).await;
        MIGRATOR
            .run_to(migration.version, &mut owner)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", migration.description));
        let after = counts(&mut owner).await;
        for (table, rows) in before {
            assert_eq!(
                after.get(&table),
                Some(&rows),
                "{table} after {}",
                migration.description
            );
        }
        for (_, rows) in ROWS
            .iter()
            .filter(|(version, _)| *version == migration.version)
        {
            owner
                .execute(*rows)
                .await
                .unwrap_or_else(|error| panic!("{}: {error}", migration.description));
        }
    }
    migrate(&server).await.expect("migrated");
    for (table, rows) in counts(&mut owner).await {
        assert!(
            rows > 0,
            "{table}: bring rows for it, so that later migrations are tested on them"
        );
    }
    assert_eq!(
        catalogue::faults(&mut owner).await.expect("an answer"),
        [""; 0]
    );

    let pools = Pools::open(&server, 2);
    for table in tenant_tables(&mut owner).await {
        for id in ["alder", "birch"] {
            let tenant = TenantId::parse(id).expect("an id");
            let mut tx = TenantTx::begin(&pools, &tenant)
                .await
                .expect("a transaction");
            let seen: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
                "select distinct tenant_id from {table}"
            )))
            .fetch_all(tx.parts().1)
            .await
            .expect("rows");
            assert_eq!(seen, [id], "{table}");
        }
    }
}

/// All of the schema that a migration can change, as text.
async fn schema(owner: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod)
            || ' ' || attnotnull || ' ' || coalesce(attacl::text, '')
         from pg_attribute join pg_class on pg_class.oid = attrelid
         where relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped
         union all
         select 'constraint ' || conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid)
         from pg_constraint where connamespace = 'public'::regnamespace
         union all
         select 'index ' || indexdef from pg_indexes where schemaname = 'public'
         union all
         select 'policy ' || p::text from pg_policies p
         union all
         select 'relation ' || relname || ' ' || relrowsecurity || relforcerowsecurity || coalesce(relacl::text, '')
         from pg_class where relnamespace = 'public'::regnamespace
         union all
         select 'function ' || proname || ' ' || pg_get_functiondef(oid) || coalesce(proacl::text, '')
         from pg_proc where pronamespace = 'app'::regnamespace
         union all
         select 'migration ' || version || ' ' || installed_on from _sqlx_migrations
         order by 1",
    )
    .fetch_all(owner)
    .await
    .expect("the schema")
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let portal = TestPortal::start().await;
    portal
        .onboard("alder")
        .await
        .reports("north", "2026-03-01", &[1, 2])
        .await;
    let mut owner = portal.owner().await;
    let before = (schema(&mut owner).await, contents(&mut owner).await);
    migrate(&portal.server).await.expect("migrated");
    migrate_if_needed(&portal.server)
        .await
        .expect("nothing to do");
    assert_eq!(
        (schema(&mut owner).await, contents(&mut owner).await),
        before
    );
    portal.onboard("birch").await;
}

/// Processes that start at the same moment, each with its own connection.
async fn at_once(servers: [&Server; 3]) {
    let [one, two, three] = servers.map(migrate);
    for migrated in <[_; 3]>::from(tokio::join!(one, two, three)) {
        migrated.expect("migrated");
    }
}

#[tokio::test]
async fn two_processes_may_migrate_the_same_database_at_once() {
    for _ in 0..5 {
        let server = empty_database().await.expect("a database");
        at_once([&server; 3]).await;
        let mut owner = connect_as_owner(&server).await.expect("the owner");
        assert_eq!(
            catalogue::faults(&mut owner).await.expect("an answer"),
            [""; 0]
        );
        owner.close().await.expect("closed");
    }
}

#[tokio::test]
async fn two_processes_may_migrate_two_databases_of_one_server_at_once() {
    for _ in 0..5 {
        let one = empty_database().await.expect("a database");
        let two = empty_database().await.expect("a database");
        let three = empty_database().await.expect("a database");
        at_once([&one, &two, &three]).await;
    }
}
