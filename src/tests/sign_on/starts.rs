//! Going to a provider and coming back: in one browser, once, and for ten minutes.

use chrono::TimeDelta;

use super::{Scene, Sent, assert_refused, signing::Signed};

const EPI: &str = "epi@alder.example";
/// What is said of a sign-on that is not this browser's, or is over.
const NOT_HERE: &str = "not begun in this browser";

#[tokio::test]
async fn a_sign_on_is_of_one_browser_and_once_and_for_ten_minutes() {
    let scene = Scene::new().await;
    let mut browser = scene.portal.browser();
    let sent = scene.sent(&mut browser, "alder").await;
    let code = || scene.code(&sent, scene.claims("alder", &sent, EPI), Signed::Well);
    // Somebody else's browser, with a sign-on of its own or without.
    let mut other = scene.portal.browser();
    assert_refused(
        &scene
            .back(&mut other, "alder", &code(), &sent.state())
            .await,
        NOT_HERE,
    );
    scene.sent(&mut other, "alder").await;
    assert_refused(
        &scene
            .back(&mut other, "alder", &code(), &sent.state())
            .await,
        NOT_HERE,
    );
    assert!(other.get("/").await.location().starts_with("/login"));
    // Another state, or none.
    for state in ["", "0", &"0".repeat(64)] {
        assert_refused(
            &scene.back(&mut browser, "alder", &code(), state).await,
            NOT_HERE,
        );
    }
    // Its own, once.
    let answer = scene
        .back(&mut browser, "alder", &code(), &sent.state())
        .await;
    assert_eq!(answer.location(), "/", "{}", answer.text);
    let mut again = browser.clone();
    assert_refused(
        &scene
            .back(&mut again, "alder", &code(), &sent.state())
            .await,
        NOT_HERE,
    );
    // And not for long.
    let mut late = scene.portal.browser();
    let sent = scene.sent(&mut late, "alder").await;
    let code = scene.code(&sent, scene.claims("alder", &sent, EPI), Signed::Well);
    scene.portal.wait(TimeDelta::minutes(10));
    assert_refused(
        &scene.back(&mut late, "alder", &code, &sent.state()).await,
        NOT_HERE,
    );
}

#[tokio::test]
async fn two_sign_ons_in_one_browser_do_not_disturb_each_other() {
    let scene = Scene::new().await;
    let mut browser = scene.portal.browser();
    let (first, second) = (
        scene.sent(&mut browser, "alder").await,
        scene.sent(&mut browser, "alder").await,
    );
    assert_ne!(first.parameter("nonce"), second.parameter("nonce"));
    assert_ne!(
        first.parameter("code_challenge"),
        second.parameter("code_challenge")
    );
    for sent in [second, first] {
        let code = scene.code(&sent, scene.claims("alder", &sent, EPI), Signed::Well);
        let answer = scene
            .back(&mut browser, "alder", &code, &sent.state())
            .await;
        assert_eq!(answer.location(), "/", "{}", answer.text);
    }
}

#[tokio::test]
async fn a_code_that_was_seen_opens_nothing_again() {
    let scene = Scene::new().await;
    let mut browser = scene.portal.browser();
    let sent = scene.sent(&mut browser, "alder").await;
    let code = scene.code(&sent, scene.claims("alder", &sent, EPI), Signed::Well);
    // Whoever saw it brings it in a sign-on of their own: it was not given for their verifier.
    let mut thief = scene.portal.browser();
    let theirs = scene.sent(&mut thief, "alder").await;
    let answer = scene
        .back(&mut thief, "alder", &code, &theirs.state())
        .await;
    assert_refused(&answer, "did not answer as it should");
    // And not after its own person either.
    let code = scene.code(&sent, scene.claims("alder", &sent, EPI), Signed::Well);
    assert_eq!(
        scene
            .back(&mut browser, "alder", &code, &sent.state())
            .await
            .location(),
        "/"
    );
    let theirs = scene.sent(&mut thief, "alder").await;
    let answer = scene
        .back(&mut thief, "alder", &code, &theirs.state())
        .await;
    assert_refused(&answer, "did not answer as it should");
}

#[tokio::test]
async fn what_is_stored_of_a_sign_on_signs_nobody_on() {
    let scene = Scene::new().await;
    let mut browser = scene.portal.browser();
    let sent = scene.sent(&mut browser, "alder").await;
    let cookie = browser.sent.clone().expect("a cookie");
    let cookie = cookie.split('=').nth(1).expect("a value").to_owned();
    let stored: Vec<String> = sqlx::query_scalar("select t::text from sign_on_starts t")
        .fetch_all(&mut scene.portal.owner().await)
        .await
        .expect("rows");
    let [row] = &stored[..] else {
        panic!("{stored:?}")
    };
    for secret in [Some(sent.state()), sent.parameter("nonce"), Some(cookie)] {
        assert!(!row.contains(&secret.expect("a secret")), "{row}");
    }
    assert_eq!(
        sent.parameter("code_challenge_method").as_deref(),
        Some("S256")
    );
    assert_eq!(sent.parameter("response_type").as_deref(), Some("code"));
    assert!(sent.parameter("code_verifier").is_none());
    let back = "http://127.0.0.1:3000/login/sign-on/alder/callback";
    assert_eq!(sent.parameter("redirect_uri").as_deref(), Some(back));
}

#[tokio::test]
async fn signing_on_leads_to_no_other_site() {
    let scene = Scene::new().await;
    for (next, leads) in [
        ("/data?x=1", "/data?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
    ] {
        let mut browser = scene.portal.browser();
        let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let sent = Sent::of(
            &browser
                .get(&format!("/login/sign-on/alder?next={next}"))
                .await,
        );
        let code = scene.code(&sent, scene.claims("alder", &sent, EPI), Signed::Well);
        let answer = scene
            .back(&mut browser, "alder", &code, &sent.state())
            .await;
        assert_eq!(answer.location(), leads);
    }
}

#[tokio::test]
async fn a_provider_that_says_no_or_nothing_lets_nobody_in() {
    let scene = Scene::new().await;
    for query in [
        "error=access_denied&error_description=%3Cscript%3E",
        "",
        "code=",
    ] {
        let mut browser = scene.portal.browser();
        let sent = scene.sent(&mut browser, "alder").await;
        let path = format!(
            "/login/sign-on/alder/callback?state={}&{query}",
            sent.state()
        );
        let answer = browser.get(&path).await;
        assert_refused(&answer, "did not sign you in");
        assert!(!answer.text.contains("<script>"));
    }
}
