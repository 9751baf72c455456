//! `/api/v1/runs`: the runs of a department's model, asked for and looked after.

use std::time::Instant;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    answer::{Table, answer},
    cursor,
    format::Format,
    object::Object,
    observations::Form,
    query::Parameters,
};
use crate::{
    Error, Result,
    access::{ApiClient, Scope},
    app::App,
    billing::{self, EventType, UsageEvent, budget::allow_run},
    clock::Now,
    forecasting::{
        recent_runs::{After, RecentRun, recent_runs, run},
        runs::{Kind, Request, request},
    },
};

const PATH: &str = "/api/v1/runs";

/// What may be asked of runs.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what `Parameters` reads")]
pub struct RunsQuery {
    /// So many rows at most.
    #[param(minimum = 1, maximum = 10_000, default = 1_000)]
    limit: Option<u32>,
    /// The page after the one whose `next` this is.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    cursor: Option<String>,
    /// The form of the answer, where `Accept` cannot be set.
    #[param(inline)]
    format: Option<Form>,
}

/// A run that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// What it is to do: `forecast` from what is known, or `hindcast`, which replays a year of
    /// history to give forecasts a record.
    #[serde(default = "forecast")]
    #[schema(default = "forecast", pattern = "^(forecast|hindcast)$")]
    kind: String,
    /// What it may know: what was reported by the end of this day. Otherwise all.
    #[serde(default)]
    as_of: Option<NaiveDate>,
}

fn forecast() -> String {
    Kind::Forecast.to_string()
}

/// A run of the model, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Run {
    /// Its id.
    run_id: Uuid,
    /// `forecast` or `hindcast`.
    #[schema(example = "forecast")]
    kind: String,
    /// `queued`, `running`, `done` or `failed`.
    #[schema(example = "done")]
    status: String,
    /// Hundredths of the work that are done.
    #[schema(minimum = 0, maximum = 100, example = 100)]
    progress: i16,
    /// What started it: `data`, `schedule`, `page`, `api` or `command`.
    #[schema(example = "api")]
    cause: String,
    /// When it was asked for.
    #[schema(value_type = chrono::DateTime<chrono::FixedOffset>)]
    requested_at: Now,
    /// By whom.
    requested_by: String,
    /// The day up to which it may know what was reported; `null`: the latest.
    #[schema(required)]
    as_of: Option<NaiveDate>,
    /// How often it was begun.
    #[schema(example = 1)]
    attempts: i16,
    /// When it is tried again, after a failure.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::FixedOffset>>)]
    retry_at: Option<Now>,
    /// What went wrong, in words.
    #[schema(required)]
    problem: Option<String>,
    /// The version of the parameters it was run with; 0 are the documented defaults.
    #[schema(required, example = 0)]
    settings_version: Option<i32>,
    /// How many locations it forecast.
    #[schema(required, example = 12)]
    locations: Option<i32>,
    /// How long it took, in milliseconds.
    #[schema(required, example = 840)]
    duration_ms: Option<i32>,
    /// What it cost, in cost units.
    #[schema(required, example = 71.5)]
    cost_units: Option<f64>,
}

impl From<RecentRun> for Run {
    fn from(run: RecentRun) -> Self {
        Self {
            run_id: run.run_id,
            status: run.status.as_str().to_owned(),
            kind: run.kind,
            progress: run.progress,
            cause: run.cause,
            requested_at: run.requested_at,
            requested_by: run.requested_by,
            as_of: run.as_of,
            attempts: run.attempts,
            retry_at: run.retry_at,
            problem: run.problem,
            settings_version: run.settings_version,
            locations: run.locations,
            duration_ms: run.duration_ms,
            cost_units: run.cost_units,
        }
    }
}

/// A page of runs, the latest first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Runs {
    /// The page's rows.
    runs: Vec<Run>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next: Option<String>,
}

