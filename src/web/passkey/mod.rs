//! Signing in with a passkey, and the parts of pages that ask for one.
//!
//! Making and using passkeys is the browser's own work, which it does for scripts alone. The
//! script is in the few pages that ask, so that no other page gets longer.

use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::{nonce::use_nonce, prelude::*};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    errors::sentence,
    forms::Posted,
    login::{Next, on_the_way, refused, welcome},
    page::Page,
};
use crate::{
    Result,
    access::{
        SignedIn,
        passkey::Ceremony,
        session::{Begins, begin},
        user,
    },
    app::App,
    audit::{self, Outcome},
    database::Origin,
};

/// The fields of a form that brings a browser's answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answered {
    /// What was asked, as it was sealed.
    pub sealed: String,
    /// What the browser answered, as JSON.
    pub answer: String,
    /// Where to go once signed in.
    next: String,
}

const REFUSED: &str = "that passkey does not open an account here, or it took too long; try again, or sign in with \
     your password";

/// Where one signs in with a passkey, on the way to `next`.
pub fn address(next: &str) -> String {
    on_the_way("/login/passkey", next)
}

/// `GET /login/passkey`.
pub async fn form(
    State(app): State<App>,
    who: Option<SignedIn>,
    Query(to): Query<Next>,
) -> Result<Response> {
    match who {
        Some(who) => Ok(Redirect::to(who.role.home()).into_response()),
        None => render(&app, StatusCode::OK, to.next(), None),
    }
}

/// `POST /login/passkey`: a new session under a new id. The passkey stands for both factors, since
/// its device asks who is there.
pub async fn submit(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    session: Session,
    headers: HeaderMap,
    Posted(answered): Posted<Answered>,
) -> Result<Response> {
    let now = app.clock.now();
    let mut tx = app.pools.asked_from(origin).begin_gate().await?;
    let whose = app
        .passkeys
        .whose(&mut tx, &answered.sealed, &answered.answer, now)
        .await?;
    let who = match whose {
        Some(person) => user::by_id(&mut tx, person).await?,
        None => None,
    };
    let Some(who) = who else {
        tx.commit().await?;
        refused(&app, origin, None, "a passkey that opens no account").await?;
        return render(
            &app,
            StatusCode::UNAUTHORIZED,
            &answered.next,
            Some(REFUSED),
        );
    };
    let begins = Begins::new(who.user_id, true, origin, &headers);
    let subject = format!("{}, with a passkey", begins.browser);
    let action = "session.started";
    audit::record_of_account(&mut tx, &who, now, action, &subject, Outcome::Done).await?;
    tx.commit().await?;
    begin(&session, &begins).await?;
    welcome(&app, &who, &answered.next)
}

fn render(app: &App, status: StatusCode, next: &str, problem: Option<&str>) -> Result<Response> {
    let asked = app.passkeys.ask_anybody(app.clock.now())?;
    let next = next.to_owned();
    Ok(Page::new("Sign in").status(status).render(app, || {
        let fields = view! { <input type="hidden" name="next" value=next/> };
        view! {
            <section class="card narrow">
                <p class="brand">"Cordon"</p>
                <h1>"Sign in with a passkey"</h1>
                <p>"Your device asks for your PIN, your finger or your face. Nothing of that leaves it."</p>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                {ask("/login/passkey", &asked, ("sealed", "answer"), fields, "Use a passkey")}
                <p><a href="/login">"Sign in with your password"</a></p>
            </section>
        }
    }))
}

/// A form that asks the browser for a passkey of somebody, and the script that does it. Without a
/// browser that can, its place says so.
pub fn ask(
    action: &str,
    asked: &Ceremony,
    names: (&'static str, &'static str),
    fields: impl IntoView + 'static,
    label: &'static str,
) -> AnyView {
    asks("get", action, asked, names, fields, label)
}

/// The same for a new passkey.
pub fn ask_for_new(
    action: &str,
    asked: &Ceremony,
    fields: impl IntoView + 'static,
    label: &'static str,
) -> AnyView {
    asks("new", action, asked, ("sealed", "answer"), fields, label)
}

fn asks(
    what: &'static str,
    action: &str,
    asked: &Ceremony,
    (sealed, answer): (&'static str, &'static str),
    fields: impl IntoView + 'static,
    label: &'static str,
) -> AnyView {
    view! {
        <form
            method="post"
            action=action.to_owned()
            class="stack"
            data-passkey=what
            data-options=asked.options.clone()
            hidden
        >
            <p class="problem" role="alert" hidden></p>
            {fields}
            <input type="hidden" name=sealed value=asked.sealed.clone()/>
            <input type="hidden" name=answer data-answer=""/>
            <button type="submit">{label}</button>
        </form>
        <p class="hint" data-no-passkey="">
            "A passkey needs a browser of 2025 or later, with JavaScript on."
        </p>
        <script nonce=use_nonce() inner_html=include_str!("passkey.js")></script>
    }
    .into_any()
}
