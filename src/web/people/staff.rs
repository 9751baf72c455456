//! `/admin/staff`: administrators and onboarding staff, for administrators.

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
        Admin,
        handing::{Invitee, hand_over},
        staff::{self, Change, Member},
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
    role: String,
}

/// `GET /admin/staff`.
pub async fn show(State(app): State<App>, admin: Admin) -> Result<Response> {
    render(&app, &admin, StatusCode::OK, &Wanted::default(), None).await
}

/// `POST /admin/staff/invitations`.
pub async fn invite(
    State(app): State<App>,
    admin: Admin,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response> {
    let (by, now) = (&admin.person.email, app.clock.now());
    let token = async {
        let role = staff::role(&wanted.role)?;
        let mut tx = admin.begin_steward().await?;
        let token = staff::invite(&mut tx, &wanted.email, role, by, now).await?;
        tx.commit().await?;
        Ok(token)
    };
    match token.await {
        Ok(token) => {
            let invitee = Invitee {
                email: &wanted.email,
                role: role_in_words(&wanted.role),
                department: None,
                by,
            };
            let handed = hand_over(&app.config, invitee, token).await;
            let (who, email) = (&admin.person, &wanted.email);
            Ok(invited(&app, who, "Staff", email, handed, "/admin/staff"))
        }
        Err(Error::Invalid(problem)) => {
            render(
                &app,
                &admin,
                StatusCode::BAD_REQUEST,
                &wanted,
                Some(&problem),
            )
            .await
        }
        Err(error) => Err(error),
    }
}

/// `POST /admin/staff/invitations/{invitation}/revoke`.
pub async fn revoke(
    State(app): State<App>,
    admin: Admin,
    Path(invitation): Path<String>,
) -> Result<Redirect> {
    let invitation: Uuid = invitation
        .parse()
        .map_err(|_| Error::NotFound("invitation"))?;
    let mut tx = admin.begin_steward().await?;
    staff::revoke(&mut tx, invitation, &admin.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/admin/staff"))
}

/// `POST /admin/staff/{user}/{deed}`.
pub async fn change(
    State(app): State<App>,
    admin: Admin,
    Path((member, what)): Path<(String, String)>,
) -> Result<Response> {
    let member: Uuid = member
        .parse()
        .map_err(|_| Error::NotFound("member of the staff"))?;
    let what = match what.as_str() {
        "make-admin" => Change::Role("admin"),
        "make-onboarding" => Change::Role("onboarding"),
        "disable" => Change::Disable,
        "enable" => Change::Enable,
        _ => return Err(Error::NotFound("page")),
    };
    let mut tx = admin.begin_steward().await?;
    match staff::change(&mut tx, member, what, &admin.person.email, app.clock.now()).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(Redirect::to("/admin/staff").into_response())
        }
        Err(Error::Invalid(problem)) => {
            drop(tx);
            let wanted = Wanted::default();
            render(
                &app,
                &admin,
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
    admin: &Admin,
    status: StatusCode,
    wanted: &Wanted,
    problem: Option<&str>,
) -> Result<Response> {
    let now = app.clock.now();
    let mut tx = admin.begin_steward().await?;
    let members = staff::list(&mut tx).await?;
    let open = staff::open_invitations(&mut tx, now).await?;
    tx.commit().await?;
    let own = admin.person.user_id;
    let rows: Vec<_> = members.iter().map(|member| row(member, own, now)).collect();
    let page = Page::new("Staff").of(&admin.person).status(status);
    Ok(page.render(app, || {
        view! {
            <h1>"Staff"</h1>
            <p class="lead">
                "Administrators see all departments; onboarding staff bring departments on and see no case count. \
                 Each signs in with a second factor."
            </p>
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
            <section class="card"><ul class="sessions">{rows}</ul></section>
            {open_invitations(&open, Some("/admin/staff/invitations"))}
            {form(wanted)}
        }
    }))
}

fn row(member: &Member, own: Uuid, now: Now) -> impl IntoView + use<> {
    let base = format!("/admin/staff/{}", member.user_id);
    let name = &member.name;
    let standing = match member.disabled_at {
        Some(at) => format!(
            "{}, shut out {}",
            role_in_words(&member.role),
            words::ago(at, now)
        ),
        None => format!(
            "{}, since {}",
            role_in_words(&member.role),
            words::day(member.created_at.date_naive())
        ),
    };
    let deeds = if member.disabled_at.is_some() {
        deed(format!("{base}/enable"), "Let in again", None)
    } else {
        let (other, label) = match member.role.as_str() {
            "admin" => ("make-onboarding", "Make onboarding staff"),
            _ => ("make-admin", "Make administrator"),
        };
        let sure = match member.user_id == own {
            true => "You are signed out at once.".to_owned(),
            false => format!("{name} is signed out everywhere at once."),
        };
        let role = deed(format!("{base}/{other}"), label, Some(sure.clone()));
        let sure = format!("{sure} Another administrator can undo this.");
        let disable = deed(format!("{base}/disable"), "Shut out", Some(sure));
        view! { <div class="side">{role}{disable}</div> }.into_any()
    };
    view! {
        <li>
            <div>
                <strong>{name.clone()}</strong>
                <span class="hint">{format!("{} · {standing}", member.email)}</span>
            </div>
            {deeds}
        </li>
    }
}

fn form(wanted: &Wanted) -> impl IntoView + use<> {
    let options: Vec<_> = ["onboarding", "admin"]
        .into_iter()
        .map(|role| {
            let chosen = wanted.role == role;
            view! { <option value=role selected=chosen>{role_in_words(role)}</option> }
        })
        .collect();
    view! {
        <section class="card">
            <h2>"Invite somebody"</h2>
            <form method="post" action="/admin/staff/invitations" class="stack">
                <label for="email">"E-mail"</label>
                <input id="email" name="email" type="email" required maxlength="254" autocomplete="off"
                    value=wanted.email.clone()/>
                <label for="role">"To be"</label>
                <select id="role" name="role">{options}</select>
                <button type="submit">"Invite"</button>
            </form>
        </section>
    }
}
