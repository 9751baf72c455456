//! What whoever looks for a sign-on is told.

use axum::http::StatusCode;

use super::Scene;
use crate::tests::portal::Browser;

/// What a browser is told that looks for the way of `department`.
async fn told(browser: &mut Browser, department: &str) -> (StatusCode, String) {
    let answer = browser
        .post("/login/sign-on", &[("department", department)])
        .await;
    let nonce = answer
        .header("content-security-policy")
        .split('\'')
        .find(|part| part.starts_with("nonce-"));
    let nonce = nonce
        .unwrap_or_default()
        .trim_start_matches("nonce-")
        .to_owned();
    let text = answer.text.replace(department, "?");
    (
        answer.status,
        if nonce.is_empty() {
            text
        } else {
            text.replace(&nonce, "#")
        },
    )
}

#[tokio::test]
async fn nobody_is_told_which_departments_or_addresses_there_are() {
    let scene = Scene::new().await;
    scene.department("birch", &[("enabled", "")]).await;
    // Cedar says that alder's, birch's and another's domains are its own.
    let domains = "cedar.example alder.example birch.example shared.example";
    scene.department("cedar", &[("domains", domains)]).await;
    scene
        .department("dogwood", &[("domains", "dogwood.example shared.example")])
        .await;
    let mut browser = scene.portal.browser();
    let nobodys = told(&mut browser, "nobody@nowhere.example").await;
    assert_eq!(nobodys.0, StatusCode::NOT_FOUND);
    assert!(
        nobodys.1.contains("No department here signs on with that"),
        "{}",
        nobodys.1
    );
    for same in [
        // Of a department that lets nobody sign on so; that several name; that one names of another's people.
        "epi@birch.example",
        "ghost@birch.example",
        "ghost@shared.example",
        // And departments by their addresses.
        "birch",
        "http://127.0.0.1:3000/login/sign-on/birch",
        "elm",
        "/login/sign-on/elm/",
        "El\u{7}m",
    ] {
        assert_eq!(told(&mut browser, same).await, nobodys, "{same}");
    }
    for path in ["birch", "elm", "EL M"] {
        let path = path.replace(' ', "%20");
        let answer = browser.get(&format!("/login/sign-on/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(
            answer
                .text
                .contains("No department here signs on with that"),
            "{path}"
        );
    }
    // Whoever says that a domain is theirs gets nobody of those who have accounts with it.
    for theirs in ["epi@alder.example", "ghost@alder.example"] {
        let (status, text) = told(&mut browser, theirs).await;
        assert_eq!(status, StatusCode::OK, "{theirs}");
        assert!(text.contains("alder health department"), "{text}");
    }
    // What can be told: people, known here or not, are told alike.
    for good in [
        "somebody@cedar.example",
        "lead@CEDAR.example",
        "cedar",
        "https://x.example/login/sign-on/cedar",
    ] {
        let (status, text) = told(&mut browser, good).await;
        assert_eq!(status, StatusCode::OK, "{good}");
        let leads_there = text.contains("/cedar/authorize?") || text.contains("/?/authorize?");
        assert!(leads_there && text.contains(" health department"), "{text}");
    }
}
