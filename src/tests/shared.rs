//! What leaves a department: whole, the same to everybody, and without small numbers.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::TimeDelta;
use uuid::Uuid;

use super::portal::{Answer, Browser, Department, TestPortal};
use crate::Config;

const PATH: &str = "/data/share";

/// The week of each count, by place: three weeks from the 2nd of March.
const WEEKS: [(&str, [i32; 3]); 4] = [
    ("east", [40, 12, 0]),
    ("north", [7, 300, 2]),
    ("south", [90, 25, 1]),
    ("west", [0, 60, 0]),
];

async fn reports(department: &Department<'_>) {
    for (place, weeks) in WEEKS {
        let days: Vec<i32> = weeks
            .iter()
            .flat_map(|week| [*week, 0, 0, 0, 0, 0, 0])
            .collect();
        department.reports(place, "2026-03-02", &days).await;
    }
}

async fn share(browser: &mut Browser, from: &str, to: &str) -> Answer {
    let submission = Uuid::new_v4().to_string();
    let fields = [
        ("submission", submission.as_str()),
        ("from", from),
        ("to", to),
        ("days", "30"),
    ];
    browser.post(PATH, &fields).await
}

/// The path of the link that a page shows.
fn link(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    format!("/shared/{}", answer.between("/shared/", "<"))
}

/// What a file says of a week and a place: `None` where it says no count.
type Cells = BTreeMap<(String, String), Option<i64>>;

fn from_csv(file: &str) -> Cells {
    let mut lines = file.lines();
    assert_eq!(lines.next(), Some("week_from,place,new_cases,status"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let key = (cells[0].to_owned(), cells[1].to_owned());
            assert_eq!(cells[3] == "shown", !cells[2].is_empty(), "{line}");
            (key, cells[2].parse().ok())
        })
        .collect()
}

fn from_json(file: &str) -> (Cells, String) {
    let document: serde_json::Value = serde_json::from_str(file).expect("JSON");
    let rows = document["weeks"].as_array().expect("rows");
    let cells = rows.iter().map(|row| {
        let place = row["place"].as_str().unwrap_or("all places");
        let week = row["week_from"].as_str().expect("a week");
        (
            (week.to_owned(), place.to_owned()),
            row["new_cases"].as_i64(),
        )
    });
    let summary = document["summary"].as_str().expect("a summary");
    (cells.collect(), summary.to_owned())
}

/// The cells of the page's table, in its order.
fn from_page(page: &Answer) -> Vec<Option<i64>> {
    let body = page.between("<tbody>", "</tbody>");
    body.split("<td")
        .skip(1)
        .map(|cell| {
            let text = cell.split_once('>').expect("a cell").1;
            text.split('<').next().unwrap_or_default().replace(',', "")
        })
        .map(|text| text.parse().ok())
        .collect()
}

#[tokio::test]
async fn small_counts_are_in_nothing_that_is_shared_and_cannot_be_worked_out_from_all_of_it() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    reports(&alder).await;
    let mut epi = alder.epidemiologist().await;
    let link = link(&share(&mut epi, "2026-03-02", "2026-03-22").await);
    // Somebody who is not signed in, with all that the link opens.
    let mut anybody = portal.browser();
    let page = anybody.get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    let csv = from_csv(&anybody.get(&format!("{link}/weekly.csv")).await.text);
    let (json, summary) = from_json(&anybody.get(&format!("{link}/weekly.json")).await.text);
    let svg = anybody.get(&format!("{link}/weekly.svg")).await.text;
    assert_eq!(csv, json);
    assert!(
        page.text.contains(&summary) && svg.contains(&summary),
        "{summary}"
    );
    let mut cells = from_page(&page);
    cells.sort_unstable();
    let mut others: Vec<_> = csv.values().copied().collect();
    others.sort_unstable();
    assert_eq!(cells, others);
    // The sum in words is that of the totals that are shown: it adds nothing to them.
    let totals: Vec<i64> = csv
        .iter()
        .filter(|((_, place), _)| place == "all places")
        .filter_map(|(_, total)| *total)
        .collect();
    assert_eq!(totals, [137, 397]);
    assert!(summary.starts_with("534 new cases in 2 weeks"), "{summary}");

    // What is shown of a week, and what is left of its total for what is not.
    for week in ["2026-03-02", "2026-03-09", "2026-03-16"] {
        let of = |place: &str| csv[&(week.to_owned(), place.to_owned())];
        let places = WEEKS.map(|(place, _)| of(&place.to_uppercase()));
        let hidden = places.iter().filter(|count| count.is_none()).count();
        for shown in places.iter().flatten() {
            assert!(*shown == 0 || *shown >= 11, "{shown} in the week of {week}");
        }
        if let Some(total) = of("all places") {
            let left = total - places.iter().flatten().sum::<i64>();
            // Each of them could be anything from 1 to 10 and more.
            assert!(
                hidden == 0 || (hidden > 1 && left - hidden as i64 >= 20),
                "{week}"
            );
        } else {
            assert!(hidden > 0, "{week}");
        }
    }
    assert_eq!(csv[&("2026-03-02".into(), "NORTH".into())], None);
    assert_eq!(csv[&("2026-03-02".into(), "SOUTH".into())], None);
    assert_eq!(csv[&("2026-03-09".into(), "NORTH".into())], Some(300));
    // Three cases in all, in two places: neither the places nor their sum are told.
    assert_eq!(csv[&("2026-03-16".into(), "all places".into())], None);
    // The chart has a bar for each total that is shown, and none for the other.
    assert!(
        page.text.contains("the total of 1 more is hidden"),
        "{summary}"
    );
    assert!(!page.text.contains(">7<") && !svg.contains(">7<"));
}

