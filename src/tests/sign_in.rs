//! Signing in and out, and staying signed in.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;
use tokio::task::JoinSet;
use tower_sessions::session::Id;

use super::portal::{PASSWORD, TestPortal};
use crate::{access::user::NewRole, secret::sha256};

#[tokio::test]
async fn each_role_starts_on_its_own_page() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    portal
        .add_person("admin@cordon.example", NewRole::Admin)
        .await;
    portal
        .add_person("staff@cordon.example", NewRole::Onboarding)
        .await;
    for (email, home) in [
        ("epi@alder.example", "/"),
        ("admin@cordon.example", "/admin"),
        ("staff@cordon.example", "/admin/tenants"),
    ] {
        let mut browser = portal.browser();
        let answer = browser
            .post("/login", &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, home)
        );
        if home != "/" {
            assert_eq!(browser.get(home).await.location(), "/account/second-factor");
            portal.set_up_second_factor(&mut browser, email).await;
        }
        assert_eq!(browser.get(home).await.status, StatusCode::OK, "{email}");
    }
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut browser = portal.browser();
    let wrong = browser
        .post(
            "/login",
            &[("email", "epi@alder.example"), ("password", "wrong")],
        )
        .await;
    let unknown = browser
        .post(
            "/login",
            &[("email", "ghost@alder.example"), ("password", "wrong")],
        )
        .await;
    assert_eq!(
        (wrong.status, unknown.status),
        (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED)
    );
    assert_eq!(
        wrong.text.replace("epi@alder.example", "?"),
        unknown.text.replace("ghost@alder.example", "?"),
        "what was typed comes back, and nothing else differs"
    );
    assert!(browser.cookie.is_none());
}

#[tokio::test]
async fn a_password_is_hashed_for_somebody_who_does_not_exist_too() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    portal.onboard("birch").await;
    sqlx::query("update users set disabled_at = now() where email = 'epi@birch.example'")
        .execute(&mut portal.owner().await)
        .await
        .expect("disabled");
    let emails = [
        "epi@alder.example",
        "epi@birch.example",
        "ghost@alder.example",
        "",
        "ghost\0@alder.example",
    ];
    // While nobody has a turn, whoever is answered was not to be hashed for.
    let turns = portal.app.passwords.take_all_turns();
    let mut waiting = JoinSet::new();
    for email in emails {
        let mut browser = portal.browser();
        waiting.spawn(async move {
            let fields = [("email", email), ("password", PASSWORD)];
            (email, browser.post("/login", &fields).await.status)
        });
    }
    let early = tokio::time::timeout(Duration::from_secs(1), waiting.join_next()).await;
    assert!(early.is_err(), "answered without a turn: {early:?}");
    drop(turns);
    for (email, status) in waiting.join_all().await {
        let expected = match email {
            "epi@alder.example" => StatusCode::SEE_OTHER,
            _ => StatusCode::UNAUTHORIZED,
        };
        assert_eq!(status, expected, "{email:?}");
    }
    // Nor is there a difference where the line is full.
    let _places = portal.app.passwords.take_all_places();
    for email in emails {
        let answer = portal
            .browser()
            .post("/login", &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{email:?}");
    }
}

#[tokio::test]
async fn the_session_has_a_new_id_and_only_its_hash_is_stored() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut browser = portal.signed_in("epi@alder.example").await;
    let first = browser.cookie.clone();
    let again = browser
        .post(
            "/login",
            &[("email", "epi@alder.example"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{again:?}");
    assert_ne!(first, browser.cookie, "signing in again keeps the id");
    let mut owner = portal.owner().await;
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("select id_hash from sessions")
        .fetch_all(&mut owner)
        .await
        .expect("sessions");
    assert_eq!(stored.len(), 1, "the first session goes on");
    let cookie = browser.cookie.clone().expect("a cookie");
    let id: Id = cookie
        .split('=')
        .nth(1)
        .and_then(|id| id.parse().ok())
        .expect("an id");
    assert_eq!(stored, [sha256(&id.0.to_be_bytes())]);
    let mut thief = portal.browser();
    thief.cookie = first;
    assert_eq!(
        thief.get("/").await.location(),
        "/login",
        "the first id still opens the door"
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    let mut copy = browser.clone();
    assert_eq!(browser.post("/logout", &[]).await.location(), "/login");
    assert!(browser.cookie.is_none(), "the cookie stays");
    assert_eq!(
        copy.get("/").await.location(),
        "/login",
        "a copy of the cookie still works"
    );
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_in_any_case_after_half_a_day() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut idle = alder.epidemiologist().await;
    portal.wait(TimeDelta::minutes(59));
    assert_eq!(idle.get("/").await.status, StatusCode::OK);
    portal.wait(TimeDelta::minutes(61));
    assert_eq!(idle.get("/").await.location(), "/login");

    let mut busy = alder.epidemiologist().await;
    for _ in 0..14 {
        portal.wait(TimeDelta::minutes(50));
        assert_eq!(busy.get("/").await.status, StatusCode::OK);
    }
    portal.wait(TimeDelta::minutes(50));
    assert_eq!(
        busy.get("/").await.location(),
        "/login",
        "twelve hours are over"
    );
}

#[tokio::test]
async fn somebody_who_is_shut_out_is_out_at_once() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    sqlx::query("update users set disabled_at = now()")
        .execute(&mut portal.owner().await)
        .await
        .expect("disabled");
    assert_eq!(browser.get("/").await.location(), "/login");
    let again = browser
        .post(
            "/login",
            &[("email", "epi@alder.example"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let portal = TestPortal::start_with(|config| crate::Config {
        origin: "https://cases.example".into(),
        ..config
    })
    .await;
    portal.onboard("alder").await;
    let mut browser = portal.browser();
    let answer = browser
        .post(
            "/login",
            &[("email", "epi@alder.example"), ("password", PASSWORD)],
        )
        .await;
    let cookies = answer.headers.get_all("set-cookie").iter();
    let cookies: Vec<_> = cookies
        .map(|cookie| cookie.to_str().expect("a cookie"))
        .collect();
    let named = |name: &str| cookies.iter().find(|cookie| cookie.starts_with(name));
    assert!(named("__Host-cordon-browser=").is_some_and(|cookie| cookie.contains("Secure")));
    let cookie = named("__Host-cordon=").expect("a session");
    for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie} lacks {part}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age=")
    );
}

#[tokio::test]
async fn a_form_posted_from_another_site_changes_nothing() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let fields = [("email", "epi@alder.example"), ("password", PASSWORD)];
    for headers in [
        [("sec-fetch-site", "cross-site"), ("host", "127.0.0.1:3000")],
        [
            ("origin", "https://evil.example"),
            ("host", "127.0.0.1:3000"),
        ],
        [("origin", "null"), ("host", "127.0.0.1:3000")],
    ] {
        let mut browser = portal.browser();
        let answer = browser.post_with("/login", &fields, &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(browser.cookie.is_none());
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_comes_back_to_the_page_they_asked_for() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut browser = portal.browser();
    let asked = browser.get("/?step=week&location=a").await;
    assert_eq!(
        asked.location(),
        "/login?next=%2F%3Fstep%3Dweek%26location%3Da"
    );
    let fields = [
        ("email", "epi@alder.example"),
        ("password", PASSWORD),
        ("next", "/?step=week&location=a"),
    ];
    assert_eq!(
        browser.post("/login", &fields).await.location(),
        "/?step=week&location=a"
    );
}
