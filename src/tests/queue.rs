//! Turns: who gets one, when, and what becomes of a run that fails or is broken off.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

use super::portal::{Department, TestPortal};
use crate::{
    Error, Result,
    billing::budget::{Budget, set},
    database::Pools,
    forecasting::{
        recent_runs::{RecentRun, Status, run},
        runs::{
            Kind, Request,
            execute::Twins,
            model::{Model, Order, Progress},
            request,
            schedule::ask,
            turn::take,
            worker::work,
        },
    },
    tenancy::{TenantId, TenantTx},
};

/// A model that writes down whose runs it did, each for a while, and fails when it is told to.
struct Scribe {
    pools: Pools,
    takes: Duration,
    fails: Option<fn() -> Error>,
    /// Whose runs began and ended, in order.
    seen: Mutex<Vec<String>>,
}

impl Scribe {
    fn of(portal: &TestPortal) -> Self {
        Self {
            pools: portal.app.pools.clone(),
            takes: Duration::ZERO,
            fails: None,
            seen: Mutex::default(),
        }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("what was seen").clone()
    }

    fn sees(&self, what: String) {
        self.seen.lock().expect("what was seen").push(what);
    }
}

#[async_trait]
impl Model for Scribe {
    async fn execute(&self, tenant: &TenantId, order: &Order, _: Progress) -> Result<()> {
        self.sees(format!("{tenant} began"));
        tokio::time::sleep(self.takes).await;
        self.sees(format!("{tenant} ended"));
        if let Some(error) = self.fails {
            return Err(error());
        }
        let mut tx = TenantTx::begin(&self.pools, tenant).await?;
        let (tenant, connection) = tx.parts();
        sqlx::query(
            "update model_runs set status = 'done', finished_at = now() where tenant_id = $1 and run_id = $2",
        )
        .bind(tenant)
        .bind(order.run_id)
        .execute(connection)
        .await?;
        tx.commit().await
    }
}

async fn ask_for(department: &Department<'_>, as_of: Option<&str>) -> Uuid {
    let wanted = Request {
        kind: Kind::Forecast,
        as_of: as_of.map(|day| day.parse().expect("a day")),
        cause: "page",
        by: "epi",
    };
    let mut tx = department.begin().await;
    let run_id = request(&mut tx, wanted, department.portal().app.clock.now())
        .await
        .expect("asked for");
    tx.commit().await.expect("committed");
    run_id
}

async fn seen(department: &Department<'_>, run_id: Uuid) -> RecentRun {
    let mut tx = department.begin().await;
    run(&mut tx, run_id).await.expect("read").expect("a run")
}

/// What a server does beside its requests.
struct Working {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Working {
    fn begin(portal: &TestPortal, model: Arc<dyn Model>) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let app = &portal.app;
        let task = tokio::spawn(work(app.pools.clone(), app.clock.clone(), model, async {
            stopped.await.ok();
        }));
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.send(()).ok();
        self.task.await.expect("ended");
    }
}

/// Waits until `is_so`, for as long as a slow machine may take.
async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} did not happen within a minute");
}

#[tokio::test]
async fn what_is_reported_is_forecast_without_anybody_asking() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-01-11", &[20; 80]).await;
    let app = &portal.app;
    let twins = Twins {
        pools: app.pools.clone(),
        clock: app.clock.clone(),
    };
    let working = Working::begin(&portal, Arc::new(twins));
    let mut browser = alder.epidemiologist().await;
    let shown = async |browser: &mut super::portal::Browser| {
        let page = browser.get("/forecast").await.text;
        page.contains("In the week to")
    };
    for _ in 0..600 {
        if shown(&mut browser).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(shown(&mut browser).await);
    working.end().await;
}

#[tokio::test]
async fn the_same_run_is_asked_for_once_and_a_run_asked_for_while_one_is_done_follows() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let first = ask_for(&alder, None).await;
    assert_eq!(ask_for(&alder, None).await, first);
    assert_ne!(ask_for(&alder, Some("2026-03-01")).await, first);
    let (one, other) = tokio::join!(
        ask_for(&alder, Some("2026-02-01")),
        ask_for(&alder, Some("2026-02-01"))
    );
    assert_eq!(one, other);
}

