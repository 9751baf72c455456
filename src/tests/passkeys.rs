//! Passkeys: what opens an account, and all that looks like it.

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::{
    authenticator::{ORIGIN, SecurityKey, answered, asked},
    portal::{Browser, PASSWORD, TestPortal},
};
use crate::{Config, access::user::NewRole};

async fn portal() -> TestPortal {
    TestPortal::start_with(|config| Config {
        origin: ORIGIN.to_owned(),
        ..config
    })
    .await
}

/// What another key does to a good one.
type Change = fn(&mut SecurityKey, &SecurityKey);

/// Alder's epidemiologist, and the security key with their passkey.
async fn with_a_passkey(portal: &TestPortal) -> (Browser, SecurityKey) {
    let mut epi = portal.onboard("alder").await.epidemiologist().await;
    let mut key = SecurityKey::new();
    let added = key.is_added(&mut epi).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text);
    assert!(added.text.contains("Recovery codes"), "{}", added.text);
    (epi, key)
}

/// An administrator who has signed in for the first time, by password.
async fn ana(portal: &TestPortal) -> Browser {
    portal
        .add_person("ana@cordon.example", NewRole::Admin)
        .await;
    let mut ana = portal.browser();
    let fields = [("email", "ana@cordon.example"), ("password", PASSWORD)];
    ana.post("/login", &fields).await;
    ana
}

