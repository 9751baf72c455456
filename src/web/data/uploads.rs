//! The way in, and the list of what came.

use axum::{
    extract::{
        Multipart, Query, State,
        multipart::{Field, MultipartError},
    },
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDate;
use leptos::prelude::*;
use serde::Deserialize;

use super::{sub_navigation, upload::work};
use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    surveillance::uploads::{
        NewUpload, Source, Status, Upload,
        receive::Receiving,
        register,
        undo::{self, Turn},
    },
    web::{errors::sentence, page::Page, words},
};

/// Around a file there are a date, and the marks that part them.
pub const AROUND_A_FILE: usize = 64 * 1024;

/// Uploads on a page of the list.
const ON_A_PAGE: i64 = 50;

/// Where the list goes on.
#[derive(Default, Deserialize)]
pub struct Older {
    before: Option<i32>,
}

/// `GET /data`.
pub async fn list(
    State(app): State<App>,
    who: Epidemiologist,
    Query(older): Query<Older>,
) -> Result<Response> {
    show(&app, &who, older.before, None).await
}

async fn show(
    app: &App,
    who: &Epidemiologist,
    before: Option<i32>,
    problem: Option<(StatusCode, String)>,
) -> Result<Response> {
    let mut tx = who.begin().await?;
    let mut uploads = register::list(&mut tx, before, ON_A_PAGE + 1).await?;
    let turn = undo::turn(&mut tx).await?;
    tx.commit().await?;
    let more = i64::try_from(uploads.len()).is_ok_and(|found| found > ON_A_PAGE);
    uploads.truncate(usize::try_from(ON_A_PAGE).unwrap_or(usize::MAX));
    let next = uploads.last().filter(|_| more).map(|last| last.upload_no);
    let today = app.clock.now().date_naive();
    let most = app.config.largest_upload / 1_000_000;
    let status = problem
        .as_ref()
        .map_or(StatusCode::OK, |(status, _)| *status);
    Ok(Page::new("Data")
        .of(&who.person)
        .status(status)
        .render(app, || {
            view! {
                <h1>"Data"</h1>
                {sub_navigation("Uploads")}
                {problem.map(|(_, problem)| view! { <p class="problem" role="alert">{problem}</p> })}
                {form(today, most)}
                <h2>"Uploads"</h2>
                {if uploads.is_empty() {
                    view! {
                        <p class="empty card">
                            "Nothing has been uploaded yet. Choose a file above: you see what is in it before \
                             anything is stored."
                        </p>
                    }.into_any()
                } else {
                    table(&uploads, turn).into_any()
                }}
                {next.map(|before| view! {
                    <p><a href=format!("/data?before={before}")>"Older uploads"</a></p>
                })}
            }
        }))
}

fn form(today: NaiveDate, most: u64) -> impl IntoView + use<> {
    view! {
        <form class="card upload" method="post" action="/data/uploads" enctype="multipart/form-data">
            <div class="stack">
                <label for="as_of">"Known on"</label>
                <input type="date" id="as_of" name="as_of" required value=today.to_string() max=today.to_string()/>
                <p class="hint">"When these numbers were known: today, unless you bring in something older."</p>
            </div>
            <div class="stack">
                <label for="file">"File"</label>
                <input type="file" id="file" name="file" required accept=".csv,.tsv,.txt,.xlsx"/>
                <p class="hint">
                    {format!("CSV, TSV or XLSX, at most {most} MB. Nothing is stored until you have seen what is in it.")}
                </p>
            </div>
            <button type="submit">"Check the file"</button>
        </form>
    }
}

