//! What the model says, on its pages and in its files.

use axum::http::StatusCode;

use super::portal::{Department, Published, TestPortal};

/// Sixty days of twenty cases, to the day that [`Published::GOOD`] knows.
async fn reported(department: &Department<'_>) {
    department.reports("north", "2026-01-30", &[20; 60]).await;
}

#[tokio::test]
async fn a_forecast_is_shown_in_words_beside_how_well_it_has_done() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    reported(&alder).await;
    alder.was_judged("2026-03-30", 30, 0.78, true).await;
    alder.forecasts(&Published::GOOD).await;
    let page = alder.epidemiologist().await.get("/forecast").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for said in [
        // 7 · 20 cases, and 0.525 to 1.475 times as many.
        "In the week to 6 April 2026 expect about 140 cases (95\u{a0}%: 74 to 210); the chance that cases rise \
         over two weeks is 35\u{a0}%.",
        "one infectious person infected about 0.90 others (95\u{a0}%: 0.70 to 0.98)",
        "own forecast is shown, because of its record: at 60 moments its errors were 0.78 times those of a flat \
         line, and 0.81 times in proportion; its 95\u{a0}% intervals held 93\u{a0}% of what happened",
        "<th scope=\"row\">All</th><td>30</td><td>0.78</td><td>0.78</td>",
        "<th scope=\"row\">4 weeks</th><td>30</td>",
        "All 30 moments were replayed afterwards",
        "known up to 30 Mar",
        "infections are falling",
        "Past forecasts over what happened",
        "Where outcomes fell in their forecasts",
        "<th scope=\"row\">2026-04-01</th><td>20</td><td>15 to 25</td>",
        "the documented defaults",
        "0123456789ab",
        "1.2\u{a0}s",
        "1.5 cost units",
        "new data, test",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
}

#[tokio::test]
async fn where_the_record_forbids_it_the_flat_line_is_shown_with_the_reasons() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    reported(&alder).await;
    alder
        .forecasts(&Published {
            model: "baseline",
            record: (12, Some(1.04), Some(0.85), Some(0.80)),
            ..Published::GOOD
        })
        .await;
    let page = alder.epidemiologist().await.get("/forecast").await;
    for said in [
        "A flat line is shown",
        "it was judged at 12 moments so far, and 20 are needed",
        "its errors were 1.04 times the flat line&#39;s, and 0.90 is the most",
        "held 80\u{a0}% of what happened: it was too sure of itself",
        "flat line, median",
        "In the week to 6 April 2026 expect about 70 cases",
        "No forecast of this place has been judged yet",
    ] {
        let found = page.text.replace("&#x27;", "&#39;");
        let plain = said.replace("&#39;", "'");
        assert!(
            found.contains(said) || found.contains(&plain),
            "{said}: {found}"
        );
    }
    assert!(!page.text.contains("in proportion were"), "{}", page.text);
}

#[tokio::test]
async fn what_was_expected_on_an_earlier_day_is_seen_as_it_was_then() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    reported(&alder).await;
    for (as_of, median) in [("2026-03-20", 44.0), ("2026-03-30", 20.0)] {
        let published = Published {
            as_of,
            median,
            ..Published::GOOD
        };
        alder.forecasts(&published).await;
    }
    let mut browser = alder.epidemiologist().await;
    let now = browser.get("/forecast").await;
    assert!(now.text.contains("expect about 140 cases"), "{}", now.text);
    let then = browser.get("/forecast?as_of=2026-03-25").await;
    for said in [
        "what was known and expected at the end of 25 March 2026",
        "In the week to 27 March 2026 expect about 310 cases",
    ] {
        assert!(then.text.contains(said), "{said}: {}", then.text);
    }
    let before = browser.get("/forecast?as_of=2026-03-01").await;
    assert!(
        before
            .text
            .contains("No forecast is kept that knew no more"),
        "{}",
        before.text
    );
    let never = browser.get("/forecast?as_of=soon").await;
    assert_eq!(never.status, StatusCode::BAD_REQUEST);
    assert!(never.text.contains("should be a date such as"));
}

