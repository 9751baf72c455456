//! Dated notes: on the chart, in the file, and for nobody else.

use axum::http::StatusCode;
use uuid::Uuid;

use super::{
    behind::count,
    portal::{Browser, TestPortal},
};
use crate::surveillance::{LocationId, Window, annotation::excluded_days};

const PATH: &str = "/data/annotations";

async fn write(browser: &mut Browser, fields: &[(&str, &str)]) -> super::portal::Answer {
    let submission = Uuid::new_v4().to_string();
    let mut all = vec![
        ("submission", submission.as_str()),
        ("first_day", "2026-03-02"),
        ("kind", "outage"),
        ("text", "Power cut in the laboratory"),
    ];
    for field in fields {
        all.retain(|(name, _)| *name != field.0);
        all.push(*field);
    }
    browser.post(PATH, &all).await
}

#[tokio::test]
async fn a_note_stands_on_the_chart_in_the_file_and_in_the_list_until_it_is_taken_back() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[5; 10]).await;
    let mut browser = alder.epidemiologist().await;
    let written = write(
        &mut browser,
        &[("last_day", "2026-03-04"), ("excluded", "on")],
    )
    .await;
    assert_eq!(
        (written.status, written.location()),
        (StatusCode::SEE_OTHER, PATH)
    );

    let page = browser.get("/").await.text;
    assert!(page.contains("Power cut in the laboratory"), "{page}");
    assert!(page.contains("One note is marked by its number and listed below"));
    assert!(page.contains(">note</text>"), "{page}");
    let file = browser.get("/data/daily.csv").await.text;
    let noted: Vec<&str> = file
        .lines()
        .filter(|row| row.ends_with(",Outage: Power cut in the laboratory"))
        .map(|row| &row[..10])
        .collect();
    assert_eq!(noted, ["2026-03-02", "2026-03-03", "2026-03-04"]);
    let weeks = browser.get("/data/daily.csv?step=week").await.text;
    assert_eq!(weeks.matches("Power cut").count(), 1, "{weeks}");
    let svg = browser.get("/charts/daily.svg").await.text;
    assert!(svg.contains("Note 1: Outage, 2 March 2026 to 4 March 2026: Power cut"));

    let list = browser.get(PATH).await;
    let remove = list.between("action=\"/data/annotations/", "\"");
    let id = remove.trim_end_matches("/remove").to_owned();
    let removed = browser.post(&format!("{PATH}/{id}/remove"), &[]).await;
    assert_eq!(removed.location(), format!("{PATH}?removed={id}"));
    let undo = browser.get(removed.location()).await.text;
    assert!(
        undo.contains("was taken back") && undo.contains("Put it back"),
        "{undo}"
    );
    assert!(!browser.get("/").await.text.contains("Power cut"));

    let restored = browser.post(&format!("{PATH}/{id}/restore"), &[]).await;
    assert_eq!(restored.location(), PATH);
    assert!(browser.get("/").await.text.contains("Power cut"));
    let actions: Vec<String> = sqlx::query_scalar(
        "select action || ' by ' || actor || ': ' || subject from audit
         where action like 'annotation.%' order by occurred_at, audit_id",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("the audit");
    assert_eq!(
        actions,
        ["added", "removed", "restored"].map(|done| format!(
            "annotation.{done} by epi@alder.example: outage, 2026-03-02 to 2026-03-04"
        ))
    );
}

