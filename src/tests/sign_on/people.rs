//! Who comes in.

use axum::http::StatusCode;
use serde_json::json;

use super::{Scene, assert_refused};
use crate::access::user::NewRole;

const EPI: &str = "epi@alder.example";

/// Of whom an account is: its department, and whether they lead.
async fn membership(scene: &Scene, email: &str) -> Vec<(String, bool)> {
    sqlx::query_as(
        "select tenant_id, lead from memberships join users using (user_id) where email = $1",
    )
    .bind(email)
    .fetch_all(&mut scene.portal.owner().await)
    .await
    .expect("memberships")
}

#[tokio::test]
async fn a_colleague_whom_the_provider_vouches_for_is_in_and_that_is_recorded() {
    let scene = Scene::new().await;
    let mut browser = scene.portal.browser();
    let sent = scene
        .portal
        .browser()
        .get("/login/sign-on/alder?next=/data")
        .await;
    assert!(
        sent.location().starts_with(&scene.issuer.url("alder")),
        "{}",
        sent.location()
    );
    let answer = scene.signs_on(&mut browser, "alder", EPI, |_| {}).await;
    assert_eq!(answer.location(), "/", "{}", answer.text);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    let linked = scene.recorded("sign_on.linked").await;
    assert_eq!(linked.len(), 1, "{linked:?}");
    let started = scene.recorded("session.started").await;
    let (actor, subject, outcome) = started.last().expect("a line");
    assert_eq!((&**actor, &**outcome), (EPI, "done"));
    assert!(subject.ends_with("by single sign-on"), "{subject}");
    // It is fresh: what asks again who one is does not.
    let issued = [
        ("name", "import"),
        ("read", "on"),
        ("submission", &*uuid::Uuid::new_v4().to_string()),
    ];
    assert_eq!(browser.post("/keys", &issued).await.status, StatusCode::OK);
    // From then on by the subject, whatever the address is now.
    let mut other = scene.portal.browser();
    let answer = scene
        .signs_on(&mut other, "alder", "eli@alder.example", |claims| {
            claims["sub"] = json!(format!("subject of {EPI}"));
        })
        .await;
    assert_eq!(answer.location(), "/", "{}", answer.text);
    assert!(other.get("/account").await.text.contains(EPI));
    assert_eq!(scene.recorded("sign_on.linked").await.len(), 1);
    // Somebody who got an address that was another's does not get the account.
    let answer = scene
        .signs_on(&mut scene.portal.browser(), "alder", EPI, |claims| {
            claims["sub"] = json!("somebody new");
        })
        .await;
    assert_refused(&answer, "linked to somebody else");
}

