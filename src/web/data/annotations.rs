//! Dated notes: writing them, and taking them back.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDate;
use leptos::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use super::sub_navigation;
use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    surveillance::{
        Location, LocationId, Window,
        annotation::{self, Annotation, Kind, NewAnnotation},
        location::locations,
    },
    web::{
        errors::sentence,
        forms::{Posted, clean, day_field},
        page::Page,
        words,
    },
};

const PATH: &str = "/data/annotations";

/// The form as it was typed, so that a wrong one comes back with its words. What the address
/// says is filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    submission: String,
    first_day: String,
    last_day: String,
    location: String,
    kind: String,
    text: String,
    excluded: Option<String>,
    /// A note that was just taken back.
    removed: String,
}

/// `GET /data/annotations`.
pub async fn show(
    State(app): State<App>,
    who: Epidemiologist,
    Query(typed): Query<Typed>,
) -> Result<Response> {
    render(&app, &who, &typed, None).await
}

/// `POST /data/annotations`.
pub async fn add(
    State(app): State<App>,
    who: Epidemiologist,
    Posted(typed): Posted<Typed>,
) -> Result<Response> {
    match write(&app, &who, &typed).await {
        Ok(()) => Ok(Redirect::to(PATH).into_response()),
        Err(Error::Invalid(problem)) => render(&app, &who, &typed, Some(&problem)).await,
        Err(error) => Err(error),
    }
}

/// `POST /data/annotations/{annotation}/remove`.
pub async fn remove(
    State(app): State<App>,
    who: Epidemiologist,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = read_id(&id)?;
    let mut tx = who.begin().await?;
    annotation::remove(&mut tx, id, &who.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?removed={id}")).into_response())
}

/// `POST /data/annotations/{annotation}/restore`.
pub async fn restore(
    State(app): State<App>,
    who: Epidemiologist,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = read_id(&id)?;
    let mut tx = who.begin().await?;
    annotation::restore(&mut tx, id, &who.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(PATH).into_response())
}

/// What cannot be an id is the id of nothing.
fn read_id(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(|_| Error::NotFound("note"))
}

async fn write(app: &App, who: &Epidemiologist, typed: &Typed) -> Result<()> {
    let id = Uuid::parse_str(&typed.submission).map_err(|_| {
        Error::Invalid(
            "the form could not be read; open the page again and fill it in there".into(),
        )
    })?;
    let first = day("the first day", &typed.first_day)?;
    let last = if typed.last_day.trim().is_empty() {
        first
    } else {
        day("the last day", &typed.last_day)?
    };
    let location = match typed.location.trim() {
        "" => None,
        id => Some(LocationId::parse(id).map_err(|_| Error::NotFound("location"))?),
    };
    // A line that was broken to fit is one line.
    let text = typed.text.replace(['\r', '\n', '\t'], " ");
    let text = clean("the note", &text)?;
    if text.is_empty() {
        return Err(Error::Invalid(
            "a note says something; write what happened".into(),
        ));
    }
    let new = NewAnnotation {
        id,
        days: Window::new(first, last)?,
        location: location.as_ref(),
        kind: Kind::parse(&typed.kind)?,
        text,
        excluded_from_fitting: typed.excluded.is_some(),
    };
    let mut tx = who.begin().await?;
    annotation::add(&mut tx, &new, &who.person.email, app.clock.now()).await?;
    tx.commit().await
}

fn day(which: &str, text: &str) -> Result<NaiveDate> {
    text.trim()
        .parse()
        .map_err(|_| Error::Invalid(format!("{which} should be a date such as 2026-03-31")))
}

async fn render(
    app: &App,
    who: &Epidemiologist,
    typed: &Typed,
    problem: Option<&str>,
) -> Result<Response> {
    let mut tx = who.begin().await?;
    let places = locations(&mut tx, None).await?;
    let notes = annotation::all(&mut tx).await?;
    tx.commit().await?;
    let status = problem.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    let now = app.clock.now();
    Ok(Page::new("Notes").within("Data").of(&who.person).status(status).render(app, || {
        let (removed, standing): (Vec<_>, Vec<_>) =
            notes.into_iter().partition(|note| note.removed_at.is_some());
        let undo = removed
            .iter()
            .find(|note| note.annotation_id.to_string() == typed.removed)
            .map(just_removed);
        let card = |note: Annotation| card(&note, &places, now);
        let removed: Vec<_> = removed.into_iter().map(card).collect();
        let standing: Vec<_> = standing.into_iter().map(card).collect();
        view! {
            <h1>"Notes"</h1>
            {sub_navigation("Notes")}
            <p class="lead">
                "What people know about days and counts do not say. Notes stand on the chart, in exports, and \
                 models can leave their days out."
            </p>
            {undo}
            {form(typed, &places, problem)}
            {if standing.is_empty() {
                view! { <p class="empty card">"Nothing is noted yet."</p> }.into_any()
            } else {
                view! { <ul class="cards note-cards">{standing}</ul> }.into_any()
            }}
            {(!removed.is_empty()).then(|| view! {
                <details class="numbers">
                    <summary>{format!("Taken back ({})", removed.len())}</summary>
                    <ul class="cards note-cards">{removed}</ul>
                </details>
            })}
        }
    }))
}

fn form(typed: &Typed, places: &[Location], problem: Option<&str>) -> impl IntoView + use<> {
    let submission = Uuid::parse_str(&typed.submission).unwrap_or_else(|_| Uuid::new_v4());
    let kinds: Vec<_> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let chosen = typed.kind == kind.as_str();
            view! { <option value=kind.as_str() selected=chosen>{kind.words()}</option> }
        })
        .collect();
    let options: Vec<_> = places
        .iter()
        .map(|place| {
            let chosen = typed.location == place.location_id;
            view! { <option value=place.location_id.clone() selected=chosen>{place.name.clone()}</option> }
        })
        .collect();
    view! {
        <form method="post" action=PATH class="choices note-form" aria-label="Write a note">
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
            <input type="hidden" name="submission" value=submission.to_string()/>
            <label>"First day" <input type="date" name="first_day" required value=day_field(&typed.first_day)/></label>
            <label>"Last day, if another" <input type="date" name="last_day" value=day_field(&typed.last_day)/></label>
            <label>"Kind" <select name="kind">{kinds}</select></label>
            <label>"Location" <select name="location"><option value="">"all"</option>{options}</select></label>
            <label class="whole">
                "What happened"
                <input type="text" name="text" required maxlength="500" value=typed.text.clone()/>
            </label>
            <label class="choice">
                <input type="checkbox" name="excluded" checked=typed.excluded.is_some()/>
                "Leave these days out when models are fitted"
            </label>
            <button type="submit">"Write the note"</button>
        </form>
    }
}

