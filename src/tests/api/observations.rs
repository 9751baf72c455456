//! Reading observations.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::tests::portal::{Department, TestPortal};

const PATH: &str = "/api/v1/observations";

async fn read(department: &Department<'_>, query: &str) -> Value {
    let answer = department
        .portal()
        .browser()
        .get_with_key(&format!("{PATH}{query}"), &department.key)
        .await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.json()
}

/// Location, day and number of each row.
fn rows(page: &Value) -> Vec<(String, String, Option<i64>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    page["observations"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            (
                text(&row["location_id"]),
                text(&row["date"]),
                row["new_cases"].as_i64(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_row_says_all_that_is_known_of_a_value() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder
        .reports("north", "2026-03-01", &[5, 6, 7, 8, 9, 10, 11, 12])
        .await;
    let page = read(&alder, "?to=2026-03-02").await;
    assert_eq!(
        page,
        json!({
            "as_of": null,
            "observations": [
                {
                    "location_id": "north", "date": "2026-03-01", "days": 1, "new_cases": 5,
                    "status": "count", "as_of": "2026-03-31", "incomplete": false
                },
                {
                    "location_id": "north", "date": "2026-03-02", "days": 1, "new_cases": 6,
                    "status": "count", "as_of": "2026-03-31", "incomplete": true
                },
            ],
            "next": null
        })
    );
    let csv = portal
        .browser()
        .call(
            "GET",
            &format!("{PATH}?to=2026-03-02"),
            Some(&alder.key),
            &[("accept", "text/csv")],
        )
        .await;
    assert_eq!(
        csv.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(
        csv.text,
        "location_id,date,days,new_cases,status,as_of,incomplete\n\
         north,2026-03-01,1,5,count,2026-03-31,false\n\
         north,2026-03-02,1,6,count,2026-03-31,true\n"
    );
    let empty = portal
        .browser()
        .get_with_key(&format!("{PATH}?to=2020-01-01&format=csv"), &alder.key)
        .await;
    assert_eq!(
        empty.text,
        "location_id,date,days,new_cases,status,as_of,incomplete\n"
    );
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_overlap() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    for place in ["b", "a", "Á", "a b,\"c"] {
        alder.reports(place, "2026-03-01", &[1, 2, 3, 4, 5]).await;
    }
    let whole = rows(&read(&alder, "").await);
    assert_eq!(whole.len(), 20);
    let mut program = portal.browser();
    for limit in [1, 3, 7, 19, 20] {
        let mut paged = Vec::new();
        let mut path = format!("{PATH}?limit={limit}&from=2026-03-01");
        loop {
            let answer = program.get_with_key(&path, &alder.key).await;
            let page = answer.json();
            let found = rows(&page);
            assert!(!found.is_empty() && found.len() <= limit, "{limit}");
            paged.extend(found);
            let Some(next) = page["next"].as_str() else {
                assert_eq!(answer.header("link"), "");
                break;
            };
            let link = answer.header("link");
            assert!(
                link.ends_with(">; rel=\"next\"") && link.contains(next),
                "{link}"
            );
            path = link[1..link.find('>').expect("an end")].to_owned();
        }
        assert_eq!(paged, whole, "{limit} at once");
    }
}

#[tokio::test]
async fn what_was_known_on_a_day_is_read_as_it_was_known() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-30", &[5]).await;
    portal.wait(TimeDelta::days(1));
    alder.reports("north", "2026-03-30", &[9, 2]).await;
    for (query, known) in [
        ("", vec![Some(9), Some(2)]),
        ("?as_of=2026-04-01", vec![Some(9), Some(2)]),
        ("?as_of=2026-03-31", vec![Some(5)]),
        ("?as_of=2026-03-30", vec![]),
    ] {
        let page = read(&alder, query).await;
        let numbers: Vec<_> = rows(&page).into_iter().map(|row| row.2).collect();
        assert_eq!(numbers, known, "{query}");
    }
}

#[tokio::test]
async fn only_what_was_asked_for_is_read() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[1, 2, 3]).await;
    alder.reports("south", "2026-03-01", &[4, 5, 6]).await;
    alder.reports("west", "2026-03-01", &[7]).await;
    for (query, numbers) in [
        ("?location=south", vec![4, 5, 6]),
        ("?location=south&location=west&to=2026-03-01", vec![4, 7]),
        ("?from=2026-03-03", vec![3, 6]),
        ("?from=2026-03-02&to=2026-03-02", vec![2, 5]),
        ("?status=count&days=1&from=2026-03-03", vec![3, 6]),
        ("?days=7", vec![]),
        ("?status=suppressed&status=correction", vec![]),
        ("?from=9998-01-01", vec![]),
        ("?to=0001-01-01", vec![]),
    ] {
        let page = read(&alder, query).await;
        let found: Vec<_> = rows(&page).into_iter().filter_map(|row| row.2).collect();
        assert_eq!(found, numbers, "{query}");
    }
}

#[tokio::test]
async fn an_edition_holds_until_something_is_reported() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    for department in [&alder, &birch] {
        department.reports("north", "2026-03-01", &[1, 2, 3]).await;
    }
    let mut program = portal.browser();
    let first = program.get_with_key(PATH, &alder.key).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\""));
    assert_eq!(first.header("cache-control"), "private, no-cache");
    assert_eq!(first.header("vary"), "authorization, accept");
    let knows = [("if-none-match", tag.as_str())];
    let again = program.call("GET", PATH, Some(&alder.key), &knows).await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    assert_eq!(again.header("etag"), tag);
    // Another department's is another, for the same rows.
    let others = program.call("GET", PATH, Some(&birch.key), &knows).await;
    assert_eq!(others.status, 200);
    assert_ne!(others.header("etag"), tag);
    // So is that of another question, and of another form.
    for other in ["?from=2026-03-01", "?format=csv"] {
        let answer = program
            .call("GET", &format!("{PATH}{other}"), Some(&alder.key), &knows)
            .await;
        assert_eq!(answer.status, 200, "{other}");
    }
    birch.reports("north", "2026-03-04", &[4]).await;
    assert_eq!(
        program
            .call("GET", PATH, Some(&alder.key), &knows)
            .await
            .status,
        304
    );
    alder.reports("north", "2026-03-04", &[4]).await;
    assert_eq!(
        program
            .call("GET", PATH, Some(&alder.key), &knows)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn another_departments_location_is_one_that_does_not_exist() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-03-01", &[4_815]).await;
    birch.reports("birch-only", "2026-03-01", &[1_623]).await;
    let mut program = portal.browser();
    let mut answers = Vec::new();
    for place in ["birch-only", "nowhere", "a%00b", ""] {
        let answer = program
            .get_with_key(&format!("{PATH}?location={place}"), &alder.key)
            .await;
        let detail = answer.problem(404);
        let mut problem = answer.json();
        problem["instance"] = Value::Null;
        let mut headers: Vec<_> = answer
            .headers
            .iter()
            .filter(|(name, _)| !name.as_str().starts_with("ratelimit"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        headers.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
        answers.push((detail, problem, headers));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

/// A cursor says where, never whose.
#[tokio::test]
async fn anothers_cursor_leads_nowhere_else() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-03-01", &[1, 2]).await;
    birch.reports("north", "2026-03-01", &[7, 8]).await;
    let page = read(&birch, "?limit=1").await;
    let cursor = page["next"].as_str().expect("a cursor").to_owned();
    let alders = read(&alder, &format!("?limit=1&cursor={cursor}")).await;
    assert_eq!(rows(&alders)[0].2, Some(2));
    // Only in its own form.
    for near_miss in [
        cursor.to_uppercase(),
        format!("{cursor}1f"),
        cursor[2..].to_owned(),
        "61".into(),
    ] {
        let answer = portal
            .browser()
            .get_with_key(&format!("{PATH}?cursor={near_miss}"), &alder.key)
            .await;
        assert!(answer.problem(422).contains("`cursor`"), "{near_miss}");
    }
}

/// What is refused is recorded too, as that.
#[tokio::test]
async fn each_answer_is_billed_once() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[1]).await;
    let mut program = portal.browser();
    for path in [
        PATH,
        "/api/v1/locations",
        "/api/v1/forecasts",
        "/api/v1/usage",
    ] {
        assert_eq!(
            program.get_with_key(path, &alder.key).await.status,
            200,
            "{path}"
        );
        let refused = program
            .get_with_key(&format!("{path}?nonsense"), &alder.key)
            .await;
        assert!(refused.problem(422).contains("`nonsense`"));
    }
    let events: Vec<(String, i64)> = sqlx::query_as(
        "select outcome, count(*) from usage_events where tenant_id = 'alder' group by 1 order by 1",
    )
    .fetch_all(alder.begin().await.parts().1)
    .await
    .expect("a count");
    assert_eq!(events, [("done".into(), 4), ("refused".into(), 4)]);
}

#[tokio::test]
async fn locations_come_with_their_days() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-03-01", &[1, 2]).await;
    birch.reports("birch-only", "2026-03-01", &[1]).await;
    let answer = portal
        .browser()
        .get_with_key("/api/v1/locations", &alder.key)
        .await;
    assert_eq!(
        answer.json(),
        json!({"locations": [{
            "location_id": "north", "name": "NORTH", "population": 100_000,
            "first_day": "2026-03-01", "last_day": "2026-03-02", "weekly": false
        }]})
    );
    let csv = portal
        .browser()
        .get_with_key("/api/v1/locations?format=csv", &alder.key)
        .await;
    assert_eq!(
        csv.text,
        "location_id,name,population,first_day,last_day,weekly\n\
         north,NORTH,100000,2026-03-01,2026-03-02,false\n"
    );
}