#[tokio::test]
async fn who_has_no_forecast_is_told_why() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    let empty = browser.get("/forecast").await;
    assert!(
        empty.text.contains("Nothing has been reported yet"),
        "{}",
        empty.text
    );
    reported(&alder).await;
    alder.reports("south", "2025-06-01", &[3, 4]).await;
    let waiting = browser.get("/forecast").await;
    assert!(
        waiting.text.contains("No forecast has been made yet"),
        "{}",
        waiting.text
    );
    alder.forecasts(&Published::GOOD).await;
    let silent = browser.get("/forecast?location=south").await;
    for said in [
        "SOUTH had stopped reporting",
        "Its last report is of 2 June 2025",
    ] {
        assert!(silent.text.contains(said), "{said}: {}", silent.text);
    }
    let file = browser.get("/forecast/daily.csv?location=south").await;
    assert_eq!(
        (file.status, file.text.lines().count()),
        (StatusCode::OK, 1)
    );
}

#[tokio::test]
async fn one_department_never_sees_anothers_forecasts() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    reported(&alder).await;
    birch.reports("west", "2026-03-01", &[1; 30]).await;
    alder.forecasts(&Published::GOOD).await;
    birch
        .forecasts(&Published {
            median: 4_815.0,
            ..Published::GOOD
        })
        .await;
    let mut browser = alder.epidemiologist().await;
    for path in ["/forecast", "/forecast/daily.csv", "/forecast/hubverse.csv"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        for other in ["4815", "4,815", "34,000", "birch", "WEST"] {
            assert!(!answer.text.contains(other), "{other} on {path}");
        }
        let others = browser.get(&format!("{path}?location=west")).await;
        let nobodys = browser.get(&format!("{path}?location=nowhere")).await;
        assert_eq!(others.status, StatusCode::NOT_FOUND, "{path}");
        let bare = |text: &str| text.split("nonce").next().unwrap_or_default().to_owned();
        assert_eq!(bare(&others.text), bare(&nobodys.text), "{path}");
    }
}

#[tokio::test]
async fn the_file_by_day_has_the_numbers_of_the_table() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    reported(&alder).await;
    alder.forecasts(&Published::GOOD).await;
    let north = Published {
        location: "north",
        median: 8.0,
        ..Published::GOOD
    };
    alder.forecasts(&north).await;
    let path = "/forecast/daily.csv?location=north";
    let file = portal.browser().get_with_key(path, &alder.key).await;
    let rows: Vec<&str> = file.text.lines().collect();
    assert_eq!(rows.len(), 29, "{}", file.text);
    assert_eq!(
        rows[0],
        "location_id,date,median,low_50,high_50,low_80,high_80,low_95,high_95,model,origin,as_of"
    );
    assert_eq!(
        rows[1],
        "north,2026-03-31,8,6,10,4.800,11.200,4.200,11.800,twin,2026-03-30,2026-03-30"
    );
    let name = file.header("content-disposition");
    assert!(name.contains("alder-forecast-2026-03-30.csv"), "{name}");
}

#[tokio::test]
async fn hubs_get_weekly_totals_in_their_own_columns() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    reported(&alder).await;
    alder.reports("=1+1", "2026-03-01", &[1; 30]).await;
    alder.forecasts(&Published::GOOD).await;
    let formula = Published {
        location: "=1+1",
        model: "baseline",
        ..Published::GOOD
    };
    alder.forecasts(&formula).await;
    let file = alder
        .epidemiologist()
        .await
        .get("/forecast/hubverse.csv")
        .await;
    let rows: Vec<&str> = file.text.lines().collect();
    // Two places, four weeks, 23 levels.
    assert_eq!(rows.len(), 1 + 2 * 4 * 23, "{}", file.text);
    assert_eq!(
        rows[0],
        "reference_date,target,horizon,target_end_date,location,output_type,output_type_id,value"
    );
    for row in [
        "2026-03-30,wk inc case,1,2026-04-06,alder,quantile,0.5,140",
        "2026-03-30,wk inc case,4,2026-04-27,alder,quantile,0.975,206.500",
        // What was published of this place is the flat line; its id is no formula.
        "2026-03-30,wk inc case,1,2026-04-06,'=1+1,quantile,0.5,70",
    ] {
        assert!(rows.contains(&row), "{row}: {}", file.text);
    }
    let name = file.header("content-disposition");
    assert!(name.contains("\"2026-03-30-alder-cordon.csv\""), "{name}");
}

