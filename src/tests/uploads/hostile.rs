//! What somebody might send who means no good, or presses every button at once.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{body::Body, http::Request};
use chrono::TimeDelta;

use super::{finished, reporting, torture::plain, upload};
use crate::tests::portal::{Department, TestPortal};

const FILE: &[u8] = b"location_id,date,new_cases\n4831,2026-03-01,5\n";

async fn statuses(portal: &TestPortal, tenant: &str) -> Vec<String> {
    sqlx::query_scalar("select status from uploads where tenant_id = $1 order by upload_no")
        .bind(tenant)
        .fetch_all(&mut portal.owner().await)
        .await
        .expect("statuses")
}

async fn chunks(portal: &TestPortal) -> i64 {
    sqlx::query_scalar("select count(*) from upload_chunks")
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("a count")
}

#[tokio::test]
async fn nobody_fills_the_disk_with_files_that_wait_for_a_decision() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (
        reporting(&portal, "alder").await,
        reporting(&portal, "birch").await,
    );
    let mut browser = alder.epidemiologist().await;
    let mut first = String::new();
    for _ in 0..20 {
        first = upload(&mut browser, "march.csv", FILE).await.0;
    }
    let more = browser
        .upload("/data/uploads", &[], "march.csv", FILE)
        .await;
    assert_eq!(more.status, 409, "{}", more.text);
    assert!(
        more.text.contains("20 uploads of your department wait"),
        "{}",
        more.text
    );
    upload(&mut birch.epidemiologist().await, "march.csv", FILE).await;
    browser.post(&format!("{first}/cancel"), &[]).await;
    upload(&mut browser, "march.csv", FILE).await;
}

#[tokio::test]
async fn what_stopped_arriving_is_cleared_away() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    sqlx::raw_sql(
        r#"
        insert into uploads (tenant_id, upload_no, status, source, file_name, as_of, received_at, received_by)
        values ('alder', 6, 'receiving', 'page', 'x', '2026-03-31', '2026-03-31T11:30Z', 'x');
        insert into upload_chunks values ('alder', 6, 0, 'x');
        "#,
    )
    .execute(&mut portal.owner().await)
    .await
    .expect("stored");
    let mut browser = alder.epidemiologist().await;
    upload(&mut browser, "march.csv", FILE).await;
    assert_eq!(statuses(&portal, "alder").await[5], "receiving");
    portal.wait(TimeDelta::hours(1));
    let mut browser = alder.epidemiologist().await;
    upload(&mut browser, "march.csv", FILE).await;
    assert_eq!(statuses(&portal, "alder").await[5], "cancelled");
    assert_eq!(chunks(&portal).await, 2);
}

#[tokio::test]
async fn a_date_as_long_as_a_film_is_not_held_in_memory() {
    let portal = TestPortal::start_with(|config| crate::Config {
        largest_upload: 1_000_000,
        ..config
    })
    .await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let long = "2".repeat(2_000_000);
    let answer = browser
        .upload("/data/uploads", &[("as_of", &long)], "x.csv", FILE)
        .await;
    assert_eq!(answer.status, 413, "{}", answer.text);
}

#[tokio::test]
async fn another_day_has_to_be_checked_before_it_is_stored() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let (to, _) = upload(&mut browser, "march.csv", FILE).await;
    // The day is taken over, and the answer that comes with it is none.
    let fields = [("as_of", "2026-03-15"), ("delimiter", "nothing")];
    browser.post(&format!("{to}/reading"), &fields).await;
    finished(&mut browser, &to).await;
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    assert_eq!(statuses(&portal, "alder").await[5], "received");
    browser.post(&format!("{to}/check"), &[]).await;
    finished(&mut browser, &to).await;
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    assert_eq!(statuses(&portal, "alder").await[5], "accepted");
}

