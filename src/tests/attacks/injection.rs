//! SQL and lines in what people and programs send.

use super::{markup::elements, of_birch, two_departments};
use crate::{
    access::user::NewRole,
    tests::{
        behind::contents,
        crossover::{TABLE, visitors::filled_in},
        logged::Kept,
        portal::{Answer, Browser, TestPortal},
    },
};

/// What can be asked of each page of a department, and of the platform.
pub const PARAMETERS: &[(&str, &[&str])] = &[
    (
        "/",
        &["location", "from", "to", "as_of", "step", "unit", "scale"],
    ),
    ("/data/daily.csv", &["location", "from", "as_of", "step"]),
    (
        "/charts/daily.svg",
        &["location", "to", "unit", "scale", "width", "height"],
    ),
    ("/charts/daily.png", &["location", "width"]),
    ("/data", &["before"]),
    ("/data/export", &["location", "from", "format"]),
    (
        "/data/export/file",
        &["format", "location", "from", "to", "as_of"],
    ),
    ("/data/revisions", &["location", "date"]),
    (
        "/data/annotations",
        &[
            "location",
            "first_day",
            "last_day",
            "kind",
            "text",
            "removed",
            "submission",
        ],
    ),
    ("/data/quality", &["days"]),
    ("/forecast", &["location", "as_of"]),
    ("/forecast/daily.csv", &["location", "as_of"]),
    ("/forecast/hubverse.csv", &["location", "as_of"]),
    ("/usage", &["month"]),
    ("/usage/statement", &["month"]),
    ("/usage/statement.csv", &["month"]),
    ("/usage/daily.csv", &["month"]),
    ("/audit", &["q", "from", "to", "of", "before"]),
    ("/audit/lines.csv", &["q", "from", "before"]),
    ("/admin", &["sort", "to"]),
    ("/admin/runs", &["status", "tenant", "page"]),
    ("/admin/billing", &["month"]),
    ("/admin/billing/costs", &["month"]),
    ("/admin/billing/prices", &["plan"]),
    ("/admin/billing/planning", &["month"]),
    ("/admin/billing/statements.csv", &["month"]),
    ("/admin/audit", &["q", "of", "before"]),
    ("/admin/tenants", &["q"]),
    ("/login", &["next"]),
];

const SQL: [&str; 7] = [
    "' or '1'='1",
    "'; drop table observations; --",
    "zzz' union select tenant_id, name, contact_email from tenants --",
    "$$; set role cordon_operator; $$",
    "\\'; select pg_sleep(60); --",
    "%",
    "zzz%' or tenant_id like '%",
];

/// Who may open a page: one of alder, staff, or an administrator.
pub async fn visitors(portal: &TestPortal, tenant: &crate::tenancy::TenantId) -> [Browser; 3] {
    portal
        .add_person("lead@alder.example", NewRole::Lead(tenant.clone()))
        .await;
    [
        portal.signed_in("lead@alder.example").await,
        portal.onboarding_staff().await,
        portal.admin().await,
    ]
}

pub fn whose<'a>(path: &str, [lead, staff, admin]: &'a mut [Browser; 3]) -> &'a mut Browser {
    match path {
        path if ["/admin/tenants", "/admin/onboard"]
            .iter()
            .any(|start| path.starts_with(start)) =>
        {
            staff
        }
        path if path.starts_with("/admin") => admin,
        _ => lead,
    }
}

pub fn asked(path: &str, name: &str, value: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish();
    format!("{path}?{query}")
}

#[tokio::test]
async fn sql_in_whatever_a_page_is_asked_is_a_word_like_any_other() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut visitors = visitors(&portal, &alder.tenant).await;
    let mut owner = portal.owner().await;
    let before = contents(&mut owner).await["observations"].clone();
    for (path, parameters) in PARAMETERS {
        let browser = whose(path, &mut visitors);
        for name in *parameters {
            let harmless = browser.get(&asked(path, name, "zzz")).await;
            for sql in SQL {
                let answer = browser.get(&asked(path, name, sql)).await;
                let status = answer.status.as_u16();
                assert!(
                    answer.status == harmless.status || [400, 404].contains(&status),
                    "{path} with {name}={sql}: {status}"
                );
                let is_page = answer.header("content-type").starts_with("text/html");
                if answer.status == harmless.status && is_page {
                    let parts = |answer: &Answer| elements(&answer.text).len();
                    assert_eq!(parts(&answer), parts(&harmless), "{path} with {name}={sql}");
                }
                if !path.starts_with("/admin") {
                    assert_eq!(of_birch(&answer.text), None, "{path} with {name}={sql}");
                }
            }
        }
    }
    assert_eq!(contents(&mut owner).await["observations"], before);
}

