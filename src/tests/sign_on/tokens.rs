//! What a provider says that is not to be believed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Scene, assert_refused, issuer::Plan, signing::Signed};

const EPI: &str = "epi@alder.example";
/// What its person is told of a provider that is not believed.
const UNBELIEVED: &str = "did not answer as it should";

/// Why a token is refused, how it is signed, and the claims that differ.
type Wrong = (&'static str, Signed, Vec<(&'static str, Value)>);

/// The last line of the record on somebody who did not come in.
async fn last_refusal(scene: &Scene) -> String {
    let refused = scene.recorded("session.refused").await;
    refused.last().expect("a line").1.clone()
}

#[tokio::test]
async fn an_id_token_that_is_wrong_in_any_part_lets_nobody_in() {
    let scene = Scene::new().await;
    scene.department("birch", &[]).await;
    let now = scene.portal.app.clock.now().timestamp();
    let birch = scene.issuer.url("birch");
    let wrong: Vec<Wrong> = vec![
        ("not signed", Signed::Not, vec![]),
        ("not signed", Signed::WithThePublicKey, vec![]),
        ("not signed", Signed::WithTheClientSecret, vec![]),
        ("not signed", Signed::ByAnother, vec![]),
        (
            "another sign-on",
            Signed::Well,
            vec![("nonce", json!("0".repeat(64)))],
        ),
        (
            "another sign-on",
            Signed::Well,
            vec![("nonce", json!(null))],
        ),
        (
            "another client",
            Signed::Well,
            vec![("aud", json!("somebody else"))],
        ),
        (
            "another client",
            Signed::Well,
            vec![("aud", json!([super::CLIENT, "somebody else"]))],
        ),
        (
            "another client",
            Signed::Well,
            vec![("azp", json!("somebody else"))],
        ),
        ("another issuer", Signed::Well, vec![("iss", json!(birch))]),
        (
            "another issuer",
            Signed::Well,
            vec![("iss", json!(format!("{}/", scene.issuer.url("alder"))))],
        ),
        ("not of now", Signed::Well, vec![("exp", json!(now))]),
        (
            "not of now",
            Signed::Well,
            vec![("exp", json!(now - 3_600)), ("iat", json!(now - 7_200))],
        ),
        (
            "not of now",
            Signed::Well,
            vec![("iat", json!(now - 3_600))],
        ),
        (
            "not of now",
            Signed::Well,
            vec![("iat", json!(now + 3_600))],
        ),
        ("cannot be read", Signed::Well, vec![("sub", json!(null))]),
        ("cannot be read", Signed::Well, vec![("exp", json!(null))]),
    ];
    for (why, signed, claims) in wrong {
        let mut browser = scene.portal.browser();
        let sent = scene.sent(&mut browser, "alder").await;
        let mut token = scene.claims("alder", &sent, EPI);
        for (name, value) in &claims {
            token[*name] = value.clone();
        }
        let code = scene.code(&sent, token, signed);
        let answer = scene
            .back(&mut browser, "alder", &code, &sent.state())
            .await;
        assert_refused(&answer, UNBELIEVED);
        assert!(
            browser.get("/").await.location().starts_with("/login"),
            "{signed:?} {claims:?}"
        );
        let recorded = last_refusal(&scene).await;
        assert!(recorded.contains(why), "{signed:?} {claims:?}: {recorded}");
    }
    // The same without a fault does.
    let mut browser = scene.portal.browser();
    assert_eq!(
        scene
            .signs_on(&mut browser, "alder", EPI, |_| {})
            .await
            .location(),
        "/"
    );
}

#[tokio::test]
async fn an_address_that_is_not_verified_or_of_another_domain_does_not_come_in() {
    let scene = Scene::new().await;
    for (email, verified, why) in [
        (json!(EPI), json!(false), "is verified"),
        (json!(EPI), json!(null), "is verified"),
        (json!(null), json!(true), "is verified"),
        (json!("epi"), json!(true), "is verified"),
        (json!("epi@birch.example"), json!(true), "lets in"),
        (json!("epi@sub.alder.example"), json!(true), "lets in"),
        (json!("epi@alder.example.evil"), json!(true), "lets in"),
        (
            json!("x@evil.example@alder.example"),
            json!(true),
            "is verified",
        ),
    ] {
        let mut browser = scene.portal.browser();
        let twist = |claims: &mut Value| {
            claims["email"] = email.clone();
            claims["email_verified"] = verified.clone();
        };
        let answer = scene.signs_on(&mut browser, "alder", EPI, twist).await;
        assert_refused(&answer, why);
    }
}

