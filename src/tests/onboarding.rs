//! Bringing a department on.

use axum::http::StatusCode;
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

use super::portal::{Answer, Browser, PASSWORD, TestPortal};
use crate::forecasting::prior::{Prior, baseline};

async fn fill_in(staff: &mut Browser, tenant: &str) -> Vec<(String, String)> {
    let form = staff.get("/admin/onboard").await;
    let submission = form
        .between("name=\"submission\" value=\"", "\"")
        .to_owned();
    [
        ("tenant", tenant),
        ("name", "Alder County"),
        ("contact", "epi@alder.example"),
        ("submission", &submission),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

async fn send(staff: &mut Browser, fields: &[(String, String)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    staff.post("/admin/onboard", &fields).await
}

#[tokio::test]
async fn a_department_is_brought_on_and_its_key_opens_its_data() {
    let portal = TestPortal::start().await;
    let mut staff = portal.onboarding_staff().await;
    let form = fill_in(&mut staff, "alder").await;
    let done = send(&mut staff, &form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert_eq!(done.header("cache-control"), "private, no-store");
    let key = done
        .between("id=\"api-key\" class=\"selectable\">", "<")
        .to_owned();
    let mut program = portal.browser();
    let data = program.get_with_key("/data/daily.csv", &key).await;
    assert_eq!(
        (data.status, data.text.as_str()),
        (
            StatusCode::OK,
            "date,new_cases,mean_7_days,status,expected_low,expected,expected_high,annotation\n"
        )
    );

    // All of it was made: tenant, key, baseline, invitation, audit.
    let mut owner = portal.owner().await;
    for table in ["tenants", "api_keys", "model_states", "invitations"] {
        let rows: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
                .fetch_one(&mut owner)
                .await
                .expect(table);
        assert_eq!(rows, 1, "{table}");
    }
    let actions: Vec<String> = sqlx::query_scalar("select action from audit order by audit_id")
        .fetch_all(&mut owner)
        .await
        .expect("audit");
    assert_eq!(actions, ["api_key.issued", "tenant.onboarded"]);
}

#[tokio::test]
async fn the_baseline_is_drawn_again_by_the_seed_stored_beside_it() {
    let portal = TestPortal::start().await;
    let mut staff = portal.onboarding_staff().await;
    let form = fill_in(&mut staff, "alder").await;
    send(&mut staff, &form).await;
    let (ensemble, seed, members): (Vec<f64>, String, i32) =
        sqlx::query_as("select ensemble, parameters ->> 'seed', members from model_states")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("a baseline");
    let mut draws = Xoshiro256PlusPlus::seed_from_u64(seed.parse().expect("a seed"));
    let members = usize::try_from(members).expect("members");
    let drawn = baseline(&Prior::default(), members, &mut draws);
    assert_eq!(ensemble, drawn.as_flat());
}

#[tokio::test]
async fn a_key_is_stored_only_as_its_hash() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut owner = portal.owner().await;
    let row: String = sqlx::query_scalar("select to_jsonb(k)::text from api_keys k")
        .fetch_one(&mut owner)
        .await
        .expect("the key's row");
    assert!(!row.contains(&alder.key[16..]), "the key can be read back");
    let stored: Vec<u8> = sqlx::query_scalar("select key_hash from api_keys")
        .fetch_one(&mut owner)
        .await
        .expect("a hash");
    assert_eq!(stored, crate::secret::sha256(alder.key.as_bytes()));
}

#[tokio::test]
async fn the_same_form_sent_again_shows_no_key_and_makes_nothing() {
    let portal = TestPortal::start().await;
    let mut staff = portal.onboarding_staff().await;
    let form = fill_in(&mut staff, "alder").await;
    let first = send(&mut staff, &form).await;
    let key = first
        .between("id=\"api-key\" class=\"selectable\">", "<")
        .to_owned();
    for again in [
        send(&mut staff, &form).await,
        send(&mut staff.clone(), &form).await,
    ] {
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(
            again.text.contains("cannot be shown again") && again.text.contains("Issue a new key")
        );
        assert!(!again.text.contains(&key));
    }
    assert!(!staff.get("/admin/tenants").await.text.contains(&key));
    let keys: i64 = sqlx::query_scalar("select count(*) from api_keys")
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("keys");
    assert_eq!(keys, 1);
}

#[tokio::test]
async fn two_submissions_at_once_make_one_department() {
    let portal = TestPortal::start().await;
    let staff = portal.onboarding_staff().await;
    let form = fill_in(&mut staff.clone(), "alder").await;
    let mut statuses = Vec::new();
    let mut at_once = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut staff, form) = (staff.clone(), form.clone());
        at_once.spawn(async move { send(&mut staff, &form).await.status });
    }
    while let Some(status) = at_once.join_next().await {
        statuses.push(status.expect("an answer"));
    }
    assert_eq!(
        statuses
            .iter()
            .filter(|status| **status == StatusCode::OK)
            .count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses
            .iter()
            .filter(|status| **status == StatusCode::CONFLICT)
            .count(),
        7,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn an_id_that_is_taken_or_malformed_comes_back_with_what_was_typed() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut staff = portal.onboarding_staff().await;
    for (tenant, status, says) in [
        ("alder", StatusCode::CONFLICT, "taken"),
        (
            "Alder County!",
            StatusCode::BAD_REQUEST,
            "begins with a letter",
        ),
    ] {
        let form = fill_in(&mut staff, tenant).await;
        let answer = send(&mut staff, &form).await;
        assert_eq!(answer.status, status);
        assert!(answer.text.contains(says), "{}", answer.text);
        assert!(
            answer.text.contains(&format!("value=\"{tenant}\""))
                && answer.text.contains("Alder County")
        );
    }
}

#[tokio::test]
async fn the_invited_contact_joins_once_and_signs_in() {
    let portal = TestPortal::start().await;
    let mut staff = portal.onboarding_staff().await;
    let form = fill_in(&mut staff, "alder").await;
    let done = send(&mut staff, &form).await;
    let link = done
        .between("id=\"invitation\" class=\"selectable\">", "<")
        .to_owned();
    let path = link
        .strip_prefix("http://127.0.0.1:3000")
        .expect("a link to here")
        .to_owned();

    let mut contact = portal.browser();
    assert!(contact.get(&path).await.text.contains("epi@alder.example"));
    let short = contact
        .post(&path, &[("name", "Eli"), ("password", "short")])
        .await;
    assert_eq!(short.status, StatusCode::BAD_REQUEST);
    assert!(
        short.text.contains("value=\"Eli\""),
        "what was typed is lost"
    );
    let joined = contact
        .post(&path, &[("name", "Eli"), ("password", PASSWORD)])
        .await;
    assert_eq!(joined.location(), "/login");
    assert_eq!(
        contact.get(&path).await.status,
        StatusCode::NOT_FOUND,
        "the invitation works twice"
    );
    let mut eli = portal.signed_in("epi@alder.example").await;
    assert!(eli.get("/").await.text.contains("Alder County"));
}

#[tokio::test]
async fn an_invitation_expires() {
    let portal = TestPortal::start().await;
    let mut staff = portal.onboarding_staff().await;
    let form = fill_in(&mut staff, "alder").await;
    let done = send(&mut staff, &form).await;
    let token = done.between("/invitation/", "<").to_owned();
    portal.wait(chrono::TimeDelta::days(15));
    assert_eq!(
        portal
            .browser()
            .get(&format!("/invitation/{token}"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_and_its_row_stays() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut staff = portal.onboarding_staff().await;
    let mut program = portal.browser();
    assert_eq!(
        program
            .get_with_key("/data/daily.csv", &alder.key)
            .await
            .status,
        StatusCode::OK
    );
    let list = staff.get("/admin/tenants").await;
    assert!(
        list.text.contains("just now"),
        "the key's use does not show"
    );
    let revoke = format!(
        "/admin/tenants/{}",
        list.between("action=\"/admin/tenants/", "\"")
    );
    assert!(revoke.ends_with("/revoke"), "{revoke}");
    assert_eq!(
        staff.post(&revoke, &[]).await.location(),
        "/admin/tenants/alder/keys"
    );
    assert_eq!(
        program
            .get_with_key("/data/daily.csv", &alder.key)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert!(
        staff
            .get("/admin/tenants")
            .await
            .text
            .contains("revoked just now")
    );
}

#[tokio::test]
async fn onboarding_staff_see_no_case_anywhere() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[48_151]).await;
    let mut staff = portal.onboarding_staff().await;
    for path in ["/admin/tenants", "/admin/onboard"] {
        assert!(!staff.get(path).await.text.contains("48151"), "{path}");
    }
    for path in [
        "/",
        "/admin",
        "/data/daily.csv",
        "/charts/daily.svg",
        "/charts/daily.png",
    ] {
        assert_eq!(
            staff.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    // And were a page to ask, the database would refuse.
    for table in ["observations", "locations", "forecasts", "model_states"] {
        let mut tx = portal
            .app
            .pools
            .begin_registrar()
            .await
            .expect("a transaction");
        let read = sqlx::query(sqlx::AssertSqlSafe(format!("select from {table}")))
            .execute(tx.conn())
            .await;
        let refusal = read.err().and_then(|error| {
            error
                .as_database_error()
                .and_then(|cause| cause.code().map(|code| code.into_owned()))
        });
        assert_eq!(refusal.as_deref(), Some("42501"), "{table}");
    }
}

#[tokio::test]
async fn a_department_is_found_by_a_part_of_its_name() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    portal.onboard("birch").await;
    let mut staff = portal.onboarding_staff().await;
    let found = staff.get("/admin/tenants?q=ALDER").await;
    assert!(found.text.contains("alder health department") && !found.text.contains("birch"));
    let none = staff.get("/admin/tenants?q=%25").await;
    assert!(none.text.contains("No department matches"), "{}", none.text);
}
