//! Security headers on every answer, errors included.

use axum::http::Method;
use sqlx::Executor as _;

use super::portal::{Answer, PASSWORD, TestPortal};
use crate::Config;

/// What every answer of the portal says to a browser.
pub fn assert_secure(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    let directive = |name: &str| {
        policy
            .split(';')
            .filter_map(|directive| directive.trim().split_once(' '))
            .find(|(directive, _)| *directive == name)
            .map(|(_, sources)| sources)
    };
    assert_eq!(directive("frame-ancestors"), Some("'none'"), "{answer:?}");
    assert_eq!(directive("default-src"), Some("'none'"), "{answer:?}");
    assert_eq!(directive("base-uri"), Some("'none'"), "{answer:?}");
    for unsafe_source in [
        "'unsafe-inline'",
        "'unsafe-eval'",
        "*",
        "http:",
        "https:",
        "data:",
    ] {
        let found = policy
            .split([' ', ';'])
            .any(|source| source == unsafe_source);
        assert!(!found, "{unsafe_source} in {policy}");
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name} of {answer:?}");
    }
    let kept = match answer.header("cache-control") {
        "private, no-store" => false,
        // Whoever got it asks each time whether that is still the edition.
        "private, no-cache" => true,
        // For everybody alike.
        "public, max-age=300" if !answer.header("vary").contains("authorization") => true,
        other => panic!("{other}: {answer:?}"),
    };
    assert!(!kept || !answer.header("etag").is_empty(), "{answer:?}");
    assert!(!answer.headers.contains_key("server") && !answer.headers.contains_key("x-powered-by"));
    if answer.header("content-type").starts_with("text/html") {
        assert_nothing_inline(answer, directive("script-src").unwrap_or_default());
    }
}

/// What the policy would not let a browser run is not in the page either.
fn assert_nothing_inline(answer: &Answer, scripts: &str) {
    for script in answer.text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or_default();
        let nonce = tag
            .split_once("nonce=\"")
            .and_then(|(_, rest)| rest.split('"').next())
            .unwrap_or_else(|| panic!("a script without a nonce: <script{tag}>"));
        assert!(
            scripts.contains(&format!("'nonce-{nonce}'")),
            "{nonce} is not in {scripts}"
        );
    }
    for inline in [
        " style=\"",
        " onclick=",
        " onload=",
        " onerror=",
        "javascript:",
        "<style",
    ] {
        assert!(!answer.text.contains(inline), "{inline} in {}", answer.text);
    }
}

#[tokio::test]
async fn errors_have_the_headers_too_and_say_nothing_of_the_cause() {
    let portal = TestPortal::start_with(|config| Config {
        origin: "https://cases.example".into(),
        ..config
    })
    .await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    portal
        .owner()
        .await
        .execute("drop table observations")
        .await
        .expect("dropped");
    let mut nobody = portal.browser();
    let long = "a".repeat(1_000_000);
    let cross_site = [("sec-fetch-site", "cross-site")];
    for (status, answer) in [
        (500, browser.get("/").await),
        (
            500,
            nobody.get_with_key("/data/daily.csv", &alder.key).await,
        ),
        (404, nobody.get("/nowhere").await),
        (405, browser.ask(Method::DELETE, "/data/daily.csv").await),
        (400, nobody.post("/login", &[("email", &long)]).await),
        (
            401,
            nobody.get_with_key("/data/daily.csv", "nonsense").await,
        ),
        (
            403,
            nobody
                .post_with("/login", &[("password", PASSWORD)], &cross_site)
                .await,
        ),
        (303, nobody.get("/").await),
        (404, nobody.get("/pkg/nowhere.js").await),
        (405, nobody.post("/pkg/nowhere.js", &[]).await),
        (405, nobody.post("/healthz", &[]).await),
    ] {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_secure(&answer);
        assert!(
            answer
                .header("strict-transport-security")
                .starts_with("max-age="),
            "{answer:?}"
        );
        for cause in [
            "observations",
            "relation",
            "select",
            "sqlx",
            "postgres",
            "src/",
        ] {
            assert!(!answer.text.contains(cause), "{cause} in {}", answer.text);
        }
    }
}
