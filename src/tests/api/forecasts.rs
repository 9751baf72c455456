//! Reading forecasts.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::tests::portal::{Department, Published, TestPortal};

const PATH: &str = "/api/v1/forecasts";

/// A run that knew what was reported by `as_of`, with three quantiles of two days.
async fn publish(department: &Department<'_>, as_of: &str, median: f64) {
    let mut tx = department.begin().await;
    let (tenant, connection) = tx.parts();
    let state = Uuid::new_v4();
    sqlx::query(
        "insert into model_states
             (tenant_id, state_id, as_of, kind, members, variables, ensemble, parameters, created_at)
         values ($1, $2, $3::date, 'posterior', 2, '{x}', '{1,2}', '{}', $3::date)",
    )
    .bind(tenant)
    .bind(state)
    .bind(as_of.parse::<chrono::NaiveDate>().expect("a day"))
    .execute(&mut *connection)
    .await
    .expect("a state");
    sqlx::query(
        "insert into forecasts
             (tenant_id, state_id, location_id, target_date, quantile, new_cases, issued_at)
         select $1, $2, 'north', $3::date + day, quantile, $4 * 2 * quantile, $3::date
         from generate_series(1, 2) day, unnest('{0.025,0.5,0.975}'::numeric[]) quantile",
    )
    .bind(tenant)
    .bind(state)
    .bind(as_of.parse::<chrono::NaiveDate>().expect("a day"))
    .bind(median)
    .execute(connection)
    .await
    .expect("forecasts");
    tx.commit().await.expect("committed");
}

async fn read(department: &Department<'_>, query: &str) -> Value {
    let answer = department
        .portal()
        .browser()
        .get_with_key(&format!("{PATH}{query}"), &department.key)
        .await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.json()
}

#[tokio::test]
async fn where_no_forecast_was_made_there_is_none() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let none = json!({"as_of": null, "forecasts": [], "next": null});
    assert_eq!(read(&alder, "").await, none);
}

#[tokio::test]
async fn the_latest_forecast_is_read_or_the_latest_by_a_day() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    for department in [&alder, &birch] {
        department.reports("north", "2026-03-01", &[1]).await;
    }
    publish(&alder, "2026-03-10", 10.0).await;
    publish(&alder, "2026-03-20", 20.0).await;
    publish(&birch, "2026-03-25", 99.0).await;
    let page = read(&alder, "?quantile=0.5&to=2026-03-21").await;
    assert_eq!(
        page,
        json!({
            "as_of": "2026-03-20",
            "forecasts": [{
                "location_id": "north", "target_date": "2026-03-21", "quantile": 0.5, "new_cases": 20.0,
                "as_of": "2026-03-20", "issued_at": "2026-03-20T00:00:00Z"
            }],
            "next": null
        })
    );
    let before = read(&alder, "?as_of=2026-03-19&quantile=0.5&quantile=0.975").await;
    assert_eq!(before["as_of"], "2026-03-10");
    assert_eq!(before["forecasts"].as_array().map(Vec::len), Some(4));
    let page = portal
        .browser()
        .get_with_key(&format!("{PATH}?location=nowhere"), &alder.key)
        .await;
    page.problem(404);
}

/// Pages of one forecast stay with it, also when a newer one comes in between.
#[tokio::test]
async fn pages_stay_with_their_forecast() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    for department in [&alder, &birch] {
        department.reports("north", "2026-03-01", &[1]).await;
    }
    publish(&alder, "2026-03-10", 10.0).await;
    let first = read(&alder, "?limit=4").await;
    let cursor = first["next"].as_str().expect("a cursor");
    publish(&alder, "2026-03-20", 20.0).await;
    let second = read(&alder, &format!("?limit=4&cursor={cursor}")).await;
    assert_eq!(second["as_of"], "2026-03-10");
    assert_eq!(second["next"], Value::Null);
    let count = |page: &Value| page["forecasts"].as_array().map_or(0, Vec::len);
    assert_eq!((count(&first), count(&second)), (4, 2));
    // Another department has no such forecast.
    let others = portal
        .browser()
        .get_with_key(&format!("{PATH}?cursor={cursor}"), &birch.key)
        .await;
    assert!(others.problem(422).contains("`cursor`"));
}

#[tokio::test]
async fn the_department_as_a_whole_is_the_empty_location() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[1]).await;
    alder.forecasts(&Published::GOOD).await;
    let north = Published {
        location: "north",
        ..Published::GOOD
    };
    alder.forecasts(&north).await;
    let rows = |page: &Value| page["forecasts"].as_array().cloned().unwrap_or_default();
    let whole = rows(&read(&alder, "?location=").await);
    assert_eq!(whole.len(), 28 * 23);
    assert!(whole.iter().all(|row| row["location_id"] == ""));
    assert_eq!(
        rows(&read(&alder, "?location=&location=north&limit=2000").await).len(),
        2 * 28 * 23
    );
    // A page may end among its rows.
    let first = read(&alder, "?limit=600").await;
    let cursor = first["next"].as_str().expect("a cursor");
    let second = read(&alder, &format!("?limit=1000&cursor={cursor}")).await;
    assert_eq!(rows(&first).len() + rows(&second).len(), 2 * 28 * 23);
    assert_eq!(
        rows(&first).last().map(|row| row["location_id"].clone()),
        Some("".into())
    );
}
