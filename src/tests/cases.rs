//! A department's cases.

use axum::http::StatusCode;

use super::portal::TestPortal;

#[tokio::test]
async fn one_department_never_sees_anothers_cases() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    alder.reports("north", "2026-03-01", &[4_815]).await;
    birch.reports("south", "2026-03-01", &[1_623]).await;
    let (mut in_alder, mut in_birch) = (alder.epidemiologist().await, birch.epidemiologist().await);
    for path in ["/", "/data/daily.csv", "/charts/daily.svg"] {
        let (alders, birchs) = (in_alder.get(path).await, in_birch.get(path).await);
        assert_eq!(
            (alders.status, birchs.status),
            (StatusCode::OK, StatusCode::OK)
        );
        for other in ["1623", "1,623", "SOUTH", "birch"] {
            assert!(!alders.text.contains(other), "alder sees {other} on {path}");
        }
        for other in ["4815", "4,815", "NORTH", "alder"] {
            assert!(!birchs.text.contains(other), "birch sees {other} on {path}");
        }
    }
    assert!(
        in_alder
            .get("/data/daily.csv")
            .await
            .text
            .contains("2026-03-01,4815,")
    );
    assert!(
        portal
            .browser()
            .get_with_key("/data/daily.csv", &birch.key)
            .await
            .text
            .contains("2026-03-01,1623,")
    );
}

#[tokio::test]
async fn anothers_location_looks_exactly_like_one_that_does_not_exist() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    alder.reports("north", "2026-03-01", &[1]).await;
    birch.reports("south", "2026-03-01", &[1]).await;
    let mut browser = alder.epidemiologist().await;
    for path in [
        "/",
        "/data/daily.csv",
        "/charts/daily.svg",
        "/charts/daily.png",
    ] {
        let others = browser.get(&format!("{path}?location=south")).await;
        let nobodys = browser.get(&format!("{path}?location=nowhere")).await;
        assert_eq!(
            (others.status, nobodys.status),
            (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
            "{path}"
        );
        let bare = |text: &str| text.split("nonce").next().unwrap_or_default().to_owned();
        assert_eq!(bare(&others.text), bare(&nobodys.text), "{path}");
    }
}

#[tokio::test]
async fn the_table_the_file_and_the_headline_say_the_same() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let counts: Vec<i32> = (1..=28).collect();
    alder.reports("north", "2026-03-01", &counts).await;
    let mut browser = alder.epidemiologist().await;
    let page = browser.get("/?from=2026-03-15&to=2026-03-28").await;
    // 22 + … + 28 against 15 + … + 21.
    assert!(page.text.contains("<strong>175</strong>"), "{}", page.text);
    assert!(page.text.contains("+39\u{a0}%"), "{}", page.text);
    assert!(
        page.text
            .contains(">2026-03-15</a></th><td>15</td><td>12</td><td>complete</td>")
    );
    let file = browser
        .get("/data/daily.csv?from=2026-03-15&to=2026-03-28")
        .await;
    let rows: Vec<&str> = file.text.lines().collect();
    assert_eq!(
        rows[0],
        "date,new_cases,mean_7_days,status,expected_low,expected,expected_high,annotation"
    );
    assert_eq!(rows[1], "2026-03-15,15,12,complete,,,,");
    assert_eq!(rows[14], "2026-03-28,28,25,incomplete,,,,");
    assert_eq!(rows.len(), 15);
    assert!(
        file.header("content-disposition")
            .contains("alder-daily-cases.csv")
    );
}

#[tokio::test]
async fn a_missing_day_is_a_gap_in_the_file_and_a_rate_needs_a_population() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[5]).await;
    alder.reports("north", "2026-03-03", &[7]).await;
    let mut browser = alder.epidemiologist().await;
    let file = browser.get("/data/daily.csv").await;
    assert!(
        file.text.contains("2026-03-02,,,not reported"),
        "{}",
        file.text
    );
    let rates = browser.get("/data/daily.csv?unit=per100k").await;
    assert!(
        rates.text.starts_with("date,new_cases_per_100k,") && rates.text.contains("2026-03-03,7,")
    );
    sqlx::query("update locations set population = null")
        .execute(&mut portal.owner().await)
        .await
        .expect("unknown");
    let page = browser.get("/?unit=per100k").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        page.text.contains("population of NORTH is not known"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn weeks_are_iso_weeks() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    // 2026-03-02 is a Monday.
    alder.reports("north", "2026-03-02", &[1; 28]).await;
    let file = alder
        .epidemiologist()
        .await
        .get("/data/daily.csv?step=week")
        .await;
    let rows: Vec<&str> = file.text.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "2026-03-02,7,,complete,,,,",
            "2026-03-09,7,,complete,,,,",
            "2026-03-16,7,,complete,,,,",
            "2026-03-23,7,,incomplete,,,,",
        ]
    );
}

#[tokio::test]
async fn whatever_is_asked_there_is_a_clear_answer() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[5, 6, 7]).await;
    let mut browser = alder.epidemiologist().await;
    let long = "x".repeat(60_000);
    for (query, status) in [
        ("from=2026-03-03&to=2026-03-01", 400),
        ("from=0001-01-01&to=9999-12-31", 200),
        ("from=9999-12-31", 200),
        ("to=0001-01-01", 200),
        ("from=2026-02-30", 400),
        ("step=hour", 400),
        ("location=%00", 404),
        ("location=%FF%FE", 404),
        ("location='%20or%201=1--", 404),
        ("tenant_id=birch", 200),
        ("unit=per100k&scale=log&step=week", 200),
        (long.as_str(), 200),
    ] {
        for path in ["/", "/data/daily.csv", "/charts/daily.svg"] {
            let answer = browser.get(&format!("{path}?{query}")).await;
            let shown = &query[..query.len().min(60)];
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{path}?{shown}: {}",
                answer.text
            );
        }
    }
    for query in ["width=1e9&height=1e9", "width=0.1", "width=300"] {
        let png = browser.get(&format!("/charts/daily.png?{query}")).await;
        assert_eq!(
            (png.status, &png.bytes[1..4]),
            (StatusCode::OK, &b"PNG"[..]),
            "{query}"
        );
    }
    assert_eq!(
        browser.get("/charts/daily.png?width=-1").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_department_without_reports_is_told_so() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let page = alder.epidemiologist().await.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("Nothing has been reported yet"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_field_of_a_megabyte_is_refused() {
    let portal = TestPortal::start().await;
    let mut browser = portal.browser();
    let answer = browser
        .post(
            "/login",
            &[("email", &"a".repeat(1_000_000)), ("password", "x")],
        )
        .await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
}
