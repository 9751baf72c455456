//! Names that a browser would run, if they were not text.

use sqlx::AssertSqlSafe;

use super::{
    injection::{PARAMETERS, asked, visitors, whose},
    markup::{MARKUP, assert_is_text, decoded},
    two_departments,
};
use crate::tests::{
    crossover::{TABLE, visitors::filled_in},
    portal::TestPortal,
};

/// Everything that has a name is given one that a browser would run, if it were not text.
async fn with_markup_everywhere(portal: &TestPortal) {
    let mut owner = portal.owner().await;
    let short = &MARKUP[..MARKUP.len().min(60)];
    for statement in [
        "update tenants set name = $1",
        "update users set name = $1",
        "update locations set name = $1",
        "update annotations set text = $1",
        "update uploads set file_name = $1, received_by = $1",
        "update api_keys set name = $1",
        "update invitations set invited_by = $1",
        "update sessions set browser = $1",
        "update model_runs set requested_by = $1",
    ] {
        sqlx::query(statement)
            .bind(short)
            .execute(&mut owner)
            .await
            .expect(statement);
    }
    let statement = "insert into audit (tenant_id, audit_id, occurred_at, actor, origin, action, subject, outcome)
        select tenant_id, gen_random_uuid(), now(), $1, $1, 'x.x', $1, 'done' from tenants";
    sqlx::query(statement)
        .bind(short)
        .execute(&mut owner)
        .await
        .expect("recorded");
}

#[tokio::test]
async fn markup_in_a_name_is_text_on_every_page_that_shows_it() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    // An id of a place may have it too.
    alder.reports(MARKUP, "2026-03-01", &[7, 8, 9]).await;
    alder.notes("2026-03-01", MARKUP, Some(MARKUP), false).await;
    let mut visitors = visitors(&portal, &alder.tenant).await;
    let form = [("email", "new@alder.example")];
    assert_eq!(
        visitors[0].post("/people/invitations", &form).await.status,
        200
    );
    let cost = [
        ("month", "2026-03"),
        ("name", MARKUP),
        ("amount", "100"),
        ("currency", "USD"),
        ("driver", "shared"),
        ("rest", "evenly"),
    ];
    assert_eq!(
        visitors[2].post("/admin/billing/costs", &cost).await.status,
        303
    );
    with_markup_everywhere(&portal).await;
    let id = async |sql: &'static str| -> String {
        sqlx::query_scalar(sql)
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("an id")
    };
    let parts = [
        ("{tenant}", "alder".to_owned()),
        ("{upload}", "1".to_owned()),
        ("{token}", alder.invitation.clone()),
        (
            "{run_id}",
            id("select run_id::text from model_runs where tenant_id = 'alder' limit 1").await,
        ),
        ("{*file}", "cordon.js".to_owned()),
    ];
    let mut shown = Vec::new();
    let paths = TABLE
        .iter()
        .filter(|(method, _, _)| *method == "GET")
        .map(|(_, route, _)| filled_in(route, &parts))
        .chain([
            asked("/", "location", MARKUP),
            asked("/charts/daily.svg", "location", MARKUP),
            asked("/data/revisions", "location", MARKUP) + "&date=2026-03-01",
            asked("/data/annotations", "location", MARKUP),
            asked("/forecast", "location", MARKUP),
            asked("/admin/tenants", "q", MARKUP),
            asked("/audit", "q", MARKUP),
        ]);
    for path in paths {
        let answer = whose(&path, &mut visitors).get(&path).await;
        let kind = answer.header("content-type");
        if kind.starts_with("text/html") || kind == "image/svg+xml" {
            assert_is_text(&answer.text, &path);
            if decoded(&answer.text).contains(MARKUP) {
                shown.push(path);
            }
        }
    }
    for path in [
        "/",
        "/charts/daily.svg",
        "/data/annotations",
        "/keys",
        "/people",
        "/audit",
        "/account",
        "/data",
        "/admin",
        "/admin/tenants",
        "/admin/staff",
        "/admin/billing/costs",
    ] {
        assert!(
            shown.iter().any(|shown| shown == path),
            "{path} shows no name: {shown:?}"
        );
    }
    // Through the glass, and on what the department is told of it.
    let reason = format!("A reason that is long enough {MARKUP}");
    let look = [("tenant", "birch"), ("reason", &*reason), ("minutes", "10")];
    assert_eq!(
        visitors[2].post("/admin/break-glass", &look).await.status,
        303
    );
    let mut epi = birch.epidemiologist().await;
    for path in ["/", "/audit"] {
        for browser in [&mut visitors[2], &mut epi] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert_is_text(&page.text, path);
        }
    }
    let page = epi.get("/audit").await;
    assert!(decoded(&page.text).contains(&reason), "{}", page.text);
}

