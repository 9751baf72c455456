//! `POST /api/v1/observations`: a program sends what was reported, by the same way in as the page.

use std::{future::Future, time::Instant};

use axum::{
    Json,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use serde::Serialize;
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    problem::{self, Problem},
    query::Parameters,
    report::{Outcome, Report},
    sent::{NewObservations, Sent},
};
use crate::{
    Error, Result,
    access::{ApiClient, Scope},
    app::App,
    billing::{self, EventType, UsageEvent},
    surveillance::{
        reading::{Reading, Topic},
        uploads::{
            Job, NewUpload, Source, Upload, check, decide,
            receive::Receiving,
            register::{self, Status},
            repeat::{Earlier, earlier},
            work::Progress,
        },
    },
};

/// How observations are to be taken.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what `Parameters` reads")]
pub struct SendingQuery {
    /// The day on which this was known, not after today. Otherwise today.
    as_of: Option<NaiveDate>,
    /// Says what would be stored, and stores nothing.
    #[param(default = false)]
    dry_run: Option<bool>,
    /// Whether negative numbers, and cumulative ones that fall, are corrections of days before.
    /// Otherwise they are refused.
    #[param(default = false)]
    corrections: Option<bool>,
    /// How dates are written, where a file leaves it open: the answer to the question of that name.
    date_form: Option<String>,
    /// What a row is: the answer to the question of that name.
    layout: Option<String>,
    /// Whether numbers are new cases or all so far: the answer to the question of that name.
    counting: Option<String>,
    /// Whether numbers count days or weeks: the answer to the question of that name.
    period: Option<String>,
    /// The column with the numbers.
    new_cases: Option<String>,
    /// The column with the dates.
    date: Option<String>,
    /// The column with the places.
    location: Option<String>,
    /// That the rows of a line list are to be counted: `yes`.
    line_list: Option<String>,
    /// That numbers far above what was usual are right: `yes`.
    spikes: Option<String>,
}

/// Why nothing was stored, with all that was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusedReport {
    /// What is wrong.
    #[serde(flatten)]
    problem: Problem,
    /// What was found. Missing where it was not even read.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
}

