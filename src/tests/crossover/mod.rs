//! Every route, asked in every way by everybody.

mod routes;
pub mod visitors;

use std::collections::BTreeSet;

use self::visitors::{everybody, filled_in, with_another_key};
use super::{headers::assert_secure, portal::TestPortal};
use crate::Config;

/// The answer to each of [`WHO`](visitors::WHO). A page of another role is one that does not exist; whoever
/// is not signed in is led to the form, or refused. A program reads files and no page.
pub const TABLE: &[(&str, &str, [u16; 6])] = &[
    ("GET", "/", [303, 200, 200, 404, 404, 401]),
    ("GET", "/data", [303, 200, 200, 404, 404, 401]),
    ("POST", "/data/uploads", [401, 400, 400, 404, 404, 401]),
    (
        "GET",
        "/data/uploads/{upload}",
        [303, 200, 404, 404, 404, 401],
    ),
    (
        "GET",
        "/data/uploads/{upload}/progress",
        [303, 200, 404, 404, 404, 401],
    ),
    (
        "GET",
        "/data/uploads/{upload}/refused.csv",
        [303, 200, 404, 404, 404, 401],
    ),
    (
        "POST",
        "/data/uploads/{upload}/check",
        [401, 303, 404, 404, 404, 401],
    ),
    (
        "POST",
        "/data/uploads/{upload}/reading",
        [401, 303, 404, 404, 404, 401],
    ),
    (
        "POST",
        "/data/uploads/{upload}/locations",
        [401, 400, 400, 404, 404, 401],
    ),
    (
        "POST",
        "/data/uploads/{upload}/accept",
        [401, 303, 404, 404, 404, 401],
    ),
    (
        "POST",
        "/data/uploads/{upload}/undo",
        [401, 303, 404, 404, 404, 401],
    ),
    (
        "POST",
        "/data/uploads/{upload}/cancel",
        [401, 409, 404, 404, 404, 401],
    ),
    ("GET", "/data/export", [303, 200, 200, 404, 404, 401]),
    ("GET", "/data/export/file", [303, 200, 200, 404, 404, 200]),
    ("GET", "/data/share", [303, 200, 200, 404, 404, 401]),
    ("POST", "/data/share", [401, 400, 400, 404, 404, 401]),
    // A release of alder's.
    (
        "POST",
        "/data/share/{release}/withdraw",
        [401, 303, 404, 404, 404, 401],
    ),
    ("GET", "/data/daily.csv", [303, 200, 200, 404, 404, 200]),
    ("GET", "/charts/daily.svg", [303, 200, 200, 404, 404, 200]),
    ("GET", "/charts/daily.png", [303, 200, 200, 404, 404, 200]),
    ("GET", "/keys", [303, 200, 200, 404, 404, 401]),
    ("POST", "/keys", [401, 200, 200, 404, 404, 401]),
    // A key of birch's.
    ("POST", "/keys/{key}/rotate", [401, 404, 200, 404, 404, 401]),
    ("POST", "/keys/{key}/revoke", [401, 404, 303, 404, 404, 401]),
    ("POST", "/keys/check", [401, 200, 200, 404, 404, 401]),
    ("GET", "/data/revisions", [303, 200, 200, 404, 404, 401]),
    ("GET", "/data/annotations", [303, 200, 200, 404, 404, 401]),
    ("POST", "/data/annotations", [401, 400, 400, 404, 404, 401]),
    (
        "POST",
        "/data/annotations/{annotation}/remove",
        [401, 404, 303, 404, 404, 401],
    ),
    (
        "POST",
        "/data/annotations/{annotation}/restore",
        [401, 404, 303, 404, 404, 401],
    ),
    ("GET", "/forecast", [303, 200, 200, 404, 404, 401]),
    ("GET", "/forecast/progress", [303, 200, 200, 404, 404, 401]),
    ("POST", "/forecast/runs", [401, 400, 400, 404, 404, 401]),
    ("GET", "/forecast/daily.csv", [303, 200, 200, 404, 404, 200]),
    (
        "GET",
        "/forecast/hubverse.csv",
        [303, 200, 200, 404, 404, 200],
    ),
    (
        "GET",
        "/forecast/parameters",
        [303, 200, 200, 404, 404, 401],
    ),
    (
        "POST",
        "/forecast/parameters",
        [401, 400, 400, 404, 404, 401],
    ),
    ("GET", "/data/quality", [303, 200, 200, 404, 404, 401]),
    ("GET", "/usage", [303, 200, 200, 404, 404, 401]),
    ("GET", "/usage/statement", [303, 200, 200, 404, 404, 401]),
    (
        "GET",
        "/usage/statement.csv",
        [303, 200, 200, 404, 404, 200],
    ),
    ("GET", "/usage/daily.csv", [303, 200, 200, 404, 404, 200]),
    ("GET", "/account", [303, 200, 200, 200, 200, 401]),
    ("POST", "/account/password", [401, 400, 400, 400, 400, 401]),
    (
        "GET",
        "/account/second-factor",
        [303, 200, 200, 200, 200, 401],
    ),
    (
        "POST",
        "/account/second-factor",
        [401, 400, 400, 400, 400, 401],
    ),
    (
        "POST",
        "/account/second-factor/remove",
        [401, 400, 400, 400, 400, 401],
    ),
    // The portal of these tests has an address and no name, for which there are no passkeys.
    ("GET", "/account/passkeys", [303, 400, 400, 400, 400, 401]),
    ("POST", "/account/passkeys", [401, 400, 400, 400, 400, 401]),
    (
        "POST",
        "/account/passkeys/{passkey}/remove",
        [401, 404, 404, 404, 404, 401],
    ),
    (
        "POST",
        "/account/recovery-codes",
        [401, 400, 400, 200, 200, 401],
    ),
    (
        "POST",
        "/account/sessions/{session}/end",
        [401, 404, 303, 404, 404, 401],
    ),
    (
        "POST",
        "/account/sessions/end-others",
        [401, 303, 303, 303, 303, 401],
    ),
    ("GET", "/login/second", [303, 303, 303, 303, 303, 401]),
    ("POST", "/login/second", [401, 401, 401, 401, 401, 401]),
    ("GET", "/login/passkey", [400, 303, 303, 303, 303, 400]),
    ("POST", "/login/passkey", [400; 6]),
    ("GET", "/people", [303, 200, 200, 404, 404, 401]),
    // Neither leads.
    (
        "POST",
        "/people/invitations",
        [401, 403, 403, 404, 404, 401],
    ),
    (
        "POST",
        "/people/invitations/{invitation}/revoke",
        [401, 403, 403, 404, 404, 401],
    ),
    ("GET", "/people/sign-on", [303, 403, 403, 404, 404, 401]),
    ("POST", "/people/sign-on", [401, 403, 403, 404, 404, 401]),
    (
        "POST",
        "/people/{user}/{deed}",
        [401, 403, 403, 404, 404, 401],
    ),
    ("GET", "/admin/staff", [303, 404, 404, 404, 200, 401]),
    (
        "POST",
        "/admin/staff/invitations",
        [401, 404, 404, 404, 400, 401],
    ),
    (
        "POST",
        "/admin/staff/invitations/{invitation}/revoke",
        [401, 404, 404, 404, 404, 401],
    ),
    // Of birch's epidemiologist, who is no staff.
    (
        "POST",
        "/admin/staff/{user}/{deed}",
        [401, 404, 404, 404, 404, 401],
    ),
    ("GET", "/admin/break-glass", [303, 404, 404, 404, 200, 401]),
    ("POST", "/admin/break-glass", [401, 404, 404, 404, 400, 401]),
    (
        "POST",
        "/admin/break-glass/end",
        [401, 404, 404, 404, 303, 401],
    ),
    ("GET", "/audit", [303, 200, 200, 404, 404, 401]),
    ("GET", "/audit/lines.csv", [303, 200, 200, 404, 404, 401]),
    ("GET", "/audit/lines.jsonl", [303, 200, 200, 404, 404, 401]),
    ("GET", "/admin/audit", [303, 404, 404, 404, 200, 401]),
    (
        "GET",
        "/admin/audit/lines.csv",
        [303, 404, 404, 404, 200, 401],
    ),
    (
        "GET",
        "/admin/audit/lines.jsonl",
        [303, 404, 404, 404, 200, 401],
    ),
    ("GET", "/admin/billing", [303, 404, 404, 404, 200, 401]),
    (
        "GET",
        "/admin/billing/statements.csv",
        [303, 404, 404, 404, 200, 401],
    ),
    (
        "GET",
        "/admin/billing/focus.csv",
        [303, 404, 404, 404, 200, 401],
    ),
    (
        "GET",
        "/admin/billing/attribution.csv",
        [303, 404, 404, 404, 200, 401],
    ),
    (
        "GET",
        "/admin/billing/costs",
        [303, 404, 404, 404, 200, 401],
    ),
    (
        "GET",
        "/admin/billing/prices",
        [303, 404, 404, 404, 200, 401],
    ),
    (
        "GET",
        "/admin/billing/planning",
        [303, 404, 404, 404, 200, 401],
    ),
    (
        "GET",
        "/admin/billing/tenants/{tenant}",
        [303, 404, 404, 404, 200, 401],
    ),
    // A form without a field is refused, by who may send it.
    (
        "POST",
        "/admin/billing/close",
        [401, 404, 404, 404, 400, 401],
    ),
    (
        "POST",
        "/admin/billing/costs",
        [401, 404, 404, 404, 400, 401],
    ),
    (
        "POST",
        "/admin/billing/costs/{cost}/remove",
        [401, 404, 404, 404, 404, 401],
    ),
    (
        "POST",
        "/admin/billing/prices",
        [401, 404, 404, 404, 400, 401],
    ),
    (
        "POST",
        "/admin/billing/tenants/{tenant}/plan",
        [401, 404, 404, 404, 400, 401],
    ),
    (
        "POST",
        "/admin/billing/tenants/{tenant}/budget",
        [401, 404, 404, 404, 303, 401],
    ),
    (
        "POST",
        "/admin/billing/tenants/{tenant}/corrections",
        [401, 404, 404, 404, 400, 401],
    ),
    ("GET", "/admin", [303, 404, 404, 404, 200, 401]),
    ("GET", "/admin/runs", [303, 404, 404, 404, 200, 401]),
    ("GET", "/admin/tenants", [303, 404, 404, 200, 404, 401]),
    (
        "GET",
        "/admin/tenants/{tenant}/keys",
        [303, 404, 404, 200, 404, 401],
    ),
    (
        "POST",
        "/admin/tenants/{tenant}/keys",
        [401, 404, 404, 200, 404, 401],
    ),
    (
        "POST",
        "/admin/tenants/{tenant}/keys/{key}/rotate",
        [401, 404, 404, 200, 404, 401],
    ),
    (
        "POST",
        "/admin/tenants/check",
        [401, 404, 404, 200, 404, 401],
    ),
    (
        "POST",
        "/admin/tenants/{tenant}/keys/{key}/revoke",
        [401, 404, 404, 303, 404, 401],
    ),
    ("GET", "/admin/onboard", [303, 404, 404, 200, 404, 401]),
    ("POST", "/admin/onboard", [401, 404, 404, 400, 404, 401]),
    ("GET", "/home", [303, 303, 303, 303, 303, 401]),
    // A department's programs, with a key; nothing of theirs opens with a cookie.
    ("POST", "/api/v1/token", PROGRAMS),
    ("GET", "/api/v1/observations", PROGRAMS),
    // The key is good, and a form is not.
    (
        "POST",
        "/api/v1/observations",
        [401, 401, 401, 401, 401, 415],
    ),
    ("GET", "/api/v1/locations", PROGRAMS),
    ("GET", "/api/v1/forecasts", PROGRAMS),
    ("GET", "/api/v1/runs", PROGRAMS),
    ("POST", "/api/v1/runs", [401, 401, 401, 401, 401, 202]),
    // A run of birch's.
    (
        "GET",
        "/api/v1/runs/{run_id}",
        [401, 401, 401, 401, 401, 404],
    ),
    ("GET", "/api/v1/usage", PROGRAMS),
    ("GET", "/api/v1/openapi.json", [200; 6]),
    ("GET", "/api/docs", [200; 6]),
    ("GET", "/api/docs/clients", [200; 6]),
    // Open to all: what they hold or send decides.
    ("GET", "/login", [200, 303, 303, 303, 303, 200]),
    ("POST", "/login", [401, 401, 401, 401, 401, 401]),
    // Of birch, whose people do not sign on so.
    ("POST", "/login/sign-on", [404; 6]),
    ("GET", "/login/sign-on/{tenant}", [404; 6]),
    ("GET", "/login/sign-on/{tenant}/callback", [401; 6]),
    ("GET", "/invitation/{token}", [200, 200, 200, 200, 200, 200]),
    (
        "POST",
        "/invitation/{token}",
        [400, 400, 400, 400, 400, 400],
    ),
    // Whoever has a link may be anybody; this one is none.
    ("GET", "/shared/{token}", [404; 6]),
    ("GET", "/shared/{token}/weekly.csv", [404; 6]),
    ("GET", "/shared/{token}/weekly.json", [404; 6]),
    ("GET", "/shared/{token}/weekly.svg", [404; 6]),
    ("GET", "/pkg/{*file}", [404, 404, 404, 404, 404, 404]),
    ("GET", "/favicon.svg", [200, 200, 200, 200, 200, 200]),
    ("GET", "/healthz", [200, 200, 200, 200, 200, 200]),
    ("GET", "/readyz", [200, 200, 200, 200, 200, 200]),
    // Last, because it ends the sessions.
    ("POST", "/logout", [303, 303, 303, 303, 303, 303]),
];

