//! Who asks for the routes.

use axum::{
    body::Body,
    http::{Method, Request, header},
};

use crate::{
    access::Scopes,
    tests::portal::{Answer, Browser, TestPortal},
};

/// Who asks: the columns of [`TABLE`](super::TABLE).
pub const WHO: [&str; 6] = [
    "nobody",
    "alder's epidemiologist",
    "birch's epidemiologist",
    "onboarding staff",
    "an administrator",
    "alder's program",
];

/// Somebody, with what they send along.
pub struct Visitor {
    /// Who it is.
    pub who: &'static str,
    browser: Browser,
    /// The key they send, if any.
    pub key: Option<String>,
}

impl Visitor {
    /// Asks, and keeps the cookie that comes back.
    pub async fn ask(&mut self, method: &str, path: &str, form: &str) -> Answer {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("a method"))
            .uri(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(key) = &self.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = request
            .body(Body::from(form.to_owned()))
            .expect("a request");
        self.browser.send(request).await
    }
}

/// Everybody, and what stands for `{tenant}`, `{key}`, `{upload}`, `{token}`, `{annotation}`,
/// `{run_id}`, `{session}`, `{invitation}`, `{user}`,
/// `{deed}`, `{release}`, `{passkey}` and `{*file}`.
pub async fn everybody(portal: &TestPortal) -> ([Visitor; 6], [(&'static str, String); 13]) {
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-03-01", &[4_815]).await;
    birch.reports("north", "2026-03-01", &[1_623]).await;
    let key: uuid::Uuid =
        sqlx::query_scalar("select key_id from api_keys where tenant_id = 'birch'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("a key");
    let mut epidemiologist = alder.epidemiologist().await;
    // Its second upload: birch has a first as well.
    let sent = epidemiologist
        .upload(
            "/data/uploads",
            &[],
            "march.csv",
            b"location_id,date,new_cases\nnorth,2026-03-02,31\nnowhere,2026-03-02,1\n",
        )
        .await;
    assert_eq!(sent.location(), "/data/uploads/2");
    // That of what birch reported.
    let run: uuid::Uuid =
        sqlx::query_scalar("select run_id from model_runs where tenant_id = 'birch'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("a run");
    let annotation = birch.notes("2026-03-01", "Power cut", None, false).await;
    // Another of hers, which each may try to end.
    birch.epidemiologist().await;
    let session: uuid::Uuid = sqlx::query_scalar(
        "select session_id from sessions join users using (user_id) where email = 'epi@birch.example'",
    )
    .fetch_one(&mut portal.owner().await)
    .await
    .expect("a session");
    let (user, invitation): (uuid::Uuid, uuid::Uuid) = sqlx::query_as(
        "select user_id, invitation_id from users, invitations
         where users.email = 'epi@birch.example' and tenant_id = 'birch'",
    )
    .fetch_one(&mut portal.owner().await)
    .await
    .expect("somebody");
    let release = alder.releases("2026-03-02").await.0;
    let browsers = [
        portal.browser(),
        epidemiologist,
        birch.epidemiologist().await,
        portal.onboarding_staff().await,
        portal.admin().await,
        portal.browser(),
    ];
    let mut who = WHO.into_iter();
    let visitors = browsers.map(|browser| {
        let who = who.next().unwrap_or_default();
        let key = who.ends_with("program").then(|| alder.key.clone());
        Visitor { who, browser, key }
    });
    let parts = [
        ("{tenant}", "birch".to_owned()),
        ("{key}", key.to_string()),
        ("{upload}", "2".to_owned()),
        ("{token}", alder.invitation),
        ("{annotation}", annotation.to_string()),
        ("{run_id}", run.to_string()),
        ("{session}", session.to_string()),
        ("{invitation}", invitation.to_string()),
        ("{user}", user.to_string()),
        ("{deed}", "disable".to_owned()),
        ("{release}", release.to_string()),
        ("{passkey}", uuid::Uuid::nil().to_string()),
        ("{*file}", "cordon.js".to_owned()),
    ];
    (visitors, parts)
}

/// The parts, with a key of birch's that nobody has done anything to.
pub async fn with_another_key(
    portal: &TestPortal,
    parts: &[(&'static str, String); 13],
) -> [(&'static str, String); 13] {
    let key = portal.issue("birch", Scopes::read()).await;
    parts.clone().map(|(part, value)| {
        let value = if part == "{key}" {
            key.0.to_string()
        } else {
            value
        };
        (part, value)
    })
}

/// A route with its parts in place.
pub fn filled_in(route: &str, parts: &[(&str, String)]) -> String {
    parts.iter().fold(route.to_owned(), |path, (part, value)| {
        path.replace(part, value)
    })
}
