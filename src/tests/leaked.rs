//! A text that somebody found, and which keys are in it.

use axum::http::StatusCode;

use super::{behind::contents, portal::TestPortal};
use crate::access::{ApiKey, Scopes};

#[tokio::test]
async fn a_department_learns_which_of_its_keys_are_in_a_text_and_revokes_them() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let (id, key) = portal.issue("alder", Scopes::read()).await;
    let mut epi = alder.epidemiologist().await;
    let text =
        format!("found on a wiki: curl -H 'Authorization: Bearer {key}'; cordon_1234567890 too");
    let found = epi.post("/keys/check", &[("text", &text)]).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    assert!(found.text.contains("1 key is in the text") && found.text.contains(&key[..15]));
    assert!(found.text.contains("another key") && found.text.contains("in use until"));
    assert!(found.text.contains("1 place begins like a key and is none"));
    assert!(!found.text.contains("found on a wiki") && !found.text.contains(&key[..16]));
    assert!(
        !found.text.contains(&alder.key[..15]),
        "a key that is not in it"
    );

    let revoke = format!("/keys/{id}/revoke");
    assert!(
        found.text.contains(&format!("action=\"{revoke}\"")),
        "{}",
        found.text
    );
    epi.post(&revoke, &[]).await;
    let again = epi.post("/keys/check", &[("text", &text)]).await.text;
    assert!(
        again.contains("revoked just now") && !again.contains(&revoke),
        "{again}"
    );
}

#[tokio::test]
async fn another_departments_key_and_one_that_never_was_are_told_alike() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    let unknown = ApiKey::generate().expect("a key").reveal();
    let mut epi = alder.epidemiologist().await;
    let mut answers = Vec::new();
    for key in [&birch.key, &unknown] {
        let answer = epi.post("/keys/check", &[("text", key)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer.text.contains("None of your department&#x27;s keys")
                || answer.text.contains("None of your department's keys"),
            "{}",
            answer.text
        );
        assert!(answer.text.contains("not one of yours"));
        answers.push(answer.text.replace(&key[..15], "KEY"));
    }
    assert_eq!(answers[0], answers[1]);
    let subjects: Vec<String> =
        sqlx::query_scalar("select subject from audit where action = 'api_key.checked'")
            .fetch_all(&mut portal.owner().await)
            .await
            .expect("audit");
    assert_eq!(subjects, ["a text with no key of ours in it"; 2]);
}

#[tokio::test]
async fn staff_learn_whose_keys_are_in_a_text_and_revoke_them() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let unknown = ApiKey::generate().expect("a key").reveal();
    let mut staff = portal.onboarding_staff().await;
    let text = format!("{}\n{}\n{unknown}", alder.key, birch.key);
    let found = staff
        .post("/admin/tenants/check", &[("text", &text)])
        .await
        .text;
    assert!(found.contains("2 keys are in the text"), "{found}");
    for department in [&alder, &birch] {
        let tenant = &department.tenant;
        assert!(
            found.contains(&department.key[..15])
                && found.contains(&format!("<code>{tenant}</code>"))
        );
        let revoke = format!("/admin/tenants/{tenant}/keys/");
        let revoke = format!(
            "{revoke}{}",
            found
                .split_once(&format!("action=\"{revoke}"))
                .expect("a form")
                .1
                .split('"')
                .next()
                .unwrap_or_default()
        );
        assert_eq!(
            staff.post(&revoke, &[]).await.status,
            StatusCode::SEE_OTHER,
            "{revoke}"
        );
        let answer = portal
            .browser()
            .get_with_key("/data/daily.csv", &department.key)
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    assert!(found.contains("not one of ours") && found.contains(&unknown[..15]));
}

#[tokio::test]
async fn the_text_is_stored_nowhere() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut epi = alder.epidemiologist().await;
    let text = format!("Patient Zero {}", alder.key);
    epi.post("/keys/check", &[("text", &text)]).await;
    let mut owner = portal.owner().await;
    for table in contents(&mut owner).await.into_keys() {
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select t::text from {table} t"
        )))
        .fetch_all(&mut owner)
        .await
        .expect("rows");
        for row in rows {
            assert!(
                !row.contains("Patient Zero") && !row.contains(&alder.key[..16]),
                "{table}: {row}"
            );
        }
    }
}

#[tokio::test]
async fn a_text_of_64_kb_is_taken_and_a_longer_one_is_not() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut epi = alder.epidemiologist().await;
    let mut staff = portal.onboarding_staff().await;
    let filler = 64 * 1024 - alder.key.len();
    for (browser, path) in [
        (&mut epi, "/keys/check"),
        (&mut staff, "/admin/tenants/check"),
    ] {
        // Each of these takes three bytes on the way.
        let longest = format!("{}{}", "%".repeat(filler), alder.key);
        let taken = browser.post(path, &[("text", &longest)]).await;
        assert!(
            taken.text.contains("1 key is in the text"),
            "{}",
            taken.text
        );
        for longer in [format!("x{longest}"), "%".repeat(1024 * 1024)] {
            let refused = browser.post(path, &[("text", &longer)]).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        }
    }
}
