//! Requests that name another department, where nobody is asked to name one.

use serde_json::json;

use super::{SECRET_PLACE, all_of, of_birch, plain, two_departments};
use crate::tests::portal::{PASSWORD, TestPortal};

/// What is read of a department, as a person and as a program.
const PAGES: [&str; 12] = [
    "/",
    "/data",
    "/data/daily.csv",
    "/charts/daily.svg",
    "/forecast",
    "/data/annotations",
    "/data/quality",
    "/data/export/file",
    "/keys",
    "/people",
    "/usage",
    "/audit",
];

#[tokio::test]
async fn a_department_named_in_the_address_a_header_or_a_cookie_changes_no_page() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    let named =
        "tenant=birch&tenant_id=birch&department=birch&tenant[]=birch&TENANT_ID=birch&as=birch";
    for page in PAGES {
        let answer = epi.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        let usual = plain(&answer);
        assert_eq!(of_birch(&usual), None, "{page}");
        let by_query = epi.get(&format!("{page}?{named}")).await;
        assert_eq!(plain(&by_query), usual, "{page}");
        let mut with_cookie = epi.clone();
        with_cookie.device = Some("tenant=birch; tenant_id=birch; department=birch".to_owned());
        assert_eq!(plain(&with_cookie.get(page).await), usual, "{page}");
        for name in [
            "x-tenant",
            "x-tenant-id",
            "x-department",
            "x-user",
            "x-remote-user",
            "x-original-url",
            "x-rewrite-url",
            "x-http-method-override",
            "x-forwarded-host",
            "x-forwarded-prefix",
            "app.current_tenant",
        ] {
            let value = if name.contains("url") {
                "/admin"
            } else {
                "birch"
            };
            let answer = epi.call("GET", page, None, &[(name, value)]).await;
            assert_eq!(plain(&answer), usual, "{page} with {name}");
        }
    }
}

#[tokio::test]
async fn a_form_that_names_another_department_writes_into_ones_own() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    let (alders, birchs) = (
        all_of(&portal, "alder").await,
        all_of(&portal, "birch").await,
    );
    let submission = uuid::Uuid::new_v4().to_string();
    let note = [
        ("tenant_id", "birch"),
        ("tenant", "birch"),
        ("first_day", "2026-03-02"),
        ("kind", "outage"),
        ("text", "Written by alder"),
        ("submission", &submission),
        ("tenant_id", "birch"),
    ];
    assert_eq!(
        epi.post("/data/annotations?tenant_id=birch", &note)
            .await
            .status,
        303
    );
    let submission = uuid::Uuid::new_v4().to_string();
    let key = [
        ("tenant", "birch"),
        ("name", "written by alder"),
        ("read", "on"),
        ("expires", "30d"),
        ("submission", &submission),
        ("tenant_id", "birch"),
    ];
    assert_eq!(epi.post("/keys?tenant=birch", &key).await.status, 200);
    let file = b"location_id,date,new_cases,tenant_id\nnorth,2026-03-05,9,birch\n";
    let sent = epi
        .upload(
            "/data/uploads?tenant_id=birch",
            &[("tenant_id", "birch")],
            "a.csv",
            file,
        )
        .await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    assert_eq!(
        epi.post(
            &format!("{}/accept", sent.location()),
            &[("tenant_id", "birch")]
        )
        .await
        .status,
        303
    );
    assert_eq!(all_of(&portal, "birch").await, birchs);
    let now = all_of(&portal, "alder").await;
    assert_ne!(now, alders);
    assert!(
        now.contains("Written by alder") && now.contains("written by alder"),
        "{now}"
    );
}