impl Table for Runs {
    type Row = Run;
    const COLUMNS: &'static [&'static str] = &[
        "run_id",
        "kind",
        "status",
        "progress",
        "cause",
        "requested_at",
        "requested_by",
        "as_of",
        "attempts",
        "retry_at",
        "problem",
        "settings_version",
        "locations",
        "duration_ms",
        "cost_units",
    ];

    fn rows(&self) -> &[Run] {
        &self.runs
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// Run the model
///
/// Asks for a run of the department's model. It is done in turn; look at it under `Location` until
/// its `status` is `done` or `failed`. Where the same run waits already, that one is meant, so asking
/// twice is as good as asking once. Scope `run`.
#[utoipa::path(
    post,
    path = "/v1/runs",
    operation_id = "askForRun",
    tag = "Forecasting",
    request_body(content = Option<NewRun>, description = "What is wanted. Without a body, a forecast"),
    responses(
        (status = 202, description = "It is queued", body = Run, headers(
            ("Location" = String, description = "Where it can be looked at"),
        )),
        (status = 422, description = "There can be no such run"),
    ),
    security(("key" = ["run"]), ("token" = ["run"])),
)]
pub async fn ask(State(app): State<App>, client: ApiClient, body: Bytes) -> Result<Response> {
    client.require(Scope::Run)?;
    let started = Instant::now();
    let now = app.clock.now();
    let wanted = if body.is_empty() {
        NewRun {
            kind: forecast(),
            as_of: None,
        }
    } else {
        let Object(wanted) = serde_json::from_slice(&body).map_err(|error| {
            Error::Invalid(format!(
                "the body should be JSON such as {{\"kind\": \"forecast\", \"as_of\": \"2026-03-31\"}}: {error}"
            ))
        })?;
        wanted
    };
    let kind: Kind = wanted.kind.parse()?;
    if let Some(as_of) = wanted.as_of.filter(|day| *day > now.date_naive()) {
        return Err(Error::Invalid(format!(
            "`as_of` is the day up to which reports may be known, and {as_of} lies in the future"
        )));
    }
    let mut tx = client.begin().await?;
    allow_run(&mut tx, now).await?;
    let wanted = Request {
        kind,
        as_of: wanted.as_of,
        cause: "api",
        by: &client.prefix,
    };
    let run_id = request(&mut tx, wanted, now).await?;
    let found = run(&mut tx, run_id).await?.ok_or(Error::NotFound("run"))?;
    let call = UsageEvent {
        key_id: Some(client.key_id),
        ..UsageEvent::done(EventType::ApiCall, now, started.elapsed())
    };
    // Each call is one, also where it asks for what another asked for.
    billing::record(&mut tx, &format!("call:{}", Uuid::now_v7()), call).await?;
    tx.commit().await?;
    client.mark_billed();
    let mut response = (StatusCode::ACCEPTED, Json(Run::from(found))).into_response();
    let location = HeaderValue::try_from(format!("{PATH}/{run_id}")).map_err(Error::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Runs
///
/// The runs of the department's model, the latest first, however they were started. Scope `read`.
#[utoipa::path(
    get,
    path = "/v1/runs",
    operation_id = "readRuns",
    tag = "Forecasting",
    params(RunsQuery),
    responses(
        (status = 200, description = "A page of runs", headers(
            ("Link" = String, description = "The next page, as `rel=\"next\"`, if there is one"),
        ), content(
            (Runs = "application/json"),
            (String = "text/csv", example = "run_id,kind,status,progress,cause,requested_at,requested_by,as_of,attempts,retry_at,problem,settings_version,locations,duration_ms,cost_units\n"),
        )),
        (status = 406, description = "Neither JSON nor CSV is accepted"),
    ),
    security(("key" = ["read"]), ("token" = ["read"])),
)]
pub async fn list(
    client: ApiClient,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    client.require(Scope::Read)?;
    let parameters = Parameters::read::<RunsQuery>(query.as_deref())?;
    let format = Format::asked(&parameters, &headers)?;
    let after = parameters.one("cursor").map(after).transpose()?;
    let limit = parameters.limit()?;
    let mut tx = client.begin().await?;
    // One more tells whether there is another page.
    let mut runs = recent_runs(&mut tx, after, i64::from(limit) + 1).await?;
    let more = runs.len() > limit as usize;
    runs.truncate(limit as usize);
    let next = runs
        .last()
        .filter(|_| more)
        .map(|last| cursor::wrap(&[&last.requested_at.to_rfc3339(), &last.run_id.to_string()]));
    let runs = runs.into_iter().map(Run::from).collect();
    let response = answer(&Runs { runs, next }, format, None, PATH, &parameters)?;
    tx.commit().await?;
    Ok(response)
}

fn after(cursor: &str) -> Result<After> {
    let [requested_at, run_id] = cursor::unwrap(cursor)?;
    let requested_at = chrono::DateTime::parse_from_rfc3339(&requested_at);
    match (requested_at, run_id.parse()) {
        (Ok(requested_at), Ok(run_id)) => Ok((requested_at.to_utc(), run_id)),
        _ => Err(cursor::refused()),
    }
}

/// A run
///
/// A run of the department's model, and what became of it. Scope `read`.
#[utoipa::path(
    get,
    path = "/v1/runs/{run_id}",
    operation_id = "readRun",
    tag = "Forecasting",
    params(("run_id" = Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "The run", body = Run),
        (status = 404, description = "The department has no such run"),
    ),
    security(("key" = ["read"]), ("token" = ["read"])),
)]
pub async fn show(client: ApiClient, Path(run_id): Path<String>) -> Result<Json<Run>> {
    client.require(Scope::Read)?;
    let run_id: Uuid = run_id.parse().map_err(|_| Error::NotFound("run"))?;
    let mut tx = client.begin().await?;
    let found = run(&mut tx, run_id).await?.ok_or(Error::NotFound("run"))?;
    tx.commit().await?;
    Ok(Json(Run::from(found)))
}
