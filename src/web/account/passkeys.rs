//! Somebody's passkeys: making one, and removing one.

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;
use tower_sessions::Session;
use uuid::Uuid;

use super::{
    page::render,
    second_factor::{Alone, codes_once, objection_to_being_without},
};
use crate::{
    Error, Result,
    access::{
        Account,
        passkey::{self, Known},
        second_factor::{Standing, new_recovery_codes, standing},
        session::{Begins, begin, browser_in_words},
    },
    app::App,
    audit::{self, Outcome},
    clock::Now,
    database::Origin,
    web::{
        errors::sentence,
        forms::{Posted, clean},
        page::Page,
        passkey::ask_for_new,
        words,
    },
};

const PATH: &str = "/account/passkeys";

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    sealed: String,
    answer: String,
}

/// `GET /account/passkeys`.
pub async fn form(
    State(app): State<App>,
    account: Account,
    headers: HeaderMap,
) -> Result<Response> {
    let usual = browser_in_words(&headers);
    asked(&app, &account, StatusCode::OK, &usual, None).await
}

/// `POST /account/passkeys`: whoever had no second factor gets recovery codes, and this session is
/// one with a second factor from here on.
pub async fn add(
    State(app): State<App>,
    account: Account,
    Extension(origin): Extension<Origin>,
    session: Session,
    headers: HeaderMap,
    Posted(typed): Posted<Typed>,
) -> Result<Response> {
    let (person, now) = (&account.person, app.clock.now());
    let codes = match added(&app, &account, &typed, now).await {
        Ok(codes) => codes,
        Err(Error::Invalid(problem)) => {
            let status = StatusCode::BAD_REQUEST;
            return asked(&app, &account, status, &typed.name, Some(&problem)).await;
        }
        Err(error) => return Err(error),
    };
    let begins = Begins::new(person.user_id, true, origin, &headers);
    begin(&session, &begins).await?;
    Ok(match codes {
        Some(codes) => codes_once(&app, person, "Your passkey is set up", codes),
        None => Redirect::to("/account").into_response(),
    })
}

/// Adds it, and makes recovery codes where there are none.
async fn added(
    app: &App,
    account: &Account,
    typed: &Typed,
    now: Now,
) -> Result<Option<Vec<String>>> {
    let person = &account.person;
    let name = clean("the name", &typed.name)?;
    if name.is_empty() {
        return Err(Error::Invalid(
            "give the passkey a name, so that you know later which it is".into(),
        ));
    }
    let has_codes = standing(&mut account.gate().await?, person.user_id)
        .await?
        .recovery_codes
        > 0;
    let mut tx = account.begin().await?;
    let answer = (typed.sealed.as_str(), typed.answer.as_str());
    app.passkeys
        .add(&mut tx, person.user_id, name, answer, now)
        .await?;
    let codes = match has_codes {
        true => None,
        false => Some(new_recovery_codes(&mut tx, person.user_id, now).await?),
    };
    let action = "passkey.added";
    audit::record_of_account(&mut tx, person, now, action, name, Outcome::Done).await?;
    tx.commit().await?;
    Ok(codes)
}

/// `POST /account/passkeys/{passkey}/remove`. The last second factor goes as the authenticator app
/// would: never where the role needs one, and otherwise with a password that can stand alone.
pub async fn remove(
    State(app): State<App>,
    account: Account,
    Path(id): Path<String>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Posted(typed): Posted<Alone>,
) -> Result<Response> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("passkey"))?;
    let (person, now) = (&account.person, app.clock.now());
    let mut gate = account.gate().await?;
    let own = passkey::known(&mut gate, person.user_id).await?;
    let standing = standing(&mut gate, person.user_id).await?;
    drop(gate);
    if !own.iter().any(|own| own.passkey_id == id) {
        return Err(Error::NotFound("passkey"));
    }
    if standing.since.is_none() && own.len() == 1 {
        let objection =
            objection_to_being_without(&app, &account, origin, &headers, &typed).await?;
        if let Some(words) = objection {
            return render(&app, &account, StatusCode::BAD_REQUEST, Some(&words)).await;
        }
    }
    let mut tx = account.begin().await?;
    let name = passkey::remove(&mut tx, person.user_id, id).await?;
    let action = "passkey.removed";
    audit::record_of_account(&mut tx, person, now, action, &name, Outcome::Done).await?;
    tx.commit().await?;
    Ok(Redirect::to("/account").into_response())
}

async fn asked(
    app: &App,
    account: &Account,
    status: StatusCode,
    name: &str,
    problem: Option<&str>,
) -> Result<Response> {
    let person = &account.person;
    let mut gate = account.gate().await?;
    let who = (person.user_id, person.email.as_str(), person.name.as_str());
    let ceremony = app
        .passkeys
        .ask_for_new(&mut gate, who, app.clock.now())
        .await?;
    drop(gate);
    let name = name.to_owned();
    let page = Page::new("Passkey")
        .within("Account")
        .of(person)
        .status(status);
    Ok(page.render(app, || {
        let fields = view! {
            <label for="name">"What you call it"</label>
            <input id="name" name="name" required maxlength="100" value=name autocomplete="off"/>
        };
        view! {
            <section class="card narrow">
                <h1>"Add a passkey"</h1>
                <p class="lead">
                    "Your device or security key keeps it, and asks for your PIN, your finger or your face when you \
                     sign in with it. It works here alone, so no other site can ask it from you."
                </p>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                {ask_for_new(PATH, &ceremony, fields, "Add it")}
                <p><a href="/account">"Back to your account"</a></p>
            </section>
        }
    }))
}

/// The part of the account's page; none where the portal has no name that a passkey could be for.
pub fn section(app: &App, own: &[Known], standing: &Standing, now: Now) -> AnyView {
    if !app.passkeys.are_possible() {
        return ().into_any();
    }
    let last = own.len() == 1 && standing.since.is_none();
    let rows: Vec<_> = own.iter().map(|own| row(own, last, now)).collect();
    view! {
        <section class="card">
            <h2>"Passkeys"</h2>
            {if rows.is_empty() {
                view! {
                    <p>
                        "Sign in with your device or a security key: quicker than a password, and nobody can talk \
                         you out of it."
                    </p>
                }.into_any()
            } else {
                view! { <ul class="sessions">{rows}</ul> }.into_any()
            }}
            <p><a class="button" href=PATH>"Add a passkey"</a></p>
        </section>
    }
    .into_any()
}

fn row(own: &Known, last: bool, now: Now) -> impl IntoView + use<> {
    let used = match own.last_used_at {
        Some(at) => format!("last used {}", words::ago(at, now)),
        None => "not used yet".to_owned(),
    };
    let action = format!("{PATH}/{}/remove", own.passkey_id);
    let password = last.then(|| {
        view! {
            <p>"It is your only second factor: your password alone opens your account then, and needs 15 characters."</p>
            <label for="alone-passkey">"Your password"</label>
            <input id="alone-passkey" name="current" type="password" autocomplete="current-password" required
                maxlength="1024"/>
        }
    });
    view! {
        <li>
            <div>
                <strong>{own.name.clone()}</strong>
                <span class="hint">{format!("made {}, {used}", words::ago(own.created_at, now))}</span>
            </div>
            <details class="confirm">
                <summary>"Remove…"</summary>
                <form method="post" action=action class="card stack">
                    <p>{format!("{} signs you in no more.", own.name)}</p>
                    {password}
                    <button type="submit" class="danger">"Remove it"</button>
                </form>
            </details>
        </li>
    }
}
