//! Signing in and out.

use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    errors::{retry_after, sentence},
    forms::Posted,
    page::Page,
    passkey, second, sign_on,
};
use crate::{
    Error, Result,
    access::{
        Role, SignedIn,
        session::{Begins, begin},
        throttle::Try,
        user,
    },
    app::App,
    audit::{self, Entry, Outcome},
    database::Origin,
};

/// The same words for an unknown address, a wrong password and somebody who was shut out.
const REFUSED: &str =
    "that e-mail address and password do not belong together; check both and try again";

/// Where to go once signed in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// The page here, as it was asked for.
    pub fn next(&self) -> &str {
        &self.next
    }
}

/// The address of a page where one signs in, on the way to `next`.
pub fn on_the_way(page: &str, next: &str) -> String {
    if next.is_empty() {
        return page.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    format!("{page}?{query}")
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /login`.
pub async fn form(
    State(app): State<App>,
    who: Option<SignedIn>,
    Query(to): Query<Next>,
) -> Response {
    match who {
        Some(who) => Redirect::to(who.role.home()).into_response(),
        None => render(&app, StatusCode::OK, "", &to.next, None),
    }
}

/// `POST /login`: a new session under a new id, or the form again with what was typed. Where there
/// is a second factor, that is asked for next.
pub async fn sign_in(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    session: Session,
    headers: HeaderMap,
    Posted(typed): Posted<Credentials>,
) -> Result<Response> {
    let email = typed.email.trim();
    let refuse = |status, message: &str| {
        Ok(render(
            &app,
            status,
            &typed.email,
            &typed.next,
            Some(message),
        ))
    };
    let browser = app.devices.known(&headers, email);
    let tried = Try {
        at: email,
        from: origin,
        browser: browser.as_deref(),
    };
    let counted = match app.throttle.count(&tried) {
        Ok(counted) => counted,
        Err(error) => {
            let shown = render(
                &app,
                error.status(),
                &typed.email,
                &typed.next,
                Some(&error.to_string()),
            );
            return Ok(later(shown, &error));
        }
    };
    let place = match app.passwords.line_up() {
        Ok(place) => place,
        Err(busy @ Error::Busy) => {
            return refuse(StatusCode::SERVICE_UNAVAILABLE, &busy.to_string());
        }
        Err(error) => return Err(error),
    };
    // A connection is not kept while the password is hashed.
    let known = match email.contains(char::is_control) {
        true => None,
        false => user::by_email(&mut app.pools.gate().await?, email).await?,
    };
    let stored = known.as_ref().and_then(|known| known.password_hash.clone());
    if !place.verify(&typed.password, stored).await? {
        counted.was_wrong();
        let whose = known.as_ref().map(|known| &known.who);
        let subject = match whose {
            Some(_) => "a wrong password",
            None => "an address that is nobody's",
        };
        refused(&app, origin, whose, subject).await?;
        return refuse(StatusCode::UNAUTHORIZED, REFUSED);
    }
    let Some(known) = known else {
        return refuse(StatusCode::UNAUTHORIZED, REFUSED);
    };
    let begins = Begins::new(known.who.user_id, false, origin, &headers);
    if known.has_second_factor {
        begin(&session, &begins).await?;
        return Ok(Redirect::to(&second::address(&typed.next)).into_response());
    }
    let mut tx = app.pools.asked_from(origin).begin_gate().await?;
    let (who, now) = (&known.who, app.clock.now());
    audit::record_of_account(
        &mut tx,
        who,
        now,
        "session.started",
        &begins.browser,
        Outcome::Done,
    )
    .await?;
    tx.commit().await?;
    begin(&session, &begins).await?;
    welcome(&app, who, &typed.next)
}

/// Somebody is in: the browser is remembered, and they go where they wanted to.
pub(super) fn welcome(app: &App, who: &SignedIn, next: &str) -> Result<Response> {
    let mut response = Redirect::to(destination(next, &who.role)).into_response();
    let cookie = app.devices.remember(&who.email, app.config.is_tls())?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// The answer to one try too many, with when the next is welcome.
pub(super) fn later(mut shown: Response, error: &Error) -> Response {
    if let Some(seconds) = retry_after(error) {
        shown
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    shown
}

/// A try that failed is recorded: in the record of whoever's address it was, or in the platform's
/// where it is nobody's, so that both take as long. What was typed stands in neither: it may have
/// been a password.
pub(super) async fn refused(
    app: &App,
    origin: Origin,
    whose: Option<&SignedIn>,
    subject: &str,
) -> Result<()> {
    let mut tx = app.pools.asked_from(origin).begin_gate().await?;
    let line = Entry {
        actor: whose.map_or("somebody", |who| &who.email),
        action: "session.refused",
        subject,
        outcome: Outcome::Refused,
    };
    line.record(&mut tx, whose.and_then(SignedIn::tenant), app.clock.now())
        .await?;
    tx.commit().await
}

/// `POST /logout`: the session is gone from the table, and with it the cookie's use.
pub async fn sign_out(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    who: Option<SignedIn>,
    session: Session,
) -> Result<Redirect> {
    if let Some(who) = who {
        let mut tx = app.pools.asked_from(origin).begin_gate().await?;
        let now = app.clock.now();
        audit::record_of_account(
            &mut tx,
            &who,
            now,
            "session.ended",
            &who.email,
            Outcome::Done,
        )
        .await?;
        tx.commit().await?;
    }
    session.flush().await.map_err(Error::internal)?;
    Ok(Redirect::to("/login"))
}

/// `GET /home`: where this person starts.
pub async fn home(who: SignedIn) -> Redirect {
    Redirect::to(who.role.home())
}

/// A page here that was asked for before, or the start page: never another site.
fn destination<'a>(next: &'a str, role: &Role) -> &'a str {
    let here = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', ':'])
        && !next.contains(char::is_control)
        && next.is_ascii();
    if here { next } else { role.home() }
}

fn render(
    app: &App,
    status: StatusCode,
    email: &str,
    next: &str,
    problem: Option<&str>,
) -> Response {
    Page::new("Sign in").status(status).render(app, || {
        view! {
            <section class="card narrow">
                <p class="brand">"Cordon"</p>
                <h1>"Sign in"</h1>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                <form method="post" action="/login" class="stack">
                    <label for="email">"E-mail"</label>
                    <input id="email" name="email" type="email" autocomplete="username" required
                        maxlength="254" value=email.to_owned() autofocus=email.is_empty()/>
                    <label for="password">"Password"</label>
                    <input id="password" name="password" type="password" autocomplete="current-password"
                        required maxlength="1024" autofocus=!email.is_empty()/>
                    <input type="hidden" name="next" value=next.to_owned()/>
                    <button type="submit">"Sign in"</button>
                </form>
                {app.passkeys.are_possible().then(|| view! {
                    <p><a href=passkey::address(next)>"Sign in with a passkey"</a></p>
                })}
                {sign_on::section("", next)}
                <p class="hint">"No account yet? Your department's invitation has a link that makes one."</p>
            </section>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        for good in ["/", "/?location=a&from=2026-01-01", "/admin/tenants"] {
            assert_eq!(destination(good, &Role::Admin), good);
        }
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/x\r\nset-cookie: a=b",
            "/%0d:é",
        ] {
            assert_eq!(destination(bad, &Role::Admin), "/admin", "{bad:?}");
        }
    }
}