/// Send observations
///
/// Stores what the department reported: JSON, CSV, TSV or an Excel workbook, of any shape that the
/// page for uploads takes, read and checked as there. Rows that can be taken are stored, all at once;
/// those that cannot are named in the report. Where a file leaves something open, nothing is stored
/// and the report has questions, each with the parameter that answers it. Scope `write`.
///
/// Send an `Idempotency-Key`, and a request that is repeated under it is stored once, whatever became
/// of the first: the answer is that of the first, and says so in `Idempotency-Replayed`. Under the
/// same key something else is refused.
#[utoipa::path(
    post,
    path = "/v1/observations",
    operation_id = "sendObservations",
    tag = "Surveillance",
    params(
        SendingQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Your name for this request, up to 200 printable characters", min_length = 1, max_length = 200, pattern = "^[!-~]+$"),
    ),
    request_body(content(
        (NewObservations = "application/json"),
        (String = "text/csv", example = "date,location_id,new_cases\n2026-03-01,alder-city,42\n"),
        (String = "text/tab-separated-values", example = "date\tlocation_id\tnew_cases\n2026-03-01\talder-city\t42\n"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ), description = "What was reported"),
    responses(
        (status = 200, description = "What would be stored: this was a dry run", body = Report),
        (status = 201, description = "Stored", body = Report),
        (status = 409, description = "It is known already, or under way"),
        (status = 413, description = "Too large"),
        (status = 415, description = "Not a form that is read"),
        (status = 422, description = "Nothing of it can be stored", body = RefusedReport, content_type = "application/problem+json"),
    ),
    security(("key" = ["write"]), ("token" = ["write"])),
)]
pub async fn send(
    State(app): State<App>,
    client: ApiClient,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response> {
    client.require(Scope::Write)?;
    let started = Instant::now();
    let parameters = Parameters::read::<SendingQuery>(query.as_deref())?;
    let asked = Asked::read(&parameters, &headers, app.clock.now().date_naive())?;
    let sent = Sent::read(&headers, body).await?;
    let Some(key) = asked.key.as_deref().filter(|_| !asked.dry_run) else {
        let receiving = begin(&app, &client, &asked, sent.name()).await?;
        return take(&app, &client, asked, receiving, sent, started).await;
    };
    let _ticket = app.under_way.take(&client.tenant.id, key)?;
    let mut tx = client.begin().await?;
    let before = earlier(&mut tx, key).await?;
    tx.commit().await?;
    let receiving = match before {
        None => begin(&app, &client, &asked, sent.name()).await?,
        Some(before) if before.is_decided() => {
            return repeat(&app, &client, &before, sent).await;
        }
        Some(before) => {
            let new = asked.upload(&client, sent.name());
            Receiving::begin_again(
                client.pools(),
                &client.tenant.id,
                before.upload_no,
                &new,
                app.config.largest_upload,
            )
            .await?
        }
    };
    take(&app, &client, asked, receiving, sent, started).await
}

/// What was asked, understood.
struct Asked {
    as_of: NaiveDate,
    dry_run: bool,
    corrections: bool,
    answers: Vec<(Topic, String)>,
    key: Option<String>,
}

impl Asked {
    fn read(parameters: &Parameters, headers: &HeaderMap, today: NaiveDate) -> Result<Self> {
        let yes_or_no = |name| -> Result<bool> {
            let said = parameters.words(name, &[("true", true), ("false", false)])?;
            Ok(said.first().copied().unwrap_or(false))
        };
        let as_of = parameters.date("as_of")?.unwrap_or(today);
        if as_of > today || as_of < NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default() {
            return Err(Error::Invalid(format!(
                "`as_of` should lie between 1900-01-01 and today, {today}, and is {as_of}"
            )));
        }
        let answers = Topic::ALL
            .into_iter()
            .filter_map(|topic| Some((topic, parameters.one(topic.as_str())?.to_owned())))
            .collect();
        Ok(Self {
            as_of,
            dry_run: yes_or_no("dry_run")?,
            corrections: yes_or_no("corrections")?,
            answers,
            key: key(headers)?,
        })
    }

    fn upload<'a>(&'a self, client: &'a ApiClient, name: &'a str) -> NewUpload<'a> {
        NewUpload {
            source: Source::Api,
            file_name: name,
            as_of: self.as_of,
            by: &client.prefix,
            // A dry run stores nothing that could be stored twice.
            idempotency_key: self.key.as_deref().filter(|_| !self.dry_run),
            undoes: None,
        }
    }

    /// Takes what was asked over into how the file is read.
    fn edit(&self, reading: &mut Reading) -> Result<()> {
        reading.corrections = self.corrections;
        for (topic, answer) in &self.answers {
            reading.answer(*topic, answer).map_err(Error::Invalid)?;
        }
        Ok(())
    }
}

/// The `Idempotency-Key`, if there is one.
fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let printable = |key: &&str| {
        (1..=200).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let key = key.to_str().ok().filter(printable).ok_or_else(|| {
        Error::Invalid(
            "`Idempotency-Key` should have 1 to 200 printable characters, and no spaces".into(),
        )
    })?;
    Ok(Some(key.to_owned()))
}

async fn begin(app: &App, client: &ApiClient, asked: &Asked, name: &str) -> Result<Receiving> {
    Receiving::begin(
        client.pools(),
        &client.tenant.id,
        &asked.upload(client, name),
        app.config.largest_upload,
        app.clock.now(),
    )
    .await
}

