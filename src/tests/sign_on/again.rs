//! Proving again who one is, by signing on once more.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use super::{Scene, assert_refused, signing::Signed};
use crate::tests::behind::attempt;

#[tokio::test]
async fn whoever_has_no_password_is_not_asked_for_one() {
    let scene = Scene::with_nobody().await;
    let claim = [("role_claim", "groups"), ("lead_value", "leads")];
    scene.department("birch", &claim).await;
    let mut browser = scene.portal.browser();
    scene
        .signs_on(&mut browser, "birch", "new@birch.example", |claims| {
            claims["groups"] = json!(["leads"]);
        })
        .await;
    scene.portal.wait(TimeDelta::minutes(20));
    let fields = [("email", "other@birch.example")];
    let asked = browser.post("/people/invitations", &fields).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(asked.text.contains("/login/sign-on/birch"));
    assert!(!asked.text.contains("type=\"password\""));
    // Without the page one opens nothing either.
    for password in ["", "none"] {
        let fields = [fields[0], ("confirm_password", password)];
        let refused = browser.post("/people/invitations", &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{password:?}");
    }
    // Where that is switched off meanwhile, it says what to do.
    let mut owner = scene.portal.owner().await;
    attempt(&mut owner, "update sign_ons set enabled = false")
        .await
        .expect("switched off");
    let stuck = browser.post("/people/invitations", &fields).await;
    assert!(stuck.text.contains("Ask a lead"), "{}", stuck.text);
}

#[tokio::test]
async fn who_is_signed_in_proves_it_again_at_the_provider_and_loses_nothing_typed() {
    let scene = Scene::with_nobody().await;
    scene.department("alder", &[]).await;
    let lead = "lead@alder.example";
    let mut browser = scene.portal.browser();
    assert_eq!(
        scene
            .signs_on(&mut browser, "alder", lead, |_| {})
            .await
            .location(),
        "/"
    );
    scene.portal.wait(TimeDelta::minutes(20));
    let fields = [("email", "new@alder.example")];
    let asked = browser.post("/people/invitations", &fields).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(
        asked.text.contains("/login/sign-on/alder") && asked.text.contains("new@alder.example")
    );
    let again = browser.post("/people/invitations", &fields).await;
    assert_eq!(
        again.status,
        StatusCode::FORBIDDEN,
        "it passes without proof"
    );
    // The provider is told to ask, and what it remembers does not count.
    let sent = scene.sent(&mut browser, "alder").await;
    assert_eq!(sent.parameter("prompt").as_deref(), Some("login"));
    let code = scene.code(&sent, scene.claims("alder", &sent, lead), Signed::Well);
    let answer = scene
        .back(&mut browser, "alder", &code, &sent.state())
        .await;
    assert_refused(&answer, "did not answer as it should");
    let now = scene.portal.app.clock.now().timestamp();
    for (proved, passes) in [(now - 1_200, false), (now, true)] {
        let twist = |claims: &mut serde_json::Value| claims["auth_time"] = json!(proved);
        let answer = scene.signs_on(&mut browser, "alder", lead, twist).await;
        assert_eq!(
            answer.status == StatusCode::SEE_OTHER,
            passes,
            "{}",
            answer.text
        );
    }
    let invited = browser.post("/people/invitations", &fields).await;
    assert_eq!(invited.status, StatusCode::OK, "{}", invited.text);
}
