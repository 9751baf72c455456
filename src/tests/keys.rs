//! Keys: what a department's people and onboarding staff do with them, and what then opens.

use axum::http::StatusCode;
use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    behind::{attempt, contents},
    portal::{Answer, Browser, TestPortal},
};
use crate::access::{ApiKey, Scopes, api_key};

/// Where a key of alder's is looked after, and by whom.
async fn desks(portal: &TestPortal) -> [(Browser, &'static str); 2] {
    [
        (portal.signed_in("epi@alder.example").await, "/keys"),
        (portal.onboarding_staff().await, "/admin/tenants/alder/keys"),
    ]
}

/// A form for a key, as it is sent.
fn form<'a>(
    submission: &'a str,
    name: &'a str,
    scopes: &[&'a str],
    expires: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("submission", submission),
        ("name", name),
        ("expires", expires),
    ];
    fields.extend(scopes.iter().map(|scope| (*scope, "on")));
    fields
}

fn id() -> String {
    Uuid::new_v4().to_string()
}

fn shown(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
        .between("id=\"api-key\" class=\"selectable\">", "<")
        .to_owned()
}

/// The status that a program gets with this key.
async fn opens(portal: &TestPortal, key: &str) -> u16 {
    let answer = portal.browser().get_with_key("/data/daily.csv", key).await;
    answer.status.as_u16()
}

/// The id of the key that begins so.
async fn key_id(portal: &TestPortal, key: &str) -> Uuid {
    sqlx::query_scalar("select key_id from api_keys where prefix = $1")
        .bind(&key[..15])
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("a key")
}

async fn audit(portal: &TestPortal, action: &str) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "select tenant_id, actor, subject from audit where action = $1 order by audit_id",
    )
    .bind(action)
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("audit")
}