fn table(uploads: &[Upload], turn: Turn) -> impl IntoView + use<> {
    let rows: Vec<_> = uploads
        .iter()
        .map(|upload| {
            let upload_no = upload.upload_no;
            let to = format!("/data/uploads/{upload_no}");
            view! {
                <tr>
                    <th scope="row"><a href=to>{upload_no}</a></th>
                    <td>{upload.file_name.clone()}</td>
                    <td>{upload.as_of.to_string()}</td>
                    <td>{outcome(upload)}{turn_button(upload_no, turn)}</td>
                    <td>{upload.received_at.format("%Y-%m-%d %H:%M UTC").to_string()}<br/>
                        <span class="hint">{upload.received_by.clone()}</span></td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="scroll whole" tabindex="0" role="region" aria-label="Uploads">
            <table class="uploads">
                <thead>
                    <tr>
                        <th scope="col">"No."</th>
                        <th scope="col">"File"</th>
                        <th scope="col">"Known on"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col">"Received"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// What became of it, in words.
pub fn outcome(upload: &Upload) -> String {
    match upload.status {
        Status::Receiving => "not arrived whole".to_owned(),
        Status::Received => "waits to be checked".to_owned(),
        Status::Checked => "waits for your decision".to_owned(),
        Status::Cancelled => "cancelled, nothing stored".to_owned(),
        Status::Accepted => {
            let mut parts = Vec::new();
            for (rows, what) in [
                (upload.new_rows, "new"),
                (upload.changed_rows, "changed"),
                (upload.refused_rows, "refused"),
            ] {
                if rows > 0 {
                    parts.push(format!("{} {what}", words::whole(rows)));
                }
            }
            if parts.is_empty() {
                "nothing new".to_owned()
            } else {
                parts.join(", ")
            }
        }
    }
}

/// The button that takes an upload back or brings it back, where it is its turn.
pub fn turn_button(upload_no: i32, turn: Turn) -> Option<impl IntoView + use<>> {
    let words = if turn.undo == Some(upload_no) {
        "Undo"
    } else if turn.redo == Some(upload_no) {
        "Redo"
    } else {
        return None;
    };
    Some(view! {
        <form method="post" action=format!("/data/uploads/{upload_no}/undo")>
            <button type="submit" class="quiet" aria-label=format!("{words} upload {upload_no}")>{words}</button>
        </form>
    })
}

/// `POST /data/uploads`: a file arrives, is kept as text, and is checked.
pub async fn receive(
    State(app): State<App>,
    who: Epidemiologist,
    form: Multipart,
) -> Result<Response> {
    match take(&app, &who, form).await {
        Ok(upload_no) => Ok(Redirect::to(&format!("/data/uploads/{upload_no}")).into_response()),
        Err(error @ (Error::Invalid(_) | Error::TooLarge(_) | Error::Conflict(_))) => {
            let problem = Some((error.status(), sentence(&error.to_string())));
            show(&app, &who, None, problem).await
        }
        Err(error) => Err(error),
    }
}

async fn take(app: &App, who: &Epidemiologist, mut form: Multipart) -> Result<i32> {
    let now = app.clock.now();
    let today = now.date_naive();
    let mut as_of = today;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("as_of") => {
                as_of = known_on(&short(field).await?, today)?;
            }
            Some("file") => {
                let file_name = field.file_name().unwrap_or_default().to_owned();
                if file_name.is_empty() {
                    break;
                }
                let new = NewUpload {
                    source: Source::Page,
                    file_name: &file_name,
                    as_of,
                    by: &who.person.email,
                    idempotency_key: None,
                    undoes: None,
                };
                let mut receiving = Receiving::begin(
                    who.pools(),
                    &who.tenant.id,
                    &new,
                    app.config.largest_upload,
                    now,
                )
                .await?;
                let upload_no = receiving.upload_no;
                loop {
                    match field.chunk().await {
                        Ok(Some(bytes)) => receiving.push(&bytes, app.clock.now()).await?,
                        Ok(None) => break,
                        Err(error) => {
                            receiving.close(app.clock.now()).await?;
                            return Err(broken(error));
                        }
                    }
                }
                if receiving.finish(app.clock.now()).await?.is_ok() {
                    work::check(app, who, upload_no).await;
                }
                return Ok(upload_no);
            }
            _ => {}
        }
    }
    Err(Error::Invalid("choose a file to upload".into()))
}

/// A field that takes a date, of which no more is held than a date has.
async fn short(mut field: Field<'_>) -> Result<String> {
    let mut text = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        // A little of what is too much, for the message that refuses it.
        text.extend(piece.iter().take(100_usize.saturating_sub(text.len())));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The day on which something was known, as a form has it.
///
/// # Errors
/// Says what it takes.
pub fn known_on(text: &str, today: NaiveDate) -> Result<NaiveDate> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(today);
    }
    let day: NaiveDate = text.parse().map_err(|_| {
        Error::Invalid(format!(
            "“known on” is a date such as {today}, and not in the future"
        ))
    })?;
    if day > today || day < NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default() {
        return Err(Error::Invalid(format!(
            "“known on” lies between 1900 and today, {today}"
        )));
    }
    Ok(day)
}

fn broken(error: MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::TooLarge("that is more than this form takes; send the file in parts".into());
    }
    Error::Invalid("the file did not arrive whole; send it again".into())
}
