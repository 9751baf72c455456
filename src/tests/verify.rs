//! `cordon verify`, on a live database.

use sqlx::Executor as _;

use super::{behind::contents, portal::TestPortal};
use crate::tenancy::verify::verify;

#[tokio::test]
async fn a_fresh_database_and_one_with_cases_are_proved() {
    let portal = TestPortal::start().await;
    for round in ["fresh", "in use"] {
        let proof = verify(&portal.server, &portal.app.pools)
            .await
            .expect("proof");
        for sentence in [
            "each hat logs in as itself",
            "cordon_registrar cannot read observations",
            "cordon_tenant reads its own observations, no other's, and none unbound",
            "cordon_tenant cannot write another's observations",
            "cordon_operator can delete nothing of another's and truncate none of them",
        ] {
            assert!(
                proof.iter().any(|line| line == sentence),
                "{round}: {sentence}"
            );
        }
        if round == "fresh" {
            portal
                .onboard("alder")
                .await
                .reports("north", "2026-03-01", &[1])
                .await;
        }
    }
}

#[tokio::test]
async fn a_proof_leaves_nothing_behind_whether_it_holds_or_not() {
    let portal = TestPortal::start().await;
    portal
        .onboard("alder")
        .await
        .reports("north", "2026-03-01", &[1])
        .await;
    let mut owner = portal.owner().await;
    let before = contents(&mut owner).await;
    verify(&portal.server, &portal.app.pools)
        .await
        .expect("proof");
    assert_eq!(contents(&mut owner).await, before);
    owner
        .execute(A_TENANT_FOR_EVERYBODY)
        .await
        .expect("replaced");
    verify(&portal.server, &portal.app.pools)
        .await
        .expect_err("a fault");
    assert_eq!(contents(&mut owner).await, before);
}

#[tokio::test]
async fn a_policy_that_is_missing_is_named() {
    let portal = TestPortal::start().await;
    let mut owner = portal.owner().await;
    owner
        .execute("drop policy own_tenant on forecasts")
        .await
        .expect("dropped");
    let reason = verify(&portal.server, &portal.app.pools)
        .await
        .expect_err("a fault")
        .to_string();
    assert!(reason.contains("forecasts"), "{reason}");
}

/// What the catalogue cannot see: the policies are as designed, and what they call is not.
const A_TENANT_FOR_EVERYBODY: &str = "create or replace function app.require_tenant() returns text
    language sql stable parallel safe
    return coalesce(nullif(pg_catalog.current_setting('app.current_tenant', true), ''), 'cordon-canary-one')";

#[tokio::test]
async fn what_the_catalogue_cannot_see_is_found_by_trying() {
    for (drift, found) in [
        (A_TENANT_FOR_EVERYBODY, "is readable with no tenant bound"),
        (
            "create or replace function app.require_tenant() returns text
             language sql stable parallel safe
             return case when coalesce(current_setting('app.current_tenant', true), '') = ''
                then app.bind_tenant(null, null)::text else 'cordon-canary-two' end",
            "shows another department's rows",
        ),
        (
            "create or replace function app.require_tenant() returns text
             language plpgsql stable parallel safe as $$
             begin
                if coalesce(current_setting('app.current_tenant', true), '') = '' then
                    raise exception 'unbound' using errcode = 'CD001';
                end if;
                return current_setting('app.current_tenant');
             end $$",
            "a department becomes another by naming it",
        ),
    ] {
        let portal = TestPortal::start().await;
        portal.owner().await.execute(drift).await.expect("replaced");
        let reason = verify(&portal.server, &portal.app.pools)
            .await
            .expect_err("a fault")
            .to_string();
        assert!(reason.contains(found), "{reason}");
    }
}
