//! A run, from the data to the one commit that leaves all of it or nothing.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::Days;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{
    Kind, Request,
    compute::{Computed, each_place, threads},
    load::{Loaded, load},
    model::{self, Order, Progress},
    request::request,
    score::{records, score_arrived},
    store::{self, Judged, Published},
};
use crate::{
    Error, Result, audit,
    billing::{self, EventType, UsageEvent},
    clock::Clock,
    database::Pools,
    forecasting::{
        history::Place,
        outlook::Model,
        replay::{Replayed, moments, replay},
        update::{Earlier, Update, update},
    },
    surveillance::completeness::FINAL_AGE,
    tenancy::{TenantId, TenantTx},
};

/// How many weeks of history are replayed.
pub const REPLAYED_WEEKS: i64 = 52;

/// The digital twins of a database.
#[derive(Clone, Debug)]
pub struct Twins {
    /// Where it reads and stores.
    pub pools: Pools,
    /// What time it is.
    pub clock: Clock,
}

#[async_trait]
impl model::Model for Twins {
    async fn execute(&self, tenant: &TenantId, order: &Order, progress: Progress) -> Result<()> {
        let (twins, tenant, order) = (self.clone(), tenant.clone(), order.clone());
        let runtime = Handle::current();
        // Many thousands of rows become reports, and forecasts rows: not on a thread that serves
        // pages.
        let work = move || {
            runtime.block_on(execute(
                &twins.pools,
                &twins.clock,
                &tenant,
                &order,
                progress,
            ))
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(Error::internal)?
    }
}

/// When a run began, how long it read, and when it began to write.
#[derive(Clone, Copy)]
struct Times {
    started: Instant,
    loading: Duration,
    storing: Instant,
}

/// What was computed.
enum Outcome {
    Forecast(Vec<Update>),
    Hindcast(Vec<Replayed>),
}

/// Loads, computes on threads of its own with no transaction open, and stores all of it in one
/// commit: state, forecasts, scores, what it used, who asked, and that the run is done.
///
/// `progress` is told how many hundredths of the work are done, and says when to stop.
///
/// # Errors
/// [`Error::Invalid`] in words for people, for what no retry mends. Whatever the error, nothing
/// is stored.
pub async fn execute(
    pools: &Pools,
    clock: &Clock,
    tenant: &TenantId,
    order: &Order,
    progress: Progress,
) -> Result<()> {
    let started = Instant::now();
    let mut tx = TenantTx::begin(pools, tenant).await?;
    let loaded = Arc::new(load(&mut tx, order.as_of).await?);
    tx.commit().await?;
    let loading = started.elapsed();
    progress.reached(5);
    let (kind, inputs) = (order.kind, loaded.clone());
    let computed = tokio::task::spawn_blocking(move || compute(kind, &inputs, &progress));
    let computed = computed.await.map_err(Error::internal)??;
    let times = Times {
        started,
        loading,
        storing: Instant::now(),
    };
    let mut tx = TenantTx::begin(pools, tenant).await?;
    store(&mut tx, clock, order, &loaded, computed, times).await?;
    tx.commit().await
}

fn compute(kind: Kind, loaded: &Loaded, progress: &Progress) -> Result<Computed<Outcome>> {
    let inputs = &loaded.inputs;
    // The department first: it takes longest.
    let mut places: Vec<Place> = inputs.history.everybody().collect();
    places.rotate_right(1);
    let done = |done: usize| {
        progress.reached(5 + u8::try_from(90 * done / places.len()).unwrap_or(90));
        !progress.is_stopped()
    };
    let (outcome, cpu) = match kind {
        Kind::Forecast => {
            let earlier = Earlier::of(inputs);
            let work = |place| update(inputs, &earlier, place);
            let computed = each_place(&places, threads(), done, work)?;
            let updates = computed.results.into_iter().flatten().collect();
            (Outcome::Forecast(updates), computed.cpu)
        }
        Kind::Hindcast => {
            let moments = moments(inputs, REPLAYED_WEEKS);
            let work = |place| replay(inputs, place, &moments);
            let computed = each_place(&places, threads(), done, work)?;
            let replayed = computed.results.into_iter().flatten().collect();
            (Outcome::Hindcast(replayed), computed.cpu)
        }
    };
    Ok(Computed {
        results: vec![outcome],
        cpu,
    })
}

async fn store(
    tx: &mut TenantTx,
    clock: &Clock,
    order: &Order,
    loaded: &Loaded,
    computed: Computed<Outcome>,
    times: Times,
) -> Result<()> {
    let (moment, cpu) = (loaded.inputs.moment, computed.cpu);
    let mut left = Left {
        state_id: None,
        locations: 0,
    };
    for outcome in &computed.results {
        match outcome {
            Outcome::Forecast(updates) => {
                left = store_forecast(tx, clock, loaded, updates).await?;
            }
            Outcome::Hindcast(replayed) => {
                let settled = Days::new(u64::from(FINAL_AGE));
                let judged: Vec<Judged<'_>> = replayed
                    .iter()
                    .map(|of| Judged::of_replay(of, moment, settled))
                    .collect();
                store::judged(tx, loaded.settings_version, true, &judged).await?;
                let mut places: Vec<&str> =
                    replayed.iter().map(|of| of.location.as_str()).collect();
                places.dedup();
                left.locations = places.iter().filter(|place| !place.is_empty()).count();
                // The record decides whose forecast is shown, so it is decided again.
                let wanted = Request {
                    kind: Kind::Forecast,
                    as_of: None,
                    cause: &order.cause,
                    by: &order.by,
                };
                request(tx, wanted, clock.now()).await?;
            }
        }
    }
    finish(tx, clock, order, loaded, &left, cpu, times).await
}

/// What a run left.
struct Left {
    state_id: Option<Uuid>,
    /// How many places were forecast.
    locations: usize,
}

async fn store_forecast(
    tx: &mut TenantTx,
    clock: &Clock,
    loaded: &Loaded,
    updates: &[Update],
) -> Result<Left> {
    let (moment, version) = (loaded.inputs.moment, loaded.settings_version);
    let (now, settings) = (clock.now(), &loaded.inputs.settings);
    if updates.iter().all(|of| of.kept.is_none()) {
        return Err(Error::Invalid(
            "no place has reported a case yet: there is nothing to forecast".into(),
        ));
    }
    let known: HashMap<&str, _> = updates
        .iter()
        .map(|of| (of.location.as_str(), &of.series))
        .collect();
    score_arrived(tx, &known, moment).await?;
    let mut records = records(tx, version, moment).await?;
    let state_id = Uuid::now_v7();
    store::state(tx, state_id, moment, (version, settings), updates, now).await?;
    let published: Vec<Published<'_>> = updates
        .iter()
        .filter_map(|of| {
            let ahead = of.ahead.as_ref()?;
            let record = records.remove(&of.location).unwrap_or_default();
            let model = if record.objections().is_empty() {
                Model::Twin
            } else {
                Model::Baseline
            };
            Some(Published {
                location: &of.location,
                ahead,
                record,
                model,
            })
        })
        .collect();
    store::published(tx, state_id, &published, now).await?;
    store::reproduction(tx, state_id, updates).await?;
    let judged: Vec<Judged<'_>> = published
        .iter()
        .flat_map(|of| Judged::of_forecast(of.location, of.ahead, moment))
        .collect();
    store::judged(tx, version, false, &judged).await?;
    Ok(Left {
        state_id: Some(state_id),
        locations: published
            .iter()
            .filter(|of| !of.location.is_empty())
            .count(),
    })
}

/// Marks the run done, bills it and says in the audit that it was: once, since only a run that
/// is under way can be finished.
async fn finish(
    tx: &mut TenantTx,
    clock: &Clock,
    order: &Order,
    loaded: &Loaded,
    left: &Left,
    cpu: Duration,
    times: Times,
) -> Result<()> {
    let (now, took) = (clock.now(), times.started.elapsed());
    let event = EventType::EnkfRun { cpu };
    let whole = |duration: Duration| i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
    let (tenant, connection) = tx.parts();
    let finished = sqlx::query(
        r#"
        update model_runs
        set status = 'done', progress = 100, finished_at = $3, retry_at = null, problem = null,
            settings_version = $4, locations = $5, duration_ms = $6, cpu_ms = $7,
            cost_units = $8, state_id = $9
        where tenant_id = $1 and run_id = $2 and status = 'running'
        "#,
    )
    .bind(tenant)
    .bind(order.run_id)
    .bind(now)
    .bind(loaded.settings_version)
    .bind(i32::try_from(left.locations).unwrap_or(i32::MAX))
    .bind(whole(took))
    .bind(whole(cpu))
    .bind(event.cost_units())
    .bind(left.state_id)
    .execute(connection)
    .await?;
    if finished.rows_affected() != 1 {
        return Err(Error::Conflict("somebody else finished the run".into()));
    }
    let run = UsageEvent {
        in_database: times.loading + times.storing.elapsed(),
        ..UsageEvent::done(event, now, took)
    };
    billing::record(tx, &format!("run:{}", order.run_id), run).await?;
    let (action, what) = match order.kind {
        Kind::Forecast => ("forecast.made", "forecast"),
        Kind::Hindcast => ("record.replayed", "replay of history"),
    };
    let (moment, locations) = (loaded.inputs.moment, left.locations);
    let subject = format!("{what} as known on {moment}, {locations} locations");
    audit::record_own(tx, now, &order.by, action, &subject).await
}
