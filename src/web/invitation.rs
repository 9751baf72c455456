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
    people::role_in_words,
};
use crate::{
    Error, Result,
    access::{
        invitation::{self, Invitation},
        password::policy::{ALONE, BESIDE_A_SECOND_FACTOR},
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

/// The fewest characters of the password: staff have a second factor beside it, or reach nothing.
fn shortest(invitation: &Invitation) -> usize {
    if invitation.is_to_staff() {
        BESIDE_A_SECOND_FACTOR
    } else {
        ALONE
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
    let department = invitation.department.as_deref().unwrap_or_default();
    let about = [name, &invitation.email, department, "cordon"];
    let hash = app
        .passwords
        .choose(&answer.password, shortest(invitation), &about)
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
    let email = invitation.email.clone();
    let shortest = shortest(invitation);
    let role = role_in_words(&invitation.role);
    let (heading, then) = match &invitation.department {
        Some(department) => (format!("Join {department}"), None),
        None => (
            "Join the staff of Cordon".to_owned(),
            Some(
                "You set up a second factor when you first sign in: have an authenticator app at hand.",
            ),
        ),
    };
    Page::new("Invitation").status(status).render(app, || {
        view! {
            <section class="card narrow">
                <p class="brand">"Cordon"</p>
                <h1>{heading}</h1>
                <p class="hint">{format!("As {role}. ")}{then}</p>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                <form method="post" action=format!("/invitation/{token}") class="stack">
                    <label for="email">"E-mail"</label>
                    <input id="email" type="email" value=email readonly autocomplete="username"/>
                    <label for="name">"Your name"</label>
                    <input id="name" name="name" autocomplete="name" required maxlength="200" value=name.to_owned()/>
                    <label for="password">"Choose a password"</label>
                    <input id="password" name="password" type="password" autocomplete="new-password"
                        required minlength=shortest.to_string() maxlength="1024" aria-describedby="password-hint"/>
                    <p class="hint" id="password-hint">
                        {format!("{shortest} characters or more. A few unrelated words are easy to keep and hard to guess.")}
                    </p>
                    <button type="submit">"Join"</button>
                </form>
            </section>
        }
    })
}
