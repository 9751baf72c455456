//! What must stay secret is in no log, no table and no page but the one that shows it once.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use sqlx::{AssertSqlSafe, Executor as _};
use tracing::{Dispatch, level_filters::LevelFilter, subscriber::NoSubscriber};

use super::{
    databases::secret,
    logged::Kept,
    portal::{Browser, PASSWORD, TestPortal},
    sign_on::{CLIENT, CLIENT_SECRET, Issuer},
};
use crate::{Config, access::user::NewRole, database::Hat, post::Post, tenancy::TenantId};

/// All that the database holds, as text.
async fn dump(portal: &TestPortal) -> String {
    let mut owner = portal.owner().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('public', 'app', 'queue') and c.relkind in ('r', 'p')",
    )
    .fetch_all(&mut owner)
    .await
    .expect("tables");
    assert!(tables.len() > 40, "{tables:?}");
    let mut all = String::new();
    for table in tables {
        let sql = format!("select coalesce(string_agg(t::text, E'\\n'), '') from {table} t");
        let rows: String = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut owner)
            .await
            .expect("rows");
        all.push_str(&rows);
    }
    all
}

/// A lead writes the department's sign-on down, and somebody is sent to its provider and comes back:
/// what nobody else should know of that.
async fn signs_on(
    portal: &TestPortal,
    issuer: &Issuer,
    lead: &mut Browser,
) -> [(&'static str, String); 4] {
    let url = issuer.url("alder");
    let fields = [
        ("issuer", &*url),
        ("client_id", CLIENT),
        ("client_secret", CLIENT_SECRET),
        ("domains", "alder.example"),
        ("enabled", "on"),
    ];
    let saved = lead.post("/people/sign-on", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let mut browser = portal.browser();
    let sent = browser.get("/login/sign-on/alder").await;
    let state = sent.location().split("state=").nth(1).expect("a state");
    let state = state.split('&').next().unwrap_or_default().to_owned();
    let code = "a-code-of-nobody-4815".to_owned();
    let path = format!("/login/sign-on/alder/callback?code={code}&state={state}");
    let refused = browser.get(&path).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(issuer.was_brought("alder", &code));
    let cookie = browser.sent.clone().expect("a cookie");
    let cookie = cookie.split('=').nth(1).expect("a value").to_owned();
    [
        ("a client secret", CLIENT_SECRET.to_owned()),
        ("a sign-on's state", state),
        ("a browser's part of a sign-on", cookie),
        ("a code", code),
    ]
}

#[tokio::test]
async fn no_secret_is_in_the_log_or_in_the_database() {
    let log = Kept::default();
    let writer = log.clone();
    // Everything that anybody would ever say.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // Where there is but one subscriber, tracing asks the thread that comes first to a line whether
    // anybody listens there, and keeps the answer: another test's would be no.
    let _another = Dispatch::new(NoSubscriber::new());
    let _logging = tracing::subscriber::set_default(subscriber);

    // A mail server with a password, which nobody listens for.
    let letterbox = "letterbox-1984-key";
    let server = format!("smtp://cordon:{letterbox}@127.0.0.1:1");
    let post = Post::of(Some(&server), Some("cordon@cases.example")).expect("variables");
    let issuer = Issuer::start().await;
    let portal = TestPortal::start_with(|config| Config {
        post,
        issuers: issuer.allowed(),
        ..config
    })
    .await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[481_516]).await;
    let mut secrets: BTreeMap<&str, String> = BTreeMap::new();
    secrets.insert("the first key", alder.key.clone());
    secrets.insert("an invitation's token", alder.invitation.clone());
    secrets.insert("the installation's secret", secret());
    secrets.insert("the mail server's password", letterbox.to_owned());
    for hat in Hat::ALL {
        secrets.insert(hat.role(), portal.server.password(hat));
    }

    // Somebody types a wrong password, and then, by mistake, a password as their address.
    let mut epi = portal.browser();
    let mistyped = "my other password 1984";
    for (email, password) in [("epi@alder.example", mistyped), (mistyped, "x")] {
        let fields = [("email", email), ("password", password)];
        epi.post("/login", &fields).await;
    }
    secrets.insert("a wrong password", mistyped.to_owned());
    secrets.insert("a password", PASSWORD.to_owned());
    let lead = NewRole::Lead(TenantId::parse("alder").expect("an id"));
    portal.add_person("lead@alder.example", lead).await;
    let mut lead = portal.signed_in("lead@alder.example").await;
    let codes = portal
        .set_up_second_factor(&mut lead, "lead@alder.example")
        .await;
    let code = codes.text.split("<code class=\"selectable\">").nth(1);
    let code = code
        .and_then(|rest| rest.split('<').next())
        .expect("a code");
    secrets.insert("a recovery code", code.to_owned());
    secrets.insert("a recovery code, typed", code.replace('-', ""));
    let app = portal.apps.lock().expect("the apps")["lead@alder.example"].clone();
    secrets.insert("an authenticator's secret", app.secret);
    secrets.extend(signs_on(&portal, &issuer, &mut lead).await);
    let cookie = lead.cookie.clone().expect("a cookie");
    secrets.insert(
        "a session",
        cookie.split('=').nth(1).expect("an id").to_owned(),
    );
    let invited = lead
        .post("/people/invitations", &[("email", "new@alder.example")])
        .await;
    let link = invited.between("id=\"invitation\" class=\"selectable\">", "<");
    let token = link.rsplit('/').next().expect("a token").to_owned();
    portal.browser().get(&format!("/invitation/{token}")).await;
    secrets.insert("another invitation's token", token);
    let submission = uuid::Uuid::new_v4().to_string();
    let fields = [
        ("submission", &*submission),
        ("name", "nightly"),
        ("expires", "30d"),
        ("read", "on"),
    ];
    let issued = lead.post("/keys", &fields).await;
    let key = issued
        .between("id=\"api-key\" class=\"selectable\">", "<")
        .to_owned();
    let mut program = portal.browser();
    program.get_with_key("/api/v1/observations", &key).await;
    let request = axum::http::Request::post("/api/v1/token")
        .header("authorization", format!("Bearer {key}"))
        .body(axum::body::Body::empty())
        .expect("a request");
    let answer = program.send(request).await;
    let answer: serde_json::Value = serde_json::from_str(&answer.text).expect("an answer");
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    program.get_with_key("/api/v1/observations", &token).await;
    program
        .get_with_key("/api/v1/observations", &format!("{token}x"))
        .await;
    secrets.insert("a token", token);
    secrets.insert("a key", key);
    // And something fails that is our fault, while somebody types what is secret.
    let mut owner = portal.owner().await;
    owner
        .execute("alter table users rename to gone")
        .await
        .expect("renamed");
    let fields = [("email", "epi@alder.example"), ("password", PASSWORD)];
    let failed = portal.browser().post("/login", &fields).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    for inner in ["gone", "users", "relation", "postgres", "src/", PASSWORD] {
        assert!(!failed.text.contains(inner), "{inner} in {}", failed.text);
    }
    owner
        .execute("alter table gone rename to users")
        .await
        .expect("renamed");

    let rows = dump(&portal).await;
    assert!(rows.contains("alder health department") && rows.contains("481516"));
    let lines = log.text();
    assert!(
        lines.contains("a request failed")
            && lines.contains("could not be sent")
            && lines.contains("id="),
        "nothing is logged"
    );
    for (what, secret) in &secrets {
        assert!(secret.len() >= 12, "{what} is no secret: {secret}");
        assert!(!rows.contains(secret.as_str()), "{what} is in the database");
        assert!(!lines.contains(secret.as_str()), "{what} is in the log");
    }
    assert!(!lines.contains("481516"), "a case count is in the log");
}
