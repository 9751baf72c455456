//! What a run of the model leaves behind, from reports to forecasts.

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::portal::{Department, TestPortal};
use crate::{
    Error, Result,
    forecasting::{
        runs::{
            Kind, Request,
            execute::execute,
            model::{Order, Progress},
            request,
        },
        settings::Settings,
        versions,
    },
};

/// The cases of a department in sharp waves, five weeks up and five down, with fewer at weekends
/// and each day up to a fifth more or less than it should be: as many as `days`.
fn wave(days: usize) -> Vec<i32> {
    let case = |day: usize| {
        let weekend = if day % 7 < 5 { 1.2 } else { 0.5 };
        let noise = 0.8 + 0.4 * ((day * 7919 % 101) as f64 / 100.0);
        let from_trough = (day % 70).min(70 - day % 70) as f64;
        (noise * weekend * 20.0 * (0.05 * from_trough).exp()) as i32
    };
    (0..days).map(case).collect()
}

/// Asks for a run and does it at once.
async fn run(department: &Department<'_>, kind: Kind, as_of: Option<&str>) -> Result<Uuid> {
    let app = &department.portal().app;
    let as_of: Option<NaiveDate> = as_of.map(|day| day.parse().expect("a day"));
    let mut tx = department.begin().await;
    let wanted = Request {
        kind,
        as_of,
        cause: "page",
        by: "epi",
    };
    let run_id = request(&mut tx, wanted, app.clock.now()).await?;
    let (tenant, connection) = tx.parts();
    sqlx::query("update model_runs set status = 'running' where tenant_id = $1 and run_id = $2")
        .bind(tenant)
        .bind(run_id)
        .execute(connection)
        .await
        .expect("begun");
    tx.commit().await?;
    let order = Order {
        run_id,
        kind,
        as_of,
        cause: "page".into(),
        by: "epi@alder.example".into(),
    };
    execute(
        &app.pools,
        &app.clock,
        &department.tenant,
        &order,
        Progress::default(),
    )
    .await?;
    Ok(run_id)
}

/// What one query says.
async fn asked<T>(department: &Department<'_>, query: &'static str) -> T
where
    T: Send + Unpin + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
{
    let mut tx = department.begin().await;
    let (_, connection) = tx.parts();
    sqlx::query_as(query)
        .fetch_one(connection)
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_run_leaves_state_forecasts_what_it_used_and_who_asked() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    // Until 31 March, which is today.
    alder.reports("north", "2026-01-11", &wave(80)).await;
    alder.reports("south", "2026-01-11", &wave(80)).await;
    let run_id = run(&alder, Kind::Forecast, None).await.expect("a run");
    let (status, problem, locations, state): (String, Option<String>, i32, Uuid) = asked(
        &alder,
        "select status, problem, locations, state_id from model_runs",
    )
    .await;
    assert_eq!((status.as_str(), problem, locations), ("done", None, 2));
    let (found, members, variables, as_of): (Uuid, i32, i32, NaiveDate) = asked(
        &alder,
        "select state_id, members, cardinality(variables), as_of from model_states where kind = 'posterior'",
    )
    .await;
    // Two places and the department, five variables each.
    assert_eq!((found, members, variables), (state, 100, 15));
    assert_eq!(as_of.to_string(), "2026-03-31");
    let (forecasts, places, first, last): (i64, i64, NaiveDate, NaiveDate) = asked(
        &alder,
        "select count(*), count(distinct location_id), min(target_date), max(target_date) from forecasts",
    )
    .await;
    assert_eq!((forecasts, places), (3 * 28 * 23, 3));
    // It is not known yet how counts grow here, so the last week is not used.
    assert_eq!(first.to_string(), "2026-03-25");
    assert_eq!(last.to_string(), "2026-04-21");
    let (twins, outlooks): (i64, i64) = asked(
        &alder,
        "select count(*) filter (where model = 'twin'), count(*) from outlooks",
    )
    .await;
    assert_eq!(
        (twins, outlooks),
        (0, 3),
        "no record speaks for the twin yet"
    );
    let (to_be_judged, judged): (i64, i64) = asked(
        &alder,
        "select count(*), count(truth) from forecast_scores where not replayed",
    )
    .await;
    assert_eq!((to_be_judged, judged), (3 * (28 + 4), 0));
    let (used, cost): (i64, f64) = asked(
        &alder,
        "select count(*), sum(cost_units)::float8 from usage_events where event_type = 'enkf_run'",
    )
    .await;
    assert_eq!(used, 1);
    assert!(cost >= 1.0);
    let (actor, subject): (String, String) = asked(
        &alder,
        "select actor, subject from audit where action = 'forecast.made'",
    )
    .await;
    assert_eq!(actor, "epi@alder.example");
    assert_eq!(subject, "forecast as known on 2026-03-31, 2 locations");
    let page = alder.epidemiologist().await.get("/forecast").await;
    assert!(page.text.contains("A flat line is shown"), "{}", page.text);
    assert!(page.text.contains("it has no record yet"), "{}", page.text);
    // Nobody finishes, or is billed, twice.
    let order = Order {
        run_id,
        kind: Kind::Forecast,
        as_of: None,
        cause: "page".into(),
        by: "epi@alder.example".into(),
    };
    let app = &portal.app;
    let again = execute(
        &app.pools,
        &app.clock,
        &alder.tenant,
        &order,
        Progress::default(),
    )
    .await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let (states, used): (i64, i64) = asked(
        &alder,
        "select (select count(*) from model_states where kind = 'posterior'), (select count(*) from usage_events)",
    )
    .await;
    assert_eq!((states, used), (1, 1));
}

