//! Bringing a department on: a form, and then its key, once.

use axum::{extract::State, http::StatusCode, response::Response};
use leptos::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    errors::sentence,
    forms::{Posted, clean},
    keys::{Desk, Revealed, shown_before},
    page::Page,
    people::role_in_words,
};
use crate::{
    Error, Result,
    access::{
        OnboardingStaff, SignedIn,
        handing::{Invitee, hand_over},
    },
    app::App,
    onboarding::{Onboarded, Onboarding, onboard},
    secret::random_bytes,
    tenancy::TenantId,
};

/// What the form sends. `submission` is chosen when the form is made, so that sending it
/// twice brings on one department.
#[derive(Deserialize, Default)]
pub struct Fields {
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    submission: String,
}

/// `GET /admin/onboard`.
pub async fn form(State(app): State<App>, staff: OnboardingStaff) -> Response {
    render_form(
        &app,
        &staff.person,
        StatusCode::OK,
        &Fields::default(),
        None,
    )
}

/// `POST /admin/onboard`: the key, once; or that it was shown before; or the form again with
/// what was typed.
pub async fn submit(
    State(app): State<App>,
    staff: OnboardingStaff,
    Posted(fields): Posted<Fields>,
) -> Result<Response> {
    match bring_on(&app, &staff, &fields).await {
        Ok((tenant, Onboarded::Now { key, invitation })) => {
            let invitee = Invitee {
                email: &fields.contact,
                role: role_in_words("lead"),
                department: Some(&fields.name),
                by: &staff.person.email,
            };
            let handed = hand_over(&app.config, invitee, invitation).await;
            let revealed = Revealed {
                what: "is on board",
                key,
                note: Some("It may read, write and run, and lasts 1 year.".to_owned()),
                invitation: Some(handed),
            };
            Ok(revealed.render(&app, &Desk::of(&staff.person, &tenant)))
        }
        Ok((tenant, Onboarded::Before)) => {
            Ok(shown_before(&app, &Desk::of(&staff.person, &tenant)))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => Ok(render_form(
            &app,
            &staff.person,
            error.status(),
            &fields,
            Some(&error.to_string()),
        )),
        Err(error) => Err(error),
    }
}

async fn bring_on(
    app: &App,
    staff: &OnboardingStaff,
    fields: &Fields,
) -> Result<(TenantId, Onboarded)> {
    let tenant = TenantId::parse(fields.tenant.trim())?;
    let new = Onboarding {
        tenant: &tenant,
        name: clean("the name", &fields.name)?,
        contact: clean("the contact's e-mail address", &fields.contact)?,
        simulated: false,
        submission: read_submission(&fields.submission)?,
        seed: u64::from_le_bytes(random_bytes()?),
        by: &staff.person.email,
    };
    let onboarded = onboard(staff.begin().await?, new, app.clock.now()).await?;
    Ok((tenant, onboarded))
}

/// The id that a form was made with.
pub(super) fn read_submission(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| {
        Error::Invalid(
            "the form could not be read; open the page again and fill it in there".into(),
        )
    })
}

fn render_form(
    app: &App,
    who: &SignedIn,
    status: StatusCode,
    typed: &Fields,
    problem: Option<&str>,
) -> Response {
    // A form that comes back with a problem brought nobody on: it keeps its id.
    let submission = read_submission(&typed.submission)
        .unwrap_or_else(|_| Uuid::new_v4())
        .to_string();
    Page::new("Onboard").of(who).status(status).render(app, || {
        view! {
            <section class="card narrow">
                <h1>"Onboard a department"</h1>
                <p>
                    "Makes the department, its first API key, a baseline state for its model and an \
                     invitation for its contact: all of it, or nothing."
                </p>
                {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
                <form method="post" action="/admin/onboard" class="stack">
                    <label for="tenant">"Tenant id"</label>
                    <input id="tenant" name="tenant" required minlength="2" maxlength="63"
                        pattern="[a-z][a-z0-9_\\-]{1,62}" autocapitalize="none" autocomplete="off" spellcheck="false"
                        aria-describedby="tenant-hint" value=typed.tenant.clone()/>
                    <p class="hint" id="tenant-hint">
                        "a-z, 0-9, _ and -, beginning with a letter: alder_county. It stays for good."
                    </p>
                    <label for="name">"Name of the health department"</label>
                    <input id="name" name="name" required maxlength="200" autocomplete="off" value=typed.name.clone()/>
                    <label for="contact">"Contact's e-mail"</label>
                    <input id="contact" name="contact" type="email" required maxlength="254" autocomplete="off"
                        value=typed.contact.clone()/>
                    <input type="hidden" name="submission" value=submission/>
                    <button type="submit">"Onboard"</button>
                </form>
            </section>
        }
    })
}
