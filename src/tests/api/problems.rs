//! Whatever goes wrong, a program is told in one form.

use sqlx::Executor as _;

use crate::tests::{headers::assert_secure, portal::TestPortal};

#[tokio::test]
async fn everything_below_api_is_refused_as_problem_details() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let key = Some(alder.key.as_str());
    let mut program = portal.browser();
    for (status, method, path, key, headers) in [
        (404, "GET", "/api", key, &[][..]),
        (404, "GET", "/api/", key, &[]),
        (404, "GET", "/api/nowhere", None, &[]),
        (404, "POST", "/api/v1", key, &[]),
        (404, "GET", "/api/v2/observations", key, &[]),
        (404, "GET", "/api/v1/observations/", key, &[]),
        (404, "GET", "/api/v1/ensembles", key, &[]),
        (405, "DELETE", "/api/v1/observations", key, &[]),
        (405, "GET", "/api/v1/token", key, &[]),
        (401, "GET", "/api/v1/observations", None, &[]),
        (401, "POST", "/api/v1/token", None, &[]),
        (
            406,
            "GET",
            "/api/v1/observations",
            key,
            &[("accept", "text/html")],
        ),
        (422, "GET", "/api/v1/observations?from=soon", key, &[]),
        (422, "POST", "/api/v1/token?x=1", key, &[]),
    ] {
        let answer = program.call(method, path, key, headers).await;
        let detail = answer.problem(status);
        assert!(!detail.is_empty(), "{method} {path}");
        assert_secure(&answer);
    }
    let refused = program
        .call("DELETE", "/api/v1/observations", key, &[])
        .await;
    let mut allowed: Vec<_> = refused.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_fault_of_ours_is_named_and_not_explained() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut owner = portal.owner().await;
    owner
        .execute("drop table observations")
        .await
        .expect("dropped");
    let answer = portal
        .browser()
        .get_with_key("/api/v1/observations", &alder.key)
        .await;
    assert_eq!(answer.problem(500), "something went wrong on our side");
    for cause in [
        "observations\"",
        "relation",
        "select",
        "sqlx",
        "postgres",
        "src/",
    ] {
        assert!(!answer.text.contains(cause), "{cause} in {}", answer.text);
    }
}

#[tokio::test]
async fn a_key_without_the_scope_is_told_which_it_takes() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    portal
        .owner()
        .await
        .execute(
            "alter table api_keys no force row level security;
             update api_keys set scopes = '{write}';
             alter table api_keys force row level security",
        )
        .await
        .expect("changed");
    for path in [
        "/api/v1/observations",
        "/api/v1/locations",
        "/api/v1/forecasts",
        "/api/v1/usage",
    ] {
        let answer = portal.browser().get_with_key(path, &alder.key).await;
        assert!(answer.problem(403).contains("the scope read"), "{path}");
    }
}
