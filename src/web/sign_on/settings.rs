//! `/people/sign-on`: how a department's people sign on at their own provider, for its leads.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{begins_at, comes_back_to};
use crate::{
    Error, Result,
    access::{
        Lead,
        sign_on::{
            provider::Provider,
            settings::{self, Role, Settings},
        },
    },
    app::App,
    web::{
        errors::sentence,
        forms::{Posted, clean},
        page::Page,
    },
};

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    issuer: String,
    client_id: String,
    client_secret: String,
    domains: String,
    role_claim: String,
    lead_value: String,
    enabled: String,
    forget: String,
}

impl Wanted {
    fn of(settings: Settings) -> Self {
        Self {
            issuer: settings.issuer,
            client_id: settings.client_id,
            client_secret: String::new(),
            domains: settings.domains.join(", "),
            role_claim: settings.role.role_claim.unwrap_or_default(),
            lead_value: settings.role.lead_value.unwrap_or_default(),
            enabled: if settings.enabled { "on" } else { "" }.into(),
            forget: String::new(),
        }
    }

    fn settings(&self) -> Result<Settings> {
        let role_claim = clean("the claim", &self.role_claim)?;
        let lead_value = clean("the value of a lead", &self.lead_value)?;
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        if role_claim.is_empty() != lead_value.is_empty() {
            return Err(Error::Invalid(
                "give both the claim and the value that means lead, or neither".into(),
            ));
        }
        let client_id = clean("the client id", &self.client_id)?;
        if client_id.is_empty() {
            return Err(Error::Invalid(
                "give the client id, under which your provider knows this portal".into(),
            ));
        }
        Ok(Settings {
            issuer: clean("the issuer", &self.issuer)?.to_owned(),
            client_id: client_id.to_owned(),
            domains: Settings::domains(&self.domains)?,
            role: Role {
                role_claim: filled(role_claim),
                lead_value: filled(lead_value),
            },
            enabled: !self.enabled.is_empty(),
        })
    }

    fn secret(&self) -> Option<&str> {
        Some(self.client_secret.trim()).filter(|secret| !secret.is_empty())
    }
}

/// `GET /people/sign-on`.
pub async fn show(State(app): State<App>, lead: Lead) -> Result<Response> {
    let mut tx = lead.0.begin().await?;
    let settings = settings::of(&mut tx).await?;
    tx.commit().await?;
    let known = settings.is_some();
    let wanted = settings.map(Wanted::of).unwrap_or_default();
    Ok(render(&app, &lead, StatusCode::OK, &wanted, known, None))
}

