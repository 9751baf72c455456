//! The start-up check: whatever drifts from the design is named, and nothing is served.
//!
//! Each drift is made in a transaction of the owner that is rolled back. Roles belong to the
//! whole cluster, and so nobody else sees them change.

mod rights;

use std::time::Duration;

use clap::Parser as _;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, Postgres,
    Transaction,
};

use super::{databases::secret, portal::TestPortal};
use crate::{
    Config, Result,
    commands::Command,
    database::catalogue::{check, faults},
};

/// Makes each drift by itself, and wants a fault with these words: who or what, and what is
/// wrong.
async fn named(drifts: &[(&str, &str, &str)]) {
    let portal = TestPortal::start().await;
    let mut owner = portal.owner().await;
    for (drift, offender, fault) in drifts {
        let mut tx = made(&mut owner, drift).await;
        let faults = faults(&mut tx).await.expect("an answer");
        assert!(
            faults
                .iter()
                .any(|line| line.contains(offender) && line.contains(fault)),
            "{drift} should be `{offender} … {fault}`, and is {faults:?}"
        );
        tx.rollback().await.expect("rolled back");
    }
    assert_eq!(faults(&mut owner).await.expect("an answer"), [""; 0]);
}

/// A transaction in which the drift has happened.
async fn made<'a>(owner: &'a mut PgConnection, drift: &str) -> Transaction<'a, Postgres> {
    let mut tx = owner.begin().await.expect("a transaction");
    while let Err(error) = tx.execute(AssertSqlSafe(drift.to_owned())).await {
        // Another test, which migrates, sets a role's password at this moment.
        assert!(
            error.to_string().contains("concurrently updated"),
            "{drift}: {error}"
        );
        tx.execute("rollback; begin").await.expect("begun again");
    }
    tx
}

#[tokio::test]
async fn a_fresh_database_has_no_fault_whoever_looks() {
    let portal = TestPortal::start().await;
    for (hat, pool) in portal.app.pools.each() {
        let mut connection = pool.acquire().await.expect("a connection");
        assert_eq!(
            faults(&mut connection).await.expect("an answer"),
            [""; 0],
            "{hat:?}"
        );
    }
}

#[tokio::test]
async fn with_a_fault_nothing_is_served_and_the_reason_is_said() {
    let portal = TestPortal::start().await;
    let mut owner = portal.owner().await;
    let (_, gate) = portal.app.pools.each()[0];
    let mut gate = gate.acquire().await.expect("a connection");
    check(&mut gate).await.expect("no fault");
    owner
        .execute("alter table observations no force row level security")
        .await
        .expect("altered");
    let refusal = check(&mut gate).await.expect_err("a fault").to_string();
    assert!(
        refusal.contains("nothing is served") && refusal.contains("- observations: "),
        "{refusal}"
    );
    // It is what the portal asks before anything else.
    let served = tokio::time::timeout(Duration::from_secs(20), serve(&portal)).await;
    let refused = served.expect("it does not start").expect_err("a fault");
    assert_eq!(refused.to_string(), refusal);
}

/// `cordon serve`, on the database of `portal`. Where it starts, it does not end.
async fn serve(portal: &TestPortal) -> Result<()> {
    let site = tempfile::tempdir().expect("a directory");
    let files = site.path().join("pkg");
    std::fs::create_dir(&files).expect("made");
    for file in ["cordon.test.js", "main.test.css"] {
        std::fs::write(files.join(file), "").expect("written");
    }
    let config = Config {
        addr: "127.0.0.1:0".parse().expect("an address"),
        site_dir: site.path().to_owned(),
        database_url: Some(portal.server.connect_as_owner().to_url_lossy().into()),
        secret: Some(secret()),
        ..Config::from_lookup(|_| None)?
    };
    let command = Command::try_parse_from(["cordon", "serve"]).expect("a command");
    command.run(config).await
}

#[tokio::test]
async fn row_level_security_that_is_off_or_open_is_named() {
    const SECURITY: &str = "row-level security should be enabled and forced";
    const POLICY: &str = "a policy names its role";
    named(&[
        ("alter table forecasts disable row level security", "forecasts", SECURITY),
        ("alter table forecasts no force row level security", "forecasts", SECURITY),
        ("alter table users disable row level security", "users", SECURITY),
        ("create table notes (note text)", "notes", SECURITY),
        ("create policy open on audit using (true)", "audit.open", POLICY),
        ("create policy open on audit for select to public using (true)", "audit.open", POLICY),
        ("create policy open on audit to cordon_tenant using (true)", "audit.open", POLICY),
        ("create policy open on audit for select to cordon_tenant, cordon_gate using (true)", "audit.open", POLICY),
        ("create policy shut on audit as restrictive to cordon_tenant using (true)", "audit.shut to ", "should not"),
        ("drop policy undecided on uploads", "uploads.undecided to ", "missing"),
        ("alter policy own_tenant on audit using (true)", "audit.own_tenant", POLICY),
        ("alter policy own_tenant on audit with check (true)", "audit.own_tenant", POLICY),
        ("alter policy own_tenant on audit to cordon_tenant, cordon_operator", "audit.own_tenant", POLICY),
        (
            "alter policy own_tenant on audit using (tenant_id = current_setting('app.current_tenant', true))",
            "audit.own_tenant",
            POLICY,
        ),
        ("alter policy own_tenant on audit rename to ours", "audit.ours", POLICY),
        ("drop policy own_tenant on audit", "audit", "has the policy that isolates"),
    ])
    .await;
}

#[tokio::test]
async fn a_policy_of_another_hat_is_as_designed_too() {
    named(&[
        (
            "create policy more on users for insert to cordon_gate with check (true)",
            "users.more to ",
            "should not",
        ),
        (
            "create policy more on observations to cordon_registrar using (true)",
            "observations.more to ",
            "should not",
        ),
        (
            "alter policy all_tenants on audit to cordon_gate",
            "audit.all_tenants to ",
            "should not",
        ),
        (
            "alter policy accept_invitation on users with check (true)",
            "users.accept_invitation to ",
            "should not",
        ),
        (
            "alter policy baseline on model_states with check (true)",
            "model_states.baseline to ",
            "should not",
        ),
        (
            "alter policy accept_invitation on memberships with check (true)",
            "memberships.accept_invitation to ",
            "should not",
        ),
        (
            "drop policy all_tenants on audit",
            "audit.all_tenants to ",
            "missing",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_table_whose_keys_would_mix_tenants_is_named() {
    const STARTS: &str = "starts with tenant_id";
    named(&[
        ("create table notes (tenant_id text not null, id int primary key)", "notes.notes_pkey", STARTS),
        ("create table notes (tenant_id text not null, id int, primary key (id, tenant_id))", "notes.notes_pkey", STARTS),
        ("create table notes (id int unique, tenant_id text not null)", "notes.notes_id_key", STARTS),
        ("create unique index one_name on locations (name)", "locations.one_name", STARTS),
        ("create table notes (tenant_id text, note text)", "notes", "tenant_id should be text not null"),
        ("create table notes (tenant_id uuid not null)", "notes", "tenant_id should be text not null"),
        ("alter table memberships drop constraint memberships_pkey cascade; alter table memberships alter tenant_id drop not null", "memberships", "tenant_id should be text not null"),
        (
            "create table places (tenant_id text not null, id int, primary key (tenant_id, id));
             create table notes (tenant_id text not null, place_tenant text, place int,
                constraint across foreign key (place_tenant, place) references places)",
            "notes.across",
            STARTS,
        ),
    ])
    .await;
}