#[tokio::test]
async fn departments_take_turns_and_none_has_two_at_once() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    for day in 1..5 {
        ask_for(&alder, Some(&format!("2026-03-0{day}"))).await;
    }
    ask_for(&birch, None).await;
    let scribe = Arc::new(Scribe {
        takes: Duration::from_millis(50),
        ..Scribe::of(&portal)
    });
    // Two servers, so that two turns can be under way.
    let working = [
        Working::begin(&portal, scribe.clone()),
        Working::begin(&portal, scribe.clone()),
    ];
    until("five runs", || async { scribe.seen().len() == 10 }).await;
    for working in working {
        working.end().await;
    }
    let seen = scribe.seen();
    let alders: Vec<&String> = seen
        .iter()
        .filter(|what| what.starts_with("alder"))
        .collect();
    for (at, what) in alders.iter().enumerate() {
        let expected = ["alder began", "alder ended"][at % 2];
        assert_eq!(*what, expected, "{seen:?}");
    }
}

#[tokio::test]
async fn a_departments_long_list_keeps_another_waiting_for_one_run_and_no_longer() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    for day in 1..9 {
        ask_for(&alder, Some(&format!("2026-03-0{day}"))).await;
    }
    ask_for(&birch, None).await;
    let scribe = Arc::new(Scribe::of(&portal));
    let working = Working::begin(&portal, scribe.clone());
    until("nine runs", || async { scribe.seen().len() == 18 }).await;
    working.end().await;
    let seen = scribe.seen();
    let position = seen.iter().position(|what| what == "birch began");
    assert_eq!(position, Some(2), "{seen:?}");
}

#[tokio::test]
async fn a_run_that_fails_is_put_off_longer_each_time_and_given_up_after_the_fifth() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let run_id = ask_for(&alder, None).await;
    let app = &portal.app;
    let scribe = Scribe {
        fails: Some(|| Error::internal("relation \"observations\" does not exist")),
        ..Scribe::of(&portal)
    };
    for pause in [30, 120, 480, 1920] {
        take(&app.pools, &app.clock, &alder.tenant, &scribe)
            .await
            .expect("a turn");
        let run = seen(&alder, run_id).await;
        assert_eq!(run.status, Status::Queued);
        assert_eq!(
            run.retry_at,
            Some(app.clock.now() + TimeDelta::seconds(pause))
        );
        let problem = run.problem.expect("a reason");
        assert!(!problem.contains("relation"), "{problem}");
        // Before that, a turn has nothing to do.
        let before = scribe.seen().len();
        take(&app.pools, &app.clock, &alder.tenant, &scribe)
            .await
            .expect("a turn");
        assert_eq!(scribe.seen().len(), before);
        portal.wait(TimeDelta::seconds(pause));
    }
    take(&app.pools, &app.clock, &alder.tenant, &scribe)
        .await
        .expect("a turn");
    let run = seen(&alder, run_id).await;
    assert_eq!((run.status, run.attempts), (Status::Failed, 5));
    assert_eq!(
        billed(&portal).await,
        ["failed"],
        "once, and not for each try"
    );
    let page = alder.epidemiologist().await.get("/forecast").await;
    assert!(page.text.contains("The last run failed"), "{}", page.text);
    assert!(page.text.contains("finds it in the log"), "{}", page.text);
}

#[tokio::test]
async fn what_no_retry_mends_fails_at_once_and_says_what_to_do() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let run_id = ask_for(&alder, None).await;
    let app = &portal.app;
    let twins = Twins {
        pools: app.pools.clone(),
        clock: app.clock.clone(),
    };
    take(&app.pools, &app.clock, &alder.tenant, &twins)
        .await
        .expect("a turn");
    let run = seen(&alder, run_id).await;
    assert_eq!(run.status, Status::Failed);
    let problem = run.problem.expect("a reason");
    assert!(problem.contains("upload some"), "{problem}");
    assert_eq!(billed(&portal).await, ["refused"]);
}

