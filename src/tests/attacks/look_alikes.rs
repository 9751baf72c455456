//! Ids and forms that look like another department's.

use super::{all_of, two_departments};
use crate::{
    access::user::NewRole,
    tests::{
        behind::count,
        portal::{PASSWORD, TestPortal},
    },
};

/// As staff write it in an address: only alder's own id is alder's.
#[tokio::test]
async fn an_id_that_looks_like_a_departments_is_none() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let (mut staff, mut admin) = (portal.onboarding_staff().await, portal.admin().await);
    let pages = |id: &str| {
        [
            format!("/admin/tenants/{id}/keys"),
            format!("/admin/billing/tenants/{id}"),
        ]
    };
    let [keys, bill] = pages("alder");
    assert_eq!(staff.get(&keys).await.status, 200);
    assert_eq!(admin.get(&bill).await.status, 200);
    for id in [
        "alder-",
        "alder_",
        "alde_",
        "alder%25",
        "a%25",
        "ALDER",
        "Alder",
        "%D0%B0lder",
        "alde%D0%B3",
        "alder%20",
        "%20alder",
        "alder%09",
        "alder%0A",
        "alder%00",
        "alder%2F",
        "alder%2F..%2Fbirch",
        "%2561lder",
        "alder%C2%AD",
        "alder%E2%80%8B",
        "alder;",
        "alder'--",
        "al%CC%88der",
    ] {
        for (browser, page) in [&mut staff, &mut admin].into_iter().zip(pages(id)) {
            let answer = browser.get(&page).await;
            assert!(
                [400, 404].contains(&answer.status.as_u16()),
                "{page}: {}",
                answer.status
            );
        }
    }
}

/// Ids that a careless pattern would take for each other.
#[tokio::test]
async fn departments_whose_ids_look_alike_are_kept_apart() {
    let portal = TestPortal::start().await;
    let mut departments = Vec::new();
    for (id, count) in [
        ("alder", 4_101),
        ("alder-", 4_202),
        ("alder_", 4_303),
        ("alderx", 4_404),
        ("al", 4_505),
    ] {
        let department = portal.onboard(id).await;
        department.reports("north", "2026-03-01", &[count]).await;
        departments.push((department, count.to_string()));
    }
    for (department, own) in &departments {
        let mut epi = department.epidemiologist().await;
        let mut program = portal.browser();
        for answer in [
            epi.get("/data/daily.csv").await,
            epi.get("/charts/daily.svg").await,
            epi.get("/audit").await,
            epi.get(&format!("/audit?q={}", department.tenant)).await,
            program
                .get_with_key("/api/v1/observations", &department.key)
                .await,
            program.get_with_key("/api/v1/usage", &department.key).await,
        ] {
            assert_eq!(answer.status, 200, "{}", answer.text);
            for (other, others) in &departments {
                let is_own = own == others;
                let address = format!("epi@{}.example", other.tenant);
                assert!(is_own || !answer.text.contains(others), "{}", answer.text);
                assert!(is_own || !answer.text.contains(&address), "{}", answer.text);
            }
        }
        let csv = epi.get("/data/daily.csv").await;
        assert!(csv.text.contains(own), "{}", csv.text);
    }
}

/// Also one that is written otherwise, or whose department nobody uses any more.
#[tokio::test]
async fn the_id_of_a_department_is_never_given_to_another() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let mut staff = portal.onboarding_staff().await;
    let mut owner = portal.owner().await;
    sqlx::query("update users set disabled_at = now() where email like '%alder.example'")
        .execute(&mut owner)
        .await
        .expect("disabled");
    let before = all_of(&portal, "alder").await;
    for (id, status) in [
        ("alder", 409),
        (" alder ", 409),
        ("alder\t", 409),
        ("ALDER", 400),
        ("аlder", 400),
    ] {
        let submission = uuid::Uuid::new_v4().to_string();
        let fields = [
            ("tenant", id),
            ("name", "Another Alder"),
            ("contact", "mine@evil.example"),
            ("submission", &submission),
        ];
        let answer = staff.post("/admin/onboard", &fields).await;
        assert_eq!(answer.status, status, "{id:?}: {}", answer.text);
    }
    assert_eq!(all_of(&portal, "alder").await, before);
    let departments = count(&mut owner, "select count(*) from tenants").await;
    assert_eq!(departments.expect("a count"), 2);
}

