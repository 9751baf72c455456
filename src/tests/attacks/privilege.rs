//! People who make more of themselves than they are.

use axum::http::StatusCode;

use super::two_departments;
use crate::{
    access::user::NewRole,
    tests::portal::{PASSWORD, TestPortal},
};

/// What everybody may do, as the database has it.
async fn rights(portal: &TestPortal) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws(' ', email, role, disabled_at, tenant_id, lead, removed_at)
         from users left join memberships using (user_id) order by 1",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("rights")
}

async fn id_of(portal: &TestPortal, email: &str) -> uuid::Uuid {
    sqlx::query_scalar("select user_id from users where email = $1")
        .bind(email)
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("somebody")
}

/// Fields that no form has, and a record of a person does.
const MORE: [(&str, &str); 9] = [
    ("role", "admin"),
    ("lead", "on"),
    ("is_admin", "true"),
    ("tenant_id", "birch"),
    ("tenant", "birch"),
    ("user_id", "00000000-0000-0000-0000-000000000000"),
    ("email", "admin@cordon.example"),
    ("disabled_at", ""),
    ("scopes", "read,write,run"),
];

#[tokio::test]
async fn fields_that_a_form_does_not_have_make_nobody_more() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    portal
        .add_person("lead@alder.example", NewRole::Lead(alder.tenant.clone()))
        .await;
    let before = rights(&portal).await;
    let mut epi = alder.epidemiologist().await;
    let new = "seventeen small boats";
    let submission = uuid::Uuid::new_v4().to_string();
    for (path, own) in [
        (
            "/account/password",
            vec![("current", PASSWORD), ("new", new)],
        ),
        ("/account/sessions/end-others", vec![]),
        ("/login/second", vec![("code", "000000")]),
        (
            "/data/annotations",
            vec![
                ("first_day", "2026-03-02"),
                ("kind", "other"),
                ("text", "x"),
                ("submission", &*submission),
            ],
        ),
        ("/forecast/runs", vec![("kind", "forecast")]),
        ("/logout", vec![]),
    ] {
        let fields = [own, MORE.to_vec()].concat();
        let answer = epi.post(path, &fields).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
        assert_eq!(rights(&portal).await, before, "{path}");
    }
    let fields = [
        vec![("password", new)],
        MORE.to_vec(),
        vec![("next", "/admin")],
    ]
    .concat();
    let fields: Vec<_> = fields
        .into_iter()
        .filter(|(name, _)| *name != "email")
        .collect();
    let mut epi = portal.browser();
    let answer = epi
        .post(
            "/login",
            &[&[("email", "epi@alder.example")], &fields[..]].concat(),
        )
        .await;
    assert_eq!(answer.location(), "/admin");
    assert_eq!(epi.get("/admin").await.status, StatusCode::NOT_FOUND);
    assert_eq!(rights(&portal).await, before);
}

#[tokio::test]
async fn nobody_promotes_themselves() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    let mut staff = portal.onboarding_staff().await;
    let before = rights(&portal).await;
    let (epis, staffs) = (
        id_of(&portal, "epi@alder.example").await,
        id_of(&portal, "staff@cordon.example").await,
    );
    for (browser, own) in [(&mut epi, epis), (&mut staff, staffs)] {
        for path in [
            format!("/people/{own}/make-lead"),
            format!("/people/{own}/readmit"),
            format!("/admin/staff/{own}/make-admin"),
            format!("/admin/staff/{own}/enable"),
        ] {
            let answer = browser
                .post(&path, &[("role", "admin"), ("lead", "on")])
                .await;
            assert!(
                [403, 404].contains(&answer.status.as_u16()),
                "{path}: {}",
                answer.status
            );
        }
        for path in [
            "/people/invitations",
            "/admin/staff/invitations",
            "/admin/break-glass",
        ] {
            let fields = [
                ("email", "mine@evil.example"),
                ("lead", "on"),
                ("role", "admin"),
                ("tenant", "birch"),
                ("reason", "because I would like to look"),
                ("minutes", "10"),
            ];
            let answer = browser.post(path, &fields).await;
            assert!(
                [403, 404].contains(&answer.status.as_u16()),
                "{path}: {}",
                answer.status
            );
        }
    }
    assert_eq!(rights(&portal).await, before);
    let invited: i64 = sqlx::query_scalar(
        "select count(*) from (select email from invitations union all select email from staff_invitations) i
         where email = 'mine@evil.example'",
    )
    .fetch_one(&mut portal.owner().await)
    .await
    .expect("a count");
    assert_eq!(invited, 0);
}

#[tokio::test]
async fn an_administrator_invites_to_no_role_that_staff_do_not_have() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut admin = portal.admin().await;
    for role in [
        "",
        "root",
        "superuser",
        "cordon_owner",
        "epidemiologist",
        "lead",
        "ADMIN",
        "admin ",
        "admin\0",
        "onboarding,admin",
    ] {
        let fields = [
            ("email", "new@cordon.example"),
            ("role", role),
            ("tenant", "alder"),
        ];
        let answer = admin.post("/admin/staff/invitations", &fields).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{role:?}: {}",
            answer.text
        );
    }
    let twice = [
        ("email", "new@cordon.example"),
        ("role", "onboarding"),
        ("role", "admin"),
    ];
    assert_eq!(
        admin.post("/admin/staff/invitations", &twice).await.status,
        StatusCode::BAD_REQUEST
    );
}

/// Until they have answered, an invitation is all they have, and it opens nothing but itself.
#[tokio::test]
async fn who_was_invited_and_has_not_answered_is_nobody() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let token = &alder.invitation;
    let mut invited = portal.browser();
    let page = invited.get(&format!("/invitation/{token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(super::of_birch(&page.text), None);
    assert!(
        invited.cookie.is_none(),
        "looking at an invitation signs in"
    );
    for password in ["", token, PASSWORD, "alder"] {
        let fields = [("email", "contact@alder.example"), ("password", password)];
        let answer = invited.post("/login", &fields).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{password:?}");
    }
    for path in [
        "/data/daily.csv",
        "/api/v1/observations",
        "/charts/daily.svg",
    ] {
        let answer = invited.get_with_key(path, token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    invited.cookie = Some(format!("cordon={token}"));
    for path in ["/", "/keys", "/account", "/data/daily.csv"] {
        assert!(
            invited.get(path).await.location().starts_with("/login"),
            "{path}"
        );
    }
    // Nor does half of it, nor another that begins so.
    let mut nobody = portal.browser();
    for token in [
        &token[..token.len() - 1],
        &format!("{token}x"),
        &token.to_uppercase(),
        "",
    ] {
        let fields = [("name", "Eve"), ("password", "seventeen small boats")];
        let answer = nobody.post(&format!("/invitation/{token}"), &fields).await;
        assert!(
            [404, 405].contains(&answer.status.as_u16()),
            "{token}: {}",
            answer.status
        );
    }
}
