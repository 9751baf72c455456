//! What several pages show.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;

use crate::{
    Result,
    access::{Account, sign_on::department::Department},
    app::App,
    tenancy::TenantId,
    web::{errors::sentence, page::Page},
};

/// The form below the one for passwords: to one's department's provider.
pub fn section(typed: &str, next: &str) -> impl IntoView + use<> {
    view! {
        <h2>"Sign in with your department"</h2>
        <form method="post" action="/login/sign-on" class="stack">
            <label for="department">"Address at work"</label>
            <input id="department" name="department" autocomplete="off" spellcheck="false" required
                maxlength="300" value=typed.to_owned() aria-describedby="department-hint"/>
            <p class="hint" id="department-hint">
                "Such as name@department.example; or the sign-on address that your department gave you."
            </p>
            <input type="hidden" name="next" value=next.to_owned()/>
            <button type="submit" class="quiet">"Go on"</button>
        </form>
    }
}

/// The page of whoever did not come in: why, and the way to begin again.
pub fn refused(app: &App, status: StatusCode, problem: &str, typed: &str, next: &str) -> Response {
    Page::new("Sign in with your department")
        .status(status)
        .render(app, || {
            view! {
                <section class="card narrow">
                    <p class="brand">"Cordon"</p>
                    <h1>"You are not signed in"</h1>
                    <p class="problem" role="alert">{sentence(problem)}</p>
                    {section(typed, next)}
                    <p class="hint"><a href="/login">"Sign in with a password"</a></p>
                </section>
            }
        })
}

/// The department of somebody who may prove again who they are by signing on once more.
///
/// # Errors
/// When the database refuses.
pub async fn other_proof(app: &App, account: &Account) -> Result<Option<TenantId>> {
    let Some(tenant) = account.person.tenant() else {
        return Ok(None);
    };
    let mut gate = account.gate().await?;
    let department = Department::find(&mut gate, &app.sign_on.keeper, tenant).await?;
    Ok(department.map(|department| department.tenant))
}

/// How to prove again who one is without a password: `fields` are of the form that waits.
pub fn another_way<V: IntoView>(
    tenant: &TenantId,
    path: &str,
    fields: V,
) -> impl IntoView + use<V> {
    view! {
        <h2>"With your department"</h2>
        <p>
            <a href=format!("/login/sign-on/{tenant}") target="_blank" rel="noopener">"Sign on once more in a new tab"</a>
            ", then come back here."
        </p>
        <form method="post" action=path.to_owned()>
            {fields}
            <button type="submit" class="quiet">"I have signed on"</button>
        </form>
    }
}