/// A tab that was opened for alder, in a browser in which somebody signed in to birch since.
#[tokio::test]
async fn a_form_opened_in_one_department_acts_in_the_one_signed_in_to_or_not_at_all() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    portal
        .add_person("lead@alder.example", NewRole::Lead(alder.tenant.clone()))
        .await;
    let mut browser = portal.signed_in("lead@alder.example").await;
    let note = alder
        .notes("2026-03-01", "Flood", Some("north"), false)
        .await;
    let sent = browser
        .upload(
            "/data/uploads",
            &[],
            "a.csv",
            b"location_id,date,new_cases\nnorth,2026-03-05,9\n",
        )
        .await;
    assert_eq!(sent.location(), "/data/uploads/2");
    let form = browser.get("/keys").await;
    let of_key = form
        .between("name=\"submission\" value=\"", "\"")
        .to_owned();
    let form = browser.get("/data/annotations").await;
    let of_note = form
        .between("name=\"submission\" value=\"", "\"")
        .to_owned();
    let mut owner = portal.owner().await;
    let id = async |owner: &mut sqlx::PgConnection, sql: &'static str| -> uuid::Uuid {
        sqlx::query_scalar(sql)
            .fetch_one(owner)
            .await
            .expect("an id")
    };
    let key = id(
        &mut owner,
        "select key_id from api_keys where tenant_id = 'alder'",
    )
    .await;
    let colleague = id(
        &mut owner,
        "select user_id from users where email = 'epi@alder.example'",
    )
    .await;
    let invited = id(
        &mut owner,
        "select invitation_id from invitations where tenant_id = 'alder'",
    )
    .await;

    portal
        .add_person("lead@birch.example", NewRole::Lead(birch.tenant.clone()))
        .await;
    let fields = [("email", "lead@birch.example"), ("password", PASSWORD)];
    assert_eq!(browser.post("/login", &fields).await.status, 303);
    let before = all_of(&portal, "alder").await;
    let birchs = all_of(&portal, "birch").await;
    for (path, fields, status) in [
        (
            "/data/annotations".to_owned(),
            vec![
                ("first_day", "2026-03-02"),
                ("kind", "outage"),
                ("text", "From the old tab"),
                ("location", "north"),
                ("submission", &*of_note),
            ],
            // There is no such place in birch.
            404,
        ),
        (
            "/data/annotations".to_owned(),
            vec![
                ("first_day", "2026-03-02"),
                ("kind", "outage"),
                ("text", "From the old tab"),
                ("submission", &*of_note),
            ],
            303,
        ),
        (
            "/keys".to_owned(),
            vec![
                ("name", "from the old tab"),
                ("read", "on"),
                ("expires", "30d"),
                ("submission", &*of_key),
            ],
            200,
        ),
        (format!("/keys/{key}/revoke"), vec![], 404),
        (
            format!("/keys/{key}/rotate"),
            vec![
                ("submission", &*of_key),
                ("overlap", "now"),
                ("expires", "30d"),
            ],
            404,
        ),
        (format!("/data/annotations/{note}/remove"), vec![], 404),
        (format!("/people/{colleague}/remove"), vec![], 404),
        (format!("/people/invitations/{invited}/revoke"), vec![], 404),
        ("/data/uploads/7/accept".to_owned(), vec![], 404),
    ] {
        let answer = browser.post(&path, &fields).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
    }
    assert_eq!(
        all_of(&portal, "alder").await,
        before,
        "something was done in alder"
    );
    let now = all_of(&portal, "birch").await;
    assert_ne!(now, birchs);
    assert!(now.contains("From the old tab") && now.contains("from the old tab"));
}