#[tokio::test]
async fn what_a_program_sends_for_another_department_is_refused_or_stays_here() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let birchs = all_of(&portal, "birch").await;
    let path = "/api/v1/observations";
    let row = json!({"location_id": "north", "date": "2026-03-05", "new_cases": 1});
    let of = |name: &str| {
        let mut body = json!({"observations": [row.clone()]});
        body[name] = json!("birch");
        body.to_string()
    };
    let twice = r#"{"observations": [], "observations":
        [{"location_id": "north", "date": "2026-03-05", "new_cases": 1}]}"#;
    let kind = ("content-type", "application/json");
    for (what, query, headers, body) in [
        ("a tenant of all", "", vec![kind], of("tenant_id")),
        ("a tenant by another name", "", vec![kind], of("tenant")),
        ("the rows twice", "", vec![kind], twice.to_owned()),
        (
            "a tenant in the address",
            "?tenant_id=birch",
            vec![kind],
            row.to_string(),
        ),
        (
            "a column",
            "",
            vec![("content-type", "text/csv"), ("x-tenant", "birch")],
            "tenant_id,location_id,date,new_cases\nbirch,north,2026-03-05,1\n".to_owned(),
        ),
        (
            "a place of theirs",
            "",
            vec![("content-type", "text/csv")],
            format!("location_id,date,new_cases\n{SECRET_PLACE},2026-03-05,1\n"),
        ),
    ] {
        let mut program = portal.browser();
        let path = format!("{path}{query}");
        let answer = program
            .hand_in("POST", &path, Some(&alder.key), &headers, body.into_bytes())
            .await;
        let stayed = answer.status == 201 && what == "a column";
        assert!(
            stayed || answer.status.is_client_error(),
            "{what}: {}",
            answer.text
        );
        assert_eq!(all_of(&portal, "birch").await, birchs, "{what}");
    }
}

/// The last of them, the first, all or none: but no other department's, and no fault of ours.
#[tokio::test]
async fn a_field_that_comes_twice_smuggles_nothing_in() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    let birchs = all_of(&portal, "birch").await;
    for path in [
        "/",
        "/data/daily.csv",
        "/charts/daily.svg",
        "/data/export/file",
    ] {
        for query in [
            format!("location=north&location={SECRET_PLACE}"),
            format!("location={SECRET_PLACE}&location=north"),
            format!("location=north%26location%3D{SECRET_PLACE}"),
            format!("location=north,{SECRET_PLACE}"),
            format!("location[]=north&location={SECRET_PLACE}"),
        ] {
            let answer = epi.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 404, "{path}?{query}");
            let unknown = query.replace(SECRET_PLACE, "nowhere-at-all");
            let nobodys = epi.get(&format!("{path}?{unknown}")).await;
            assert_eq!(plain(&answer), plain(&nobodys), "{path}?{query}");
        }
        let twice = epi
            .get(&format!(
                "{path}?location=north&location=north&from=2026-03-01&from=2026-03-02"
            ))
            .await;
        assert_eq!(twice.status, 200, "{path}");
        assert_eq!(of_birch(&twice.text), None);
    }
    let submission = uuid::Uuid::new_v4().to_string();
    let theirs = uuid::Uuid::new_v4().to_string();
    for (path, fields) in [
        (
            "/data/annotations",
            vec![
                ("submission", &*submission),
                ("submission", &*theirs),
                ("text", "a"),
                ("text", "b"),
            ],
        ),
        (
            "/keys",
            vec![
                ("name", "a"),
                ("name", "b"),
                ("read", "on"),
                ("submission", &*submission),
            ],
        ),
        (
            "/forecast/runs",
            vec![("kind", "forecast"), ("kind", "hindcast")],
        ),
        (
            "/account/password",
            vec![("current", PASSWORD), ("current", "x"), ("new", "y")],
        ),
        (
            "/login",
            vec![
                ("email", "epi@alder.example"),
                ("email", "epi@birch.example"),
                ("password", PASSWORD),
            ],
        ),
    ] {
        let answer = epi.post(path, &fields).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
    assert_eq!(all_of(&portal, "birch").await, birchs);
}
