//! A form posted from another site changes nothing, whoever's browser it is.

use super::{
    authenticator::{ORIGIN, SecurityKey, asked},
    behind::contents,
    portal::{Browser, PASSWORD, TestPortal},
    sign_on::{CLIENT, CLIENT_SECRET, Issuer},
};
use crate::{
    Config,
    access::{Scopes, second_factor::code_at, user::NewRole},
};

/// A form of each route that takes one, filled in so that it would be accepted.
async fn forms(portal: &TestPortal) -> Vec<(Browser, String, Vec<(&'static str, String)>)> {
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let staff = portal.onboarding_staff().await;
    let epi = alder.epidemiologist().await;
    let submission = || ("submission", uuid::Uuid::new_v4().to_string());
    let key: uuid::Uuid =
        sqlx::query_scalar("select key_id from api_keys where tenant_id = 'alder'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("a key");
    let note = alder.notes("2026-02-01", "Flood", None, false).await;
    let mut uploading = epi.clone();
    for month in ["02", "03"] {
        let file = format!(
            "location_id,date,new_cases\nnorth,2026-{month}-01,1\nsouth,2026-{month}-01,2\n"
        );
        uploading
            .upload("/data/uploads", &[], "cases.csv", file.as_bytes())
            .await;
    }
    alder.reports("west", "2026-01-05", &[12; 14]).await;
    let (release, _) = alder.releases("2026-01-05").await;
    // As if the process had ended before the second was read.
    sqlx::query("update uploads set status = 'received' where upload_no = 2")
        .execute(&mut portal.owner().await)
        .await
        .expect("an upload");
    let of_upload = |upload_no: u32, deed: &str, fields| {
        (
            epi.clone(),
            format!("/data/uploads/{upload_no}/{deed}"),
            fields,
        )
    };
    let place = [("add.0", "on"), ("id.0", "north"), ("name.0", "North")];
    let (another, _) = portal.issue("alder", Scopes::all()).await;
    let parameters = crate::forecasting::settings::Settings::default();
    let new_key = || {
        let name = ("name", "nightly import".to_owned());
        vec![name, ("read", "on".to_owned()), submission()]
    };
    vec![
        (
            portal.browser(),
            "/login".to_owned(),
            vec![
                ("email", "epi@alder.example".to_owned()),
                ("password", PASSWORD.to_owned()),
            ],
        ),
        (
            portal.browser(),
            format!("/invitation/{}", birch.invitation),
            vec![
                ("name", "Eli".to_owned()),
                ("password", PASSWORD.to_owned()),
            ],
        ),
        (
            staff.clone(),
            "/admin/onboard".to_owned(),
            vec![
                ("tenant", "cedar".to_owned()),
                ("name", "Cedar".to_owned()),
                ("contact", "epi@cedar.example".to_owned()),
                submission(),
            ],
        ),
        of_upload(2, "check", vec![]),
        of_upload(2, "cancel", vec![]),
        of_upload(1, "reading", vec![("corrections", "on".to_owned())]),
        of_upload(
            1,
            "locations",
            place.map(|(name, value)| (name, value.to_owned())).to_vec(),
        ),
        of_upload(1, "accept", vec![]),
        of_upload(1, "undo", vec![]),
        (
            epi.clone(),
            "/data/annotations".to_owned(),
            vec![
                ("first_day", "2026-02-01".to_owned()),
                ("kind", "outage".to_owned()),
                ("text", "Power cut".to_owned()),
                submission(),
            ],
        ),
        (
            epi.clone(),
            format!("/data/annotations/{note}/remove"),
            vec![],
        ),
        (
            epi.clone(),
            format!("/data/annotations/{note}/restore"),
            vec![],
        ),
        (
            epi.clone(),
            "/data/share".to_owned(),
            vec![
                ("from", "2026-01-05".to_owned()),
                ("to", "2026-01-18".to_owned()),
                ("days", "90".to_owned()),
                submission(),
            ],
        ),
        (
            epi.clone(),
            format!("/data/share/{release}/withdraw"),
            vec![],
        ),
        (
            epi.clone(),
            "/forecast/runs".to_owned(),
            vec![("kind", "hindcast".to_owned())],
        ),
        (
            epi.clone(),
            "/forecast/parameters".to_owned(),
            crate::forecasting::settings::FIELDS
                .iter()
                .map(|field| match field.name {
                    "members" => (field.name, "300".to_owned()),
                    name => (name, parameters.typed(name)),
                })
                .collect(),
        ),
        (epi.clone(), "/keys".to_owned(), new_key()),
        (
            epi.clone(),
            format!("/keys/{key}/rotate"),
            vec![submission()],
        ),
        (
            epi.clone(),
            "/keys/check".to_owned(),
            vec![("text", alder.key.clone())],
        ),
        (epi.clone(), format!("/keys/{key}/revoke"), vec![]),
        (
            staff.clone(),
            "/admin/tenants/alder/keys".to_owned(),
            new_key(),
        ),
        (
            staff.clone(),
            format!("/admin/tenants/alder/keys/{another}/rotate"),
            vec![submission()],
        ),
        (
            staff.clone(),
            "/admin/tenants/check".to_owned(),
            vec![("text", alder.key.clone())],
        ),
        (
            staff,
            format!("/admin/tenants/alder/keys/{another}/revoke"),
            vec![],
        ),
        (epi, "/logout".to_owned(), vec![]),
    ]
}

/// The same of billing, one after the other: the prices of a month, its costs, its end.
async fn bills(portal: &TestPortal) -> Vec<(Browser, String, Vec<(&'static str, String)>)> {
    // There was a department a month ago, so that there is one to close.
    sqlx::query("update tenants set created_at = '2026-02-10'")
        .execute(&mut portal.owner().await)
        .await
        .expect("older");
    let admin = portal.admin().await;
    let cost = [
        ("month", "2026-02"),
        ("name", "servers"),
        ("amount", "100"),
        ("currency", "USD"),
        ("driver", "shared"),
        ("rest", "evenly"),
    ];
    assert_eq!(
        admin
            .clone()
            .post("/admin/billing/costs", &cost)
            .await
            .status,
        303
    );
    let entered: uuid::Uuid = sqlx::query_scalar("select cost_id from platform_costs")
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("a cost");
    let form = |path: &str, fields: &[(&'static str, &str)]| {
        let fields = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        (
            admin.clone(),
            format!("/admin/billing/{path}"),
            fields.collect(),
        )
    };
    let of_february = ("month", "2026-02");
    vec![
        form(
            "prices",
            &[
                ("plan", "standard"),
                ("from", "2026-02"),
                ("currency", "USD"),
                ("minimum", "5"),
                ("refused", "100"),
                ("failed", "0"),
            ],
        ),
        form("costs", &cost),
        form(&format!("costs/{entered}/remove"), &[of_february]),
        form(
            "tenants/alder/plan",
            &[of_february, ("plan", "standard"), ("from", "2026-02")],
        ),
        form("tenants/alder/budget", &[of_february, ("soft", "10")]),
        form("close", &[of_february]),
        form(
            "tenants/alder/corrections",
            &[
                of_february,
                ("line", "1"),
                ("amount", "0"),
                ("reason", "a month for free"),
            ],
        ),
    ]
}

/// The same of people's own accounts.
async fn accounts(portal: &TestPortal) -> Vec<(Browser, String, Vec<(&'static str, String)>)> {
    let alder = crate::tenancy::TenantId::parse("alder").expect("an id");
    for email in ["one@alder.example", "two@alder.example"] {
        portal
            .add_person(email, NewRole::Epidemiologist(alder.clone()))
            .await;
    }
    // One is signed in at three places, and has no second factor yet.
    portal.signed_in("one@alder.example").await;
    let spare: uuid::Uuid = sqlx::query_scalar(
        "select session_id from sessions join users using (user_id) where email = 'one@alder.example'",
    )
    .fetch_one(&mut portal.owner().await)
    .await
    .expect("a session");
    portal.signed_in("one@alder.example").await;
    let mut one = portal.signed_in("one@alder.example").await;
    let offer = one.get("/account/second-factor").await;
    let secret = offer.between("id=\"totp-secret\" class=\"selectable\">", "<");
    let sealed = offer.between("name=\"sealed\" value=\"", "\"").to_owned();
    let code = code_at(&secret.replace(' ', ""), portal.app.clock.now()).expect("a code");
    // Two has one, and is half in.
    let mut two = portal.signed_in("two@alder.example").await;
    portal
        .set_up_second_factor(&mut two, "two@alder.example")
        .await;
    let mut half = portal.browser();
    half.post(
        "/login",
        &[("email", "two@alder.example"), ("password", PASSWORD)],
    )
    .await;
    let password = || ("current", PASSWORD.to_owned());
    vec![
        (
            one.clone(),
            format!("/account/sessions/{spare}/end"),
            vec![],
        ),
        (
            one.clone(),
            "/account/sessions/end-others".to_owned(),
            vec![],
        ),
        (
            one.clone(),
            "/account/password".to_owned(),
            vec![password(), ("new", "seventeen small boats".to_owned())],
        ),
        (
            one,
            "/account/second-factor".to_owned(),
            vec![("sealed", sealed), ("code", code)],
        ),
        (
            half,
            "/login/second".to_owned(),
            vec![("code", portal.code("two@alder.example"))],
        ),
        (two.clone(), "/account/recovery-codes".to_owned(), vec![]),
        (
            two,
            "/account/second-factor/remove".to_owned(),
            vec![password()],
        ),
    ]
}

/// The same of passkeys: one is added, one signs in, and one is removed.
async fn passkeys(portal: &TestPortal) -> Vec<(Browser, String, Vec<(&'static str, String)>)> {
    let email = "three@alder.example";
    let alder = crate::tenancy::TenantId::parse("alder").expect("an id");
    portal
        .add_person(email, NewRole::Epidemiologist(alder))
        .await;
    let mut three = portal.signed_in(email).await;
    let (mut first, mut second) = (SecurityKey::new(), SecurityKey::new());
    first.is_added(&mut three).await;
    let list = three.get("/account").await;
    let id = list.between("/account/passkeys/", "/remove").to_owned();
    let (new, options) = asked(&three.get("/account/passkeys").await);
    let made = second.make(&options);
    let elsewhere = portal.signed_in_with(&mut first).await;
    let anybody = portal.browser();
    let (any, options) = asked(&anybody.clone().get("/login/passkey").await);
    let signed = first.sign(&options);
    vec![
        (
            anybody,
            "/login/passkey".to_owned(),
            vec![("sealed", any), ("answer", signed)],
        ),
        (
            three.clone(),
            "/account/passkeys".to_owned(),
            vec![
                ("name", "second".to_owned()),
                ("sealed", new),
                ("answer", made),
            ],
        ),
        // The session before has ended: this form is of another one.
        (elsewhere, format!("/account/passkeys/{id}/remove"), vec![]),
    ]
}

/// The same of people, as a lead and as an administrator.
async fn people(portal: &TestPortal) -> Vec<(Browser, String, Vec<(&'static str, String)>)> {
    let alder = crate::tenancy::TenantId::parse("alder").expect("an id");
    let lead = "lead@alder.example";
    portal.add_person(lead, NewRole::Lead(alder.clone())).await;
    portal
        .add_person("colleague@alder.example", NewRole::Epidemiologist(alder))
        .await;
    portal
        .add_person("second@cordon.example", NewRole::Admin)
        .await;
    let lead = portal.signed_in(lead).await;
    let mut admin = portal.signed_in("admin@cordon.example").await;
    let invited = [("email", "third@cordon.example"), ("role", "admin")];
    let sent = admin.post("/admin/staff/invitations", &invited).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let mut owner = portal.owner().await;
    let id = async |owner: &mut sqlx::PgConnection, sql: &'static str| -> uuid::Uuid {
        sqlx::query_scalar(sql)
            .fetch_one(owner)
            .await
            .expect("an id")
    };
    let of_alder = id(
        &mut owner,
        "select invitation_id from invitations where tenant_id = 'alder'",
    )
    .await;
    let of_staff = id(&mut owner, "select invitation_id from staff_invitations").await;
    let colleague = id(
        &mut owner,
        "select user_id from users where email = 'colleague@alder.example'",
    )
    .await;
    let second = id(
        &mut owner,
        "select user_id from users where email = 'second@cordon.example'",
    )
    .await;
    let email = |text: &str| ("email", text.to_owned());
    vec![
        (
            lead.clone(),
            "/people/invitations".to_owned(),
            vec![email("new@alder.example")],
        ),
        (
            lead.clone(),
            format!("/people/invitations/{of_alder}/revoke"),
            vec![],
        ),
        (lead, format!("/people/{colleague}/remove"), vec![]),
        (
            admin.clone(),
            "/admin/staff/invitations".to_owned(),
            vec![
                email("fourth@cordon.example"),
                ("role", "onboarding".to_owned()),
            ],
        ),
        (
            admin.clone(),
            format!("/admin/staff/invitations/{of_staff}/revoke"),
            vec![],
        ),
        (
            admin.clone(),
            format!("/admin/staff/{second}/disable"),
            vec![],
        ),
        (
            admin.clone(),
            "/admin/break-glass".to_owned(),
            vec![
                ("tenant", "alder".to_owned()),
                ("reason", "asked to by its lead".to_owned()),
                ("minutes", "10".to_owned()),
            ],
        ),
        (admin, "/admin/break-glass/end".to_owned(), vec![]),
    ]
}

/// The same of alder's sign-on: its lead writes it down, and somebody looks for it.
async fn sign_ons(
    portal: &TestPortal,
    issuer: &Issuer,
) -> Vec<(Browser, String, Vec<(&'static str, String)>)> {
    vec![
        (
            portal.signed_in("lead@alder.example").await,
            "/people/sign-on".to_owned(),
            vec![
                ("issuer", issuer.url("alder")),
                ("client_id", CLIENT.to_owned()),
                ("client_secret", CLIENT_SECRET.to_owned()),
                ("domains", "alder.example".to_owned()),
                ("enabled", "on".to_owned()),
            ],
        ),
        (
            portal.browser(),
            "/login/sign-on".to_owned(),
            vec![("department", "alder".to_owned())],
        ),
    ]
}

#[tokio::test]
async fn the_same_form_is_refused_from_elsewhere_and_taken_from_here() {
    let issuer = Issuer::start().await;
    let portal = TestPortal::start_with(|config| Config {
        origin: ORIGIN.to_owned(),
        issuers: issuer.allowed(),
        ..config
    })
    .await;
    let mut forms = forms(&portal).await;
    forms.extend(bills(&portal).await);
    forms.extend(accounts(&portal).await);
    forms.extend(passkeys(&portal).await);
    forms.extend(people(&portal).await);
    forms.extend(sign_ons(&portal, &issuer).await);
    assert_eq!(
        forms.len(),
        // The one form with a file has a test of its own.
        include_str!("../router.rs").matches("post(").count() - 1,
        "fill in a form for each route that takes one"
    );
    let mut owner = portal.owner().await;
    let mut before = contents(&mut owner).await;
    for (browser, path, fields) in forms {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        for elsewhere in [
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://127.0.0.1:3000"),
            ],
            vec![
                ("origin", "https://evil.example"),
                ("host", "127.0.0.1:3000"),
            ],
            vec![
                ("origin", "http://127.0.0.1:3001"),
                ("host", "127.0.0.1:3000"),
            ],
            vec![("origin", "null"), ("host", "127.0.0.1:3000")],
        ] {
            let answer = browser.clone().post_with(&path, &fields, &elsewhere).await;
            assert_eq!(answer.status, 403, "{path} with {elsewhere:?}");
            assert!(
                !answer.headers.contains_key("set-cookie"),
                "{path} with {elsewhere:?}"
            );
            assert_eq!(
                contents(&mut owner).await,
                before,
                "{path} with {elsewhere:?}"
            );
        }
        let answer = browser.clone().post(&path, &fields).await;
        let taken = answer.status.is_success() || answer.status.is_redirection();
        assert!(taken, "{path}: {}", answer.text);
        let after = contents(&mut owner).await;
        assert_ne!(after, before, "{path} changes nothing from here either");
        before = after;
    }
}

#[tokio::test]
async fn a_file_from_elsewhere_is_not_even_received() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    let before = contents(&mut portal.owner().await).await;
    let file = b"location_id,date,new_cases\nnorth,2026-03-01,1\n";
    let answer = browser
        .upload_from("cross-site", "/data/uploads", &[], "cases.csv", file)
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(contents(&mut portal.owner().await).await, before);
}