#[tokio::test]
async fn markup_that_was_asked_for_or_typed_comes_back_as_text() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut visitors = visitors(&portal, &alder.tenant).await;
    let mut came_back = 0;
    for (path, parameters) in PARAMETERS {
        for name in *parameters {
            let address = asked(path, name, MARKUP);
            let answer = whose(path, &mut visitors).get(&address).await;
            if answer.header("content-type").starts_with("text/html") {
                assert_is_text(&answer.text, &address);
                came_back += u32::from(decoded(&answer.text).contains(MARKUP));
            }
        }
    }
    let typed = |names: &[&'static str]| -> Vec<(&'static str, &'static str)> {
        names.iter().map(|name| (*name, MARKUP)).collect()
    };
    for (path, fields) in [
        ("/login", typed(&["email", "password", "next"])),
        (
            "/data/annotations",
            typed(&[
                "first_day",
                "last_day",
                "kind",
                "text",
                "submission",
                "location",
            ]),
        ),
        ("/keys", typed(&["name", "expires", "submission"])),
        ("/people/invitations", typed(&["email"])),
        ("/forecast/parameters", typed(&["members", "window"])),
        ("/account/password", typed(&["current", "new"])),
        (
            "/admin/onboard",
            typed(&["tenant", "name", "contact", "submission"]),
        ),
        (
            "/admin/tenants/alder/keys",
            typed(&["name", "expires", "submission"]),
        ),
        (
            "/admin/billing/costs",
            typed(&["month", "name", "amount", "currency"]),
        ),
        (
            "/admin/billing/prices",
            typed(&["plan", "from", "currency", "minimum"]),
        ),
        ("/admin/staff/invitations", typed(&["email", "role"])),
        (
            "/admin/break-glass",
            typed(&["tenant", "reason", "minutes"]),
        ),
    ] {
        let answer = whose(path, &mut visitors).post(path, &fields).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert_is_text(&answer.text, path);
        came_back += u32::from(decoded(&answer.text).contains(MARKUP));
    }
    assert!(came_back > 10, "only {came_back} pages show what was typed");
}

/// A name that a browser sends along with a file, in a header of its own.
#[tokio::test]
async fn the_name_of_a_file_is_no_path_no_header_and_no_markup() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    for name in [
        "../../../etc/passwd",
        "/etc/passwd",
        "..\\..\\boot.ini",
        "a.csv; filename=b.exe",
        "%22%3E%3Csvg/onload=m()%3E.csv",
        "'><svg/onload=m()><run>.csv",
        "\u{202e}vsc.exe",
        "=cmd|' /C calc'!A1.csv",
        "a\tb.csv",
    ] {
        let file = b"location_id,date,new_cases\nnorth,2026-02-30,1\n";
        let sent = epi.upload("/data/uploads", &[], name, file).await;
        assert!(
            sent.status == 303 || sent.status.is_client_error(),
            "{name:?}: {}",
            sent.text
        );
        assert_is_text(&sent.text, name);
        if sent.status == 303 {
            let path = sent.location().to_owned();
            assert!(path.starts_with("/data/uploads/"), "{name:?}: {path}");
            assert_is_text(&epi.get(&path).await.text, name);
            let refused = epi.get(&format!("{path}/refused.csv")).await;
            let disposition = refused.header("content-disposition");
            assert!(
                !disposition.contains("exe") && !disposition.contains("passwd"),
                "{disposition}"
            );
            assert_eq!(disposition.matches("filename").count(), 1, "{disposition}");
        }
    }
    assert_is_text(&epi.get("/data").await.text, "the list");
    let known = sqlx::query_scalar::<_, String>(AssertSqlSafe(
        "select file_name from uploads where tenant_id = 'alder' and file_name ~ '[[:cntrl:]]'",
    ))
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("names");
    assert_eq!(known, [""; 0]);
}
