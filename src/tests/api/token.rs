//! Tokens that stand for keys.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::{
    access::{Scopes, token::Tokens},
    secret::Secret,
    tests::portal::TestPortal,
};

const TOKEN: &str = "/api/v1/token";
const READ: &str = "/api/v1/observations";

#[tokio::test]
async fn a_token_opens_what_its_key_opens_for_15_minutes() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[4_815]).await;
    let mut program = portal.browser();
    let answer = program.call("POST", TOKEN, Some(&alder.key), &[]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let given = answer.json();
    assert_eq!(given["token_type"], "Bearer");
    assert_eq!(given["expires_in"], 900);
    assert_eq!(given["scope"], "read write run");
    let token = given["access_token"].as_str().expect("a token").to_owned();
    for path in [READ, "/data/daily.csv", "/charts/daily.svg"] {
        let (by_key, by_token) = (
            program.get_with_key(path, &alder.key).await,
            program.get_with_key(path, &token).await,
        );
        assert_eq!(by_token.status, 200, "{path}");
        assert_eq!(by_key.text, by_token.text, "{path}");
    }
    portal.wait(TimeDelta::seconds(899));
    assert_eq!(program.get_with_key(READ, &token).await.status, 200);
    portal.wait(TimeDelta::seconds(1));
    program.get_with_key(READ, &token).await.problem(401);
}

#[tokio::test]
async fn a_token_ends_with_its_key() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut program = portal.browser();
    let given = program.call("POST", TOKEN, Some(&alder.key), &[]).await;
    let token = given.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    assert_eq!(program.get_with_key(READ, &token).await.status, 200);
    let mut owner = portal.owner().await;
    for (end, way_back) in [
        ("revoked_at = '2026-03-31T12:00:00Z'", "revoked_at = null"),
        ("expires_at = '2026-03-31T12:00:00Z'", "expires_at = null"),
        ("scopes = '{read}'", "scopes = '{read,write,run}'"),
    ] {
        // The owner is under the policies too, so it sets them aside for the moment.
        let set = |what: &str| {
            format!(
                "alter table api_keys no force row level security;
                 update api_keys set {what};
                 alter table api_keys force row level security"
            )
        };
        sqlx::raw_sql(sqlx::AssertSqlSafe(set(end)))
            .execute(&mut owner)
            .await
            .expect("ended");
        program.get_with_key(READ, &token).await.problem(401);
        sqlx::raw_sql(sqlx::AssertSqlSafe(set(way_back)))
            .execute(&mut owner)
            .await
            .expect("back");
        assert_eq!(
            program.get_with_key(READ, &token).await.status,
            200,
            "{end}"
        );
    }
}

#[tokio::test]
async fn a_token_gives_no_other_token() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut program = portal.browser();
    let given = program.call("POST", TOKEN, Some(&alder.key), &[]).await;
    let token = given.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let refused = program.call("POST", TOKEN, Some(&token), &[]).await;
    assert!(refused.problem(403).contains("send the key itself"));
}

/// Whatever is wrong with a credential, the answer is the same.
#[tokio::test]
async fn near_misses_are_all_refused_alike() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let key_id: Uuid = sqlx::query_scalar("select key_id from api_keys where tenant_id = 'alder'")
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("a key");
    let now = portal.app.clock.now();
    let secret = portal.server.secret();
    let here = &portal.app.bearers.tokens;
    let elsewhere = Tokens::new(secret, "https://other.example");
    let forged = Tokens::new(&Secret::new("another secret"), &portal.app.config.origin);
    let sign = |tokens: &Tokens, key, tenant, scopes: &Scopes| {
        tokens.issue(key, tenant, scopes, now).expect("a token").0
    };
    let good = sign(here, key_id, &alder.tenant, &Scopes::all());
    let mut program = portal.browser();
    assert_eq!(program.get_with_key(READ, &good).await.status, 200);
    let mut details = Vec::new();
    for (what, credential) in [
        (
            "of another portal",
            sign(&elsewhere, key_id, &alder.tenant, &Scopes::all()),
        ),
        (
            "that somebody else signed",
            sign(&forged, key_id, &alder.tenant, &Scopes::all()),
        ),
        (
            "of a key that is not",
            sign(here, Uuid::new_v4(), &alder.tenant, &Scopes::all()),
        ),
        (
            "of another department's key",
            sign(here, key_id, &birch.tenant, &Scopes::all()),
        ),
        (
            "of other scopes",
            sign(here, key_id, &alder.tenant, &Scopes::read()),
        ),
        ("without an algorithm", {
            let claims = good.split('.').nth(1).expect("claims");
            format!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0.{claims}.")
        }),
        (
            "a key with a wrong checksum",
            match alder.key.strip_suffix('x') {
                Some(rest) => format!("{rest}y"),
                None => format!("{}x", &alder.key[..alder.key.len() - 1]),
            },
        ),
        ("nothing", String::new()),
    ] {
        let answer = program.get_with_key(READ, &credential).await;
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
        details.push(answer.problem(401));
    }
    let nobody = program.call("GET", READ, None, &[]).await;
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    details.push(nobody.problem(401));
    let basic = [("authorization", "Basic YWxkZXI6")];
    details.push(program.call("GET", READ, None, &basic).await.problem(401));
    details.dedup();
    assert_eq!(details.len(), 1, "{details:?}");
}

/// Keys open the interface, and being signed in does not.
#[tokio::test]
async fn a_cookie_opens_nothing() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    for (method, path) in [("GET", READ), ("POST", TOKEN), ("GET", "/api/v1/usage")] {
        browser.call(method, path, None, &[]).await.problem(401);
    }
    // Nor does a page of another site read what a key opens.
    let elsewhere = [
        ("origin", "https://other.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let asked = browser.call("OPTIONS", READ, None, &elsewhere).await;
    assert!(!asked.status.is_success(), "{}", asked.status);
    let read = browser.call("GET", READ, Some(&alder.key), &elsewhere);
    for answer in [asked, read.await] {
        let allowed = answer
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control-"));
        assert!(!allowed, "{:?}", answer.headers);
    }
}
