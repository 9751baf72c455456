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
    login::{Next, later, welcome},
    page::Page,
};
use crate::{
    Result,
    access::{
        HalfIn,
        second_factor::{Shown, take, wrong_code},
        session::{Begins, begin, browser_in_words},
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
}

/// Where the second step is, on the way to `next`.
pub fn address(next: &str) -> String {
    if next.is_empty() {
        return "/login/second".to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    format!("/login/second?{query}")
}

/// `GET /login/second`.
pub async fn form(State(app): State<App>, who: HalfIn, Query(to): Query<Next>) -> Response {
    render(&app, &who, StatusCode::OK, to.next(), None)
}

/// `POST /login/second`: a code of the app, or a recovery code; each works once.
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
            let shown = render(&app, &who, error.status(), &typed.next, Some(&words));
            return Ok(later(shown, &error));
        }
    };
    let shown = take(
        &mut who.gate().await?,
        &app.seal,
        person.user_id,
        &typed.code,
        now,
    )
    .await?;
    let mut tx = who.begin().await?;
    let Some(shown) = shown else {
        counted.was_wrong();
        let (action, subject) = (
            "second_factor.refused",
            "a wrong code, behind the right password",
        );
        audit::record_of_account(&mut tx, person, now, action, subject, Outcome::Refused).await?;
        tx.commit().await?;
        let words = wrong_code().to_string();
        return Ok(render(
            &app,
            &who,
            StatusCode::UNAUTHORIZED,
            &typed.next,
            Some(&words),
        ));
    };
    let begins = Begins {
        user_id: person.user_id,
        second_factor: true,
        origin: origin.to_string(),
        browser: browser_in_words(&headers),
    };
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

fn render(
    app: &App,
    who: &HalfIn,
    status: StatusCode,
    next: &str,
    problem: Option<&str>,
) -> Response {
    let name = who.person.name.clone();
    Page::new("Second step").status(status).render(app, || {
        view! {
            <section class="card narrow">
                <p class="brand">"Cordon"</p>
                <h1>"One more step"</h1>
                <p>{format!("{name}, type the code that your authenticator app shows now.")}</p>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                <form method="post" action="/login/second" class="stack">
                    <label for="code">"Code"</label>
                    <input id="code" name="code" autocomplete="one-time-code" inputmode="text" required
                        maxlength="40" autofocus spellcheck="false" aria-describedby="code-hint"/>
                    <p class="hint" id="code-hint">
                        "Without the app, type one of your recovery codes. Each works once."
                    </p>
                    <input type="hidden" name="next" value=next.to_owned()/>
                    <button type="submit">"Sign in"</button>
                </form>
                <form method="post" action="/logout">
                    <button type="submit" class="quiet">"Start again"</button>
                </form>
            </section>
        }
    })
}
