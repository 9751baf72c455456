//! The revisions of a day, how complete first reports are, and what follows for the cases page.

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::{completeness::slow_reports, portal::TestPortal};

#[tokio::test]
async fn a_days_page_says_what_was_known_when_and_by_which_upload() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-30", &[40]).await;
    portal.wait(TimeDelta::days(2));
    alder.reports("north", "2026-03-30", &[52]).await;
    let mut browser = alder.epidemiologist().await;
    let page = browser
        .get("/data/revisions?location=north&date=2026-03-30")
        .await
        .text;
    for words in [
        "40 on 31 March 2026, 52 since 2 April 2026: 1 revision.",
        "<td>+12</td>",
        "1: reports.csv",
        "2: reports.csv",
        "Not enough history yet (2 uploads)",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let all = browser.get("/data/revisions?date=2026-03-30").await.text;
    assert!(
        all.contains("/data/revisions?location=north&amp;date=2026-03-30"),
        "{all}"
    );
    let none = browser
        .get("/data/revisions?location=north&date=2026-03-29")
        .await
        .text;
    assert!(none.contains("This day was not reported"), "{none}");
    // The table of the cases page leads here.
    let cases = browser.get("/?location=north").await.text;
    assert!(cases.contains("href=\"/data/revisions?location=north&amp;date=2026-03-30\""));
}

#[tokio::test]
async fn a_location_of_another_department_is_like_one_that_does_not_exist() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-03-01", &[4_815]).await;
    birch.reports("south", "2026-03-01", &[1_623]).await;
    let mut browser = alder.epidemiologist().await;
    for (query, status) in [
        ("location=south", 404),
        ("location=nowhere", 404),
        ("location=%00", 404),
        ("date=tomorrow", 400),
        ("date=2026-02-30", 400),
        ("date=9999-12-31", 200),
        ("location=north&date=2026-03-01", 200),
        ("date=2026-03-01", 200),
    ] {
        let answer = browser.get(&format!("/data/revisions?{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.text);
        for other in ["SOUTH", "1,623", "birch"] {
            assert!(!answer.text.contains(other), "{query} shows {other}");
        }
    }
}

#[tokio::test]
async fn what_was_learnt_stands_on_the_page_in_the_chart_the_table_and_the_file() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let first = "2026-02-10".parse().expect("a date");
    // The last upload is that of 31 March.
    slow_reports(&portal, &alder, "north", first, 50).await;
    let mut browser = alder.epidemiologist().await;

    let page = browser.get("/data/revisions").await.text;
    assert!(
        page.contains(
            "On the day after, half of the counts of this department are at least 80\u{a0}% complete"
        ),
        "{page}"
    );
    assert!(page.contains("From 2 days after on, half of them are at least 95\u{a0}% complete"));

    let file = browser.get("/data/daily.csv").await.text;
    let rows: Vec<&str> = file.lines().rev().take(3).collect();
    assert_eq!(
        rows,
        [
            "2026-03-31,50,90,incomplete,100,100,100,",
            "2026-03-30,80,97.143,incomplete,100,100,100,",
            "2026-03-29,100,100,complete,,,,",
        ]
    );
    let cases = browser.get("/").await.text;
    for words in [
        "Counts less than 2 days old on 31 March 2026 are incomplete",
        "<td>100 (100 to 100)</td><td>incomplete</td>",
        "Of 2 incomplete, the latest, 31 March 2026 with 50 so far, is expected to end at 100",
        ">expected in the end, 9 days in 10</text>",
    ] {
        assert!(cases.contains(words), "{words}: {cases}");
    }
    let week = browser.get("/data/daily.csv?step=week").await.text;
    assert!(
        week.ends_with("2026-03-30,130,,incomplete,200,200,200,\n"),
        "{week}"
    );

    // As it was known two weeks before, that day's counts were the young ones.
    let before = browser.get("/data/daily.csv?as_of=2026-03-25").await.text;
    assert!(
        before.contains("2026-03-25,50,90,incomplete,100,100,100,"),
        "{before}"
    );
    assert!(before.contains("2026-03-23,100,100,complete,,,,"));

    // A note that excludes its days leaves too few to learn from, at once.
    for day in first.iter_days().take(12) {
        alder.notes(&day.to_string(), "no", None, true).await;
    }
    let page = browser.get("/data/revisions").await.text;
    assert!(
        page.contains("Not enough history yet (50 uploads)"),
        "{page}"
    );
}

#[tokio::test]
async fn the_same_locations_and_days_of_two_departments_are_learnt_apart() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let first = "2026-02-10".parse().expect("a date");
    slow_reports(&portal, &alder, "north", first, 50).await;
    birch.reports("north", "2026-03-25", &[9; 6]).await;
    let (mut in_alder, mut in_birch) = (alder.epidemiologist().await, birch.epidemiologist().await);
    for _ in 0..2 {
        let (alders, birchs) = (
            in_alder.get("/data/daily.csv?location=north").await,
            in_birch.get("/data/daily.csv?location=north").await,
        );
        assert_eq!(
            (alders.status, birchs.status),
            (StatusCode::OK, StatusCode::OK)
        );
        assert!(
            alders.text.ends_with(",incomplete,100,100,100,\n"),
            "{}",
            alders.text
        );
        assert!(
            birchs.text.ends_with(",incomplete,,,,\n"),
            "{}",
            birchs.text
        );
    }
}
