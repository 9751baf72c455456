//! What comes out again, as a file for other programs.

use super::{finished, reporting, upload};
use crate::tests::portal::TestPortal;

#[tokio::test]
async fn an_export_says_what_each_value_is_and_as_of_when() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let file =
        "location_id,date,new_cases\n4831,2026-03-01,5\n4832,2026-03-01,<5\n=1+1,2026-03-01,4\n";
    let (to, _) = upload(&mut browser, "march.csv", file.as_bytes()).await;
    let place = [("add.0", "on"), ("id.0", "=1+1"), ("name.0", "@evil")];
    browser.post(&format!("{to}/locations"), &place).await;
    finished(&mut browser, &to).await;
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;

    let csv = browser
        .get("/data/export/file?format=csv&from=2026-03-01")
        .await;
    assert_eq!(csv.status, 200, "{}", csv.text);
    assert!(
        csv.header("content-disposition")
            .contains("alder-csv-2026-03-31.csv")
    );
    let rows: Vec<&str> = csv.text.lines().collect();
    assert_eq!(rows.len(), 4, "{}", csv.text);
    assert!(
        csv.text.contains("4831,4831,2026-03-01,1,5,count"),
        "{}",
        csv.text
    );
    assert!(
        csv.text.contains("4832,4832,2026-03-01,1,,suppressed"),
        "{}",
        csv.text
    );
    assert!(csv.text.contains("from 2026-03-01"), "{}", csv.text);
    // A spreadsheet runs nothing of it.
    assert!(
        csv.text.contains("'=1+1") && csv.text.contains("'@evil"),
        "{}",
        csv.text
    );

    for (format, begins) in [
        ("parquet", "PAR1"),
        ("hubverse-parquet", "PAR1"),
        (
            "hubverse-csv",
            "as_of,location,target,target_end_date,observation",
        ),
    ] {
        let file = browser
            .get(&format!("/data/export/file?format={format}"))
            .await;
        assert_eq!(file.status, 200, "{format}");
        assert!(
            file.bytes.starts_with(begins.as_bytes()),
            "{format}: {}",
            file.text
        );
    }
    let wrong = browser
        .get("/data/export/file?format=csv&from=soon&to=2026-03-31&location=4831")
        .await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text.contains("The first day should be a date"),
        "{}",
        wrong.text
    );
    assert!(
        wrong.text.contains("value=\"2026-03-31\"") && wrong.text.contains("checked"),
        "{}",
        wrong.text
    );
    let theirs = browser.get("/data/export/file?location=birch-city").await;
    assert_eq!(theirs.status, 404);
}

#[tokio::test]
async fn an_export_as_of_a_day_knows_nothing_of_what_came_after() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let before = browser.get("/data/export/file?as_of=2026-03-30").await;
    assert_eq!(before.text.lines().count(), 1, "{}", before.text);
    let on = browser.get("/data/export/file?as_of=2026-03-31").await;
    assert_eq!(on.text.lines().count(), 1 + 5 * 58);
    let key = portal
        .browser()
        .get_with_key("/data/export/file", &alder.key)
        .await;
    assert_eq!(key.text.lines().count(), 1 + 5 * 58);
}