/// What became of the runs that were recorded, in order.
async fn billed(portal: &TestPortal) -> Vec<String> {
    sqlx::query_scalar(
        "select outcome from usage_events where event_type = 'enkf_run' order by occurred_at, event_id",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("events")
}

#[tokio::test]
async fn a_run_that_was_broken_off_is_done_first_and_is_not_counted_twice() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let run_id = ask_for(&alder, None).await;
    ask_for(&alder, Some("2026-03-01")).await;
    let app = &portal.app;
    let endless = Scribe {
        takes: Duration::from_secs(3600),
        ..Scribe::of(&portal)
    };
    let broken_off = tokio::time::timeout(
        Duration::from_secs(2),
        take(&app.pools, &app.clock, &alder.tenant, &endless),
    );
    assert!(broken_off.await.is_err());
    assert_eq!(seen(&alder, run_id).await.status, Status::Running);
    portal.wait(TimeDelta::seconds(1));
    let scribe = Scribe {
        fails: Some(|| Error::Busy),
        ..Scribe::of(&portal)
    };
    take(&app.pools, &app.clock, &alder.tenant, &scribe)
        .await
        .expect("a turn");
    let run = seen(&alder, run_id).await;
    assert_eq!((run.status, run.attempts), (Status::Queued, 1));
}

/// The worker that held the turn is dead: it shows no sign of life any more.
#[tokio::test]
async fn a_turn_of_a_dead_worker_is_given_to_another_and_one_of_a_living_is_not() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let (dead, living) = (ask_for(&alder, None).await, ask_for(&birch, None).await);
    let slow = Arc::new(Scribe {
        takes: Duration::from_secs(12),
        ..Scribe::of(&portal)
    });
    // Alder's turn was taken by a process that was killed a minute ago.
    let mut owner = portal.owner().await;
    sqlx::raw_sql(
        "update queue._private_jobs
            set locked_by = 'gone', locked_at = now() - interval '1 minute', attempts = 1
            where key = 'alder';
        update queue._private_job_queues
            set locked_by = 'gone', locked_at = now() - interval '1 minute'
            where queue_name = 'alder';",
    )
    .execute(&mut owner)
    .await
    .expect("killed");
    let working = [
        Working::begin(&portal, slow.clone()),
        Working::begin(&portal, slow.clone()),
    ];
    until("both runs", || async { slow.seen().len() == 4 }).await;
    for working in working {
        working.end().await;
    }
    let mut began = slow.seen();
    began.retain(|what| what.ends_with("began"));
    began.sort();
    assert_eq!(began, ["alder began", "birch began"]);
    for (department, run) in [(&alder, dead), (&birch, living)] {
        assert_eq!(seen(department, run).await.attempts, 1);
    }
}

#[tokio::test]
async fn each_night_departments_with_something_new_get_a_run_once() {
    let portal = TestPortal::start().await;
    let (alder, _birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-01-11", &[20; 80]).await;
    let app = &portal.app;
    let twins = Twins {
        pools: app.pools.clone(),
        clock: app.clock.clone(),
    };
    let turn = async || {
        take(&app.pools, &app.clock, &alder.tenant, &twins)
            .await
            .expect("a turn");
    };
    let night = async || {
        portal.wait(TimeDelta::days(1));
        ask(&app.pools, &app.clock, app.clock.now(), Duration::ZERO)
            .await
            .expect("asked")
    };
    assert_eq!(night().await, 0, "the run of the new data waits already");
    turn().await;
    assert_eq!(night().await, 0, "nothing is new");
    alder
        .notes("2026-03-02", "laboratory down", None, true)
        .await;
    portal.wait(TimeDelta::hours(1));
    budget(&portal, &alder, Some(0)).await;
    assert_eq!(night().await, 0, "this month's budget is used up");
    budget(&portal, &alder, None).await;
    assert_eq!(night().await, 1);
    let again = ask(&app.pools, &app.clock, app.clock.now(), Duration::ZERO);
    assert_eq!(
        again.await.expect("asked"),
        0,
        "another server asks as well"
    );
    turn().await;
    assert_eq!(night().await, 0);
}

/// Sets from how much on the department starts no more runs.
async fn budget(portal: &TestPortal, department: &Department<'_>, hard: Option<i64>) {
    let begun = portal.app.pools.begin_operator().await;
    let mut tx = begun.expect("a transaction");
    let budget = Budget {
        soft: None,
        hard: hard.map(Into::into),
    };
    let now = portal.app.clock.now();
    set(&mut tx, &department.tenant, budget, "test", now)
        .await
        .expect("set");
    tx.commit().await.expect("committed");
}
