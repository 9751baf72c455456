//! `/admin/break-glass`: an administrator looks inside a department, and is seen to.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    errors::sentence,
    forms::{Posted, clean},
    page::Page,
    words,
};
use crate::{
    Error, Result,
    access::{
        Admin,
        glass::{self, Look},
    },
    app::App,
    clock::Now,
    tenancy::TenantId,
};

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    tenant: String,
    reason: String,
    minutes: String,
}

/// `GET /admin/break-glass`.
pub async fn show(State(app): State<App>, admin: Admin) -> Result<Response> {
    render(&app, &admin, StatusCode::OK, &Wanted::default(), None).await
}

/// `POST /admin/break-glass`: the department's cases follow, to be read.
pub async fn begin(
    State(app): State<App>,
    admin: Admin,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response> {
    match begun(&app, &admin, &wanted).await {
        Ok(()) => Ok(Redirect::to("/").into_response()),
        Err(Error::Invalid(problem)) => {
            render(
                &app,
                &admin,
                StatusCode::BAD_REQUEST,
                &wanted,
                Some(&problem),
            )
            .await
        }
        Err(error) => Err(error),
    }
}

async fn begun(app: &App, admin: &Admin, wanted: &Wanted) -> Result<()> {
    let tenant = TenantId::parse(wanted.tenant.trim())?;
    let reason = clean("the reason", &wanted.reason)?;
    let minutes = wanted.minutes.trim().parse().unwrap_or_default();
    let mut tx = admin.begin().await?;
    glass::begin(
        &mut tx,
        &admin.person,
        &tenant,
        reason,
        minutes,
        app.clock.now(),
    )
    .await?;
    tx.commit().await
}

/// `POST /admin/break-glass/end`.
pub async fn end(State(app): State<App>, admin: Admin) -> Result<Redirect> {
    let mut tx = admin.begin().await?;
    glass::end(&mut tx, &admin.person, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/admin/break-glass"))
}

async fn render(
    app: &App,
    admin: &Admin,
    status: StatusCode,
    wanted: &Wanted,
    problem: Option<&str>,
) -> Result<Response> {
    let now = app.clock.now();
    let mut tx = admin.begin().await?;
    let looks = glass::all(&mut tx).await?;
    tx.commit().await?;
    let minutes = match wanted.minutes.as_str() {
        "" => "15".to_owned(),
        typed => typed.to_owned(),
    };
    let page = Page::new("Break glass").of(&admin.person).status(status);
    Ok(page.render(app, || {
        view! {
            <h1>"Break glass"</h1>
            <p class="lead">
                "When something has to be looked at inside a department. You read what its people read, and change \
                 nothing. The department sees that you did, why, and each page you open."
            </p>
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
            <section class="card">
                <form method="post" action="/admin/break-glass" class="stack">
                    <label for="tenant">"Department's id"</label>
                    <input id="tenant" name="tenant" required maxlength="63" value=wanted.tenant.clone()/>
                    <label for="reason">"Reason"</label>
                    <input id="reason" name="reason" required minlength="10" maxlength="500"
                        aria-describedby="reason-hint" value=wanted.reason.clone()/>
                    <p class="hint" id="reason-hint">"The department reads it: what happened, and who asked you to look."</p>
                    <label for="minutes">"Minutes, 60 at most"</label>
                    <input id="minutes" name="minutes" type="number" min="1" max="60" required value=minutes/>
                    <button type="submit" class="danger">"Look inside"</button>
                </form>
            </section>
            {looked("Who looked", &looks, true, now)}
        }
    }))
}

/// The times that somebody looked, as a table; nothing where nobody did.
pub fn looked(heading: &'static str, looks: &[Look], of: bool, now: Now) -> AnyView {
    if looks.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = looks
        .iter()
        .map(|look| {
            let until = look.ended_at.unwrap_or(look.ends_at);
            let standing = if until > now {
                format!("now, until {}", until.format("%H:%M UTC"))
            } else {
                format!("{} minutes", (until - look.began_at).num_minutes().max(1))
            };
            let of = of.then(|| view! { <td><code>{look.tenant_id.clone()}</code></td> });
            view! {
                <tr>
                    <th scope="row">{words::ago(look.began_at, now)}</th>
                    {of}
                    <td>{look.email.clone()}</td>
                    <td>{look.reason.clone()}</td>
                    <td>{standing}</td>
                </tr>
            }
        })
        .collect();
    let of = of.then(|| view! { <th scope="col">"Department"</th> });
    view! {
        <section class="looks">
            <h2>{heading}</h2>
            <div class="scroll" tabindex="0" role="region" aria-label=heading>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            {of}
                            <th scope="col">"Who"</th>
                            <th scope="col">"Why"</th>
                            <th scope="col">"How long"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