fn just_removed(note: &Annotation) -> impl IntoView + use<> {
    let restore = format!("{PATH}/{}/restore", note.annotation_id);
    let what = format!(
        "The note of {} was taken back. ",
        words::days(note.first_day, note.last_day)
    );
    view! {
        <div class="caution" role="status">
            <form method="post" action=restore class="undo">
                {what}<button type="submit" class="quiet">"Put it back"</button>
            </form>
        </div>
    }
}

fn card(note: &Annotation, places: &[Location], now: crate::clock::Now) -> impl IntoView + use<> {
    let place = match &note.location_id {
        None => "all locations".to_owned(),
        Some(id) => places
            .iter()
            .find(|place| place.location_id == *id)
            .map_or_else(|| id.clone(), |place| place.name.clone()),
    };
    let (verb, button) = match note.removed_at {
        None => ("remove", "Take back"),
        Some(_) => ("restore", "Put back"),
    };
    let action = format!("{PATH}/{}/{verb}", note.annotation_id);
    let days = words::days(note.first_day, note.last_day);
    let removed = note
        .removed_at
        .zip(note.removed_by.clone())
        .map(|(at, by)| format!(" · taken back by {by} {}", words::ago(at, now)));
    view! {
        <li class="card">
            <p>
                <strong>{note.kind.words()}</strong>{format!(", {days}, {place}")}
                {note.excluded_from_fitting.then_some(" · left out when models are fitted")}
            </p>
            <p>{note.text.clone()}</p>
            <form method="post" action=action>
                <span class="hint">
                    {format!("written by {} {}", note.created_by, words::ago(note.created_at, now))}{removed}
                </span>
                <button type="submit" class="quiet" aria-label=format!("{button}: {}, {days}", note.kind.words())>
                    {button}
                </button>
            </form>
        </li>
    }
}
