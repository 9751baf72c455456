//! How people prove who they are, and what an attacker gets out of trying.

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::{
    behind::count,
    commands::type_in,
    portal::{Browser, PASSWORD, TestPortal},
};

const EPI: &str = "epi@alder.example";

/// A portal with an epidemiologist who has a second factor.
async fn with_second_factor() -> (TestPortal, Browser) {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut browser = portal.signed_in(EPI).await;
    portal.set_up_second_factor(&mut browser, EPI).await;
    (portal, browser)
}

/// A browser in which the password was right and the second factor is still to be shown.
async fn half_in(portal: &TestPortal, email: &str) -> Browser {
    let mut browser = portal.browser();
    let answer = browser
        .post("/login", &[("email", email), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.location(), "/login/second");
    browser
}

#[tokio::test]
async fn with_the_password_alone_nothing_opens_where_there_is_a_second_factor() {
    let (portal, _) = with_second_factor().await;
    let mut half = half_in(&portal, EPI).await;
    for path in [
        "/",
        "/keys",
        "/account",
        "/audit",
        "/data/daily.csv",
        "/home",
    ] {
        let answer = half.get(path).await;
        assert!(
            answer.location().starts_with("/login"),
            "{path}: {}",
            answer.status
        );
    }
    for path in [
        "/keys",
        "/account/second-factor/remove",
        "/account/recovery-codes",
    ] {
        let answer = half.post(path, &[("current", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    // Not after a while either.
    portal.wait(TimeDelta::minutes(11));
    let code = portal.code(EPI);
    let late = half.post("/login/second", &[("code", &*code)]).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_signs_in_once_and_under_a_new_session() {
    let (portal, _) = with_second_factor().await;
    let mut half = half_in(&portal, EPI).await;
    let before = half.cookie.clone();
    let code = portal.code(EPI);
    let fields = [("code", &*code), ("next", "/?location=north")];
    let answer = half.post("/login/second", &fields).await;
    assert_eq!(answer.location(), "/?location=north");
    assert_ne!(half.cookie, before, "the half session goes on");
    assert_eq!(half.get("/").await.status, StatusCode::OK);
    // Who watched it typed cannot use it again, not even at the same moment.
    let mut thief = half_in(&portal, EPI).await;
    let again = thief.post("/login/second", &[("code", &*code)]).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert!(again.text.contains("used already"), "{}", again.text);
    assert!(thief.get("/").await.location().starts_with("/login"));
}

#[tokio::test]
async fn codes_are_guessed_a_few_times_and_no_more() {
    let (portal, _) = with_second_factor().await;
    let mut half = half_in(&portal, EPI).await;
    let mut tries = 0;
    let refused = loop {
        let answer = half.post("/login/second", &[("code", "000000")]).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        tries += 1;
        assert!(tries < 20, "nobody stops the guessing");
    };
    assert!(!refused.header("retry-after").is_empty());
    // The right one does not help now.
    let code = portal.code(EPI);
    let answer = half.post("/login/second", &[("code", &*code)]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let recorded =
        "select count(*) from audit where action = 'second_factor.refused' and outcome = 'refused'";
    let recorded = count(&mut portal.owner().await, recorded).await;
    assert_eq!(recorded.expect("lines"), tries);
}

#[tokio::test]
async fn a_recovery_code_signs_in_once_and_new_ones_end_the_old() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut browser = portal.signed_in(EPI).await;
    let codes_in = |text: &str| -> Vec<String> {
        let list = text.split("id=\"recovery-codes\"").nth(1).expect("codes");
        let list = list.split("</ul>").next().unwrap_or_default();
        list.split("class=\"selectable\">")
            .skip(1)
            .filter_map(|rest| rest.split('<').next().map(str::to_owned))
            .collect()
    };
    let codes = codes_in(&portal.set_up_second_factor(&mut browser, EPI).await.text);
    assert_eq!(codes.len(), 10);
    let mut stored: Vec<Vec<u8>> = sqlx::query_scalar("select code_hash from recovery_codes")
        .fetch_all(&mut portal.owner().await)
        .await
        .expect("hashes");
    stored.dedup();
    assert_eq!(stored.len(), 10);
    // As it stands there, or as somebody types it.
    let mut half = half_in(&portal, EPI).await;
    let typed = codes[0].to_uppercase().replace('-', " ");
    let answer = half.post("/login/second", &[("code", &*typed)]).await;
    assert_eq!(answer.location(), "/account");
    assert!(
        half.get("/account")
            .await
            .text
            .contains("9 recovery codes are left")
    );
    let mut again = half_in(&portal, EPI).await;
    let answer = again.post("/login/second", &[("code", &*typed)]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let made = half.post("/account/recovery-codes", &[]).await;
    let new = codes_in(&made.text);
    let answer = again.post("/login/second", &[("code", &*codes[1])]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "an old one works");
    let answer = again.post("/login/second", &[("code", &*new[0])]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn staff_reach_nothing_without_a_second_factor() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    for (email, role, pages) in [
        (
            "admin@cordon.example",
            crate::access::user::NewRole::Admin,
            ["/admin", "/admin/billing", "/admin/audit"],
        ),
        (
            "staff@cordon.example",
            crate::access::user::NewRole::Onboarding,
            [
                "/admin/tenants",
                "/admin/onboard",
                "/admin/tenants/alder/keys",
            ],
        ),
    ] {
        portal.add_person(email, role).await;
        let mut browser = portal.signed_in(email).await;
        for page in pages {
            assert_eq!(
                browser.get(page).await.location(),
                "/account/second-factor",
                "{page}"
            );
        }
        let answer = browser.post("/admin/onboard", &[("tenant", "mine")]).await;
        assert_ne!(answer.status, StatusCode::OK);
        let answer = browser
            .post("/admin/billing/close", &[("month", "2026-02")])
            .await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
        portal.set_up_second_factor(&mut browser, email).await;
        assert_eq!(browser.get(pages[0]).await.status, StatusCode::OK);
        // And cannot do without it again.
        let kept = browser
            .post("/account/second-factor/remove", &[("current", PASSWORD)])
            .await;
        assert_eq!(kept.status, StatusCode::BAD_REQUEST);
        assert!(
            kept.text.contains("Your role needs a second factor"),
            "{}",
            kept.text
        );
    }
}

#[tokio::test]
async fn an_authenticators_secret_is_taken_only_from_whom_it_was_offered_to() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let (mut eli, mut ana) = (alder.epidemiologist().await, birch.epidemiologist().await);
    let offer = ana.get("/account/second-factor").await;
    let secret = offer
        .between("id=\"totp-secret\" class=\"selectable\">", "<")
        .replace(' ', "");
    let sealed = offer.between("name=\"sealed\" value=\"", "\"").to_owned();
    let now = portal.app.clock.now();
    let code = crate::access::second_factor::code_at(&secret, now).expect("a code");
    for (sealed, code) in [
        (&*sealed, &*code),
        ("", &*code),
        ("00", "000000"),
        ("zz", &*code),
    ] {
        let answer = eli
            .post(
                "/account/second-factor",
                &[("sealed", sealed), ("code", code)],
            )
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(!answer.text.contains(&secret));
    }
    let wrong = ana
        .post(
            "/account/second-factor",
            &[("sealed", &*sealed), ("code", "000000")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(
        wrong.text.replace(' ', "").contains(&secret),
        "the same secret comes back"
    );
    // Neither in the database nor in what is left of it is the secret itself.
    portal
        .set_up_second_factor(&mut eli, "epi@alder.example")
        .await;
    let apps = portal.apps.lock().expect("the apps").clone();
    let typed = &apps["epi@alder.example"].secret;
    let kept: String =
        sqlx::query_scalar("select string_agg(to_jsonb(t)::text, '') from totp_secrets t")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("rows");
    assert!(!kept.contains(typed.as_str()));
}

#[tokio::test]
async fn somebody_without_a_second_factor_needs_fifteen_characters_and_others_eight() {
    let (portal, mut with) = with_second_factor().await;
    let birch = portal.onboard("birch").await;
    let mut without = birch.epidemiologist().await;
    let change = async |browser: &mut Browser, new: &str| {
        let fields = [("current", PASSWORD), ("new", new)];
        browser.post("/account/password", &fields).await
    };
    let refused = change(&mut without, "boats 17").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.text.contains("15 characters or more"),
        "{}",
        refused.text
    );
    for common in [
        "passwordpassword",
        "birch health department",
        "epi@birch.example",
    ] {
        let refused = change(&mut without, common).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{common}");
    }
    assert_eq!(
        change(&mut with, "boats 17").await.status,
        StatusCode::SEE_OTHER
    );
    // With a short one the second factor stays.
    let kept = with
        .post("/account/second-factor/remove", &[("current", "boats 17")])
        .await;
    assert_eq!(kept.status, StatusCode::BAD_REQUEST);
    assert!(kept.text.contains("longer password first"), "{}", kept.text);
}

#[tokio::test]
async fn another_password_needs_the_one_before_and_ends_every_other_session() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let (mut here, mut there) = (alder.epidemiologist().await, alder.epidemiologist().await);
    let new = "seventeen small boats";
    let wrong = here
        .post("/account/password", &[("current", "wrong"), ("new", new)])
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(there.get("/").await.status, StatusCode::OK);
    let changed = here
        .post("/account/password", &[("current", PASSWORD), ("new", new)])
        .await;
    assert_eq!(changed.location(), "/account");
    assert_eq!(here.get("/").await.status, StatusCode::OK);
    assert_eq!(there.get("/").await.location(), "/login");
    for (password, status) in [(PASSWORD, 401), (new, 303)] {
        let answer = portal
            .browser()
            .post("/login", &[("email", EPI), ("password", password)])
            .await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn somebody_sees_where_they_are_signed_in_and_ends_one_or_all() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut phone = portal.browser();
    let agent = [(
        "user-agent",
        "Mozilla/5.0 (iPhone) AppleWebKit Version/18.0 Safari/604.1",
    )];
    let fields = [("email", EPI), ("password", PASSWORD)];
    phone.post_with("/login", &fields, &agent).await;
    let (mut here, mut there) = (alder.epidemiologist().await, alder.epidemiologist().await);
    let page = here.get("/account").await;
    assert!(page.text.contains("Safari on iPhone"), "{}", page.text);
    assert!(page.text.contains("127.0.0.1"));
    let of_phone = page.text.split("Safari on iPhone").nth(1).expect("its row");
    let end = of_phone.split("action=\"").nth(1).expect("a form");
    let end = end.split('"').next().expect("an address").to_owned();
    assert_eq!(here.post(&end, &[]).await.location(), "/account");
    assert_eq!(phone.get("/").await.location(), "/login");
    assert_eq!(there.get("/").await.status, StatusCode::OK);
    here.post("/account/sessions/end-others", &[]).await;
    assert_eq!(there.get("/").await.location(), "/login");
    assert_eq!(here.get("/").await.status, StatusCode::OK);
    let page = here.get("/account").await;
    assert!(!page.text.contains("Sign out everywhere else"));
    // Its name opens nothing.
    let name = page.text.contains("this one");
    assert!(name);
    let mut thief = portal.browser();
    thief.cookie = Some(format!("cordon={}", end.split('/').nth(3).expect("a name")));
    assert_eq!(thief.get("/").await.location(), "/login");
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_and_its_owner_is_not_shut_out() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut own = portal.signed_in(EPI).await;
    let kept = own.device.clone().expect("a cookie for the browser");
    let mut attacker = portal.browser();
    let mut tries = 0;
    let refused = loop {
        let answer = attacker
            .post("/login", &[("email", EPI), ("password", "wrong")])
            .await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        tries += 1;
        assert!(tries < 100, "nobody stops the guessing");
    };
    assert!(
        refused.text.contains("value=\"epi@alder.example\""),
        "what was typed is lost"
    );
    assert!(!refused.header("retry-after").is_empty());
    // Who has a session goes on, and from the browser they used before they sign in, from the very
    // address the guesses come from.
    assert_eq!(own.get("/").await.status, StatusCode::OK);
    let mut again = portal.browser();
    again.device = Some(kept);
    let answer = again
        .post("/login", &[("email", EPI), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    // Somebody else's cookie does not help the attacker.
    let birch = portal.onboard("birch").await;
    attacker.device = birch.epidemiologist().await.device;
    let answer = attacker
        .post("/login", &[("email", EPI), ("password", "wrong")])
        .await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    // Each refusal is in the department's own record, and none says what was typed.
    let recorded =
        "select count(*) from audit where tenant_id = 'alder' and action = 'session.refused'
        and outcome = 'refused' and origin = '127.0.0.1'";
    let recorded = count(&mut portal.owner().await, recorded).await;
    assert_eq!(recorded.expect("lines"), tries);
    // An address that is nobody's is slowed down in the same way.
    let mut ghosts = 0;
    while attacker
        .post(
            "/login",
            &[("email", "ghost@alder.example"), ("password", "x")],
        )
        .await
        .status
        == StatusCode::UNAUTHORIZED
    {
        ghosts += 1;
        assert!(
            ghosts <= tries,
            "an address that is nobody's gets more tries"
        );
    }
    assert_eq!(ghosts, tries);
    let typed = "select count(*) from platform_audit where actor = 'somebody' and subject not like '%ghost%'";
    let typed = count(&mut portal.owner().await, typed).await;
    assert_eq!(typed.expect("lines"), ghosts);
}

#[tokio::test]
async fn what_shows_a_key_asks_again_after_a_while_and_loses_nothing_typed() {
    let (portal, mut browser) = with_second_factor().await;
    portal.wait(TimeDelta::minutes(16));
    let submission = uuid::Uuid::new_v4().to_string();
    let fields = [
        ("submission", &*submission),
        ("name", "nightly \"import\""),
        ("expires", "30d"),
        ("read", "on"),
    ];
    let asked = browser.post("/keys", &fields).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(asked.text.contains("Is it you?") && !asked.text.contains("id=\"api-key\""));
    assert!(
        asked.text.contains("value=\"nightly &quot;import&quot;\""),
        "{}",
        asked.text
    );
    let with = |password: &'static str, code: String| {
        let mut all: Vec<(&str, String)> = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        all.push(("confirm_password", password.to_owned()));
        all.push(("confirm_code", code));
        all
    };
    for (password, code) in [
        ("wrong", portal.code(EPI)),
        (PASSWORD, "000000".to_owned()),
        (PASSWORD, String::new()),
    ] {
        let all = with(password, code);
        let all: Vec<_> = all.iter().map(|(name, value)| (*name, &**value)).collect();
        let refused = browser.post("/keys", &all).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text.contains("role=\"alert\""), "{}", refused.text);
    }
    let all = with(PASSWORD, portal.code(EPI));
    let all: Vec<_> = all.iter().map(|(name, value)| (*name, &**value)).collect();
    let shown = browser.post("/keys", &all).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(shown.text.contains("id=\"api-key\""));
    // Then not again for a while.
    let other = uuid::Uuid::new_v4().to_string();
    let fields = [
        ("submission", &*other),
        ("name", "second"),
        ("expires", "30d"),
        ("read", "on"),
    ];
    assert_eq!(browser.post("/keys", &fields).await.status, StatusCode::OK);
    // And nothing of it stands in the address or the record.
    let leaked = "select count(*) from audit where to_jsonb(audit)::text like '%correct horse%'";
    assert_eq!(
        count(&mut portal.owner().await, leaked)
            .await
            .expect("lines"),
        0
    );
}

#[tokio::test]
async fn a_demonstration_lets_its_staff_in_by_password() {
    let portal = TestPortal::start_with(|config| crate::Config {
        demo: true,
        ..config
    })
    .await;
    portal
        .add_person("admin@cordon.example", crate::access::user::NewRole::Admin)
        .await;
    let mut admin = portal.signed_in("admin@cordon.example").await;
    assert_eq!(admin.get("/admin").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_has_lost_everything_is_let_in_again_by_whoever_runs_the_portal() {
    let (portal, mut browser) = with_second_factor().await;
    let reset = ["user", "reset-second-factor", EPI];
    type_in(&portal, &reset).await.expect("reset");
    assert_eq!(browser.get("/").await.location(), "/login");
    let mut browser = portal.browser();
    let fields = [("email", EPI), ("password", PASSWORD)];
    assert_eq!(browser.post("/login", &fields).await.location(), "/");
    assert!(
        browser
            .get("/audit?q=command+line")
            .await
            .text
            .contains("second_factor.removed")
    );
    let nobody = type_in(&portal, &reset).await.expect_err("twice");
    assert!(nobody.to_string().contains("nobody with a second factor"));
}

#[tokio::test]
async fn with_another_secret_a_recovery_code_still_signs_in() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut browser = portal.signed_in(EPI).await;
    let codes = portal.set_up_second_factor(&mut browser, EPI).await.text;
    let code = codes.split("<code class=\"selectable\">").nth(1);
    let code = code
        .and_then(|rest| rest.split('<').next())
        .expect("a code")
        .to_owned();
    sqlx::query("update totp_secrets set sealed = 'sealed with another secret'")
        .execute(&mut portal.owner().await)
        .await
        .expect("sealed");
    let mut half = half_in(&portal, EPI).await;
    let app = portal.code(EPI);
    let answer = half.post("/login/second", &[("code", &*app)]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = half.post("/login/second", &[("code", &*code)]).await;
    assert_eq!(answer.location(), "/account");
}

#[tokio::test]
async fn a_browser_left_open_changes_no_second_factor() {
    let (portal, mut browser) = with_second_factor().await;
    let offer = browser.get("/account/second-factor").await;
    let secret = offer
        .between("id=\"totp-secret\" class=\"selectable\">", "<")
        .replace(' ', "");
    let sealed = offer.between("name=\"sealed\" value=\"", "\"").to_owned();
    portal.wait(TimeDelta::minutes(16));
    let now = portal.app.clock.now();
    let code = crate::access::second_factor::code_at(&secret, now).expect("a code");
    for (path, fields) in [
        (
            "/account/second-factor",
            vec![("sealed", &*sealed), ("code", &*code)],
        ),
        ("/account/second-factor/remove", vec![("current", PASSWORD)]),
    ] {
        let asked = browser.post(path, &fields).await;
        assert_eq!(asked.status, StatusCode::FORBIDDEN, "{path}");
        assert!(asked.text.contains("Is it you?"), "{path}");
    }
    let mut half = half_in(&portal, EPI).await;
    let app = portal.code(EPI);
    let answer = half.post("/login/second", &[("code", &*app)]).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "the first app is gone"
    );
}