#[tokio::test]
async fn somebody_new_joins_this_department_alone() {
    let scene = Scene::new().await;
    scene
        .department(
            "birch",
            &[("role_claim", "groups"), ("lead_value", "leads")],
        )
        .await;
    let mut browser = scene.portal.browser();
    let answer = scene
        .signs_on(&mut browser, "alder", "New@Alder.example", |claims| {
            claims["name"] = json!("Nell\u{7} New");
            claims["groups"] = json!(["leads"]);
        })
        .await;
    assert_eq!(answer.location(), "/", "{}", answer.text);
    let page = browser.get("/people").await.text;
    assert!(page.contains("Nell New") && page.contains("alder health department"));
    let email = "new@alder.example";
    assert_eq!(
        membership(&scene, email).await,
        [("alder".to_owned(), false)]
    );
    let joined = scene.recorded("sign_on.joined").await;
    assert_eq!(joined[0].1, format!("{email}, epidemiologist"));
    // No password opens that account.
    for password in ["", "none", email] {
        let fields = [("email", email), ("password", password)];
        let answer = scene.portal.browser().post("/login", &fields).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    // And none is asked for.
    let account = browser.get("/account").await.text;
    assert!(account.contains("there is no password of yours here"));
    assert!(!account.contains("/account/password") && !account.contains("choose another password"));
    let fields = [("current", ""), ("new", "a password of my own")];
    let refused = browser.post("/account/password", &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("there is no password of yours here"));
    // As a lead, where the department has said by what.
    let mut browser = scene.portal.browser();
    scene
        .signs_on(&mut browser, "birch", "new@birch.example", |claims| {
            claims["groups"] = json!(["epi", "leads"]);
        })
        .await;
    assert_eq!(
        membership(&scene, "new@birch.example").await,
        [("birch".to_owned(), true)]
    );
    assert_eq!(browser.get("/people/sign-on").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_provider_signs_on_nobody_of_another_department_and_no_staff() {
    let scene = Scene::with_nobody().await;
    scene.portal.onboard("birch").await;
    scene
        .portal
        .add_person("admin@cordon.example", NewRole::Admin)
        .await;
    let domains = "alder.example, birch.example, cordon.example";
    scene.department("alder", &[("domains", domains)]).await;
    for email in [
        "epi@birch.example",
        "admin@cordon.example",
        "ADMIN@cordon.example ",
    ] {
        let mut browser = scene.portal.browser();
        let answer = scene.signs_on(&mut browser, "alder", email, |_| {}).await;
        assert_refused(&answer, "an account here that is not of this department");
        assert!(
            browser.get("/").await.location().starts_with("/login"),
            "{email}"
        );
    }
    assert_eq!(
        membership(&scene, "epi@birch.example").await,
        [("birch".to_owned(), false)]
    );
    assert!(membership(&scene, "admin@cordon.example").await.is_empty());
    let links: i64 = sqlx::query_scalar("select count(*) from sign_on_links")
        .fetch_one(&mut scene.portal.owner().await)
        .await
        .expect("a count");
    assert_eq!(links, 0);
}

#[tokio::test]
async fn whoever_was_removed_stays_out_at_the_provider_too() {
    let scene = Scene::new().await;
    let mut lead = scene.portal.signed_in("lead@alder.example").await;
    let mut epi = scene.portal.browser();
    scene.signs_on(&mut epi, "alder", EPI, |_| {}).await;
    let id: uuid::Uuid = sqlx::query_scalar("select user_id from users where email = $1")
        .bind(EPI)
        .fetch_one(&mut scene.portal.owner().await)
        .await
        .expect("an id");
    lead.post(&format!("/people/{id}/remove"), &[]).await;
    let answer = scene.signs_on(&mut epi, "alder", EPI, |_| {}).await;
    assert_refused(&answer, "were removed from this department");
    let refused = scene.recorded("session.refused").await;
    assert_eq!(refused[0].0, EPI);
    lead.post(&format!("/people/{id}/readmit"), &[]).await;
    let answer = scene.signs_on(&mut epi, "alder", EPI, |_| {}).await;
    assert_eq!(answer.location(), "/", "{}", answer.text);
}

#[tokio::test]
async fn who_leads_follows_the_provider_and_the_last_lead_stays() {
    let scene = Scene::with_nobody().await;
    scene
        .department(
            "alder",
            &[("role_claim", "realm.role"), ("lead_value", "lead")],
        )
        .await;
    let role = |role: &'static str| {
        move |claims: &mut serde_json::Value| claims["realm"] = json!({ "role": role })
    };
    for (said, lead) in [("lead", true), ("epi", false), ("lead", true)] {
        let mut browser = scene.portal.browser();
        let answer = scene.signs_on(&mut browser, "alder", EPI, role(said)).await;
        assert_eq!(answer.location(), "/", "{}", answer.text);
        assert_eq!(membership(&scene, EPI).await, [("alder".to_owned(), lead)]);
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
    }
    assert_eq!(scene.recorded("user.role_changed").await.len(), 3);
    // Neither leads any more, says the provider: the second of them stays.
    for email in [EPI, "lead@alder.example"] {
        let mut browser = scene.portal.browser();
        let answer = scene.signs_on(&mut browser, "alder", email, |_| {}).await;
        assert_eq!(answer.location(), "/", "{}", answer.text);
    }
    assert_eq!(
        membership(&scene, "lead@alder.example").await,
        [("alder".to_owned(), true)]
    );
}

#[tokio::test]
async fn a_second_factor_here_is_asked_for_unless_the_provider_asked_for_one() {
    let scene = Scene::new().await;
    let mut epi = scene.portal.signed_in(EPI).await;
    scene.portal.set_up_second_factor(&mut epi, EPI).await;
    for amr in [json!(null), json!(["pwd"]), json!(["sms"])] {
        let mut browser = scene.portal.browser();
        let answer = scene
            .signs_on(&mut browser, "alder", EPI, |claims| claims["amr"] = amr)
            .await;
        assert_eq!(answer.location(), "/login/second", "{}", answer.text);
        assert!(browser.get("/").await.location().starts_with("/login"));
        let code = scene.portal.code(EPI);
        let answer = browser.post("/login/second", &[("code", &*code)]).await;
        assert_eq!(answer.location(), "/", "{}", answer.text);
    }
    for way in ["mfa", "otp", "hwk"] {
        let mut browser = scene.portal.browser();
        let amr = json!(["pwd", way]);
        let answer = scene
            .signs_on(&mut browser, "alder", EPI, |claims| claims["amr"] = amr)
            .await;
        assert_eq!(answer.location(), "/", "{way}");
    }
}