#[tokio::test]
async fn a_run_that_is_asked_for_is_followed_and_a_failed_one_explained() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    let idle = browser.get("/forecast/progress").await;
    assert_eq!(idle.text, "{\"percent\":null}");
    reported(&alder).await;
    for kind in ["forecast", "hindcast"] {
        let asked = browser.post("/forecast/runs", &[("kind", kind)]).await;
        assert_eq!(
            (asked.status.as_u16(), asked.location()),
            (303, "/forecast")
        );
    }
    let page = browser.get("/forecast").await;
    for said in [
        "waits for its turn",
        "data-progress",
        "Replay of history",
        "new data, test",
        "the page, epi@alder.example",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let going = browser.get("/forecast/progress").await;
    assert_eq!(going.text, "{\"percent\":0}");
    sqlx::query(
        "update model_runs set status = 'running', started_at = now(), progress = 40 where cause = 'data'",
    )
    .execute(&mut portal.owner().await)
    .await
    .expect("running");
    // What waits behind it has not begun, but the work has.
    let going = browser.get("/forecast/progress").await;
    assert_eq!(going.text, "{\"percent\":40}");
    let page = browser.get("/forecast").await;
    for said in [
        "Forecast: under way",
        "<strong>40 %</strong>",
        "One more waits for its end.",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    sqlx::query(
        "update model_runs set status = 'failed', finished_at = now(), problem = 'no day of `north` was usable'",
    )
    .execute(&mut portal.owner().await)
    .await
    .expect("failed");
    let page = browser.get("/forecast").await;
    for said in [
        "The last run failed",
        "No day of <code>north</code> was usable.",
        "Nothing of it was stored",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let nonsense = browser.post("/forecast/runs", &[("kind", "sprint")]).await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn parameters_are_set_anew_and_never_overwritten() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    let page = browser.get("/forecast/parameters").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("In use: the documented defaults"));
    // What the form would send.
    let settings = crate::forecasting::settings::Settings::default();
    let fields = |changes: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
        let fields = crate::forecasting::settings::FIELDS.iter().map(|field| {
            let change = changes.iter().find(|(name, _)| *name == field.name);
            let value =
                change.map_or_else(|| settings.typed(field.name), |(_, to)| (*to).to_owned());
            (field.name, value)
        });
        fields.collect()
    };
    let mut set = async |changes: &[(&'static str, &'static str)]| {
        let fields = fields(changes);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        browser.post("/forecast/parameters", &fields).await
    };
    let wrong = set(&[("walk", "wide"), ("members", "300")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    for said in [
        "Change of transmission: 0.001 to 1 is what it takes.",
        "value=\"wide\"",
        "value=\"300\"",
    ] {
        assert!(wrong.text.contains(said), "{said}: {}", wrong.text);
    }
    assert_eq!(
        set(&[("members", "300")]).await.status,
        StatusCode::SEE_OTHER
    );
    // The same again is no other version; the defaults again are.
    set(&[("members", "300")]).await;
    set(&[]).await;
    let page = browser.get("/forecast/parameters").await;
    for said in [
        "In use: version 2",
        "Members 100 \u{2192} 300",
        "Members 300 \u{2192} 100",
        "Use these again: Version 1",
        "Use these again: Documented defaults",
        "set by epi@alder.example",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    reported(&alder).await;
    alder.forecasts(&Published::GOOD).await;
    let forecast = browser.get("/forecast").await;
    assert!(
        forecast.text.contains("the next run uses the new ones"),
        "{}",
        forecast.text
    );
    let audited: Vec<String> = sqlx::query_scalar(
        "select subject from audit where action = 'settings.changed' order by occurred_at, subject",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("audited");
    assert_eq!(
        audited,
        [
            "model parameters, version 1: Members 100 \u{2192} 300",
            "model parameters, version 2: Members 300 \u{2192} 100",
        ]
    );
}

#[tokio::test]
async fn a_place_that_reports_whole_weeks_is_drawn_by_their_means() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("west", "2026-03-23", &[70]).await;
    sqlx::query("update observations set days = 7")
        .execute(&mut portal.owner().await)
        .await
        .expect("weeks");
    let west = Published {
        as_of: "2026-03-29",
        location: "west",
        ..Published::GOOD
    };
    alder.forecasts(&west).await;
    let page = alder
        .epidemiologist()
        .await
        .get("/forecast?location=west")
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for said in [">7-day mean<", ">known up to 29 Mar<"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
}