#[tokio::test]
async fn a_passkey_signs_in_alone_and_the_password_alone_no_more() {
    let portal = portal().await;
    let (mut epi, mut key) = with_a_passkey(&portal).await;
    assert!(epi.get("/account").await.text.contains("not used yet"));
    let mut browser = portal.browser();
    let signed_in = key.signs_in(&mut browser).await;
    assert_eq!(
        (signed_in.status, signed_in.location()),
        (StatusCode::SEE_OTHER, "/")
    );
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert!(browser.get("/account").await.text.contains("last used"));
    let mut with_password = portal.browser();
    let fields = [("email", "epi@alder.example"), ("password", PASSWORD)];
    let half = with_password.post("/login", &fields).await;
    assert_eq!(half.location(), "/login/second");
    assert_ne!(with_password.get("/").await.status, StatusCode::OK);
    let recorded: Vec<String> = sqlx::query_scalar(
        "select action || ' ' || subject from audit where action like '%passkey%' or subject like '%passkey%'
         order by audit_id",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("the record");
    assert_eq!(
        recorded,
        [
            "passkey.added key",
            "session.started another browser, with a passkey"
        ]
    );
}

#[tokio::test]
async fn staff_reach_their_pages_with_a_passkey_alone() {
    let portal = portal().await;
    let mut ana = ana(&portal).await;
    assert_ne!(ana.get("/admin").await.status, StatusCode::OK);
    let mut key = SecurityKey::new();
    key.is_added(&mut ana).await;
    assert_eq!(ana.get("/admin").await.status, StatusCode::OK);
    let mut elsewhere = portal.browser();
    assert_eq!(key.signs_in(&mut elsewhere).await.location(), "/admin");
    assert_eq!(elsewhere.get("/admin").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_the_right_answer_opens_nothing() {
    let portal = portal().await;
    let (_epi, key) = with_a_passkey(&portal).await;
    let (mut used, mut browser) = (key.clone(), portal.browser());
    used.signs_in(&mut browser).await;
    let another = SecurityKey::new();
    let wrong: [(&str, Change); 8] = [
        ("on another site", |key, _| {
            key.origin = "https://evil.example".into()
        }),
        ("on another port", |key, _| {
            key.origin = "http://localhost:3001".into()
        }),
        ("for another name", |key, _| {
            key.name = "evil.example".into()
        }),
        ("without asking who is there", |key, _| key.asks = false),
        ("of a copy that counts less", |key, _| key.counted = 0),
        ("by another key under its id", |key, another| {
            *key = SecurityKey {
                id: key.id.clone(),
                whose: key.whose.clone(),
                counted: 9,
                ..another.clone()
            };
        }),
        ("for somebody who does not exist", |key, _| {
            key.whose = vec![7; 16]
        }),
        ("of a passkey that is not known", |key, _| {
            key.id = vec![7; 32]
        }),
    ];
    for (how, change) in wrong {
        let mut wrong = used.clone();
        change(&mut wrong, &another);
        let mut browser = portal.browser();
        let answer = wrong.signs_in(&mut browser).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "signed {how}");
        assert!(
            answer.text.contains("does not open an account here"),
            "signed {how}"
        );
        assert_ne!(
            browser.get("/").await.status,
            StatusCode::OK,
            "signed {how}"
        );
    }
    let mut browser = portal.browser();
    let (sealed, options) = asked(&browser.get("/login/passkey").await);
    let (other, _) = asked(&browser.get("/login/passkey").await);
    let good = used.sign(&options);
    for (sealed, answer) in [
        ("", good.as_str()),
        (&*other, &*good),
        (&sealed[2..], &*good),
        (&sealed.replace('a', "b"), &*good),
        (&*sealed, ""),
        (&*sealed, "{}"),
    ] {
        let answer = answered(&mut browser, sealed, answer).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    // The question went with the answer that was none.
    assert_eq!(
        answered(&mut browser, &sealed, &good).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_question_is_answered_once_and_soon() {
    let portal = portal().await;
    let (_epi, mut key) = with_a_passkey(&portal).await;
    // One that counts gives a repeated answer away by itself.
    key.counts = false;
    let mut browser = portal.browser();
    let (sealed, options) = asked(&browser.get("/login/passkey").await);
    let answer = key.sign(&options);
    assert_eq!(
        answered(&mut browser, &sealed, &answer).await.status,
        StatusCode::SEE_OTHER
    );
    let mut thief = portal.browser();
    assert_eq!(
        answered(&mut thief, &sealed, &answer).await.status,
        StatusCode::UNAUTHORIZED
    );
    let (sealed, options) = asked(&thief.get("/login/passkey").await);
    let answer = key.sign(&options);
    portal.wait(TimeDelta::minutes(10));
    assert_eq!(
        answered(&mut thief, &sealed, &answer).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_passkey_is_the_second_step_and_proves_again_who_one_is() {
    let portal = portal().await;
    let (_epi, mut key) = with_a_passkey(&portal).await;
    let mut browser = portal.browser();
    let fields = [("email", "epi@alder.example"), ("password", PASSWORD)];
    browser.post("/login", &fields).await;
    // Another person's passkey is not the second step of this one.
    let mut birch = portal.onboard("birch").await.epidemiologist().await;
    let mut theirs = SecurityKey::new();
    theirs.is_added(&mut birch).await;
    for (with, status) in [
        (&mut theirs, StatusCode::UNAUTHORIZED),
        (&mut key, StatusCode::SEE_OTHER),
    ] {
        let (sealed, options) = asked(&browser.get("/login/second").await);
        let answer = with.sign(&options);
        let fields = [("sealed", &*sealed), ("answer", &*answer)];
        assert_eq!(browser.post("/login/second", &fields).await.status, status);
    }
    portal.wait(TimeDelta::minutes(20));
    let wanted = [
        ("name", "nightly"),
        ("read", "on"),
        ("submission", "0195f3c2-0000-7000-8000-000000000001"),
    ];
    for (with, status) in [
        (&mut theirs, StatusCode::FORBIDDEN),
        (&mut key, StatusCode::OK),
    ] {
        let page = browser.post("/keys", &wanted).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        let (sealed, options) = asked(&page);
        let answer = with.sign(&options);
        let mut fields = wanted.to_vec();
        fields.extend([("confirm_sealed", &*sealed), ("confirm_answer", &*answer)]);
        let done = browser.post("/keys", &fields).await;
        assert_eq!(done.status, status, "{}", done.text);
    }
}

#[tokio::test]
async fn a_passkey_is_one_persons_and_goes_when_they_say_so_or_are_shut_out() {
    let portal = portal().await;
    let (mut epi, mut key) = with_a_passkey(&portal).await;
    // A copy of its public key makes nobody else its owner.
    let mut birch = portal.onboard("birch").await.epidemiologist().await;
    let mut copy = key.clone();
    assert_eq!(
        copy.is_added(&mut birch).await.status,
        StatusCode::BAD_REQUEST
    );
    let list = epi.get("/account").await;
    let id = list.between("/account/passkeys/", "/remove").to_owned();
    let path = format!("/account/passkeys/{id}/remove");
    let own = [("current", PASSWORD)];
    assert_eq!(birch.post(&path, &own).await.status, StatusCode::NOT_FOUND);
    // The last factor goes with the password alone.
    assert_eq!(epi.post(&path, &[]).await.status, StatusCode::BAD_REQUEST);
    sqlx::query("update users set disabled_at = now() where email = 'epi@alder.example'")
        .execute(&mut portal.owner().await)
        .await
        .expect("shut out");
    let refused = key.signs_in(&mut portal.browser()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    sqlx::query("update users set disabled_at = null where email = 'epi@alder.example'")
        .execute(&mut portal.owner().await)
        .await
        .expect("let in again");
    let mut epi = portal.browser();
    assert_eq!(key.signs_in(&mut epi).await.status, StatusCode::SEE_OTHER);
    assert_eq!(epi.post(&path, &own).await.location(), "/account");
    let refused = key.signs_in(&mut portal.browser()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let fields = [("email", "epi@alder.example"), ("password", PASSWORD)];
    assert_eq!(
        portal.browser().post("/login", &fields).await.location(),
        "/"
    );
}

#[tokio::test]
async fn staff_keep_a_second_factor_and_whoever_lost_all_starts_again() {
    let portal = portal().await;
    let mut ana = ana(&portal).await;
    let mut key = SecurityKey::new();
    key.is_added(&mut ana).await;
    let id = ana
        .get("/account")
        .await
        .between("/account/passkeys/", "/remove")
        .to_owned();
    let path = format!("/account/passkeys/{id}/remove");
    let refused = ana.post(&path, &[("current", PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.text.contains("Your role needs a second factor"),
        "{}",
        refused.text
    );
    // Behind an authenticator app it is not the last.
    portal
        .set_up_second_factor(&mut ana, "ana@cordon.example")
        .await;
    assert_eq!(ana.post(&path, &[]).await.location(), "/account");
}

#[tokio::test]
async fn a_new_passkey_asks_who_is_there_and_is_for_whoever_asked() {
    let portal = portal().await;
    let mut epi = portal.onboard("alder").await.epidemiologist().await;
    let mut birch = portal.onboard("birch").await.epidemiologist().await;
    let (sealed, options) = asked(&epi.get("/account/passkeys").await);
    for (how, mut key) in [
        (
            "without asking",
            SecurityKey {
                asks: false,
                ..SecurityKey::new()
            },
        ),
        (
            "on another site",
            SecurityKey {
                origin: "https://evil.example".into(),
                ..SecurityKey::new()
            },
        ),
        (
            "for another name",
            SecurityKey {
                name: "evil.example".into(),
                ..SecurityKey::new()
            },
        ),
    ] {
        let answer = key.is_added(&mut epi).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "made {how}");
    }
    // What somebody was asked, somebody else does not answer.
    let answer = SecurityKey::new().make(&options);
    let fields = [("name", "key"), ("sealed", &*sealed), ("answer", &*answer)];
    assert_eq!(
        birch.post("/account/passkeys", &fields).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        epi.post("/account/passkeys", &fields).await.status,
        StatusCode::OK
    );
    let again = epi.post("/account/passkeys", &fields).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.text.contains("sent twice"), "{}", again.text);
}

#[tokio::test]
async fn a_browser_left_open_adds_no_passkey_and_removes_none() {
    let portal = portal().await;
    let (mut epi, key) = with_a_passkey(&portal).await;
    let mut another = SecurityKey::new();
    let list = epi.get("/account").await;
    let id = list.between("/account/passkeys/", "/remove").to_owned();
    let remove = format!("/account/passkeys/{id}/remove");
    portal.wait(TimeDelta::minutes(16));
    let added = another.is_added(&mut epi).await;
    let removed = epi.post(&remove, &[("current", PASSWORD)]).await;
    for asked in [added, removed] {
        assert_eq!(asked.status, StatusCode::FORBIDDEN);
        assert!(asked.text.contains("Is it you?"), "{}", asked.text);
    }
    let refused = another.signs_in(&mut portal.browser()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    portal.signed_in_with(&mut key.clone()).await;
}

#[tokio::test]
async fn a_passkey_of_somebody_who_was_removed_from_their_department_opens_nothing() {
    let portal = portal().await;
    let (_epi, mut key) = with_a_passkey(&portal).await;
    sqlx::query("update memberships set removed_at = now() where tenant_id = 'alder' and not lead")
        .execute(&mut portal.owner().await)
        .await
        .expect("removed");
    let refused = key.signs_in(&mut portal.browser()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}