#[tokio::test]
async fn a_week_is_shown_the_same_in_every_release_and_whatever_is_reported_later() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    reports(&alder).await;
    let mut epi = alder.epidemiologist().await;
    let long = link(&share(&mut epi, "2026-03-02", "2026-03-22").await);
    let short = link(&share(&mut epi, "2026-03-04", "2026-03-16").await);
    let mut anybody = portal.browser();
    let file = |link: &str| format!("{link}/weekly.csv");
    let all = from_csv(&anybody.get(&file(&long)).await.text);
    let some = from_csv(&anybody.get(&file(&short)).await.text);
    // One whole week lies within the other days.
    assert_eq!(some.len(), 5);
    assert!(some.iter().all(|(cell, count)| all[cell] == *count));
    alder.reports("north", "2026-03-02", &[400]).await;
    let later = from_csv(&anybody.get(&file(&long)).await.text);
    assert_eq!(later, all);
}

#[tokio::test]
async fn a_link_opens_until_it_is_withdrawn_or_its_days_are_over() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    reports(&alder).await;
    let mut epi = alder.epidemiologist().await;
    let withdrawn = link(&share(&mut epi, "2026-03-02", "2026-03-22").await);
    let list = epi.get(PATH).await;
    assert!(
        list.text.contains("2 March 2026 to 22 March 2026"),
        "{}",
        list.text
    );
    let id = list.between("/data/share/", "/withdraw").to_owned();
    epi.post(&format!("{PATH}/{id}/withdraw"), &[]).await;
    let standing = link(&share(&mut epi, "2026-03-02", "2026-03-22").await);
    let mut anybody = portal.browser();
    let files = ["", "/weekly.csv", "/weekly.json", "/weekly.svg"];
    for file in files {
        let gone = anybody.get(&format!("{withdrawn}{file}")).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{file}");
        let never = anybody
            .get(&format!("/shared/{}{file}", "0".repeat(64)))
            .await;
        assert_eq!(
            gone.text, never.text,
            "a withdrawn link looks like one that never was"
        );
        let open = anybody.get(&format!("{standing}{file}")).await;
        assert_eq!(open.status, StatusCode::OK, "{file}");
    }
    portal.wait(TimeDelta::days(31));
    for file in files {
        let over = anybody.get(&format!("{standing}{file}")).await;
        assert_eq!(over.status, StatusCode::NOT_FOUND, "{file}");
    }
    let recorded: Vec<String> = sqlx::query_scalar(
        "select action || ' by ' || actor from audit where action like 'release.%' order by occurred_at, audit_id",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("the record");
    let by = |act: &str| format!("release.{act} by epi@alder.example");
    assert_eq!(recorded, [by("made"), by("withdrawn"), by("made")]);
}

#[tokio::test]
async fn the_same_submission_makes_one_link_and_a_wrong_one_comes_back_as_it_was() {
    let portal = TestPortal::start_with(|config| Config {
        smallest_count: 20,
        ..config
    })
    .await;
    let alder = portal.onboard("alder").await;
    let mut epi = alder.epidemiologist().await;
    assert!(
        epi.get(PATH)
            .await
            .text
            .contains("Nothing has been reported yet")
    );
    reports(&alder).await;
    assert!(
        epi.get(PATH)
            .await
            .text
            .contains("Counts from 1 to 19 are left out")
    );
    for (from, to, days, told) in [
        ("2026-03-04", "2026-03-09", "30", "no whole week"),
        ("2020-01-01", "2020-12-31", "30", "no whole week"),
        ("2026-03-22", "2026-03-02", "30", "exchange them"),
        ("", "2026-03-22", "30", "a first day"),
        ("2026-03-02", "2026-03-22", "0", "1 to 730 days"),
        (
            "2026-03-02",
            "2026-03-22",
            "9223372036854775807",
            "1 to 730 days",
        ),
        ("2026-03-02", "2026-03-22", "soon", "1 to 730 days"),
    ] {
        let submission = Uuid::new_v4().to_string();
        let fields = [
            ("submission", submission.as_str()),
            ("from", from),
            ("to", to),
            ("days", days),
        ];
        let answer = epi.post(PATH, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{from} {to} {days}");
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
        assert!(answer.text.contains(&submission) && answer.text.contains(days));
    }
    let submission = Uuid::new_v4().to_string();
    let fields = [
        ("submission", submission.as_str()),
        ("from", "2026-03-02"),
        ("to", "2026-03-22"),
        ("days", "30"),
    ];
    let first = link(&epi.post(PATH, &fields).await);
    assert_eq!(epi.post(PATH, &fields).await.location(), PATH);
    let page = portal.browser().get(&first).await;
    assert!(page.text.contains("Counts from 1 to 19 are hidden"));
    let list = epi.get(PATH).await.text;
    assert_eq!(list.matches("/withdraw").count(), 1);
}

#[tokio::test]
async fn nobody_else_sees_withdraws_or_lists_what_a_department_shares() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    reports(&alder).await;
    let (id, token) = alder.releases("2026-03-02").await;
    let mut theirs = birch.epidemiologist().await;
    let refused = theirs.post(&format!("{PATH}/{id}/withdraw"), &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(!theirs.get(PATH).await.text.contains("March 2026"));
    assert_eq!(
        portal
            .browser()
            .get(&format!("/shared/{token}"))
            .await
            .status,
        StatusCode::OK
    );
}
