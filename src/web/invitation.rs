//! Answering an invitation: a name, a password, and the person is in.

use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    errors::sentence,
    forms::{Posted, clean},
    page::Page,
};
use crate::{
    Error, Result,
    access::{
        invitation::{self, Invitation},
        password::policy::ALONE,
    },
    app::App,
    database::Origin,
};

/// What the form sends.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// `GET /invitation/{token}`.
pub async fn form(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let invitation = find(&app, &token).await?;
    Ok(render(&app, StatusCode::OK, &token, &invitation, "", None))
}

/// `POST /invitation/{token}`.
pub async fn accept(
    State(app): State<App>,
    Path(token): Path<String>,
    Extension(origin): Extension<Origin>,
    Posted(answer): Posted<Answer>,
) -> Result<Response> {
    let invitation = find(&app, &token).await?;
    match let_in(&app, origin, &token, &invitation, &answer).await {
        Ok(()) => Ok(Redirect::to("/login").into_response()),
        Err(Error::Invalid(problem)) => Ok(render(
            &app,
            StatusCode::BAD_REQUEST,
            &token,
            &invitation,
            &answer.name,
            Some(&problem),
        )),
        Err(error) => Err(error),
    }
}

async fn find(app: &App, token: &str) -> Result<Invitation> {
    invitation::find(&mut app.pools.gate().await?, token, app.clock.now()).await
}

async fn let_in(
    app: &App,
    origin: Origin,
    token: &str,
    invitation: &Invitation,
    answer: &Answer,
) -> Result<()> {
    let name = clean("the name", &answer.name)?;
    if name.is_empty() {
        return Err(Error::Invalid(
            "give your name, as colleagues know it".into(),
        ));
    }
    let about = [name, &invitation.email, &invitation.department, "cordon"];
    let hash = app
        .passwords
        .choose(&answer.password, ALONE, &about)
        .await?;
    invitation::accept(
        app.pools.asked_from(origin).begin_gate().await?,
        token,
        name,
        &hash,
        app.clock.now(),
    )
    .await
}

fn render(
    app: &App,
    status: StatusCode,
    token: &str,
    invitation: &Invitation,
    name: &str,
    problem: Option<&str>,
) -> Response {
    let Invitation { email, department } = invitation.clone();
    Page::new("Invitation").status(status).render(app, || {
        view! {
            <section class="card narrow">
                <p class="brand">"Cordon"</p>
                <h1>{format!("Join {department}")}</h1>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                <form method="post" action=format!("/invitation/{token}") class="stack">
                    <label for="email">"E-mail"</label>
                    <input id="email" type="email" value=email readonly autocomplete="username"/>
                    <label for="name">"Your name"</label>
                    <input id="name" name="name" autocomplete="name" required maxlength="200" value=name.to_owned()/>
                    <label for="password">"Choose a password"</label>
                    <input id="password" name="password" type="password" autocomplete="new-password"
                        required minlength="15" maxlength="1024" aria-describedby="password-hint"/>
                    <p class="hint" id="password-hint">
                        "15 characters or more. A few unrelated words are easy to keep and hard to guess."
                    </p>
                    <button type="submit">"Join"</button>
                </form>
            </section>
        }
    })
}