#[tokio::test]
async fn what_the_token_does_not_say_the_page_on_people_does_of_the_same_subject() {
    let scene = Scene::new().await;
    for (subject, status) in [
        (EPI, StatusCode::SEE_OTHER),
        ("other", StatusCode::UNAUTHORIZED),
    ] {
        let mut browser = scene.portal.browser();
        let sent = scene.sent(&mut browser, "alder").await;
        let mut claims = scene.claims("alder", &sent, EPI);
        // It is vouched for where it stands, and not elsewhere.
        claims["email"] = json!(null);
        let plan = Plan {
            claims,
            signed: Signed::Well,
            userinfo: json!({
                "sub": format!("subject of {subject}"), "email": EPI, "email_verified": true,
            }),
            challenge: sent.parameter("code_challenge").expect("a challenge"),
        };
        let code = scene.issuer.code(plan);
        let answer = scene
            .back(&mut browser, "alder", &code, &sent.state())
            .await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let mut browser = scene.portal.browser();
    let sent = scene.sent(&mut browser, "alder").await;
    let mut claims = scene.claims("alder", &sent, EPI);
    claims["email"] = json!(null);
    let plan = Plan {
        userinfo: json!({ "sub": claims["sub"], "email": EPI }),
        claims,
        signed: Signed::Well,
        challenge: sent.parameter("code_challenge").expect("a challenge"),
    };
    let code = scene.issuer.code(plan);
    let answer = scene
        .back(&mut browser, "alder", &code, &sent.state())
        .await;
    assert_refused(&answer, "is verified");
}

#[tokio::test]
async fn one_departments_provider_signs_nobody_on_to_another() {
    let scene = Scene::new().await;
    scene.department("birch", &[]).await;
    // Birch's provider knows somebody of alder's, and signs what it likes.
    let mut browser = scene.portal.browser();
    let sent = scene.sent(&mut browser, "alder").await;
    for issuer in ["alder", "birch"] {
        let mut claims = scene.claims("alder", &sent, EPI);
        claims["iss"] = json!(scene.issuer.url(issuer));
        let code = scene.code(&sent, claims, Signed::ByAnother);
        // To alder's way back, and to birch's own, with alder's state.
        let mut copy = browser.clone();
        let answer = scene.back(&mut copy, "birch", &code, &sent.state()).await;
        assert_refused(&answer, "not begun in this browser");
        assert!(
            !scene.issuer.was_brought("birch", &code),
            "the code went to another provider"
        );
    }
    // By birch's own sign-on nobody gets further than birch.
    let answer = scene.signs_on(&mut browser, "birch", EPI, |_| {}).await;
    assert_refused(&answer, "lets in");
    assert!(browser.get("/").await.location().starts_with("/login"));
}

#[tokio::test]
async fn a_code_is_not_shown_to_a_provider_that_did_not_give_it() {
    let scene = Scene::with_nobody().await;
    let named = scene.issuer.url("alder-named");
    scene.department("alder", &[("issuer", &*named)]).await;
    let other = scene.issuer.url("birch");
    // It says another issuer, or none though it always would.
    for iss in [format!("&iss={other}"), String::new()] {
        let mut browser = scene.portal.browser();
        let sent = scene.sent(&mut browser, "alder").await;
        let code = scene.code(&sent, scene.claims("alder-named", &sent, EPI), Signed::Well);
        let path = format!(
            "/login/sign-on/alder/callback?code={code}&state={}{iss}",
            sent.state()
        );
        assert_refused(&browser.get(&path).await, UNBELIEVED);
        assert!(
            !scene.issuer.was_brought("alder-named", &code),
            "the code was shown"
        );
    }
    let mut browser = scene.portal.browser();
    let sent = scene.sent(&mut browser, "alder").await;
    let code = scene.code(&sent, scene.claims("alder-named", &sent, EPI), Signed::Well);
    let path = format!(
        "/login/sign-on/alder/callback?code={code}&state={}&iss={named}",
        sent.state()
    );
    assert_eq!(browser.get(&path).await.location(), "/");
}
