//! An authenticator app and recovery codes.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use qrcode::{QrCode, render::svg};
use serde::Deserialize;
use tower_sessions::Session;

use super::page::render;
use crate::{
    Error, Result,
    access::{
        Account, SignedIn,
        password::policy::{ALONE, objection},
        second_factor::{Offer, Standing, add, new_recovery_codes, remove, standing},
        session::{Begins, begin},
    },
    app::App,
    audit::{self, Outcome},
    clock::Now,
    database::Origin,
    islands::CopyButton,
    web::{confirm::is_theirs, errors::sentence, forms::Posted, page::Page, words},
};

/// What the form sends.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    sealed: String,
    #[serde(default)]
    code: String,
}

/// `GET /account/second-factor`: a secret for an app. Nothing is stored until the app has it.
pub async fn form(State(app): State<App>, account: Account) -> Result<Response> {
    let person = &account.person;
    let offer = Offer::new(&app.seal, person.user_id, &person.email)?;
    offered(&app, person, &offer, StatusCode::OK, None)
}

/// `POST /account/second-factor`: the app shows that it has the secret. Recovery codes follow, and
/// this session is one with a second factor from here on.
pub async fn submit(
    State(app): State<App>,
    account: Account,
    Extension(origin): Extension<Origin>,
    session: Session,
    headers: HeaderMap,
    Posted(typed): Posted<Typed>,
) -> Result<Response> {
    let (person, now) = (&account.person, app.clock.now());
    let mut tx = account.begin().await?;
    let added = add(
        &mut tx,
        &app.seal,
        person.user_id,
        &typed.sealed,
        &typed.code,
        now,
    )
    .await;
    if let Err(Error::Invalid(problem)) = &added {
        let offer = Offer::again(&app.seal, person.user_id, &person.email, &typed.sealed)?;
        return offered(&app, person, &offer, StatusCode::BAD_REQUEST, Some(problem));
    }
    added?;
    let codes = new_recovery_codes(&mut tx, person.user_id, now).await?;
    let subject = "an authenticator app";
    audit::record_of_account(
        &mut tx,
        person,
        now,
        "second_factor.added",
        subject,
        Outcome::Done,
    )
    .await?;
    tx.commit().await?;
    let begins = Begins::new(person.user_id, true, origin, &headers);
    begin(&session, &begins).await?;
    Ok(codes_once(
        &app,
        person,
        "Your second factor is set up",
        codes,
    ))
}

/// What the form sends that takes the second factor away.
#[derive(Deserialize)]
pub struct Alone {
    #[serde(default)]
    current: String,
}

/// `POST /account/second-factor/remove`: from then on the password opens the account alone, so it
/// has to be one that may.
pub async fn take_away(
    State(app): State<App>,
    account: Account,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Posted(typed): Posted<Alone>,
) -> Result<Response> {
    let (person, now) = (&account.person, app.clock.now());
    let standing = standing(&mut account.gate().await?, person.user_id).await?;
    if standing.passkeys == 0 {
        let objection =
            objection_to_being_without(&app, &account, origin, &headers, &typed).await?;
        if let Some(words) = objection {
            return render(&app, &account, StatusCode::BAD_REQUEST, Some(&words)).await;
        }
    }
    let mut tx = account.begin().await?;
    remove(&mut tx, person.user_id).await?;
    let (action, subject) = ("second_factor.removed", "the authenticator app");
    audit::record_of_account(&mut tx, person, now, action, subject, Outcome::Done).await?;
    tx.commit().await?;
    Ok(Redirect::to("/account").into_response())
}

/// Why this person cannot be without a second factor, if they cannot.
pub(super) async fn objection_to_being_without(
    app: &App,
    account: &Account,
    origin: Origin,
    headers: &HeaderMap,
    typed: &Alone,
) -> Result<Option<String>> {
    let person = &account.person;
    if person.needs_second_factor() {
        let words = "your role needs a second factor; set up another before you remove this one";
        return Ok(Some(words.to_owned()));
    }
    Ok(
        match is_theirs(app, person, origin, headers, &typed.current).await {
            Ok(true) => objection(&typed.current, ALONE, &person.words())
                .map(|words| format!("choose a longer password first: {words}")),
            Ok(false) => Some("that is not your password; type it again".to_owned()),
            Err(error @ Error::TooMany { .. }) => Some(error.to_string()),
            Err(error) => return Err(error),
        },
    )
}

/// `POST /account/recovery-codes`: new ones in place of those before, shown once.
pub async fn recovery_codes(State(app): State<App>, account: Account) -> Result<Response> {
    let (person, now) = (&account.person, app.clock.now());
    if !account.proof.has_second_factor {
        return Err(Error::Invalid(
            "recovery codes stand for a second factor; set one up first".into(),
        ));
    }
    let mut tx = account.begin().await?;
    let codes = new_recovery_codes(&mut tx, person.user_id, now).await?;
    let subject = format!("{} in place of those before", codes.len());
    let action = "recovery_codes.made";
    audit::record_of_account(&mut tx, person, now, action, &subject, Outcome::Done).await?;
    tx.commit().await?;
    Ok(codes_once(&app, person, "New recovery codes", codes))
}

