//! `/forecast/parameters`: what the model is run with, and what it was run with before.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

use super::sub_navigation;
use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    clock::Now,
    forecasting::{
        settings::{FIELDS, Field, Problem, Range, Settings},
        versions::{Version, save, versions},
    },
    web::{errors::sentence, forms::Posted, page::Page, words},
};

const PATH: &str = "/forecast/parameters";

/// The form as it was typed, by the names of the parameters.
type Typed = BTreeMap<String, String>;

/// `GET /forecast/parameters`.
pub async fn show(State(app): State<App>, who: Epidemiologist) -> Result<Response> {
    render(&app, &who, None, &[]).await
}

/// `POST /forecast/parameters`: a new version, or the form again with what is wrong with it.
pub async fn set(
    State(app): State<App>,
    who: Epidemiologist,
    Posted(typed): Posted<Typed>,
) -> Result<Response> {
    let settings = match Settings::read(&typed) {
        Ok(settings) => settings,
        Err(problems) => return render(&app, &who, Some(&typed), &problems).await,
    };
    let mut tx = who.begin().await?;
    save(&mut tx, settings, &who.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(PATH).into_response())
}

async fn render(
    app: &App,
    who: &Epidemiologist,
    typed: Option<&Typed>,
    problems: &[Problem],
) -> Result<Response> {
    let mut tx = who.begin().await?;
    let known = versions(&mut tx).await?;
    tx.commit().await?;
    let current = known.first().ok_or_else(|| Error::internal("no version"))?;
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    let now = app.clock.now();
    let page = Page::new("Parameters").within("Forecast").of(&who.person);
    Ok(page.status(status).render(app, || {
        view! {
            <h1>"Parameters of the model"</h1>
            {sub_navigation("Parameters")}
            <p class="lead">
                "The next run uses these. Each change is a new version, and what was run before keeps the one it \
                 was run with. A version has a record of its own: after a change the flat line is shown until \
                 the model has proved itself again, for which a replay of history is enough."
            </p>
            {(!problems.is_empty()).then(|| complaint(problems))}
            {form(current, typed, problems)}
            {history(&known, now)}
        }
    }))
}

fn complaint(problems: &[Problem]) -> impl IntoView + use<> {
    let items: Vec<_> = problems
        .iter()
        .map(|problem| view! { <li>{sentence(&problem.words)}</li> })
        .collect();
    view! {
        <div class="problem" role="alert">
            <p>"Nothing was changed:"</p>
            <ul>{items}</ul>
        </div>
    }
}

fn form(current: &Version, typed: Option<&Typed>, problems: &[Problem]) -> impl IntoView + use<> {
    let fields: Vec<_> = FIELDS
        .iter()
        .map(|field| {
            let value = match typed {
                Some(typed) => typed.get(field.name).cloned().unwrap_or_default(),
                None => current.settings.typed(field.name),
            };
            let wrong = problems.iter().any(|problem| problem.name == field.name);
            parameter(field, value, wrong)
        })
        .collect();
    let version = match current.version {
        0 => "In use: the documented defaults".to_owned(),
        version => format!("In use: version {version}"),
    };
    view! {
        <form method="post" action=PATH class="card" aria-label="Parameters">
            <h2>{version}</h2>
            <div class="parameters">{fields}</div>
            <button type="submit">"Save as a new version"</button>
        </form>
    }
}

fn parameter(field: &'static Field, value: String, wrong: bool) -> impl IntoView + use<> {
    let (id, about) = (field.name, format!("{}-about", field.name));
    let wrong = wrong.then_some("true");
    let input = match field.range {
        Range::OneOf(words) => {
            let options: Vec<_> = words
                .iter()
                .map(|(word, text)| {
                    view! { <option value=*word selected={value == *word}>{*text}</option> }
                })
                .collect();
            view! { <select id=id name=id aria-describedby=about.clone() aria-invalid=wrong>{options}</select> }
                .into_any()
        }
        Range::Number(..) | Range::Whole(..) => view! {
            <input type="text" inputmode="decimal" id=id name=id required maxlength="20" value=value
                aria-describedby=about.clone() aria-invalid=wrong/>
        }
        .into_any(),
    };
    let takes = match field.range {
        Range::OneOf(_) => String::new(),
        Range::Number(..) | Range::Whole(..) => format!(" Takes {}.", field.takes()),
    };
    let default = Settings::default().typed(field.name);
    let default = match field.range {
        Range::OneOf(words) => words
            .iter()
            .find(|(word, _)| *word == default)
            .map_or(default, |(_, text)| (*text).to_owned()),
        Range::Number(..) | Range::Whole(..) => default,
    };
    view! {
        <div class="parameter">
            <label for=id>{field.label}</label>
            <div class="measure">{input}<span>{field.unit}</span></div>
            <p class="hint" id=about>
                {field.meaning}{takes}<br/>
                {format!("Default {default}. {}.", field.source)}
            </p>
        </div>
    }
}

fn history(known: &[Version], now: Now) -> impl IntoView + use<> {
    let before = known.iter().skip(1).map(Some).chain([None]);
    let items: Vec<_> = known
        .iter()
        .zip(before)
        .enumerate()
        .map(|(at, (version, before))| item(version, before, at == 0, now))
        .collect();
    view! {
        <section>
            <h2>"Versions"</h2>
            <ul class="cards note-cards">{items}</ul>
        </section>
    }
}

fn item(
    version: &Version,
    before: Option<&Version>,
    in_use: bool,
    now: Now,
) -> impl IntoView + use<> {
    let name = match version.version {
        0 => "Documented defaults".to_owned(),
        number => format!("Version {number}"),
    };
    let changes = before.map(|before| version.changes(&before.settings).join("; "));
    let set = version.set.as_ref().map_or_else(
        || "come with the program".to_owned(),
        |(at, by)| format!("set by {by} {}", words::ago(*at, now)),
    );
    let again = (!in_use).then(|| {
        let hidden: Vec<_> = FIELDS
            .iter()
            .map(|field| {
                let value = version.settings.typed(field.name);
                view! { <input type="hidden" name=field.name value=value/> }
            })
            .collect();
        let label = format!("Use these again: {name}");
        view! { {hidden}<button type="submit" class="quiet" aria-label=label>"Use these again"</button> }
    });
    view! {
        <li class="card">
            <p><strong>{name.clone()}</strong>{in_use.then_some(" · in use")}</p>
            {changes.map(|changes| view! { <p>{changes}</p> })}
            <form method="post" action=PATH><span class="hint">{set}</span>{again}</form>
        </li>
    }
}