#[tokio::test]
async fn without_anything_to_go_by_a_run_says_so_and_leaves_nothing() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let refused = run(&alder, Kind::Forecast, None).await;
    let Err(Error::Invalid(words)) = refused else {
        panic!("{refused:?}");
    };
    assert!(words.contains("upload some"), "{words}");
    alder.reports("north", "2026-01-11", &[0; 80]).await;
    let refused = run(&alder, Kind::Forecast, None).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let refused = run(&alder, Kind::Forecast, Some("2026-03-01")).await;
    let Err(Error::Invalid(words)) = refused else {
        panic!("{refused:?}");
    };
    assert!(words.contains("by 2026-03-01"), "{words}");
    let (left,): (i64,) = asked(
        &alder,
        "select (select count(*) from forecasts) + (select count(*) from usage_events)
            + (select count(*) from model_states where kind = 'posterior')",
    )
    .await;
    assert_eq!(left, 0);
}

/// What a run said, in full: of the latest state by `as_of`.
const SAID: &str = r#"
    select md5(string_agg(concat_ws(' ', location_id, target_date, quantile, new_cases), ' '
            order by location_id, target_date, quantile)),
        (select md5(ensemble::text) from model_states where state_id = s.state_id)
    from (
        select state_id
        from model_states
        where kind = 'posterior'
        order by as_of desc, created_at desc
        limit 1
    ) s
    join forecasts using (state_id)
    group by s.state_id
"#;

#[tokio::test]
async fn the_same_seed_parameters_and_day_give_the_same_bytes_however_it_came_there() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    for department in [&alder, &birch] {
        // Not as many members as the baseline that onboarding drew, each department's its own.
        let settings = Settings {
            members: 40,
            ..Settings::default()
        };
        let mut tx = department.begin().await;
        versions::save(&mut tx, settings, "epi", portal.app.clock.now())
            .await
            .expect("saved");
        tx.commit().await.expect("committed");
        department.reports("north", "2026-01-11", &wave(80)).await;
    }
    // Alder runs day after day, and goes on from where it was; birch begins anew.
    for day in 0..4 {
        run(&alder, Kind::Forecast, None).await.expect("a run");
        portal.wait(TimeDelta::days(1));
        let first = NaiveDate::from_ymd_opt(2026, 3, 29).expect("a day") + TimeDelta::days(day);
        for department in [&alder, &birch] {
            let counts = &wave(100)[77 + day as usize..81 + day as usize];
            department
                .reports("north", &first.to_string(), counts)
                .await;
        }
    }
    run(&alder, Kind::Forecast, None).await.expect("a run");
    run(&birch, Kind::Forecast, None).await.expect("a run");
    let (went_on, anew): ((String, String), (String, String)) =
        (asked(&alder, SAID).await, asked(&birch, SAID).await);
    assert_eq!(went_on, anew);
    let (days,): (i64,) = asked(
        &alder,
        "select min(days) from (select count(*) as days from reproduction_numbers where location_id = 'north' group by state_id) r",
    )
    .await;
    assert!(days < 20, "{days} days were assimilated again");
    // And so does a run that may only know what that one knew.
    portal.wait(TimeDelta::days(1));
    birch.reports("north", "2026-03-20", &[5; 17]).await;
    run(&birch, Kind::Forecast, None).await.expect("a run");
    let differs: (String, String) = asked(&birch, SAID).await;
    assert_ne!(differs, anew);
    run(&alder, Kind::Forecast, Some("2026-04-04"))
        .await
        .expect("a run");
    assert_eq!(asked::<(String, String)>(&alder, SAID).await, anew);
}

