//! Signing in and out.

use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;
use tower_sessions::Session;

use super::{errors::sentence, forms::Posted, page::Page};
use crate::{
    Error, Result,
    access::{Role, SignedIn, session::SIGNED_IN, user},
    app::App,
    audit,
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

/// `POST /login`: a new session under a new id, or the form again with what was typed.
pub async fn sign_in(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    session: Session,
    Posted(typed): Posted<Credentials>,
) -> Result<Response> {
    let refuse = |status, message: &str| {
        Ok(render(
            &app,
            status,
            &typed.email,
            &typed.next,
            Some(message),
        ))
    };
    // A connection is not kept while the password is hashed.
    let known = match typed.email.contains(char::is_control) {
        true => None,
        false => user::by_email(&mut app.pools.gate().await?, typed.email.trim()).await?,
    };
    let (who, stored) = known.unzip();
    match app.passwords.verify(&typed.password, stored).await {
        Ok(true) => {}
        Ok(false) => return refuse(StatusCode::UNAUTHORIZED, REFUSED),
        Err(busy @ Error::Busy) => {
            return refuse(StatusCode::SERVICE_UNAVAILABLE, &busy.to_string());
        }
        Err(error) => return Err(error),
    }
    let Some(who) = who else {
        return refuse(StatusCode::UNAUTHORIZED, REFUSED);
    };
    record(&app, origin, &who, "session.started").await?;
    // Whatever session the browser brought ends here: the new one has an id of its own.
    session.cycle_id().await.map_err(Error::internal)?;
    session
        .insert(SIGNED_IN, &who)
        .await
        .map_err(Error::internal)?;
    Ok(Redirect::to(destination(&typed.next, &who.role)).into_response())
}

/// `POST /logout`: the session is gone from the table, and with it the cookie's use.
pub async fn sign_out(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    who: Option<SignedIn>,
    session: Session,
) -> Result<Redirect> {
    if let Some(who) = who {
        record(&app, origin, &who, "session.ended").await?;
    }
    session.flush().await.map_err(Error::internal)?;
    Ok(Redirect::to("/login"))
}

/// `GET /home`: where this person starts.
pub async fn home(who: SignedIn) -> Redirect {
    Redirect::to(who.role.home())
}

async fn record(app: &App, origin: Origin, who: &SignedIn, action: &str) -> Result<()> {
    let mut tx = app.pools.asked_from(origin).begin_gate().await?;
    let now = app.clock.now();
    match &who.role {
        Role::Epidemiologist(tenant) => {
            audit::record(&mut tx, &tenant.id, now, &who.email, action, &who.email).await?;
        }
        Role::Admin | Role::Onboarding => {
            audit::record_platform(&mut tx, now, &who.email, action, &who.email).await?;
        }
    }
    tx.commit().await
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
