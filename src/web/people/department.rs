//! `/people`: who works in a department. Everybody in it sees them; leads let in and shut out.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use super::parts::{deed, invited, open_invitations, role_in_words};
use crate::{
    Error, Result,
    access::{
        Epidemiologist, Lead,
        handing::{Invitee, hand_over},
        people::{self, Change, Colleague},
    },
    app::App,
    clock::Now,
    web::{errors::sentence, forms::Posted, page::Page, words},
};

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    email: String,
    lead: String,
}

/// `GET /people`.
pub async fn show(State(app): State<App>, who: Epidemiologist) -> Result<Response> {
    render(&app, &who, StatusCode::OK, &Wanted::default(), None).await
}

/// `POST /people/invitations`.
pub async fn invite(
    State(app): State<App>,
    lead: Lead,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response> {
    let (by, now) = (&lead.0.person.email, app.clock.now());
    let mut tx = lead.0.begin().await?;
    let as_lead = !wanted.lead.is_empty();
    match people::invite(&mut tx, &wanted.email, as_lead, by, now).await {
        Ok(token) => {
            tx.commit().await?;
            let invitee = Invitee {
                email: &wanted.email,
                role: role_in_words(if as_lead { "lead" } else { "epidemiologist" }),
                department: Some(&lead.0.tenant.name),
                by,
            };
            let handed = hand_over(&app.config, invitee, token).await;
            let (who, email) = (&lead.0.person, &wanted.email);
            Ok(invited(&app, who, "People", email, handed, "/people"))
        }
        Err(Error::Invalid(problem)) => {
            drop(tx);
            render(
                &app,
                &lead.0,
                StatusCode::BAD_REQUEST,
                &wanted,
                Some(&problem),
            )
            .await
        }
        Err(error) => Err(error),
    }
}

/// `POST /people/invitations/{invitation}/revoke`.
pub async fn revoke(
    State(app): State<App>,
    lead: Lead,
    Path(invitation): Path<String>,
) -> Result<Redirect> {
    let invitation: Uuid = invitation
        .parse()
        .map_err(|_| Error::NotFound("invitation"))?;
    let mut tx = lead.0.begin().await?;
    people::revoke(&mut tx, invitation, &lead.0.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/people"))
}

/// `POST /people/{user}/{deed}`.
pub async fn change(
    State(app): State<App>,
    lead: Lead,
    Path((colleague, what)): Path<(String, String)>,
) -> Result<Response> {
    let colleague: Uuid = colleague
        .parse()
        .map_err(|_| Error::NotFound("colleague"))?;
    let what = match what.as_str() {
        "make-lead" => Change::MakeLead,
        "end-lead" => Change::EndLead,
        "remove" => Change::Remove,
        "readmit" => Change::Readmit,
        _ => return Err(Error::NotFound("page")),
    };
    let mut tx = lead.0.begin().await?;
    let by = &lead.0.person.email;
    match people::change(&mut tx, colleague, what, by, app.clock.now()).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(Redirect::to("/people").into_response())
        }
        Err(Error::Invalid(problem)) => {
            drop(tx);
            let wanted = Wanted::default();
            render(
                &app,
                &lead.0,
                StatusCode::BAD_REQUEST,
                &wanted,
                Some(&problem),
            )
            .await
        }
        Err(error) => Err(error),
    }
}

async fn render(
    app: &App,
    who: &Epidemiologist,
    status: StatusCode,
    wanted: &Wanted,
    problem: Option<&str>,
) -> Result<Response> {
    let now = app.clock.now();
    let mut tx = who.begin().await?;
    let colleagues = people::list(&mut tx).await?;
    let open = people::open_invitations(&mut tx, now).await?;
    tx.commit().await?;
    let leads: Vec<&str> = colleagues
        .iter()
        .filter(|colleague| colleague.lead && colleague.removed_at.is_none())
        .map(|colleague| colleague.name.as_str())
        .collect();
    let is_lead = who.person.lead;
    let lead = match (is_lead, leads.is_empty()) {
        (true, _) => "You let colleagues in, and shut them out.".to_owned(),
        (false, true) => {
            "Nobody leads yet: ask whoever runs the platform to invite a lead.".to_owned()
        }
        (false, false) => format!("Whom to ask to let a colleague in: {}.", leads.join(", ")),
    };
    let own = who.person.user_id;
    let (inside, removed): (Vec<_>, Vec<_>) = colleagues
        .iter()
        .partition(|colleague| colleague.removed_at.is_none());
    let inside: Vec<_> = inside
        .into_iter()
        .map(|of| row(of, is_lead, own, now))
        .collect();
    let removed: Vec<_> = removed
        .into_iter()
        .map(|of| row(of, is_lead, own, now))
        .collect();
    let removed = (!removed.is_empty()).then(|| {
        view! {
            <details class="card more">
                <summary>"Removed"</summary>
                <ul class="sessions">{removed}</ul>
            </details>
        }
    });
    let base = is_lead.then_some("/people/invitations");
    let page = Page::new("People").of(&who.person).status(status);
    Ok(page.render(app, || {
        view! {
            <h1>"People"</h1>
            <p class="lead">{lead}</p>
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
            <section class="card"><ul class="sessions">{inside}</ul></section>
            {open_invitations(&open, base)}
            {is_lead.then(|| form(wanted))}
            {is_lead.then(|| view! { <p class="downloads"><a href="/people/sign-on">"Single sign-on"</a></p> })}
            {removed}
        }
    }))
}

fn row(colleague: &Colleague, may: bool, own: Uuid, now: Now) -> impl IntoView + use<> {
    let base = format!("/people/{}", colleague.user_id);
    let name = &colleague.name;
    let standing = match (colleague.removed_at, colleague.lead) {
        (Some(at), _) => format!("removed {}", words::ago(at, now)),
        (None, true) => format!("lead, since {}", words::day(colleague.since.date_naive())),
        (None, false) => format!("since {}", words::day(colleague.since.date_naive())),
    };
    let deeds = may.then(|| {
        if colleague.removed_at.is_some() {
            return deed(format!("{base}/readmit"), "Let in again", None).into_any();
        }
        let role = match colleague.lead {
            true => deed(format!("{base}/end-lead"), "No longer lead", None),
            false => deed(format!("{base}/make-lead"), "Make lead", None),
        };
        let sure = match colleague.user_id == own {
            true => "You are signed out at once, and only another lead can let you in again.".to_owned(),
            false => format!(
                "{name} is signed out everywhere at once and cannot sign in any more. What {name} did stays, and \
                 you can let {name} in again."
            ),
        };
        let remove = deed(format!("{base}/remove"), "Remove", Some(sure));
        view! { <div class="side">{role}{remove}</div> }.into_any()
    });
    view! {
        <li>
            <div>
                <strong>{name.clone()}</strong>
                <span class="hint">{format!("{} · {standing}", colleague.email)}</span>
            </div>
            {deeds}
        </li>
    }
}

fn form(wanted: &Wanted) -> impl IntoView + use<> {
    view! {
        <section class="card">
            <h2>"Invite a colleague"</h2>
            <form method="post" action="/people/invitations" class="stack">
                <label for="email">"E-mail"</label>
                <input id="email" name="email" type="email" required maxlength="254" autocomplete="off"
                    value=wanted.email.clone()/>
                <label class="choice">
                    <input type="checkbox" name="lead" checked=!wanted.lead.is_empty()/>
                    "As a lead, who lets colleagues in and shuts them out"
                </label>
                <button type="submit">"Invite"</button>
            </form>
        </section>
    }
}