#[tokio::test]
async fn what_is_being_stored_can_be_neither_cancelled_nor_sent_again() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let (to, _) = upload(&mut browser, "march.csv", FILE).await;
    let mut tx = alder.begin().await;
    sqlx::query("update uploads set idempotency_key = 'again' where upload_no = 6")
        .execute(&mut portal.owner().await)
        .await
        .expect("a key");
    // As a process does that stores it.
    sqlx::query("select from uploads where tenant_id = $1 and upload_no = 6 for update")
        .bind(alder.tenant.as_str())
        .execute(tx.parts().1)
        .await
        .expect("held");
    let cancel = browser.post(&format!("{to}/cancel"), &[]).await;
    assert_eq!(cancel.status, 409, "{}", cancel.text);
    let answer = send(&alder, "again", Body::from(FILE)).await;
    assert_eq!(answer, 409);
    assert_eq!(chunks(&portal).await, 1);
}

#[tokio::test]
async fn taking_back_does_not_wait_for_what_is_being_stored() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut tx = alder.begin().await;
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('cordon import ' || $1, 0))")
        .bind(alder.tenant.as_str())
        .execute(tx.parts().1)
        .await
        .expect("held");
    let mut browser = alder.epidemiologist().await;
    browser.post("/data/uploads/5/undo", &[]).await;
    let page = finished(&mut browser, "/data/uploads/5").await;
    assert!(page.text.contains("being stored"), "{}", plain(&page.text));
    tx.commit().await.expect("let go");
    browser.post("/data/uploads/5/undo", &[]).await;
    let page = finished(&mut browser, "/data/uploads/5").await;
    assert!(
        page.text.contains("It was taken back"),
        "{}",
        plain(&page.text)
    );
}

/// A body that begins and breaks off.
struct Broken(bool);

impl futures_core::Stream for Broken {
    type Item = io::Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let first = std::mem::replace(&mut self.0, true);
        Poll::Ready(Some(if first {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(FILE.to_vec())
        }))
    }
}

async fn send(department: &Department<'_>, key: &str, body: Body) -> u16 {
    let request = Request::post("/api/v1/observations")
        .header("authorization", format!("Bearer {}", department.key))
        .header("content-type", "text/csv")
        .header("idempotency-key", key);
    let mut program = department.portal().browser();
    let answer = program.send(request.body(body).expect("a request")).await;
    answer.status.as_u16()
}

#[tokio::test]
async fn what_broke_off_is_sent_again_under_its_key() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let broken = send(&alder, "monday", Body::from_stream(Broken(false))).await;
    assert_eq!(broken, 422);
    assert_eq!(chunks(&portal).await, 0);
    assert_eq!(send(&alder, "monday", Body::from(FILE)).await, 201);
    assert_eq!(send(&alder, "monday", Body::from(FILE)).await, 201);
    assert_eq!(statuses(&portal, "alder").await.len(), 6);
}

#[tokio::test]
async fn days_and_weeks_are_not_both_counted() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let weeks = "location_id,date,new_cases\n4831,2026-W09,50\n4831,2021-W20,70\n";
    let (to, page) = upload(&mut browser, "weeks.csv", weeks.as_bytes()).await;
    for said in ["resolution_conflict", "Store 1 value without the 1 refused"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    browser.post(&format!("{to}/accept"), &[]).await;
    let page = finished(&mut browser, &to).await;
    assert!(page.text.contains("1 new, 1 refused"), "{}", page.text);
    let refused = browser.get(&format!("{to}/refused.csv")).await;
    assert_eq!(refused.text.lines().count(), 2, "{}", refused.text);

    // The 23rd of February begins the week.
    let days = "location_id,date,new_cases\n4831,2026-02-23,5\n4831,2026-03-01,5\n4831,2026-03-02,5\n4832,2026-02-23,5\n";
    let (to, page) = upload(&mut browser, "days.csv", days.as_bytes()).await;
    assert!(
        page.text.contains("Store 2 values without the 2 refused"),
        "{}",
        page.text
    );
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    let stored: Vec<(String, i16)> = sqlx::query_as(
        "select location_id || ' ' || date, days from observations where date > '2026-01-01' order by 1",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("rows");
    assert_eq!(
        stored,
        [
            ("4831 2026-02-23".to_owned(), 7),
            ("4831 2026-03-02".to_owned(), 1),
            ("4832 2026-02-23".to_owned(), 1)
        ]
    );
}
