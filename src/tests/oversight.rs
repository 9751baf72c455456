//! What administrators see of the runs of all departments, and the command that runs them.

use chrono::TimeDelta;

use super::{attacks::stands_alone, commands::type_in, portal::TestPortal};
use crate::forecasting::runs::{execute::Twins, turn::take};

#[tokio::test]
async fn administrators_see_whose_runs_wait_took_how_long_and_failed_why_and_no_case() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let mut admin = portal.admin().await;
    let none = admin.get("/admin/runs").await;
    assert!(
        none.text.contains("No run has been asked for yet"),
        "{}",
        none.text
    );
    assert!(none.text.contains("nothing waits"), "{}", none.text);
    alder.reports("north", "2026-01-11", &[4_815; 80]).await;
    birch.reports("south", "2026-01-11", &[0; 80]).await;
    let app = &portal.app;
    let twins = Twins {
        pools: app.pools.clone(),
        clock: app.clock.clone(),
    };
    for department in [&alder, &birch] {
        take(&app.pools, &app.clock, &department.tenant, &twins)
            .await
            .expect("a turn");
    }
    portal.wait(TimeDelta::minutes(3));
    birch.reports("south", "2026-04-01", &[1]).await;
    let page = admin.get("/admin/runs").await;
    for said in [
        "One run waits for a turn, the longest asked for just now. One run failed within a day.",
        "alder health department",
        "birch health department",
        "done",
        "failed: No place has reported a case yet",
        "new data",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert!(
        !["4,815", "4815"]
            .iter()
            .any(|count| stands_alone(&page.text, count)),
        "{}",
        page.text
    );
    let failed = admin.get("/admin/runs?status=failed").await;
    assert!(!failed.text.contains("alder health"), "{}", failed.text);
    let alders = admin.get("/admin/runs?tenant=alder").await;
    assert!(!alders.text.contains("birch health"), "{}", alders.text);
    let nothing = admin.get("/admin/runs?tenant=cedar").await;
    assert!(
        nothing.text.contains("There is no such run"),
        "{}",
        nothing.text
    );
}

#[tokio::test]
async fn many_runs_are_shown_page_by_page() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    sqlx::query(
        "insert into model_runs (tenant_id, run_id, kind, cause, requested_at, requested_by)
         select 'alder', gen_random_uuid(), 'forecast', 'api', '2026-03-01'::timestamptz + no * interval '1 minute', 'x'
         from generate_series(1, 60) no",
    )
    .execute(&mut portal.owner().await)
    .await
    .expect("asked for");
    let mut admin = portal.admin().await;
    let rows = |text: &str| text.matches("<th scope=\"row\">").count();
    let first = admin.get("/admin/runs").await;
    assert_eq!(rows(&first.text), 50);
    assert!(first.text.contains("Older") && !first.text.contains("Newer"));
    let second = admin.get("/admin/runs?page=2").await;
    assert_eq!(rows(&second.text), 10);
    assert!(second.text.contains("Newer") && !second.text.contains("Older"));
}

#[tokio::test]
async fn the_command_runs_a_department_or_all_and_says_why_one_failed() {
    let portal = TestPortal::start().await;
    type_in(&portal, &["forecast"])
        .await
        .expect("nothing to run");
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-01-11", &[20; 80]).await;
    type_in(&portal, &["forecast", "alder", "--hindcast"])
        .await
        .expect("replayed");
    type_in(&portal, &["forecast"]).await.expect("forecast");
    let count = async |query: &'static str| -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("counted")
    };
    assert!(count("select count(*) from forecasts where tenant_id = 'alder'").await > 0);
    assert!(count("select count(*) from forecast_scores where replayed").await > 0);
    assert_eq!(
        count("select count(*) from model_runs where status <> 'done'").await,
        0
    );
    birch.reports("south", "2026-01-11", &[0; 80]).await;
    let failed = type_in(&portal, &["forecast", "birch"]).await;
    assert!(failed.is_err_and(|error| error.to_string().contains("1 of 1 runs failed")));
    let unknown = type_in(&portal, &["forecast", "cedar"]).await;
    assert!(unknown.is_err_and(|error| error.to_string().contains("cordon onboard")));
    let future = type_in(&portal, &["forecast", "alder", "--as-of", "2199-01-01"]).await;
    assert!(future.is_err_and(|error| error.to_string().contains("future")));
}
