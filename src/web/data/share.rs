//! What leaves the department: weekly counts without small numbers, behind a link.

use axum::{
    extract::{Path, State},
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
    clock::Now,
    islands::CopyButton,
    surveillance::{
        Window,
        location::{locations, reported},
        release::{self, LONGEST_LIFE, Release, SHORTEST_LIFE},
    },
    web::{
        errors::sentence,
        forms::{Posted, day, day_field},
        page::Page,
        words,
    },
};

const PATH: &str = "/data/share";

/// How many weeks are proposed, and for how many days.
const USUAL_WEEKS: u64 = 12;
const USUAL_LIFE: &str = "90";

/// The form as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    submission: String,
    from: String,
    to: String,
    days: String,
}

/// `GET /data/share`.
pub async fn show(State(app): State<App>, who: Epidemiologist) -> Result<Response> {
    render(&app, &who, &Typed::default(), None).await
}

/// `POST /data/share`.
pub async fn make(
    State(app): State<App>,
    who: Epidemiologist,
    Posted(typed): Posted<Typed>,
) -> Result<Response> {
    match release(&app, &who, &typed).await {
        Ok(Some(link)) => Ok(made(&app, &who, &link)),
        Ok(None) => Ok(Redirect::to(PATH).into_response()),
        Err(Error::Invalid(problem)) => render(&app, &who, &typed, Some(&problem)).await,
        Err(error) => Err(error),
    }
}

/// `POST /data/share/{release}/withdraw`.
pub async fn withdraw(
    State(app): State<App>,
    who: Epidemiologist,
    Path(release): Path<String>,
) -> Result<Redirect> {
    let id = Uuid::parse_str(&release).map_err(|_| Error::NotFound("release"))?;
    let mut tx = who.begin().await?;
    release::withdraw(&mut tx, id, &who.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(PATH))
}

/// The link, unless this submission has made it before.
async fn release(app: &App, who: &Epidemiologist, typed: &Typed) -> Result<Option<String>> {
    let id = Uuid::parse_str(&typed.submission).map_err(|_| {
        Error::Invalid(
            "the form could not be read; open the page again and fill it in there".into(),
        )
    })?;
    let missing = |which| Error::Invalid(format!("choose {which} day"));
    let first = day("the first day", typed.from.trim())?.ok_or_else(|| missing("a first"))?;
    let last = day("the last day", typed.to.trim())?.ok_or_else(|| missing("a last"))?;
    let asked = Window::new(first, last)?;
    let days: i64 = typed.days.trim().parse().map_err(|_| {
        Error::Invalid(format!(
            "a link can be opened for {SHORTEST_LIFE} to {LONGEST_LIFE} days"
        ))
    })?;
    let now = app.clock.now();
    let mut tx = who.begin().await?;
    let places = locations(&mut tx, None).await?;
    let weeks = reported(&places).map_or_else(Vec::new, |reported| {
        let mut weeks = release::weeks_within(asked, reported);
        weeks.truncate(release::LONGEST + 1);
        weeks
    });
    let threshold = app.config.smallest_count;
    let figures = release::draw_up(&mut tx, &places, &weeks, threshold, now).await?;
    let token = release::release(&mut tx, id, &figures, days, &who.person.email, now).await?;
    tx.commit().await?;
    Ok(token.map(|token| format!("{}/shared/{}", app.config.origin, token.reveal())))
}

/// The page with the link, once.
fn made(app: &App, who: &Epidemiologist, link: &str) -> Response {
    let link = link.to_owned();
    let page = Page::new("Shared")
        .within("Data")
        .of(&who.person)
        .with_islands();
    page.render(app, || {
        view! {
            <section class="card">
                <h1>"The figures can be shared"</h1>
                <p class="caution">
                    "Whoever has this link sees them, without signing in. It is not shown again: nobody, us \
                     included, can read it back."
                </p>
                <div class="secret">
                    <code id="link" class="selectable">{link.clone()}</code>
                    <CopyButton text=link.clone() label="Copy the link"/>
                </div>
                <p><a href=link>"See what they see"</a></p>
                <p><a class="button" href=PATH>"Done"</a></p>
            </section>
        }
    })
}

