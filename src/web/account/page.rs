//! `/account`.

use axum::{extract::State, http::StatusCode, response::Response};
use leptos::prelude::*;

use super::{passkeys, password, second_factor, sessions};
use crate::{
    Result,
    access::{Account, Role, passkey, second_factor::standing, session::places},
    app::App,
    web::{errors::sentence, page::Page},
};

/// `GET /account`.
pub async fn show(State(app): State<App>, account: Account) -> Result<Response> {
    render(&app, &account, StatusCode::OK, None).await
}

/// The page, with what was wrong with a form of it.
pub async fn render(
    app: &App,
    account: &Account,
    status: StatusCode,
    problem: Option<&str>,
) -> Result<Response> {
    let now = app.clock.now();
    let person = &account.person;
    let mut gate = account.gate().await?;
    let standing = standing(&mut gate, person.user_id).await?;
    let places = places(&mut gate, person.user_id, now, app.config.session).await?;
    let own = passkey::known(&mut gate, person.user_id).await?;
    drop(gate);
    let does = match &person.role {
        Role::Admin => "administrator".to_owned(),
        Role::Onboarding => "onboarding staff".to_owned(),
        Role::Epidemiologist(tenant) => tenant.name.clone(),
    };
    let page = Page::new("Account").of(person).status(status);
    Ok(page.render(app, || {
        view! {
            <h1>"Your account"</h1>
            <p class="lead">{format!("{}, {}, {does}", person.name, person.email)}</p>
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
            {sessions::section(&places, &account.proof, now)}
            {passkeys::section(app, &own, &standing, now)}
            {second_factor::section(person, &standing, now)}
            {password::section(&account.proof)}
        }
    }))
}