/// The part of the account's page.
pub fn section(person: &SignedIn, standing: &Standing, now: Now) -> impl IntoView + use<> {
    let body = match standing.since {
        None if standing.passkeys > 0 => view! {
            <p>{format!("Your passkeys are one. {}", codes_left(standing))}</p>
            <form method="post" action="/account/recovery-codes" class="side">
                <button type="submit" class="quiet">"Make new recovery codes"</button>
                <a class="button quiet" href="/account/second-factor">"Set up an authenticator app, too"</a>
            </form>
        }
        .into_any(),
        None => view! {
            <p>"A code of an app on your phone, asked for beside your password. Whoever has your password alone cannot sign in then."</p>
            <p><a class="button" href="/account/second-factor">"Set up an authenticator app"</a></p>
        }
        .into_any(),
        Some(since) => {
            let codes = codes_left(standing);
            let alone = (standing.passkeys == 0).then(|| {
                view! {
                    <p>"Your password alone opens your account then. It needs 15 characters."</p>
                    <label for="alone">"Your password"</label>
                    <input id="alone" name="current" type="password" autocomplete="current-password" required
                        maxlength="1024"/>
                }
            });
            let may = standing.passkeys > 0 || !person.needs_second_factor();
            let remove = may.then(|| {
                view! {
                    <details class="confirm">
                        <summary>"Remove…"</summary>
                        <form method="post" action="/account/second-factor/remove" class="card stack">
                            {alone}
                            <button type="submit" class="danger">"Remove the app"</button>
                        </form>
                    </details>
                }
            });
            view! {
                <p>{format!("An authenticator app, set up {}. {codes}", words::ago(since, now))}</p>
                <form method="post" action="/account/recovery-codes" class="side">
                    <button type="submit" class="quiet">"Make new recovery codes"</button>
                    <a class="button quiet" href="/account/second-factor">"Set up another app in its place"</a>
                </form>
                {remove}
            }
            .into_any()
        }
    };
    view! { <section class="card"><h2>"Second factor"</h2>{body}</section> }
}

fn codes_left(standing: &Standing) -> String {
    match standing.recovery_codes {
        0 => "No recovery code is left: make new ones.".to_owned(),
        1 => "One recovery code is left: make new ones.".to_owned(),
        many => format!("{many} recovery codes are left."),
    }
}

fn offered(
    app: &App,
    person: &SignedIn,
    offer: &Offer,
    status: StatusCode,
    problem: Option<&str>,
) -> Result<Response> {
    let picture = QrCode::new(offer.address.as_bytes())
        .map_err(|error| Error::internal(error.to_string()))?
        .render::<svg::Color>()
        .min_dimensions(200, 200)
        .build();
    // Without the declaration, which has no place within a page.
    let picture = picture
        .split_once("?>")
        .map_or(picture.clone(), |(_, svg)| svg.to_owned());
    let lead = if person.needs_second_factor() {
        "Whoever runs the platform signs in with a password and a code of an app."
    } else {
        "From then on you sign in with your password and a code of an app."
    };
    let grouped: Vec<String> = offer
        .typed
        .as_bytes()
        .chunks(4)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect();
    let page = Page::new("Second factor")
        .within("Account")
        .of(person)
        .status(status);
    Ok(page.render(app, || {
        view! {
            <section class="card narrow">
                <h1>"Set up a second factor"</h1>
                <p class="lead">{lead}</p>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                <ol class="walk">
                    <li>
                        "Open an authenticator app on your phone, such as FreeOTP, Aegis or the one of your \
                         password manager, and let it read this picture."
                        <div class="qr" role="img" aria-label="The secret as a QR code" inner_html=picture></div>
                        "Or type this into it: "
                        <code id="totp-secret" class="selectable">{grouped.join(" ")}</code>
                    </li>
                    <li>"Type the code that it shows then."</li>
                </ol>
                <form method="post" action="/account/second-factor" class="stack">
                    <input type="hidden" name="sealed" value=offer.sealed.clone()/>
                    <label for="code">"Code"</label>
                    <input id="code" name="code" autocomplete="one-time-code" inputmode="numeric" required
                        maxlength="10" spellcheck="false"/>
                    <button type="submit">"Set it up"</button>
                </form>
            </section>
        }
    }))
}

/// The page that shows recovery codes, once.
pub(super) fn codes_once(
    app: &App,
    person: &SignedIn,
    heading: &str,
    codes: Vec<String>,
) -> Response {
    let text = codes.join("\n");
    let rows: Vec<_> = codes
        .into_iter()
        .map(|code| view! { <li><code class="selectable">{code}</code></li> })
        .collect();
    let home = person.role.home();
    let page = Page::new("Recovery codes")
        .within("Account")
        .of(person)
        .with_islands();
    page.render(app, || {
        view! {
            <section class="card narrow">
                <h1>{heading.to_owned()}</h1>
                <h2>"Recovery codes"</h2>
                <p class="caution">
                    "This is the only time they are shown. Print them or keep them in a password manager: each \
                     signs you in once, in place of the app."
                </p>
                <ul class="codes" id="recovery-codes">{rows}</ul>
                <CopyButton text=text label="Copy them"/>
                <p><a class="button" href=home>"Go on"</a>" "<a href="/account">"Your account"</a></p>
            </section>
        }
    })
}