#[tokio::test]
async fn when_the_truth_arrives_earlier_forecasts_are_judged_by_it() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-01-11", &wave(80)).await;
    run(&alder, Kind::Forecast, None).await.expect("a run");
    portal.wait(TimeDelta::days(16));
    alder.reports("north", "2026-04-01", &wave(96)[80..]).await;
    run(&alder, Kind::Forecast, None).await.expect("a run");
    // The forecast was from 24 March on; the third week ends on 14 April, and may still grow.
    let (ahead, truth, known): (i16, f64, NaiveDate) = asked(
        &alder,
        "select ahead, truth, truth_as_of from forecast_scores
            where location_id = 'north' and days = 7 and truth is not null
            order by ahead desc",
    )
    .await;
    let happened: i32 = wave(96)[80..87].iter().sum();
    assert_eq!((ahead, truth), (14, f64::from(happened)));
    assert_eq!(known.to_string(), "2026-04-16");
    let (days, odd): (i64, i64) = asked(
        &alder,
        "select count(*) filter (where days = 1),
                count(*) filter (where twin_wis < 0 or baseline_wis < 0 or twin_pit not between 0 and 1)
            from forecast_scores where location_id = 'north' and truth is not null",
    )
    .await;
    assert_eq!((days, odd), (16, 0));
    // What happened is corrected; what was expected is not.
    portal.wait(TimeDelta::days(8));
    alder.reports("north", "2026-04-07", &[1000]).await;
    run(&alder, Kind::Forecast, None).await.expect("a run");
    let (truth, known): (f64, NaiveDate) = asked(
        &alder,
        "select truth, truth_as_of from forecast_scores
            where location_id = 'north' and days = 7 and ahead = 14 and truth is not null",
    )
    .await;
    assert_eq!(truth, f64::from(happened - wave(96)[86] + 1000));
    assert_eq!(known.to_string(), "2026-04-16");
}

#[tokio::test]
async fn history_replayed_gives_a_record_and_the_record_decides_whose_forecast_is_shown() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2025-06-04", &wave(301)).await;
    // A place whose cases nobody could foretell.
    let noise: Vec<i32> = (0..301_i32)
        .map(|day| if day / 7 % 3 == 0 { 90 } else { 2 })
        .collect();
    alder.reports("south", "2025-06-04", &noise).await;
    run(&alder, Kind::Hindcast, None).await.expect("a replay");
    let (replayed, unknown, forecasts): (i64, i64, i64) = asked(
        &alder,
        "select count(*) filter (where replayed), count(*) filter (where truth is null),
                (select count(*) from forecasts)
            from forecast_scores",
    )
    .await;
    assert!(replayed > 3 * 4 * 30, "{replayed}");
    // Of the four weeks before the last, up to four weeks ahead, some ends are still to come, and
    // the last week may still grow.
    assert!(unknown > 0 && unknown < 3 * 4 * 6, "{unknown}");
    assert_eq!(forecasts, 0, "what is past is not published");
    run(&alder, Kind::Forecast, None).await.expect("a run");
    let (north, origins, wis, coverage): (String, i32, f64, f64) = asked(
        &alder,
        "select model, origins, relative_wis, coverage_95 from outlooks where location_id = 'north'",
    )
    .await;
    assert_eq!(
        north, "twin",
        "{origins} moments, {wis} of the flat line's, {coverage}"
    );
    assert!(origins >= 20 && wis <= 0.9);
    let (south, wis): (String, f64) = asked(
        &alder,
        "select model, relative_wis from outlooks where location_id = 'south'",
    )
    .await;
    assert_eq!(south, "baseline", "{wis} of the flat line's");
    let (published, said): (f64, f64) = asked(
        &alder,
        "select f.new_cases, s.twin[12]::float8
            from forecasts f
            join forecast_scores s on s.location_id = f.location_id and not s.replayed
                and s.days = 1 and s.ahead = 1
            where f.location_id = 'north' and f.quantile = 0.5 and f.target_date = '2026-03-25'",
    )
    .await;
    assert_eq!(published as f32, said as f32);
    // Replayed again, the record is the same and not twice as long.
    run(&alder, Kind::Hindcast, None).await.expect("a replay");
    let (again,): (i64,) = asked(
        &alder,
        "select count(*) from forecast_scores where replayed",
    )
    .await;
    assert_eq!(again, replayed);
}