/// `POST /people/sign-on`: written down, once the provider has answered; or the form again with all
/// that was typed.
pub async fn save(
    State(app): State<App>,
    lead: Lead,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response> {
    match saved(&app, &lead, &wanted).await {
        Ok(()) => Ok(Redirect::to("/people/sign-on").into_response()),
        Err(Error::Invalid(problem)) => {
            let mut tx = lead.0.begin().await?;
            let known = settings::of(&mut tx).await?.is_some();
            tx.commit().await?;
            let (status, problem) = (StatusCode::BAD_REQUEST, Some(problem.as_str()));
            Ok(render(&app, &lead, status, &wanted, known, problem))
        }
        Err(error) => Err(error),
    }
}

async fn saved(app: &App, lead: &Lead, wanted: &Wanted) -> Result<()> {
    let settings = wanted.settings()?;
    let reach = app
        .config
        .issuers
        .reach(&settings.issuer, app.config.demo)?;
    // Also with a provider that is gone it can be switched off.
    if settings.enabled {
        Provider::discover(app.sign_on.outside.within(reach), &settings.issuer).await?;
    }
    let (by, now) = (&lead.0.person.email, app.clock.now());
    let forget = !wanted.forget.is_empty();
    let mut tx = lead.0.begin().await?;
    settings::save(
        &mut tx,
        &app.sign_on.keeper,
        &settings,
        wanted.secret(),
        forget,
        by,
        now,
    )
    .await?;
    tx.commit().await
}

fn render(
    app: &App,
    lead: &Lead,
    status: StatusCode,
    wanted: &Wanted,
    known: bool,
    problem: Option<&str>,
) -> Response {
    let tenant = &lead.0.tenant.id;
    let page = Page::new("Single sign-on")
        .within("People")
        .of(&lead.0.person)
        .status(status);
    page.render(app, || {
        view! {
            <p><a href="/people">"People"</a></p>
            <h1>"Single sign-on"</h1>
            <p class="lead">
                "Your colleagues sign in at your department's own provider (OpenID Connect). Whoever it vouches for \
                 comes in; whoever you removed stays out."
            </p>
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
            <section class="card">
                <h2>"To register at your provider"</h2>
                <p class="hint">"As a web application with a client secret. This is its redirect URI:"</p>
                <p><code id="redirect-uri" class="selectable">{comes_back_to(app, tenant)}</code></p>
                <p class="hint">"And here your colleagues begin:"</p>
                <p><code id="sign-on-address" class="selectable">{begins_at(app, tenant)}</code></p>
            </section>
            {form(wanted, known)}
        }
    })
}

fn form(wanted: &Wanted, known: bool) -> impl IntoView + use<> {
    let secret_hint = match known {
        true => {
            "It is kept and never shown. Type it to change it, and whenever the issuer or the client id changes."
        }
        false => "It is kept sealed, and never shown again.",
    };
    let forget = known.then(|| {
        view! {
            <label class="choice">
                <input type="checkbox" name="forget" checked=!wanted.forget.is_empty()/>
                "Forget whom the provider means: everybody is found by their e-mail address once more"
            </label>
        }
    });
    view! {
        <section class="card">
            <h2>"Your provider"</h2>
            <form method="post" action="/people/sign-on" class="stack">
                <label for="issuer">"Issuer"</label>
                <input id="issuer" name="issuer" type="url" required maxlength="300" spellcheck="false"
                    autocomplete="off" value=wanted.issuer.clone() aria-describedby="issuer-hint"/>
                <p class="hint" id="issuer-hint">"Such as https://login.alder.example, exactly as the provider gives it."</p>
                <label for="client-id">"Client id"</label>
                <input id="client-id" name="client_id" required maxlength="200" spellcheck="false" autocomplete="off"
                    value=wanted.client_id.clone()/>
                <label for="client-secret">"Client secret"</label>
                <input id="client-secret" name="client_secret" type="password" required=!known maxlength="1000"
                    autocomplete="off" value=wanted.client_secret.clone() aria-describedby="client-secret-hint"/>
                <p class="hint" id="client-secret-hint">{secret_hint}</p>
                <label for="domains">"Domains"</label>
                <input id="domains" name="domains" required maxlength="2000" spellcheck="false" autocomplete="off"
                    value=wanted.domains.clone() aria-describedby="domains-hint"/>
                <p class="hint" id="domains-hint">
                    "Of your people's e-mail addresses, such as alder.example, separated by commas. Nobody with \
                     another address comes in."
                </p>
                <label for="role-claim">"Claim that says who leads, if any"</label>
                <input id="role-claim" name="role_claim" maxlength="200" spellcheck="false" autocomplete="off"
                    value=wanted.role_claim.clone() aria-describedby="role-hint"/>
                <label for="lead-value">"Its value for leads"</label>
                <input id="lead-value" name="lead_value" maxlength="200" spellcheck="false" autocomplete="off"
                    value=wanted.lead_value.clone() aria-describedby="role-hint"/>
                <p class="hint" id="role-hint">
                    "Such as groups and cordon-leads. With it, who leads follows the provider each time somebody \
                     signs in; the last lead stays. Without it, whoever is new is an epidemiologist."
                </p>
                <label class="choice">
                    <input type="checkbox" name="enabled" checked=!wanted.enabled.is_empty()/>
                    "On: colleagues sign in this way"
                </label>
                {forget}
                <button type="submit">"Save"</button>
            </form>
        </section>
    }
}
