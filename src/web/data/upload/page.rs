//! The page of an upload: it asks, shows what would change, and waits for a decision.

use axum::{Json, extract::State, response::Response};
use leptos::{nonce::use_nonce, prelude::*};

use super::{UploadNo, findings, places as new_places, reading};
use crate::{
    Result,
    access::Epidemiologist,
    app::App,
    surveillance::uploads::{
        Status, Upload, places, register,
        undo::{self, Turn},
        work::{Progress, State as WorkState},
    },
    web::{
        data::{
            below,
            uploads::{outcome, turn_button},
        },
        errors::sentence,
        page::Page,
        words,
    },
};

/// `GET /data/uploads/{upload}`.
pub async fn show(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
) -> Result<Response> {
    let tenant = &who.tenant.id;
    // Asked before the upload is read: what ended in between is then read as it ended.
    let state = app.work.state(tenant, upload_no);
    let mut tx = who.begin().await?;
    let upload = register::find(&mut tx, upload_no).await?;
    let kept = register::has_text(&mut tx, upload_no).await?;
    let turn = undo::turn(&mut tx).await?;
    let known = places::listed(&mut tx).await?;
    let revision = match upload.status {
        Status::Checked => findings::Revision::read(&mut tx, &upload).await?,
        _ => None,
    };
    tx.commit().await?;
    if matches!(state, Some(WorkState::Failed(_))) {
        app.work.told(tenant, upload_no);
    }
    let title = format!("Upload {upload_no}");
    Ok(Page::new(&title)
        .within("Data")
        .of(&who.person)
        .render(&app, || {
            view! {
                <h1>{format!("Upload {upload_no}: {}", upload.file_name)}</h1>
                {below("Uploads")}
                {summary(&upload)}
                {match state {
                    Some(WorkState::Running(progress, _)) => working(&upload, &progress).into_any(),
                    Some(WorkState::Failed(problem)) => view! {
                        <p class="problem" role="alert">{words::quoted(&sentence(&problem))}</p>
                        {body(&upload, kept, turn, &known, revision.as_ref())}
                    }.into_any(),
                    None => body(&upload, kept, turn, &known, revision.as_ref()).into_any(),
                }}
            }
        }))
}

/// `GET /data/uploads/{upload}/progress`: the percent that are done, or null where nothing is
/// being done.
pub async fn progress(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
) -> Result<Json<serde_json::Value>> {
    let mut tx = who.begin().await?;
    register::find(&mut tx, upload_no).await?;
    tx.commit().await?;
    let percent = match app.work.state(&who.tenant.id, upload_no) {
        Some(WorkState::Running(progress, _)) => Some(percent(&progress)),
        Some(WorkState::Failed(_)) | None => None,
    };
    Ok(Json(serde_json::json!({ "percent": percent })))
}

fn summary(upload: &Upload) -> impl IntoView + use<> {
    let decided = upload
        .decided_at
        .zip(upload.decided_by.clone())
        .map(|(at, by)| format!(" Decided {} by {by}.", at.format("%-d %B %Y, %H:%M UTC")));
    let size = upload
        .byte_length
        .map(|bytes| format!(", {}", words::bytes(bytes.unsigned_abs())));
    view! {
        <p class="lead">
            {format!("Known on {}. ", words::day(upload.as_of))}
            {format!("Received {} from {}", upload.received_at.format("%-d %B %Y, %H:%M UTC"), upload.received_by)}
            {size}"."{decided}
            " "<strong>{sentence(&outcome(upload))}</strong>
        </p>
    }
}

/// Moves the bar. Not an island: as one it would add four kilobytes to the first page of
/// everybody, and it is needed for seconds on a page that few people see.
const WATCH: &str = include_str!("watch.js");

/// While it is being read or stored. Without JavaScript the link looks again.
fn working(upload: &Upload, progress: &Progress) -> impl IntoView + use<> {
    let upload_no = upload.upload_no;
    let words = match upload.status {
        Status::Checked => "Being read again, or stored",
        _ => "Being read",
    };
    let percent = percent(progress);
    let address = format!("/data/uploads/{upload_no}/progress");
    view! {
        <section class="card working" data-progress=address>
            <h2>{words}</h2>
            <p><strong>{format!("{percent} %")}</strong>" done"</p>
            <progress max="100" value=percent aria-label="Done"></progress>
            <p>
                <a class="button" href=format!("/data/uploads/{upload_no}")>"Look again"</a>
                " It goes on while you do something else."
            </p>
            <script nonce=use_nonce() inner_html=WATCH></script>
        </section>
    }
}