#[tokio::test]
async fn a_key_is_shown_once_and_kept_as_its_hash() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    for (mut browser, base) in desks(&portal).await {
        let submission = id();
        let fields = form(&submission, "nightly import", &["read", "write"], "90d");
        let first = browser.post(base, &fields).await;
        assert_eq!(first.header("cache-control"), "private, no-store");
        let key = shown(&first);
        assert_eq!(opens(&portal, &key).await, 200);

        // The form again, as a reload sends it, from here or from a second tab.
        for again in [
            browser.post(base, &fields).await,
            browser.clone().post(base, &fields).await,
        ] {
            assert_eq!(again.status, StatusCode::CONFLICT, "{base}");
            assert!(again.text.contains("cannot be shown again") && !again.text.contains(&key));
        }
        let list = browser.get(base).await;
        assert!(
            list.text.contains(&key[..15]) && !list.text.contains(&key[..16]),
            "{base}"
        );
        assert!(list.text.contains("nightly import") && list.text.contains("read, write"));

        let mut owner = portal.owner().await;
        let row: (String, Vec<u8>) = sqlx::query_as(
            "select to_jsonb(k)::text, key_hash from api_keys k where key_id = $1::uuid",
        )
        .bind(&submission)
        .fetch_one(&mut owner)
        .await
        .expect("its row");
        assert!(!row.0.contains(&key[15..]), "the key can be read back");
        assert_eq!(row.1, crate::secret::sha256(key.as_bytes()));
    }
    let lines = audit(&portal, "api_key.issued").await;
    let by: Vec<_> = lines.iter().map(|(_, by, _)| by.as_str()).collect();
    assert_eq!(by, ["test", "epi@alder.example", "staff@cordon.example"]);
    assert!(
        lines[1].2.ends_with(", nightly import: read, write"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_form_that_is_refused_comes_back_as_it_was_filled_in() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    for (mut browser, base) in desks(&portal).await {
        let before = contents(&mut portal.owner().await).await["api_keys"].clone();
        let submission = id();
        let long = "x".repeat(101);
        for (name, scopes, expires, says) in [
            ("nightly", &[][..], "1y", "one or more of: read, write, run"),
            ("  ", &["write"], "1y", "1 to 100 characters"),
            (&*long, &["write"], "1y", "1 to 100 characters"),
            ("a\u{7}b", &["write"], "1y", "cannot be printed"),
            ("nightly", &["write"], "forever", "how long the key lasts"),
        ] {
            let answer = browser
                .post(base, &form(&submission, name, scopes, expires))
                .await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{base}: {says}");
            assert!(answer.text.contains(says), "{}", answer.text);
            assert!(answer.text.contains(&submission), "the form lost its id");
            let ticked = answer.text.contains("name=\"write\" checked");
            assert_eq!(ticked, !scopes.is_empty(), "{}", answer.text);
        }
        assert_eq!(
            contents(&mut portal.owner().await).await["api_keys"],
            before
        );
    }
}

#[tokio::test]
async fn a_key_ends_when_its_time_is_over() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let [(mut epi, base), _] = desks(&portal).await;
    let month = shown(
        &epi.post(base, &form(&id(), "a month", &["read"], "30d"))
            .await,
    );
    let always = shown(
        &epi.post(base, &form(&id(), "for good", &["read"], "never"))
            .await,
    );
    portal.wait(TimeDelta::days(29));
    assert_eq!(opens(&portal, &month).await, 200);
    let mut epi = portal.signed_in("epi@alder.example").await;
    assert!(epi.get(base).await.text.contains("expires in 1 day"));
    portal.wait(TimeDelta::days(1));
    assert_eq!(
        (opens(&portal, &month).await, opens(&portal, &always).await),
        (401, 200)
    );
    let mut epi = portal.signed_in("epi@alder.example").await;
    let list = epi.get(base).await.text;
    assert!(
        list.contains("expired just now") && list.contains("in use, never expires"),
        "{list}"
    );
    // It cannot be brought back by rotating it; it can still be revoked, for the record.
    let path = format!("/keys/{}/rotate", key_id(&portal, &month).await);
    let rotated = epi.post(&path, &[("submission", &id())]).await;
    assert_eq!(rotated.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_rotated_key_goes_on_beside_the_new_one_for_as_long_as_was_chosen() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    for (at, (overlap, time)) in [
        ("now", TimeDelta::zero()),
        ("1h", TimeDelta::hours(1)),
        ("1d", TimeDelta::days(1)),
        ("7d", TimeDelta::days(7)),
    ]
    .into_iter()
    .enumerate()
    {
        // By turns by a person and by staff, who sign in anew as time passes.
        let (mut browser, base) = match at % 2 {
            0 => (portal.signed_in("epi@alder.example").await, "/keys"),
            _ if at == 1 => (portal.onboarding_staff().await, "/admin/tenants/alder/keys"),
            _ => (
                portal.signed_in("staff@cordon.example").await,
                "/admin/tenants/alder/keys",
            ),
        };
        let name = format!("import {overlap}");
        let old = shown(
            &browser
                .post(base, &form(&id(), &name, &["read", "run"], "1y"))
                .await,
        );
        let old_id = key_id(&portal, &old).await;
        let path = format!("{base}/{old_id}/rotate");
        let submission = id();
        let fields = [
            ("overlap", overlap),
            ("expires", "90d"),
            ("submission", &*submission),
        ];
        let new = shown(&browser.post(&path, &fields).await);
        assert_ne!(old, new);

        // The same form again: nothing new, and the old key ends no sooner.
        portal.wait(TimeDelta::seconds(1));
        let again = browser.post(&path, &fields).await;
        assert_eq!(
            again.status,
            StatusCode::CONFLICT,
            "{overlap}: {}",
            again.text
        );
        assert!(!again.text.contains(&new));

        let row: (String, Vec<String>, Uuid) =
            sqlx::query_as("select name, scopes, replaces from api_keys where key_id = $1::uuid")
                .bind(&submission)
                .fetch_one(&mut portal.owner().await)
                .await
                .expect("the new key");
        let scopes = vec!["read".to_owned(), "run".to_owned()];
        assert_eq!(row, (name, scopes, old_id), "{overlap}");
        let list = browser.get(base).await.text;
        assert!(list.contains(&format!("replaces {}", &old[..15])), "{list}");
        assert!(
            list.contains(&format!("replaced by {}", &new[..15])),
            "{list}"
        );

        if time > TimeDelta::zero() {
            portal.wait(time - TimeDelta::seconds(2));
            assert_eq!(opens(&portal, &old).await, 200, "{overlap}: ended too soon");
            portal.wait(TimeDelta::seconds(1));
        }
        assert_eq!(opens(&portal, &old).await, 401, "{overlap}: goes on");
        assert_eq!(opens(&portal, &new).await, 200, "{overlap}");
    }
    let lines = audit(&portal, "api_key.rotated").await;
    assert_eq!(lines.len(), 4);
    assert!(lines[1].2.ends_with("and ends in 1 hour"), "{lines:?}");
}

#[tokio::test]
async fn rotating_gives_no_key_more_time() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let [(mut epi, base), _] = desks(&portal).await;
    let old = shown(
        &epi.post(base, &form(&id(), "a month", &["read"], "30d"))
            .await,
    );
    portal.wait(TimeDelta::days(29));
    let mut epi = portal.signed_in("epi@alder.example").await;
    let path = format!("/keys/{}/rotate", key_id(&portal, &old).await);
    let fields = [("overlap", "7d"), ("expires", "1y"), ("submission", &*id())];
    shown(&epi.post(&path, &fields).await);
    portal.wait(TimeDelta::days(1));
    assert_eq!(opens(&portal, &old).await, 401);
}

