//! A transaction is bound to one tenant, and the binding goes with it.

use chrono::Utc;
use sqlx::AssertSqlSafe;

use super::{
    behind::{
        BOUND_ALREADY, NO_TENANT_ID, NOT_ALLOWED, UNBOUND, UNPROVED, attempt, count, refusal,
    },
    portal::{Department, TestPortal},
};
use crate::{
    database::{Binding, Guard, Pools, migrate::migrate_if_needed},
    secret::Secret,
    tenancy::TenantTx,
};

#[tokio::test]
async fn a_transaction_stays_with_its_tenant() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut tx = alder.begin().await;
    let binding = portal.app.pools.binding();
    assert_eq!(refusal(binding.bind(tx.parts().1, "alder").await), "");
    let other = binding.bind(tx.parts().1, "birch").await;
    assert_eq!(refusal(other), BOUND_ALREADY);
    assert!(
        count(tx.parts().1, "select count(*) from observations")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn only_the_id_of_a_tenant_can_be_bound() {
    let portal = TestPortal::start().await;
    let long = "a".repeat(64);
    for id in [
        None,
        Some(""),
        Some(" "),
        Some("a"),
        Some("%"),
        Some("ALDER"),
        Some("alder\n"),
        Some("alder birch"),
        Some("аlder"),
        Some("alder'; set role cordon_operator; --"),
        Some("alder' or 'a' = 'a"),
        Some("$$"),
        Some(&*long),
    ] {
        let mut tx = portal
            .app
            .pools
            .begin_unbound()
            .await
            .expect("a transaction");
        let bound = sqlx::query("select app.bind_tenant($1, $2)")
            .bind(id)
            .bind(portal.app.pools.binding().prove_now(id.unwrap_or_default()))
            .execute(tx.conn())
            .await;
        assert_eq!(refusal(bound), NO_TENANT_ID, "{id:?}");
    }
}

#[tokio::test]
async fn the_tenant_goes_with_the_transaction_however_it_ends() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    // By what `set local` does, and by what is done before a connection is handed on.
    for (guard, end) in [
        (Guard::Off, "commit"),
        (Guard::Off, "drop"),
        (Guard::Off, "fail"),
        (Guard::On, "commit"),
        (Guard::On, "drop"),
        (Guard::On, "fail"),
    ] {
        // One connection, so that it is the same one that comes back.
        let pools = Pools::open_guarded(&portal.server, 1, guard);
        {
            let mut tx = TenantTx::begin(&pools, &alder.tenant)
                .await
                .expect("a transaction");
            match end {
                "commit" => tx.commit().await.expect("committed"),
                "fail" => assert!(attempt(tx.parts().1, "select 1 / 0").await.is_err()),
                _ => {}
            }
        }
        let mut tx = pools.begin_unbound().await.expect("a transaction");
        let tenant: Option<String> =
            sqlx::query_scalar("select nullif(current_setting('app.current_tenant', true), '')")
                .fetch_one(tx.conn())
                .await
                .expect("a setting");
        assert_eq!(tenant, None, "after {end}");
        let read = count(tx.conn(), "select count(*) from observations").await;
        assert_eq!(refusal(read), UNBOUND, "after {end}");
    }
}

/// What a statement could do that is smuggled into a query of alder.
fn forgeries(binding: &Binding) -> Vec<(&'static str, String)> {
    let soon = Utc::now().timestamp() + 60;
    let other_key = Binding::of(&Secret::new("another installation's secret"));
    let birch = |proof: &str| {
        format!("set local app.current_tenant = 'birch'; set local app.tenant_proof = '{proof}'")
    };
    let (good, end) = (binding.prove("birch", soon), soon.to_string());
    let (_, hash) = good.split_once('.').expect("a proof");
    vec![
        (
            "its name alone",
            "set local app.current_tenant = 'birch'".to_owned(),
        ),
        (
            "its name, by a function",
            "select set_config('app.current_tenant', 'birch', true)".to_owned(),
        ),
        (
            "its name, for the session",
            "set app.current_tenant = 'birch'".to_owned(),
        ),
        ("no proof", birch("")),
        ("no hash", birch(&end)),
        ("a proof of its own", birch(&binding.prove("alder", soon))),
        (
            "a proof that has ended",
            birch(&binding.prove("birch", soon - 120)),
        ),
        (
            "a proof that was given a longer life",
            birch(&format!("{}.{hash}", soon + 1)),
        ),
        (
            "a proof of a tenant whose name begins so",
            birch(&binding.prove("birch_county", soon)),
        ),
        (
            "a proof by another key",
            birch(&other_key.prove("birch", soon)),
        ),
        ("a proof in capitals", birch(&good.to_uppercase())),
        ("a proof cut short", birch(&good[..good.len() - 1])),
        ("a proof with more behind it", birch(&format!("{good}0"))),
        ("a proof on a second line", birch(&format!("\n{good}"))),
        (
            "an end that overflows",
            birch(&format!("99999999999999999999.{hash}")),
        ),
        ("an end below nothing", birch(&format!("-1.{hash}"))),
    ]
}