#[tokio::test]
async fn anothers_note_is_like_one_that_does_not_exist() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-03-01", &[5; 3]).await;
    birch.reports("north", "2026-03-01", &[5; 3]).await;
    let theirs = birch
        .notes("2026-03-02", "Flood", Some("north"), true)
        .await;
    let mut browser = alder.epidemiologist().await;
    let bare = |text: &str| text.split("nonce").next().unwrap_or_default().to_owned();
    for verb in ["remove", "restore"] {
        let others = browser.post(&format!("{PATH}/{theirs}/{verb}"), &[]).await;
        let nobodys = browser
            .post(&format!("{PATH}/{}/{verb}", Uuid::new_v4()), &[])
            .await;
        assert_eq!(
            (others.status, bare(&others.text)),
            (StatusCode::NOT_FOUND, bare(&nobodys.text))
        );
        let nonsense = browser.post(&format!("{PATH}/nonsense/{verb}"), &[]).await;
        assert_eq!(nonsense.status, StatusCode::NOT_FOUND);
    }
    for page in ["/", PATH, "/data/daily.csv", "/charts/daily.svg"] {
        assert!(!browser.get(page).await.text.contains("Flood"), "{page}");
    }
    let shown = browser.get(&format!("{PATH}?removed={theirs}")).await.text;
    assert!(!shown.contains("Put it back"));
    // The same submission id is free in another department, and is another note there.
    let same = theirs.to_string();
    let written = write(&mut browser, &[("submission", &same)]).await;
    assert_eq!(written.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/").await.text.contains("Power cut"));
}

#[tokio::test]
async fn a_doubled_form_writes_one_note() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    let submission = Uuid::new_v4().to_string();
    for _ in 0..2 {
        let answer = write(&mut browser, &[("submission", &submission)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let mut owner = portal.owner().await;
    for (table, rows) in [
        ("annotations", 1),
        ("audit where action = 'annotation.added'", 1),
    ] {
        let counted = count(&mut owner, &format!("select count(*) from {table}")).await;
        assert_eq!(counted.expect("a number"), rows, "{table}");
    }
}

#[tokio::test]
async fn a_wrong_form_comes_back_with_its_words_and_what_is_wrong() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[5; 3]).await;
    let mut browser = alder.epidemiologist().await;
    let long = "x".repeat(501);
    for (field, value, problem) in [
        ("first_day", "tomorrow", "first day should be a date"),
        ("last_day", "2026-02-31", "last day should be a date"),
        ("last_day", "2026-03-01", "exchange them"),
        ("first_day", "1400-01-01", "between 1900 and 2199"),
        ("kind", "party", "kind of a note is one of"),
        ("text", "  ", "write what happened"),
        ("text", "a\u{7}b", "cannot be printed"),
        ("text", long.as_str(), "1 to 500 characters"),
        ("submission", "", "open the page again"),
    ] {
        let answer = write(&mut browser, &[(field, value)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {value}");
        assert!(answer.text.contains(problem), "{problem}: {}", answer.text);
        if field != "text" {
            assert!(
                answer
                    .text
                    .contains("value=\"Power cut in the laboratory\"")
            );
        }
    }
    let nowhere = write(&mut browser, &[("location", "nowhere")]).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    let script = write(&mut browser, &[("text", "<script>alert(1)</script>")]).await;
    assert_eq!(script.status, StatusCode::SEE_OTHER);
    for page in ["/", PATH, "/charts/daily.svg"] {
        let page = browser.get(page).await.text;
        assert!(!page.contains("<script>alert"), "{page}");
    }
}

#[tokio::test]
async fn excluded_days_are_those_of_the_locations_asked_about() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    for location in ["north", "south"] {
        alder.reports(location, "2026-03-01", &[5; 5]).await;
    }
    alder.notes("2026-03-01", "all", None, true).await;
    alder
        .notes("2026-03-02", "north", Some("north"), true)
        .await;
    alder.notes("2026-03-03", "only said", None, false).await;
    alder.notes("2026-02-01", "before", None, true).await;
    let window = Window::ending("2026-03-05".parse().expect("a date"), 5);
    let mut tx = alder.begin().await;
    for (asked, days) in [
        (&["north"][..], &["2026-03-01", "2026-03-02"][..]),
        (&["south"], &["2026-03-01"]),
        (&[], &["2026-03-01", "2026-03-02"]),
    ] {
        let asked: Vec<_> = asked
            .iter()
            .map(|id| LocationId::parse(id).expect("an id"))
            .collect();
        let excluded = excluded_days(&mut tx, window, &asked).await.expect("days");
        let excluded: Vec<_> = excluded.iter().map(ToString::to_string).collect();
        assert_eq!(excluded, days);
    }
}
