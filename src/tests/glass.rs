//! An administrator looks inside a department: for a reason, for a while, reading only, and seen.

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::{
    behind::{attempt, contents, count, refusal},
    portal::{Browser, TestPortal},
};
use crate::tenancy::TenantTx;

const REASON: &str = "The lead asked by phone why June is empty";

/// A write in a transaction that only reads.
const READ_ONLY: &str = "25006";

async fn two_departments() -> (TestPortal, Browser) {
    let portal = TestPortal::start().await;
    for (id, new_cases) in [("alder", 4_815), ("birch", 1_623)] {
        let department = portal.onboard(id).await;
        department
            .reports("north", "2026-03-30", &[new_cases])
            .await;
    }
    let admin = portal.admin().await;
    (portal, admin)
}

async fn look(admin: &mut Browser, tenant: &str, minutes: &str) -> StatusCode {
    let fields = [("tenant", tenant), ("reason", REASON), ("minutes", minutes)];
    admin.post("/admin/break-glass", &fields).await.status
}

#[tokio::test]
async fn without_breaking_glass_an_administrator_finds_no_page_of_a_department() {
    let (_portal, mut admin) = two_departments().await;
    for path in [
        "/",
        "/data",
        "/data/daily.csv",
        "/audit",
        "/people",
        "/keys",
    ] {
        assert_eq!(
            admin.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn with_a_reason_they_read_one_department_for_a_while_and_it_sees_that() {
    let (portal, mut admin) = two_departments().await;
    let mut epi = portal.signed_in("epi@alder.example").await;
    assert!(!epi.get("/").await.text.contains(REASON));
    assert_eq!(look(&mut admin, "alder", "10").await, StatusCode::SEE_OTHER);
    let page = admin.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text
            .contains("You look into alder health department until 12:10 UTC")
    );
    let file = admin.get("/data/daily.csv").await.text;
    assert!(file.contains("4815") && !file.contains("1623"), "{file}");
    // The department is told, on every page, and reads what was read.
    let told = epi.get("/").await.text;
    assert!(told.contains("admin@cordon.example, who runs the platform") && told.contains(REASON));
    let record = epi.get("/audit").await.text;
    for words in ["glass.broken", "glass.read", "/data/daily.csv", REASON] {
        assert!(record.contains(words), "{words}");
    }
    let mut birch = portal.signed_in("epi@birch.example").await;
    assert!(!birch.get("/").await.text.contains("who runs the platform"));
    // To nobody is it a page of the department's.
    let pages =
        "select coalesce(sum(events), 0)::bigint from usage_days where event_type = 'page_view'
        and tenant_id = 'alder'";
    assert!(
        count(&mut portal.owner().await, pages)
            .await
            .expect("pages")
            <= 4
    );
    portal.wait(TimeDelta::minutes(11));
    assert_eq!(admin.get("/").await.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.get("/admin").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_hour_is_the_longest_and_a_reason_is_given() {
    let (portal, mut admin) = two_departments().await;
    for minutes in ["0", "61", "-5", "", "soon", "9223372036854775807"] {
        assert_eq!(
            look(&mut admin, "alder", minutes).await,
            StatusCode::BAD_REQUEST,
            "{minutes}"
        );
    }
    for tenant in ["cedar", "", "ALDER", "alder' or '1' = '1"] {
        assert_eq!(
            look(&mut admin, tenant, "10").await,
            StatusCode::BAD_REQUEST,
            "{tenant}"
        );
    }
    let fields = [
        ("tenant", "alder"),
        ("reason", "curious"),
        ("minutes", "10"),
    ];
    let refused = admin.post("/admin/break-glass", &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.text.contains("10 to 500 characters") && refused.text.contains("value=\"curious\"")
    );
    assert_eq!(admin.get("/").await.status, StatusCode::NOT_FOUND);
    // Nor does the database take more, whoever asks it.
    let mut tx = portal
        .app
        .pools
        .begin_operator()
        .await
        .expect("a transaction");
    let long = attempt(
        tx.conn(),
        "insert into break_glass values ('alder', gen_random_uuid(), gen_random_uuid(), 'x', 'because I can',
            now(), now() + interval '61 minutes', null)",
    );
    assert_eq!(refusal(long.await), "23514");
}

#[tokio::test]
async fn who_looks_changes_nothing_by_any_form_nor_by_any_statement() {
    let (portal, mut admin) = two_departments().await;
    assert_eq!(look(&mut admin, "alder", "60").await, StatusCode::SEE_OTHER);
    let mut owner = portal.owner().await;
    let kept = async |owner: &mut sqlx::PgConnection| {
        let mut contents = contents(owner).await;
        for record in ["audit", "audit_links", "sessions"] {
            contents.remove(record);
        }
        contents
    };
    let before = kept(&mut owner).await;
    let source = include_str!("../router.rs");
    let mut forms = 0;
    for piece in source.split(".route(").skip(1) {
        let path = piece.split('"').nth(1).unwrap_or_default();
        let platform = [
            "/admin",
            "/account",
            "/login",
            "/logout",
            "/invitation",
            "/home",
        ];
        if !piece.contains("post(") || platform.iter().any(|of| path.starts_with(of)) {
            continue;
        }
        forms += 1;
        let path = path
            .replace("{upload}", "1")
            .replace("{deed}", "remove")
            .replace(['{', '}'], "");
        let answer = admin.post(&path, &[("current", "x")]).await;
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{path}: {}",
            answer.text
        );
        assert!(answer.text.contains("change nothing"), "{path}");
    }
    assert!(forms > 15, "{forms}");
    assert_eq!(kept(&mut owner).await, before);
    let alder = crate::tenancy::TenantId::parse("alder").expect("an id");
    let reading = portal.app.pools.clone().reading();
    for statement in [
        "insert into audit values ('alder', gen_random_uuid(), now(), 'x', 'x.x', 'x', 'x', 'done')",
        "update locations set name = 'x'",
        "update memberships set lead = true",
        "select from locations for update",
        "select app.queue_turn()",
    ] {
        let begun = TenantTx::begin(&reading, &alder).await;
        let mut tx = begun.expect("a transaction");
        let tried = attempt(tx.parts().1, statement).await;
        assert_eq!(refusal(tried), READ_ONLY, "{statement}");
    }
    for escape in [
        "set transaction read write",
        "set local transaction_read_only = off",
    ] {
        let begun = TenantTx::begin(&reading, &alder).await;
        let mut tx = begun.expect("a transaction");
        assert_ne!(refusal(attempt(tx.parts().1, escape).await), "", "{escape}");
    }
}

#[tokio::test]
async fn every_page_of_the_department_can_be_read_and_each_is_in_its_record() {
    let (portal, mut admin) = two_departments().await;
    assert_eq!(look(&mut admin, "alder", "60").await, StatusCode::SEE_OTHER);
    let pages = [
        "/",
        "/forecast",
        "/data",
        "/data/uploads/1",
        "/data/revisions",
        "/data/annotations",
        "/data/quality",
        "/data/export",
        "/data/share",
        "/data/export/file",
        "/data/daily.csv",
        "/charts/daily.svg",
        "/charts/daily.png",
        "/keys",
        "/usage",
        "/usage/statement",
        "/usage/statement.csv",
        "/usage/daily.csv",
        "/forecast/parameters",
        "/people",
        "/audit",
        "/audit/lines.csv",
        "/audit/lines.jsonl",
    ];
    for page in pages {
        let answer = admin.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}: {}", answer.text);
    }
    let read: Vec<String> = sqlx::query_scalar(
        "select subject from audit where action = 'glass.read' and tenant_id = 'alder' and actor = 'admin@cordon.example'
         order by audit_id",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("lines");
    assert_eq!(read, pages);
}

#[tokio::test]
async fn looking_ends_when_they_say_so_sign_out_or_lose_their_role() {
    let (portal, mut admin) = two_departments().await;
    assert_eq!(look(&mut admin, "alder", "60").await, StatusCode::SEE_OTHER);
    // Another department is another reason: the first is closed.
    assert_eq!(look(&mut admin, "birch", "60").await, StatusCode::SEE_OTHER);
    assert!(admin.get("/data/daily.csv").await.text.contains("1623"));
    assert_eq!(
        admin.post("/admin/break-glass/end", &[]).await.location(),
        "/admin/break-glass"
    );
    assert_eq!(admin.get("/").await.status, StatusCode::NOT_FOUND);
    let ended = "select count(*) from audit where action = 'glass.mended'";
    assert_eq!(
        count(&mut portal.owner().await, ended)
            .await
            .expect("lines"),
        2
    );
    // It is the administrator's alone: nobody else's session opens.
    assert_eq!(look(&mut admin, "alder", "60").await, StatusCode::SEE_OTHER);
    let mut staff = portal.onboarding_staff().await;
    assert_eq!(staff.get("/").await.status, StatusCode::NOT_FOUND);
    let mut owner = portal.owner().await;
    attempt(&mut owner, "insert into users select gen_random_uuid(), 'b@cordon.example', name, password_hash, role, created_at
        from users where email = 'admin@cordon.example'").await.expect("another administrator");
    attempt(
        &mut owner,
        "update users set role = 'onboarding' where email = 'admin@cordon.example'",
    )
    .await
    .expect("changed");
    assert_eq!(admin.get("/").await.location(), "/login");
    let mut again = portal.signed_in("admin@cordon.example").await;
    assert_eq!(again.get("/").await.status, StatusCode::NOT_FOUND);
}
