//! Proving again who one is, before what cannot be taken back or shows a secret.
//!
//! What was typed into the form stays in the page that asks, and is sent on with the answer.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts as _, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::Response,
};
use chrono::TimeDelta;
use leptos::prelude::*;

use super::{errors::sentence, login::later, page::Page, passkey, sign_on};
use crate::{
    Error, Result,
    access::{
        Account, SignedIn, second_factor::take, session::proved_again, throttle::Try,
        user::by_email,
    },
    app::App,
    database::Origin,
};

/// For how long somebody who has proved who they are need not do so again.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(15);

/// The largest form that is kept in the page that asks.
const LARGEST_FORM: usize = 64 * 1024;

/// The fields of that page, beside those of the form.
const PASSWORD: &str = "confirm_password";
const CODE: &str = "confirm_code";
const SEALED: &str = "confirm_sealed";
const ANSWER: &str = "confirm_answer";

/// Lets a request pass that only reads, or whose person proved a short while ago who they are, or does so now.
pub async fn fresh(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    // Whoever is not signed in is sent away by the handler.
    let Ok(account) = Account::from_request_parts(&mut parts, &app).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    if app.clock.now() - account.proof.proved_at <= FRESH_FOR {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let bytes = to_bytes(body, LARGEST_FORM).await.map_err(|_| {
        Error::Invalid("that is more than this form takes; shorten it and send it again".into())
    })?;
    let form = Form::read(&bytes);
    let proved = match (&form.answer, &form.password) {
        (Some(answer), _) => Some(by_passkey(&app, &account, &form.sealed, answer).await),
        (None, Some(password)) => Some(proved(&app, &account, &parts, password, &form.code).await),
        (None, None) => None,
    };
    let problem = match proved {
        None => None,
        Some(Ok(true)) => {
            let body = form.without_proof();
            parts
                .headers
                .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            return Ok(next.run(Request::from_parts(parts, Body::from(body))).await);
        }
        Some(Ok(false)) => Some(Error::Invalid(
            "that is not right; type your password, and the code if one is asked for, again, or use a passkey".into(),
        )),
        Some(Err(error @ Error::TooMany { .. })) => Some(error),
        Some(Err(error)) => return Err(error),
    };
    let shown = ask(&app, &account, parts.uri.path(), &form, problem.as_ref()).await?;
    Ok(match &problem {
        Some(error) => later(shown, error),
        None => shown,
    })
}

/// Whether this is the person's password. Wrong ones are counted as where people sign in.
///
/// # Errors
/// [`Error::TooMany`] after too many.
pub async fn is_theirs(
    app: &App,
    person: &SignedIn,
    origin: Origin,
    headers: &HeaderMap,
    password: &str,
) -> Result<bool> {
    let browser = app.devices.known(headers, &person.email);
    let counted = app.throttle.count(&Try {
        at: &person.email,
        from: origin,
        browser: browser.as_deref(),
    })?;
    let place = app.passwords.line_up()?;
    let known = by_email(&mut app.pools.gate().await?, &person.email).await?;
    let stored = known.and_then(|known| known.password_hash);
    let theirs = place.verify(password, stored).await?;
    if !theirs {
        counted.was_wrong();
    }
    Ok(theirs)
}

/// Whether they prove it: by password, and by a code where they have a second factor.
async fn proved(
    app: &App,
    account: &Account,
    parts: &Parts,
    password: &str,
    code: &str,
) -> Result<bool> {
    let person = &account.person;
    let origin = parts.extensions.get::<Origin>().copied();
    let origin = origin.unwrap_or(Origin::Portal);
    if !is_theirs(app, person, origin, &parts.headers, password).await? {
        return Ok(false);
    }
    let now = app.clock.now();
    let mut gate = account.gate().await?;
    if account.proof.has_second_factor {
        let at = format!("the second factor of {}", person.user_id);
        let counted = app.throttle.count(&Try {
            at: &at,
            from: origin,
            browser: app.devices.known(&parts.headers, &person.email).as_deref(),
        })?;
        if take(&mut gate, &app.seal, person.user_id, code, now)
            .await?
            .is_none()
        {
            counted.was_wrong();
            return Ok(false);
        }
    }
    proved_again(&mut gate, account.proof.session_id, now).await?;
    Ok(true)
}

/// Whether they prove it by one of their passkeys.
async fn by_passkey(app: &App, account: &Account, sealed: &str, answer: &str) -> Result<bool> {
    let (person, now) = (account.person.user_id, app.clock.now());
    let mut tx = account.begin().await?;
    let passkeys = &app.passkeys;
    let theirs = passkeys.is_theirs(&mut tx, person, (sealed, answer), now);
    let theirs = theirs.await?;
    tx.commit().await?;
    if theirs {
        proved_again(&mut account.gate().await?, account.proof.session_id, now).await?;
    }
    Ok(theirs)
}

/// The fields of a form, and the proof among them.
struct Form {
    fields: Vec<(String, String)>,
    password: Option<String>,
    code: String,
    sealed: String,
    answer: Option<String>,
}

impl Form {
    fn read(bytes: &[u8]) -> Self {
        let mut form = Self {
            fields: Vec::new(),
            password: None,
            code: String::new(),
            sealed: String::new(),
            answer: None,
        };
        for (name, value) in form_urlencoded::parse(bytes).into_owned() {
            match name.as_str() {
                PASSWORD => form.password = Some(value),
                CODE => form.code = value,
                SEALED => form.sealed = value,
                ANSWER => form.answer = Some(value),
                _ => form.fields.push((name, value)),
            }
        }
        form
    }

    /// The fields, to be sent once more.
    fn hidden(&self) -> impl IntoView + use<> {
        let fields = self.fields.iter();
        fields
            .map(|(name, value)| {
                view! { <input type="hidden" name=name.clone() value=value.clone()/> }
            })
            .collect::<Vec<_>>()
    }

    fn without_proof(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish()
    }
}

async fn ask(
    app: &App,
    account: &Account,
    path: &str,
    form: &Form,
    problem: Option<&Error>,
) -> Result<Response> {
    let mut gate = account.gate().await?;
    let (person, now) = (account.person.user_id, app.clock.now());
    let asked = app.passkeys.ask(&mut gate, person, now).await?;
    drop(gate);
    let department = sign_on::other_proof(app, account).await?;
    let other = department.map(|tenant| sign_on::another_way(&tenant, path, form.hidden()));
    let code = account.proof.has_second_factor.then(|| {
        view! {
            <label for="confirm-code">"Code of your app"</label>
            <input id="confirm-code" name=CODE autocomplete="one-time-code" required maxlength="40" spellcheck="false"/>
        }
    });
    let page = Page::new("Is it you?")
        .of(&account.person)
        .status(StatusCode::FORBIDDEN);
    Ok(page.render(app, || {
        let passkey = asked.map(|asked| {
            passkey::ask(path, &asked, (SEALED, ANSWER), form.hidden(), "Use a passkey")
        });
        let typed = account.proof.has_password.then(|| {
            view! {
                <form method="post" action=path.to_owned() class="stack">
                    {form.hidden()}
                    <label for="confirm-email">"E-mail"</label>
                    <input id="confirm-email" type="email" value=account.person.email.clone() readonly autocomplete="username"/>
                    <label for="confirm-password">"Password"</label>
                    <input id="confirm-password" name=PASSWORD type="password" autocomplete="current-password" required
                        maxlength="1024" autofocus/>
                    {code}
                    <button type="submit">"Go on"</button>
                </form>
            }
        });
        let nothing = passkey.is_none() && typed.is_none() && other.is_none();
        let stuck = nothing.then(|| {
            view! {
                <p>
                    "You sign on at your department's provider, and that is switched off here. Ask a lead of your \
                     department to switch it on."
                </p>
            }
        });
        view! {
            <section class="card narrow">
                <h1>"Is it you?"</h1>
                <p>
                    "You signed in a while ago. Prove again who you are before this is done; what you entered is \
                     kept."
                </p>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(&problem.to_string())}</p> })}
                {passkey}
                {typed}
                {other}
                {stuck}
            </section>
        }
    }))
}