#[tokio::test]
async fn the_same_rotation_sent_twice_at_once_makes_one_key() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    for overlap in ["now", "1d"] {
        let (old, _) = portal.issue("alder", Scopes::read()).await;
        let submission = id();
        let epi = portal.signed_in("epi@alder.example").await;
        let mut at_once = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (mut epi, submission) = (epi.clone(), submission.clone());
            at_once.spawn(async move {
                let fields = [
                    ("overlap", overlap),
                    ("expires", "1y"),
                    ("submission", &*submission),
                ];
                epi.post(&format!("/keys/{old}/rotate"), &fields)
                    .await
                    .status
                    .as_u16()
            });
        }
        let mut statuses = at_once.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409], "{overlap}");
    }
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_from_the_next_request_on_and_its_row_stays() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    for (mut browser, base) in desks(&portal).await {
        let key = shown(
            &browser
                .post(base, &form(&id(), "laptop", &["read"], "1y"))
                .await,
        );
        assert_eq!(opens(&portal, &key).await, 200);
        let list = browser.get(base).await.text;
        assert!(
            list.contains(
                "Programs that use “laptop” can no longer read, from their next request on"
            ),
            "{list}"
        );
        let path = format!("{base}/{}/revoke", key_id(&portal, &key).await);
        assert_eq!(browser.post(&path, &[]).await.location(), base);
        for file in ["/data/daily.csv", "/charts/daily.svg", "/charts/daily.png"] {
            let answer = portal.browser().get_with_key(file, &key).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{file}");
        }
        let list = browser.get(base).await.text;
        assert!(
            list.contains("revoked just now") && list.contains(&key[..15]),
            "{list}"
        );
        // Once is enough, and it cannot be rotated back to life.
        assert_eq!(browser.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
        let rotate = path.replace("/revoke", "/rotate");
        let rotated = browser.post(&rotate, &[("submission", &id())]).await;
        assert_eq!(rotated.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        opens(&portal, &alder.key).await,
        200,
        "another key ended too"
    );
    let by: Vec<_> = audit(&portal, "api_key.revoked").await;
    assert_eq!(by.len(), 2);
    assert_eq!(
        (&*by[0].1, &*by[1].1),
        ("epi@alder.example", "staff@cordon.example")
    );
}

#[tokio::test]
async fn what_is_revoked_stays_revoked_whatever_a_query_says() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let revoke = "update api_keys set revoked_at = now()";
    let back = "update api_keys set revoked_at = null";
    let mut tx = alder.begin().await;
    let own = tx.parts().1;
    let rows = [attempt(own, revoke).await, attempt(own, back).await];
    assert_eq!(rows.map(|done| done.expect("allowed")), [1, 0]);
    drop(tx);
    let begun = portal.app.pools.begin_registrar().await;
    let mut tx = begun.expect("a transaction");
    let rows = [
        attempt(tx.conn(), revoke).await,
        attempt(tx.conn(), back).await,
    ];
    assert_eq!(rows.map(|done| done.expect("allowed")), [1, 0]);
}

