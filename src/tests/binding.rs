//! A transaction is bound to one tenant, and the binding goes with it.

use super::{
    behind::{BOUND_ALREADY, NO_TENANT_ID, UNBOUND, attempt, count, refusal},
    portal::TestPortal,
};
use crate::{
    database::{Guard, Pools},
    tenancy::TenantTx,
};

#[tokio::test]
async fn a_transaction_stays_with_its_tenant() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut tx = alder.begin().await;
    assert_eq!(
        refusal(attempt(tx.parts().1, "select app.bind_tenant('alder')").await),
        ""
    );
    let other = attempt(tx.parts().1, "select app.bind_tenant('birch')").await;
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
        let bound = sqlx::query("select app.bind_tenant($1)")
            .bind(id)
            .execute(tx.conn())
            .await;
        assert_eq!(refusal(bound), NO_TENANT_ID, "{id:?}");
    }
}

#[tokio::test]
async fn the_tenant_goes_with_the_transaction_however_it_ends() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    // One connection, so that it is the same one that comes back.
    let pools = Pools::open_guarded(&portal.server, 1, Guard::On);
    for end in ["commit", "drop", "fail"] {
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