#[tokio::test]
async fn a_tenant_cannot_be_named_without_proof() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    birch.reports("north", "2026-03-01", &[41]).await;
    for (words, forgery) in forgeries(portal.app.pools.binding()) {
        for read in [
            "select count(*) from observations",
            "select count(*) from observations where tenant_id = 'birch'",
            "insert into audit values ('birch', gen_random_uuid(), now(), 'x', 'x.x', 'x', 'x', 'done')",
        ] {
            let mut tx = alder.begin().await;
            sqlx::raw_sql(AssertSqlSafe(forgery.clone()))
                .execute(tx.parts().1)
                .await
                .expect("a setting");
            let tried = attempt(tx.parts().1, read).await;
            assert_eq!(refusal(tried), UNPROVED, "{words}: {read}");
        }
    }
    // What makes the others worth refusing: the portal's own proof is one of those words away.
    let mut tx = alder.begin().await;
    let good = portal.app.pools.binding().prove_now("birch");
    sqlx::raw_sql(AssertSqlSafe(format!(
        "set local app.current_tenant = 'birch'; set local app.tenant_proof = '{good}'"
    )))
    .execute(tx.parts().1)
    .await
    .expect("a setting");
    let read = count(tx.parts().1, "select count(*) from observations").await;
    assert_eq!(read.expect("a count"), 1);
}

#[tokio::test]
async fn a_tenant_cannot_be_bound_without_proof_and_no_hat_reads_the_key() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    for proof in [None, Some(""), Some("1.0"), Some("x")] {
        let begun = portal.app.pools.begin_unbound().await;
        let mut tx = begun.expect("a transaction");
        sqlx::query("select app.bind_tenant('alder', $1)")
            .bind(proof)
            .execute(tx.conn())
            .await
            .expect("a setting");
        let read = count(tx.conn(), "select count(*) from observations").await;
        assert_eq!(refusal(read), UNPROVED, "{proof:?}");
    }
    for (hat, pool) in portal.app.pools.each() {
        for statement in [
            "select from app.binding_key",
            "update app.binding_key set inner_pad = outer_pad",
            "insert into app.binding_key values (false, '', '')",
            "delete from app.binding_key",
            "copy app.binding_key to stdout",
            "select app.inner_pad()",
            "select app.outer_pad()",
            "create or replace function app.require_tenant() returns text language sql return 'birch'",
        ] {
            let mut tx = pool.begin().await.expect("a transaction");
            let tried = attempt(&mut tx, statement).await;
            assert_eq!(refusal(tried), NOT_ALLOWED, "{hat:?}: {statement}");
        }
    }
}

#[tokio::test]
async fn another_secret_is_another_key_and_a_migration_hands_it_over() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    // On a connection that has read the key, as on all others.
    let pools = Pools::open_guarded(&portal.server, 1, Guard::On);
    let read = async |department: &Department<'_>| {
        let begun = TenantTx::begin(&pools, &department.tenant).await;
        let mut tx = begun.expect("a transaction");
        refusal(count(tx.parts().1, "select count(*) from observations").await)
    };
    assert_eq!(read(&alder).await, "");
    attempt(
        &mut portal.owner().await,
        "update app.binding_key set inner_pad = outer_pad",
    )
    .await
    .expect("changed");
    assert_eq!(read(&alder).await, UNPROVED, "by a key that was replaced");
    migrate_if_needed(&portal.server).await.expect("migrated");
    assert_eq!(read(&alder).await, "");
}
