//! Another password.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::{either::Either, prelude::*};
use serde::Deserialize;

use super::page::render;
use crate::{
    Error, Result,
    access::{
        Account,
        password::policy::{ALONE, BESIDE_A_SECOND_FACTOR},
        session::{End, Proof, end},
        user::set_password,
    },
    app::App,
    audit::{self, Outcome},
    database::Origin,
    web::{confirm::is_theirs, errors::sentence, forms::Posted},
};

/// What the form sends.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
}

/// What is said to whoever has no password.
const NONE: &str = "you sign on at your department's provider; there is no password of yours here";

/// The fewest characters that this person's password may have.
fn shortest(proof: &Proof) -> usize {
    if proof.has_second_factor {
        BESIDE_A_SECOND_FACTOR
    } else {
        ALONE
    }
}

/// `POST /account/password`: another one, and every other session ends.
pub async fn change(
    State(app): State<App>,
    account: Account,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Posted(typed): Posted<Typed>,
) -> Result<Response> {
    match changed(&app, &account, origin, &headers, &typed).await {
        Ok(()) => Ok(Redirect::to("/account").into_response()),
        Err(error @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            let status = match error {
                Error::Invalid(_) => StatusCode::BAD_REQUEST,
                _ => error.status(),
            };
            render(&app, &account, status, Some(&error.to_string())).await
        }
        Err(error) => Err(error),
    }
}

async fn changed(
    app: &App,
    account: &Account,
    origin: Origin,
    headers: &HeaderMap,
    typed: &Typed,
) -> Result<()> {
    let person = &account.person;
    if !account.proof.has_password {
        return Err(Error::Invalid(NONE.into()));
    }
    if !is_theirs(app, person, origin, headers, &typed.current).await? {
        return Err(Error::Invalid(
            "the password you have now is another one; type that first".into(),
        ));
    }
    let shortest = shortest(&account.proof);
    let about = person.words();
    let hash = app.passwords.choose(&typed.new, shortest, &about).await?;
    let now = app.clock.now();
    let mut tx = account.begin().await?;
    set_password(&mut tx, person.user_id, &hash).await?;
    let others = End::Others(account.proof.session_id);
    let ended = end(&mut tx, person.user_id, others).await?;
    let subject = format!("{ended} other sessions ended");
    audit::record_of_account(
        &mut tx,
        person,
        now,
        "password.changed",
        &subject,
        Outcome::Done,
    )
    .await?;
    tx.commit().await
}

/// The part of the page.
pub fn section(proof: &Proof) -> impl IntoView + use<> {
    let own = match proof.has_password {
        true => Either::Left(form(shortest(proof))),
        false => Either::Right(view! { <p>{sentence(NONE)}</p> }),
    };
    view! {
        <section class="card">
            <h2>"Password"</h2>
            {own}
        </section>
    }
}

fn form(shortest: usize) -> impl IntoView + use<> {
    view! {
            <details class="more">
                <summary>"Choose another…"</summary>
                <form method="post" action="/account/password" class="stack">
                    <label for="current">"The one you have now"</label>
                    <input id="current" name="current" type="password" autocomplete="current-password" required
                        maxlength="1024"/>
                    <label for="new">"The new one"</label>
                    <input id="new" name="new" type="password" autocomplete="new-password" required
                        minlength=shortest.to_string() maxlength="1024" aria-describedby="new-hint"/>
                    <p class="hint" id="new-hint">
                        {format!("{shortest} characters or more. A few unrelated words are easy to keep and hard to guess. ")}
                        "You are signed out everywhere else."
                    </p>
                    <button type="submit">"Change it"</button>
                </form>
            </details>
    }
}
