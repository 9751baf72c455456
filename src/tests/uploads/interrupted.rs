//! The connection that stores an upload ends in the middle. What becomes of a whole process,
//! and of a whole database, is in `end2end/tests/killed.spec.ts`.

use sqlx::{Executor as _, PgConnection};

use super::{finished, reporting, upload};
use crate::tests::{behind::waiting, portal::TestPortal};

const FILE: &[u8] = b"location_id,date,new_cases\n4831,2026-03-01,5\n4832,2026-03-01,6\n";

/// Values that came with upload `upload_no`, and acceptances that the audit knows of.
async fn stored(owner: &mut PgConnection, upload_no: i32) -> (i64, i64) {
    sqlx::query_as(
        "select (select count(*) from observations where upload_no = $1),
            (select count(*) from audit where action = 'upload.accepted')",
    )
    .bind(upload_no)
    .fetch_one(owner)
    .await
    .expect("counts")
}

#[tokio::test]
async fn an_upload_whose_connection_ends_is_not_stored_and_can_be_stored_again() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let (to, _) = upload(&mut browser, "march.csv", FILE).await;
    let (mut holder, mut owner) = (portal.owner().await, portal.owner().await);

    // What is remembered of an upload is written after its rows and before its commit.
    holder
        .execute("begin; lock table readings in share mode")
        .await
        .expect("a lock");
    let accepting = tokio::spawn({
        let (mut browser, path) = (browser.clone(), format!("{to}/accept"));
        async move { browser.post(&path, &[]).await }
    });
    let pid = waiting(&mut owner).await;
    let ended: bool = sqlx::query_scalar("select pg_terminate_backend($1)")
        .bind(pid)
        .fetch_one(&mut owner)
        .await
        .expect("an answer");
    assert!(ended);
    holder.execute("rollback").await.expect("released");
    assert_eq!(accepting.await.expect("an answer").status, 303);

    let page = finished(&mut browser, &to).await;
    assert!(page.text.contains("Store 2 values"), "{}", page.text);
    assert!(page.text.contains("role=\"alert\""), "{}", page.text);
    assert_eq!(stored(&mut owner, 6).await, (0, 0));

    for _ in 0..2 {
        browser.post(&format!("{to}/accept"), &[]).await;
        let page = finished(&mut browser, &to).await;
        assert!(page.text.contains("2 new"), "{}", page.text);
        assert_eq!(stored(&mut owner, 6).await, (2, 1));
    }
}
