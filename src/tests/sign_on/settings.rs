//! How a lead writes a department's sign-on down.

use axum::http::StatusCode;

use super::{CLIENT_SECRET, Scene, assert_refused, signing::Signed};
use crate::{Config, tests::portal::TestPortal};

#[tokio::test]
async fn what_a_lead_writes_down_is_recorded_and_its_secret_never_shown_again() {
    let scene = Scene::with_nobody().await;
    let mut lead = scene.department("alder", &[]).await;
    let page = lead.get("/people/sign-on").await.text;
    assert!(page.contains(&scene.issuer.url("alder")) && !page.contains(CLIENT_SECRET));
    assert!(page.contains("http://127.0.0.1:3000/login/sign-on/alder/callback"));
    assert!(lead.get("/people").await.text.contains("/people/sign-on"));
    let mut owner = scene.portal.owner().await;
    let stored: Vec<u8> = sqlx::query_scalar("select sealed_secret from sign_ons")
        .fetch_one(&mut owner)
        .await
        .expect("a secret");
    let secret = CLIENT_SECRET.as_bytes();
    assert!(!stored.windows(secret.len()).any(|part| part == secret));
    // Without typing it again the rest can be changed, and it still works.
    let saved = scene
        .configure(
            &mut lead,
            "alder",
            &[
                ("client_secret", ""),
                ("role_claim", "r"),
                ("lead_value", "l"),
            ],
        )
        .await;
    assert_eq!(saved.location(), "/people/sign-on", "{}", saved.text);
    let epi = "epi@alder.example";
    let mut browser = scene.portal.browser();
    assert_eq!(
        scene
            .signs_on(&mut browser, "alder", epi, |_| {})
            .await
            .location(),
        "/"
    );
    let changes = scene.recorded("sign_on.changed").await;
    let subjects: Vec<&str> = changes.iter().map(|(_, subject, _)| &**subject).collect();
    assert_eq!(subjects.len(), 2);
    assert!(subjects[0].starts_with("on; issuer http") && subjects[0].ends_with("a new secret"));
    assert!(subjects[1].ends_with("r = l leads"), "{subjects:?}");
    assert!(
        subjects
            .iter()
            .all(|subject| !subject.contains(CLIENT_SECRET))
    );
    // Not a lead: no.
    let mut epi = scene.portal.signed_in(epi).await;
    assert_eq!(
        epi.get("/people/sign-on").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        epi.post("/people/sign-on", &[]).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_client_secret_goes_to_no_issuer_for_which_it_was_not_typed() {
    let scene = Scene::with_nobody().await;
    let mut lead = scene.department("alder", &[]).await;
    let other = scene.issuer.url("alder2");
    for changed in [("issuer", &*other), ("client_id", "another")] {
        let refused = scene
            .configure(&mut lead, "alder", &[changed, ("client_secret", "")])
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(
            refused.text.contains("Type the client secret"),
            "{}",
            refused.text
        );
        assert!(refused.text.contains(changed.1), "what was typed is lost");
    }
    // By another issuer nobody is known by the subjects of the one before.
    let epi = "epi@alder.example";
    scene
        .signs_on(&mut scene.portal.browser(), "alder", epi, |_| {})
        .await;
    let saved = scene
        .configure(&mut lead, "alder", &[("issuer", &*other)])
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let links: i64 = sqlx::query_scalar("select count(*) from sign_on_links")
        .fetch_one(&mut scene.portal.owner().await)
        .await
        .expect("a count");
    assert_eq!(links, 0);
    // And whoever was sent to the one before does not come in by it.
    let mut browser = scene.portal.browser();
    let sent = scene.sent(&mut browser, "alder").await;
    let code = scene.code(&sent, scene.claims("alder", &sent, epi), Signed::Well);
    let answer = scene
        .back(&mut browser, "alder", &code, &sent.state())
        .await;
    assert_refused(&answer, "did not answer as it should");
}

#[tokio::test]
async fn saving_says_what_is_wrong_with_a_provider_and_loses_nothing_typed() {
    let scene = Scene::with_nobody().await;
    scene.portal.onboard("alder").await;
    let mut lead = scene.department("birch", &[]).await;
    for (issuer, why) in [
        ("gone", "shows no discovery document"),
        ("no-json", "shows no discovery document"),
        ("another", "is of another issuer"),
        ("hs256", "neither with RS256 nor with ES256"),
        ("elsewhere", "not over https"),
        ("no-keys", "no keys where that says"),
    ] {
        let issuer = scene.issuer.url(issuer);
        let refused = scene
            .configure(&mut lead, "birch", &[("issuer", &*issuer)])
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{issuer}");
        assert!(refused.text.contains(why), "{issuer}: {}", refused.text);
        for typed in [&*issuer, super::CLIENT, CLIENT_SECRET, "birch.example"] {
            assert!(refused.text.contains(typed), "{typed} is lost");
        }
    }
    for (field, value, why) in [
        (
            "issuer",
            "https://login.alder.example",
            "has not allowed that issuer",
        ),
        ("issuer", "alder", "an address, such as"),
        ("client_id", " ", "give the client id"),
        ("domains", "birch", "comes after the @"),
        ("domains", "", "name the domains"),
        ("role_claim", "groups", "or neither"),
    ] {
        let refused = scene.configure(&mut lead, "birch", &[(field, value)]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{field}");
        let text = refused.text.to_lowercase();
        assert!(
            text.contains(&why.to_lowercase()),
            "{field}: {}",
            refused.text
        );
    }
    // Off, it is written down also while the provider is gone.
    let gone = scene.issuer.url("gone");
    let saved = scene
        .configure(&mut lead, "birch", &[("issuer", &*gone), ("enabled", "")])
        .await;
    assert_eq!(saved.location(), "/people/sign-on", "{}", saved.text);
    let answer = scene.portal.browser().get("/login/sign-on/birch").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_a_word_of_whoever_runs_the_portal_nothing_inside_is_asked() {
    let scene = Scene::with_nobody().await;
    let portal = TestPortal::start_with(|config| Config {
        issuers: crate::config::issuers::Issuers::default(),
        ..config
    })
    .await;
    let inside = Scene {
        portal,
        issuer: scene.issuer,
    };
    inside.portal.onboard("alder").await;
    let tenant = crate::tenancy::TenantId::parse("alder").expect("an id");
    let lead = "lead@alder.example";
    inside
        .portal
        .add_person(lead, crate::access::user::NewRole::Lead(tenant))
        .await;
    let mut lead = inside.portal.signed_in(lead).await;
    let here = inside.issuer.url("alder");
    for (issuer, why) in [
        (here.clone(), "begins with https://"),
        (
            here.replace("http:", "https:"),
            "not at an address that may be asked",
        ),
        (
            "https://169.254.169.254".to_owned(),
            "not at an address that may be asked",
        ),
        (
            "https://localhost".to_owned(),
            "not at an address that may be asked",
        ),
    ] {
        let refused = inside
            .configure(&mut lead, "alder", &[("issuer", &*issuer)])
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.text.contains(why), "{issuer}: {}", refused.text);
    }
}