/// Whole percent that are done.
fn percent(progress: &Progress) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share lies between 0 and 1"
    )]
    let percent = (100.0 * progress.share().unwrap_or(0.0)).floor() as u32;
    percent
}

fn body(
    upload: &Upload,
    kept: bool,
    turn: Turn,
    known: &[places::KnownPlace],
    revision: Option<&findings::Revision>,
) -> AnyView {
    let upload_no = upload.upload_no;
    let report = &upload.report;
    match upload.status {
        Status::Receiving => view! {
            <p class="caution">"This file has not arrived whole. Upload it again; this one can be cancelled."</p>
            {cancel(upload_no)}
        }
        .into_any(),
        Status::Received => view! {
            <p>"The file is here and has not been read yet."</p>
            <div class="actions">
                <form method="post" action=format!("/data/uploads/{upload_no}/check")>
                    <button type="submit">"Check it"</button>
                </form>
                {cancel(upload_no)}
            </div>
        }
        .into_any(),
        Status::Checked => match &report.fault {
            Some(fault) => view! {
                <p class="problem" role="alert">{words::quoted(&sentence(&fault.message))}" "{words::quoted(&sentence(&fault.fix))}</p>
                {upload.reading.as_ref().map(|read| reading::form(upload, read))}
                <div class="actions">
                    <a class="button" href="/data">"Choose another file"</a>
                    {cancel(upload_no)}
                </div>
            }
            .into_any(),
            None => checked(upload, kept, known, revision).into_any(),
        },
        Status::Accepted => view! {
            {findings::figures_of(upload)}
            {findings::problems(upload, kept)}
            {turn_button(upload_no, turn).map(|button| {
                let (heading, words) = if turn.redo == Some(upload_no) {
                    (
                        "It was taken back",
                        "What it said is known no longer. It can be brought back until something new is uploaded.",
                    )
                } else {
                    (
                        "Take it back?",
                        "What was known before is known again from today on. Nothing is erased, and it can be \
                         brought back.",
                    )
                };
                view! { <h2>{heading}</h2><p class="hint">{words}</p>{button} }
            })}
        }
        .into_any(),
        Status::Cancelled => view! {
            {report.fault.as_ref().map(|fault| view! {
                <p class="problem" role="alert">{words::quoted(&sentence(&fault.message))}" "{words::quoted(&sentence(&fault.fix))}</p>
            })}
            <p>"Nothing of it was stored. "<a href="/data">"Upload another file"</a></p>
        }
        .into_any(),
    }
}

fn checked(
    upload: &Upload,
    kept: bool,
    known: &[places::KnownPlace],
    revision: Option<&findings::Revision>,
) -> impl IntoView + use<> {
    let (upload_no, report) = (upload.upload_no, &upload.report);
    let values = report.tally.new + report.tally.changed;
    let unit = if values == 1 { "value" } else { "values" };
    let refused = report.refused();
    let whole = |rows: u64| words::whole(i64::try_from(rows).unwrap_or(i64::MAX));
    let store = match refused {
        0 => format!("Store {} {unit}", whole(values)),
        _ => format!(
            "Store {} {unit} without the {} refused",
            whole(values),
            whole(refused)
        ),
    };
    let decision = match report.obstacle() {
        Some(obstacle) => {
            // What is asked stands just above.
            let obstacle = match report.questions.len() {
                0 => obstacle,
                1 => "please answer the question first".to_owned(),
                _ => "please answer the questions first".to_owned(),
            };
            view! {
                <p class="caution">{words::quoted(&format!("It cannot be stored yet: {obstacle}"))}</p>
            }
            .into_any()
        }
        None => view! {
            <form method="post" action=format!("/data/uploads/{upload_no}/accept")>
                <button type="submit">{store}</button>
            </form>
        }
        .into_any(),
    };
    view! {
        {findings::figures(report)}
        {reading::questions(upload_no, &report.questions)}
        {new_places::form(upload_no, &report.findings.unknown_locations, known)}
        <div class="actions">{decision}{cancel(upload_no)}</div>
        {findings::problems(upload, kept)}
        {revision.map(findings::Revision::view)}
        <h2>"How it is read"</h2>
        {findings::sample(report)}
        {upload.reading.as_ref().map(|read| reading::form(upload, read))}
    }
}

fn cancel(upload_no: i32) -> impl IntoView + use<> {
    view! {
        <form method="post" action=format!("/data/uploads/{upload_no}/cancel")>
            <button type="submit" class="quiet">"Cancel, store nothing"</button>
        </form>
    }
}