/// Receives, checks and stores it.
async fn take(
    app: &App,
    client: &ApiClient,
    asked: Asked,
    mut receiving: Receiving,
    mut sent: Sent,
    started: Instant,
) -> Result<Response> {
    let (by, upload_no) = (client.prefix.clone(), receiving.upload_no);
    loop {
        match sent.next().await {
            Ok(Some(piece)) => receiving.push(&piece, app.clock.now()).await?,
            Ok(None) => break,
            Err(error) => {
                let keyed = asked.key.is_some() && !asked.dry_run;
                receiving.break_off(keyed, app.clock.now()).await?;
                return Err(error);
            }
        }
    }
    if receiving.finish(app.clock.now()).await?.is_err() {
        return refuse(&upload(client, upload_no).await?);
    }
    let dry_run = asked.dry_run;
    work(app, client, upload_no, move |job: Job| async move {
        let checked = check::check(&job, |reading| asked.edit(reading)).await;
        // What cannot be checked with these answers, or is not to be stored, is decided on.
        match checked {
            Ok(report) if !dry_run && report.obstacle().is_none() => Ok(()),
            checked => {
                decide::cancel(&job, &by).await?;
                checked.map(drop)
            }
        }
    })
    .await?;
    let checked = upload(client, upload_no).await?;
    if dry_run {
        return Ok(Json(Report::of(&checked, Outcome::DryRun)).into_response());
    }
    if checked.status == Status::Cancelled {
        return refuse(&checked);
    }
    let (by, key_id) = (client.prefix.clone(), client.key_id);
    work(app, client, upload_no, move |job: Job| async move {
        let now = job.now;
        decide::accept(&job, &by, async |tx| {
            let call = UsageEvent {
                key_id: Some(key_id),
                ..UsageEvent::done(EventType::ApiCall, now, started.elapsed())
            };
            // An upload is taken once, however often it is sent.
            billing::record(tx, &format!("upload:{upload_no}"), call).await?;
            Ok(())
        })
        .await
        .map(drop)
    })
    .await?;
    client.mark_billed();
    stored(&upload(client, upload_no).await?)
}

/// What became of the same request before.
async fn repeat(app: &App, client: &ApiClient, before: &Earlier, sent: Sent) -> Result<Response> {
    let hash = sent.sha256(app.config.largest_upload).await?;
    if before.sha256.as_deref().is_some_and(|known| known != hash) {
        return Err(Error::Invalid(
            "something else was sent under this `Idempotency-Key` before; choose another".into(),
        ));
    }
    let before = upload(client, before.upload_no).await?;
    let mut response = match before.status {
        Status::Accepted => {
            // When it was stored. A repetition is not billed again.
            client.mark_billed();
            stored(&before)?
        }
        _ => refuse(&before)?,
    };
    response
        .headers_mut()
        .insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

fn stored(upload: &Upload) -> Result<Response> {
    let report = Report::of(upload, Outcome::Stored);
    Ok((StatusCode::CREATED, Json(report)).into_response())
}

/// Nothing is stored: why, as problem details with the report.
fn refuse(upload: &Upload) -> Result<Response> {
    let report = Report::of(upload, Outcome::Refused);
    // What is known already is no fault of what was sent.
    let known = upload.report.fault.is_none() && report.is_known();
    let status = if known {
        StatusCode::CONFLICT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let refused = RefusedReport {
        problem: Problem::new(status, report.detail(), Uuid::new_v4()),
        report: Some(report),
    };
    let mut response = (status, Json(refused)).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(problem::MEDIA_TYPE),
    );
    Ok(response)
}

async fn upload(client: &ApiClient, upload_no: i32) -> Result<Upload> {
    let mut tx = client.begin().await?;
    let upload = register::find(&mut tx, upload_no).await?;
    tx.commit().await?;
    Ok(upload)
}

/// Does a piece of work in its turn, to its end also where nobody waits for it any more.
async fn work<F>(
    app: &App,
    client: &ApiClient,
    upload_no: i32,
    work: impl FnOnce(Job) -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    let tenant = &client.tenant.id;
    let started = app
        .work
        .start(tenant, upload_no, |progress: std::sync::Arc<Progress>| {
            let job = Job::new(client.pools(), tenant, upload_no, app.clock.now(), progress);
            let work = work(job);
            async move {
                // If nobody waits, nobody is told.
                tell.send(work.await).ok();
                Ok(())
            }
        });
    if !started {
        return Err(Error::Conflict(format!(
            "somebody is looking at upload {upload_no} on the page for uploads just now; send it again"
        )));
    }
    app.work.finished(tenant, upload_no).await;
    told.await.map_err(Error::internal)?
}
