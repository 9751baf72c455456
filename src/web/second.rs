//! The second step of signing in, for whoever has a second factor.

use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use leptos::prelude::*;
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    errors::sentence,
    forms::Posted,
    login::{Next, later, on_the_way, welcome},
    page::Page,
    passkey::ask,
};
use crate::{
    Result,
    access::{
        HalfIn,
        second_factor::{Shown, standing, take, wrong_code},
        session::{Begins, begin},
        throttle::Try,
    },
    app::App,
    audit::{self, Outcome},
    database::Origin,
};

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Typed {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    sealed: String,
    #[serde(default)]
    answer: String,
}

/// Where the second step is, on the way to `next`.
pub fn address(next: &str) -> String {
    on_the_way("/login/second", next)
}

/// `GET /login/second`.
pub async fn form(State(app): State<App>, who: HalfIn, Query(to): Query<Next>) -> Result<Response> {
    render(&app, &who, StatusCode::OK, to.next(), None).await
}

/// `POST /login/second`: a passkey, a code of the app, or a recovery code; each works once.
pub async fn submit(
    State(app): State<App>,
    who: HalfIn,
    Extension(origin): Extension<Origin>,
    session: Session,
    headers: HeaderMap,
    Posted(typed): Posted<Typed>,
) -> Result<Response> {
    let (person, now) = (&who.person, app.clock.now());
    let browser = app.devices.known(&headers, &person.email);
    let at = format!("the second factor of {}", person.user_id);
    let tried = Try {
        at: &at,
        from: origin,
        browser: browser.as_deref(),
    };
    let counted = match app.throttle.count(&tried) {
        Ok(counted) => counted,
        Err(error) => {
            let words = error.to_string();
            let shown = render(&app, &who, error.status(), &typed.next, Some(&words)).await?;
            return Ok(later(shown, &error));
        }
    };
    let by_passkey = !typed.answer.is_empty();
    let shown = match by_passkey {
        true => passkey_of(&app, &who, &typed).await?,
        false => {
            let mut gate = who.gate().await?;
            take(&mut gate, &app.seal, person.user_id, &typed.code, now).await?
        }
    };
    let mut tx = who.begin().await?;
    let Some(shown) = shown else {
        counted.was_wrong();
        let action = "second_factor.refused";
        let (subject, words) = match by_passkey {
            true => (
                "a passkey that is not theirs, behind the right password",
                "that passkey is not one of yours, or it took too long; try again".to_owned(),
            ),
            false => (
                "a wrong code, behind the right password",
                wrong_code().to_string(),
            ),
        };
        audit::record_of_account(&mut tx, person, now, action, subject, Outcome::Refused).await?;
        tx.commit().await?;
        let status = StatusCode::UNAUTHORIZED;
        return render(&app, &who, status, &typed.next, Some(&words)).await;
    };
    let begins = Begins::new(person.user_id, true, origin, &headers);
    if let Shown::RecoveryCode { left } = shown {
        let subject = format!("{left} are left");
        let action = "recovery_code.used";
        audit::record_of_account(&mut tx, person, now, action, &subject, Outcome::Done).await?;
    }
    let action = "session.started";
    audit::record_of_account(&mut tx, person, now, action, &begins.browser, Outcome::Done).await?;
    tx.commit().await?;
    begin(&session, &begins).await?;
    // Whoever used one up is shown where to make more.
    let next = match shown {
        Shown::RecoveryCode { .. } if typed.next.is_empty() => "/account",
        _ => typed.next.as_str(),
    };
    welcome(&app, person, next)
}

/// Whether one of their passkeys answered.
async fn passkey_of(app: &App, who: &HalfIn, typed: &Typed) -> Result<Option<Shown>> {
    let answer = (typed.sealed.as_str(), typed.answer.as_str());
    let (person, now) = (who.person.user_id, app.clock.now());
    let mut tx = who.begin().await?;
    let theirs = app.passkeys.is_theirs(&mut tx, person, answer, now).await?;
    tx.commit().await?;
    Ok(theirs.then_some(Shown::Passkey))
}

async fn render(
    app: &App,
    who: &HalfIn,
    status: StatusCode,
    next: &str,
    problem: Option<&str>,
) -> Result<Response> {
    let name = who.person.name.clone();
    let (person, now) = (who.person.user_id, app.clock.now());
    let mut gate = who.gate().await?;
    let asked = app.passkeys.ask(&mut gate, person, now).await?;
    let has_app = standing(&mut gate, person).await?.since.is_some();
    drop(gate);
    let (lead, hint) = match has_app {
        true => (
            format!("{name}, type the code that your authenticator app shows now."),
            "Without the app, type one of your recovery codes. Each works once.",
        ),
        false => (
            format!("{name}, use your passkey, or type one of your recovery codes."),
            "Each recovery code works once.",
        ),
    };
    let page = Page::new("Second step").status(status);
    Ok(page.render(app, || {
        let passkey = asked.map(|asked| {
            let fields = view! { <input type="hidden" name="next" value=next.to_owned()/> };
            ask("/login/second", &asked, ("sealed", "answer"), fields, "Use a passkey")
        });
        view! {
            <section class="card narrow">
                <p class="brand">"Cordon"</p>
                <h1>"One more step"</h1>
                <p>{lead}</p>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                {passkey}
                <form method="post" action="/login/second" class="stack">
                    <label for="code">"Code"</label>
                    <input id="code" name="code" autocomplete="one-time-code" inputmode="text" required
                        maxlength="40" autofocus spellcheck="false" aria-describedby="code-hint"/>
                    <p class="hint" id="code-hint">
                        {hint}
                    </p>
                    <input type="hidden" name="next" value=next.to_owned()/>
                    <button type="submit">"Sign in"</button>
                </form>
                <form method="post" action="/logout">
                    <button type="submit" class="quiet">"Start again"</button>
                </form>
            </section>
        }
    }))
}