#[tokio::test]
async fn another_departments_key_is_one_that_does_not_exist() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    let theirs = key_id(&portal, &birch.key).await;
    let mut epi = portal.signed_in("epi@alder.example").await;
    let before = contents(&mut portal.owner().await).await;
    for act in ["rotate", "revoke"] {
        let mut answers = Vec::new();
        for key in [theirs.to_string(), id(), "nonsense".to_owned()] {
            let fields = [
                ("overlap", "now"),
                ("expires", "1y"),
                ("submission", &*id()),
            ];
            let answer = epi.post(&format!("/keys/{key}/{act}"), &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{act} {key}");
            answers.push(answer.text);
        }
        assert!(
            answers.iter().all(|text| *text == answers[0]),
            "{act}: {answers:?}"
        );
    }
    assert_eq!(contents(&mut portal.owner().await).await, before);
    assert_eq!(opens(&portal, &birch.key).await, 200);
    // An id that another department's key has is free here, and tells nothing.
    let theirs = theirs.to_string();
    let same_id = epi
        .post("/keys", &form(&theirs, "mine", &["read"], "1y"))
        .await;
    assert_eq!(opens(&portal, &shown(&same_id)).await, 200);
    assert!(!epi.get("/keys").await.text.contains(&birch.key[..15]));
}

#[tokio::test]
async fn a_key_that_may_not_read_reads_nothing_and_is_told_why() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let (_, key) = portal
        .issue("alder", Scopes::parse(["write", "run"]).expect("scopes"))
        .await;
    for file in ["/data/daily.csv", "/charts/daily.svg", "/charts/daily.png"] {
        let answer = portal.browser().get_with_key(file, &key).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{file}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(
            answer
                .text
                .contains("this key has the scope write, run, and this takes the scope read"),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_key_known_by_its_id_is_open_exactly_as_long_as_the_key() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    let (key_id, key) = portal.issue("alder", Scopes::all()).await;
    let (tenant, other) = (&alder.tenant, &birch.tenant);
    let now = portal.app.clock.now();
    let mut gate = portal.app.pools.gate().await.expect("the gate");
    let key = ApiKey::parse(&key).expect("a key");
    let by_key = api_key::open(&mut gate, &key, now)
        .await
        .expect("an answer");
    let by_id = api_key::reopen(&mut gate, tenant, key_id, now).await;
    assert_eq!(by_id.expect("an answer"), by_key);
    assert_eq!(by_key.expect("open").scopes, Scopes::all());
    let elsewhere = api_key::reopen(&mut gate, other, key_id, now).await;
    assert_eq!(elsewhere.expect("an answer"), None);
    let later = api_key::reopen(&mut gate, tenant, key_id, now + TimeDelta::days(365)).await;
    assert_eq!(later.expect("an answer"), None);
    let mut tx = portal
        .app
        .pools
        .begin_registrar()
        .await
        .expect("a transaction");
    api_key::revoke(&mut tx, tenant, key_id, "test", now)
        .await
        .expect("revoked");
    tx.commit().await.expect("committed");
    let revoked = api_key::reopen(&mut gate, tenant, key_id, now).await;
    assert_eq!(revoked.expect("an answer"), None);
}