async fn render(
    app: &App,
    who: &Epidemiologist,
    typed: &Typed,
    problem: Option<&str>,
) -> Result<Response> {
    let mut tx = who.begin().await?;
    let places = locations(&mut tx, None).await?;
    let releases = release::all(&mut tx).await?;
    tx.commit().await?;
    let now = app.clock.now();
    let threshold = app.config.smallest_count;
    let status = problem.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    let page = Page::new("Share")
        .within("Data")
        .of(&who.person)
        .status(status);
    Ok(page.render(app, || {
        let cards: Vec<_> = releases.iter().map(|release| card(release, now)).collect();
        let form = reported(&places).map(|reported| form(typed, reported, problem));
        view! {
            <h1>"Share"</h1>
            {sub_navigation("Share")}
            <p class="lead">
                {format!(
                    "Weekly counts for people outside the department, behind a link. Counts from 1 to {} are left \
                     out, and others beside them from which they could be worked out. What is shared stays as it \
                     is, whatever is reported later.",
                    threshold - 1
                )}
            </p>
            {form}
            {match (cards.is_empty(), places.is_empty()) {
                (_, true) => view! {
                    <p class="empty card">
                        "Nothing has been reported yet. "<a href="/data">"Upload your department's counts"</a>
                        ", and they can be shared."
                    </p>
                }.into_any(),
                (true, false) => view! { <p class="empty card">"Nothing is shared yet."</p> }.into_any(),
                (false, false) => view! { <ul class="cards note-cards">{cards}</ul> }.into_any(),
            }}
        }
    }))
}

fn form(typed: &Typed, reported: Window, problem: Option<&str>) -> impl IntoView + use<> {
    let submission = Uuid::parse_str(&typed.submission).unwrap_or_else(|_| Uuid::new_v4());
    let weeks = release::weeks_within(reported, reported);
    let last = weeks.last().copied().unwrap_or(reported.last());
    let usual = Window::ending(last + chrono::Days::new(6), 7 * USUAL_WEEKS);
    let or = |typed: &str, usual: NaiveDate| match typed.is_empty() {
        true => Some(usual.to_string()),
        false => day_field(typed),
    };
    let days = match typed.days.is_empty() {
        true => USUAL_LIFE.to_owned(),
        false => typed.days.clone(),
    };
    view! {
        <form method="post" action=PATH class="choices note-form" aria-label="Share weekly counts">
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
            <input type="hidden" name="submission" value=submission.to_string()/>
            <label>"From" <input type="date" name="from" required value=or(&typed.from, usual.first())/></label>
            <label>"To" <input type="date" name="to" required value=or(&typed.to, usual.last())/></label>
            <label>
                "The link opens for, in days"
                <input type="number" name="days" required min=SHORTEST_LIFE max=LONGEST_LIFE value=days/>
            </label>
            <button type="submit">"Make a link"</button>
        </form>
    }
}

fn card(release: &Release, now: Now) -> impl IntoView + use<> {
    let figures = &release.figures.0;
    let days = figures.window().map_or_else(String::new, |window| {
        words::days(window.first(), window.last())
    });
    let hidden = match figures.hidden() {
        0 => "no count is left out".to_owned(),
        1 => "1 count is left out".to_owned(),
        hidden => format!("{} counts are left out", words::whole(hidden as i64)),
    };
    let open = release.withdrawn_at.is_none() && release.expires_at > now;
    let state = match (release.withdrawn_at, release.withdrawn_by.clone()) {
        (Some(at), Some(by)) => format!("withdrawn by {by} {}", words::ago(at, now)),
        _ if open => format!(
            "opens until {}",
            words::day(release.expires_at.date_naive())
        ),
        _ => format!("expired on {}", words::day(release.expires_at.date_naive())),
    };
    let by = format!(
        "by {} {}",
        release.released_by,
        words::ago(release.released_at, now)
    );
    let withdraw = open.then(|| {
        let action = format!("{PATH}/{}/withdraw", release.release_id);
        view! {
            <details class="confirm">
                <summary>"Withdraw…"</summary>
                <form method="post" action=action class="card stack">
                    <p>"The link opens no more, for anybody. This cannot be taken back; you can make another."</p>
                    <button type="submit" class="danger">"Withdraw"</button>
                </form>
            </details>
        }
    });
    view! {
        <li class="card">
            <p><strong>{days}</strong>{format!(", {hidden}")}</p>
            <p class="hint">{format!("{state} · {by}")}</p>
            {withdraw}
        </li>
    }
}