const PROGRAMS: [u16; 6] = [401, 401, 401, 401, 401, 200];

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The site's files are not built for this test, but for one.
async fn portal() -> TestPortal {
    TestPortal::start_with(|config| Config {
        site_dir: "public".into(),
        ..config
    })
    .await
}

#[tokio::test]
async fn everybody_gets_their_own_pages_and_no_others() {
    let portal = portal().await;
    let (mut visitors, parts) = everybody(&portal).await;
    for (method, route, expected) in TABLE {
        // Once revoked, a key is no key in use to the next row.
        let parts = with_another_key(&portal, &parts).await;
        let path = filled_in(route, &parts);
        let form = match *route {
            "/login" => "email=ghost@alder.example&password=wrong".to_owned(),
            route if route.ends_with("/check") => format!("text={}", parts[0].1),
            _ => String::new(),
        };
        for (visitor, expected) in visitors.iter_mut().zip(expected) {
            let form = if route.ends_with("/keys") || route.ends_with("/rotate") {
                format!("name=import&read=on&submission={}", uuid::Uuid::new_v4())
            } else {
                form.clone()
            };
            let who = visitor.who;
            let answer = visitor.ask(method, &path, &form).await;
            assert_eq!(
                answer.status, *expected,
                "{method} {route} by {who}: {}",
                answer.text
            );
            assert_secure(&answer);
            if answer.status == 303 && *expected == 303 && *method == "GET" && who == "nobody" {
                assert!(
                    answer.location().starts_with("/login"),
                    "{route}: {}",
                    answer.location()
                );
            }
            if !who.starts_with("an ") {
                let [plain, grouped] = if who.starts_with("birch") {
                    ["4815", "4,815"]
                } else {
                    ["1623", "1,623"]
                };
                // As a word of its own: ids and hashes have any four digits in them.
                let found = answer.text.contains(grouped)
                    || answer
                        .text
                        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                        .any(|word| word == plain);
                assert!(!found, "{who} sees another's cases on {route}");
            }
        }
    }
}