#[tokio::test]
async fn sql_in_a_part_of_an_address_is_the_id_of_nothing() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut visitors = visitors(&portal, &alder.tenant).await;
    for (method, route, _) in TABLE.iter().filter(|(_, route, _)| route.contains('{')) {
        for sql in [
            "'",
            "1'--",
            "1;select 1",
            "1 or 1=1",
            "%25",
            "-1",
            "99999999999999999999",
            "1e9",
            "NaN",
            "\u{0}",
            "1/**/",
        ] {
            let part: String = form_urlencoded::byte_serialize(sql.as_bytes()).collect();
            let part = part.replace('+', "%20").replace("%2525", "%25");
            let parts = [
                "{tenant}",
                "{key}",
                "{upload}",
                "{token}",
                "{annotation}",
                "{run_id}",
                "{session}",
                "{invitation}",
                "{user}",
                "{deed}",
                "{cost}",
                "{*file}",
            ]
            .map(|name| (name, part.clone()));
            let path = filled_in(route, &parts);
            let method = axum::http::Method::from_bytes(method.as_bytes()).expect("a method");
            let answer = whose(route, &mut visitors).ask(method, &path).await;
            assert!(
                answer.status.is_client_error(),
                "{route} with {sql}: {}: {}",
                answer.status,
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn a_line_break_in_a_request_begins_no_header_and_no_line_of_the_log() {
    let log = Kept::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::level_filters::LevelFilter::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut visitors = visitors(&portal, &alder.tenant).await;
    let forged = "x\r\nset-cookie: planted=1\r\n\r\nPLANTED line\u{2028}PLANTED\u{85}PLANTED";
    let mut answers = Vec::new();
    for (path, parameters) in PARAMETERS {
        for name in *parameters {
            answers.push(
                whose(path, &mut visitors)
                    .get(&asked(path, name, forged))
                    .await,
            );
        }
    }
    let part: String = form_urlencoded::byte_serialize(forged.as_bytes()).collect();
    for path in [
        "/invitation/",
        "/keys/",
        "/pkg/",
        "/nowhere/",
        "/data/uploads/",
        "/api/v1/runs/",
    ] {
        answers.push(visitors[0].get(&format!("{path}{part}")).await);
    }
    let [lead, _, _] = &mut visitors;
    let fields = |names: &[&'static str]| -> Vec<(&'static str, &'static str)> {
        names
            .iter()
            .map(|name| (*name, "x\r\nPLANTED: 1\r\n\r\nPLANTED"))
            .collect()
    };
    answers.push(
        lead.post("/login", &fields(&["email", "password", "next"]))
            .await,
    );
    answers.push(
        lead.post("/data/annotations", &fields(&["text", "kind", "location"]))
            .await,
    );
    answers.push(
        lead.post("/keys", &fields(&["name", "expires", "submission"]))
            .await,
    );
    answers.push(lead.post("/people/invitations", &fields(&["email"])).await);
    answers.push(
        lead.upload("/data/uploads", &[], "a%0d%0aPLANTED: 1.csv", b"x")
            .await,
    );
    for name in [
        "user-agent",
        "referer",
        "accept-language",
        "x-request-id",
        "x-forwarded-for",
        "idempotency-key",
    ] {
        let value = "x%0d%0aPLANTED: 1\tPLANTED";
        answers.push(lead.call("GET", "/account", None, &[(name, value)]).await);
        answers.push(
            lead.call("GET", "/api/v1/runs", Some(&alder.key), &[(name, value)])
                .await,
        );
    }
    // And one that fails on our side, which is logged.
    let mut owner = portal.owner().await;
    sqlx::raw_sql("drop table observations cascade")
        .execute(&mut owner)
        .await
        .expect("dropped");
    answers.push(lead.get(&asked("/", "location", "north")).await);
    for answer in &answers {
        for (name, value) in &answer.headers {
            let value = String::from_utf8_lossy(value.as_bytes()).to_lowercase();
            assert!(!name.as_str().contains("planted"), "{answer:?}");
            let own = name == "location" || name == "set-cookie" && !value.contains("planted");
            assert!(own || !value.contains("planted"), "{name}: {value}");
            assert!(!value.contains(['\r', '\n']), "{name}: {value}");
        }
    }
    let lines = log.text();
    assert!(
        lines.contains("a request failed"),
        "nothing is logged: {lines}"
    );
    for line in lines.split(['\n', '\r', '\u{2028}', '\u{85}']) {
        assert!(!line.trim_start().starts_with("PLANTED"), "{lines}");
    }
}
