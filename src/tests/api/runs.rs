//! Asking for runs of the model, and looking at what became of them.

use crate::{
    access::Scopes,
    forecasting::runs::{execute::Twins, turn::take},
    tests::portal::{Department, TestPortal},
};

const PATH: &str = "/api/v1/runs";

/// Does the department's oldest run.
async fn turn(department: &Department<'_>) {
    let app = &department.portal().app;
    let twins = Twins {
        pools: app.pools.clone(),
        clock: app.clock.clone(),
    };
    take(&app.pools, &app.clock, &department.tenant, &twins)
        .await
        .expect("a turn");
}

#[tokio::test]
async fn a_run_is_asked_for_done_and_looked_at() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-01-11", &[20; 80]).await;
    turn(&alder).await;
    let mut browser = portal.browser();
    let key = Some(alder.key.as_str());
    let body = br#"{"kind": "forecast", "as_of": "2026-03-31"}"#.to_vec();
    let asked = browser.hand_in("POST", PATH, key, &[], body.clone()).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let place = asked.header("location").to_owned();
    let run = asked.json();
    assert_eq!(
        place,
        format!("{PATH}/{}", run["run_id"].as_str().expect("an id"))
    );
    assert_eq!(
        (&run["status"], &run["cause"]),
        (&"queued".into(), &"api".into())
    );
    // Asking twice is as good as asking once.
    let again = browser.hand_in("POST", PATH, key, &[], body).await.json();
    assert_eq!(again["run_id"], run["run_id"]);
    turn(&alder).await;
    let done = browser.call("GET", &place, key, &[]).await.json();
    assert_eq!(
        (&done["status"], &done["progress"]),
        (&"done".into(), &100.into())
    );
    assert_eq!(done["locations"], 1);
    assert!(done["cost_units"].as_f64().expect("a cost") >= 1.0);
    let forecasts = browser
        .call("GET", "/api/v1/forecasts?limit=1", key, &[])
        .await;
    assert_eq!(forecasts.json()["as_of"], "2026-03-31");
    // Page by page, the latest first.
    let first = browser
        .call("GET", &format!("{PATH}?limit=1"), key, &[])
        .await
        .json();
    assert_eq!(first["runs"][0]["run_id"], run["run_id"]);
    let cursor = first["next"].as_str().expect("a cursor");
    let rest = browser
        .call("GET", &format!("{PATH}?cursor={cursor}"), key, &[])
        .await
        .json();
    assert_eq!(rest["runs"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&rest["runs"][0]["cause"], &rest["next"]),
        (&"data".into(), &().into())
    );
    let csv = browser
        .call("GET", PATH, key, &[("accept", "text/csv")])
        .await;
    assert!(csv.text.starts_with("run_id,kind,status,"), "{}", csv.text);
    assert_eq!(csv.text.lines().count(), 3);
}

#[tokio::test]
async fn without_a_body_a_forecast_is_meant_and_what_cannot_be_is_refused() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = portal.browser();
    let key = Some(alder.key.as_str());
    let asked = browser.hand_in("POST", PATH, key, &[], Vec::new()).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    assert_eq!(asked.json()["kind"], "forecast");
    for (body, said) in [
        (r#"{"kind": "sprint"}"#, "a forecast or a hindcast"),
        (r#"{"as_of": "2026-04-01"}"#, "lies in the future"),
        (r#"{"as_of": "0475-11-19"}"#, "between 1900 and today"),
        (r#"{"as_off": "2026-03-01"}"#, "as_off"),
        ("kind=forecast", "JSON"),
        // An array is no object, whatever it holds.
        ("[]", "expected an object"),
        (r#"["hindcast"]"#, "expected an object"),
    ] {
        let refused = browser.hand_in("POST", PATH, key, &[], body.into()).await;
        let detail = refused.problem(422);
        assert!(detail.contains(said), "{body}: {detail}");
    }
    let (_, reader) = portal.issue("alder", Scopes::read()).await;
    let refused = browser
        .hand_in("POST", PATH, Some(&reader), &[], Vec::new())
        .await;
    refused.problem(403);
}

#[tokio::test]
async fn another_departments_runs_are_not_there() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let mut browser = portal.browser();
    let asked = browser
        .hand_in("POST", PATH, Some(&alder.key), &[], Vec::new())
        .await;
    let place = asked.header("location").to_owned();
    browser
        .call("GET", &place, Some(&birch.key), &[])
        .await
        .problem(404);
    browser
        .call("GET", &format!("{PATH}/mine"), Some(&birch.key), &[])
        .await
        .problem(404);
    let list = browser
        .call("GET", PATH, Some(&birch.key), &[])
        .await
        .json();
    assert_eq!(list["runs"].as_array().map(Vec::len), Some(0));
}