#[tokio::test]
async fn a_route_is_asked_in_its_own_ways_alone() {
    let portal = portal().await;
    let (mut visitors, parts) = everybody(&portal).await;
    let routes: BTreeSet<_> = TABLE.iter().map(|(_, route, _)| *route).collect();
    for route in routes {
        let path = filled_in(route, &parts);
        let known = |method| TABLE.iter().any(|row| row.0 == method && row.1 == route);
        for method in METHODS {
            for visitor in &mut visitors {
                let who = visitor.who;
                let expected = match method {
                    "HEAD" if known("GET") => visitor.ask("GET", &path, "").await.status,
                    method if known(method) => continue,
                    _ => axum::http::StatusCode::METHOD_NOT_ALLOWED,
                };
                let answer = visitor.ask(method, &path, "").await;
                assert_eq!(answer.status, expected, "{method} {route} by {who}");
                assert_secure(&answer);
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_route_is_the_same_for_everybody() {
    let portal = portal().await;
    let (mut visitors, _) = everybody(&portal).await;
    for path in [
        "/nowhere",
        "/admin/nowhere",
        "/data/",
        "/admin/",
        "/.env",
        "/data/../admin",
        "//",
        "/%00",
    ] {
        for method in ["GET", "POST"] {
            for visitor in &mut visitors {
                let answer = visitor.ask(method, path, "").await;
                assert_eq!(answer.status, 404, "{method} {path} by {}", visitor.who);
                assert_secure(&answer);
            }
        }
    }
}

#[tokio::test]
async fn a_key_decides_also_where_somebody_is_signed_in() {
    let portal = portal().await;
    let cedar = portal.onboard("cedar").await;
    let (mut visitors, _) = everybody(&portal).await;
    cedar.reports("north", "2026-03-01", &[9_999]).await;
    let alders = &mut visitors[1];
    for path in ["/data/daily.csv", "/charts/daily.svg"] {
        alders.key = Some(cedar.key.clone());
        let answer = alders.ask("GET", path, "").await;
        assert!(answer.status == 200 && answer.header("content-disposition").contains("cedar-"));
        assert!(
            !answer.text.contains("4815") && !answer.text.contains("4,815"),
            "{path}"
        );
        for bad in [
            "",
            "nonsense",
            "cordon_0000000000000000000000000000000000000000000000000",
        ] {
            alders.key = Some(bad.to_owned());
            let answer = alders.ask("GET", path, "").await;
            assert_eq!(
                answer.status, 401,
                "{bad} falls back to the cookie on {path}"
            );
        }
    }
}
