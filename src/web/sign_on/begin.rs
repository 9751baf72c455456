//! Going to a department's provider.

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{comes_back_to, parts::refused};
use crate::{
    Error, Result,
    access::{
        SignedIn,
        sign_on::{department::Department, start},
    },
    app::App,
    database::Origin,
    tenancy::TenantId,
    web::{
        forms::Posted,
        login::{Next, later},
        page::Page,
    },
};

/// The same words where no department has named the domain, where several have, where the one that has
/// lets nobody sign on so, and where there is no such department.
const NOBODYS: &str = "no department here signs on with that. Type the sign-on address that a lead of your department \
                       knows, or sign in with your password";

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    department: String,
    next: String,
}

/// Where somebody goes.
struct Way {
    department: Department,
    host: String,
    address: String,
    cookie: header::HeaderValue,
}

/// `POST /login/sign-on`: by an e-mail address or a department's sign-on address. The way on is a link,
/// since browsers let no form lead to another site, and so that people see to where they go.
pub async fn look_up(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    who: Option<SignedIn>,
    headers: HeaderMap,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response> {
    let (typed, next) = (wanted.department.trim(), wanted.next.as_str());
    let hint = typed.contains('@').then_some(typed);
    let found = async {
        app.sign_on.count_start(origin)?;
        let tenant = meant(&app, typed).await?;
        way(&app, tenant.as_ref(), &headers, next, hint, who.is_some()).await
    };
    match found.await {
        Ok(way) => Ok(go_on(&app, way)),
        Err(error) => not_found(&app, &error, typed, next).map_or_else(|| Err(error), Ok),
    }
}

/// `GET /login/sign-on/{tenant}`: straight on to the provider.
pub async fn begin(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    Path(tenant): Path<String>,
    Query(to): Query<Next>,
    who: Option<SignedIn>,
    headers: HeaderMap,
) -> Result<Response> {
    let found = async {
        app.sign_on.count_start(origin)?;
        let tenant = TenantId::parse(&tenant).ok();
        way(
            &app,
            tenant.as_ref(),
            &headers,
            to.next(),
            None,
            who.is_some(),
        )
        .await
    };
    match found.await {
        Ok(way) => {
            let mut response = Redirect::to(&way.address).into_response();
            response
                .headers_mut()
                .append(header::SET_COOKIE, way.cookie);
            Ok(response)
        }
        Err(error) => not_found(&app, &error, "", to.next()).map_or_else(|| Err(error), Ok),
    }
}

/// The department that somebody means, if it can be told.
async fn meant(app: &App, typed: &str) -> Result<Option<TenantId>> {
    if typed.contains(char::is_control) {
        return Ok(None);
    }
    if let Some((_, domain)) = typed.rsplit_once('@') {
        let mut gate = app.pools.gate().await?;
        return Department::of_domain(&mut gate, &domain.to_lowercase()).await;
    }
    let id = typed
        .rsplit_once("/login/sign-on/")
        .map_or(typed, |(_, id)| id);
    Ok(TenantId::parse(id.trim_end_matches('/')).ok())
}

async fn way(
    app: &App,
    tenant: Option<&TenantId>,
    headers: &HeaderMap,
    next: &str,
    hint: Option<&str>,
    again: bool,
) -> Result<Way> {
    let nobodys = || Error::NotFound("sign-on");
    let (keeper, now) = (&app.sign_on.keeper, app.clock.now());
    let tenant = tenant.ok_or_else(nobodys)?;
    let department = Department::find(&mut app.pools.gate().await?, keeper, tenant).await?;
    let department = department.ok_or_else(nobodys)?;
    let issuer = &department.issuer;
    let reach = app.config.issuers.reach(issuer, app.config.demo)?;
    let provider = app.sign_on.provider(tenant, issuer, reach, now).await?;
    let mut gate = app.pools.gate().await?;
    let begun = start::begin(&mut gate, keeper, tenant, headers, next, again, now).await?;
    let redirect = comes_back_to(app, tenant);
    let address = provider.address(
        &department,
        &redirect,
        &begun.state,
        &begun.secrets,
        hint,
        again,
    )?;
    Ok(Way {
        host: provider.host().to_owned(),
        address: address.into(),
        cookie: begun.cookie(app.config.is_tls())?,
        department,
    })
}

/// What somebody is told who cannot go on; nothing where that is our fault.
fn not_found(app: &App, error: &Error, typed: &str, next: &str) -> Option<Response> {
    match error {
        Error::NotFound(_) => Some(refused(app, StatusCode::NOT_FOUND, NOBODYS, typed, next)),
        Error::TooMany { .. } => {
            let shown = refused(app, error.status(), &error.to_string(), typed, next);
            Some(later(shown, error))
        }
        Error::Invalid(_) => {
            let words = "your department's provider cannot be reached just now; try again, or sign in with \
                         your password, and tell a lead of your department if it stays so";
            Some(refused(app, StatusCode::BAD_GATEWAY, words, typed, next))
        }
        _ => None,
    }
}

fn go_on(app: &App, way: Way) -> Response {
    let page = Page::new("Sign in with your department");
    let mut response = page.render(app, || {
        view! {
            <section class="card narrow">
                <p class="brand">"Cordon"</p>
                <h1>{way.department.name}</h1>
                <p>{format!("You sign in at {}, and come back here.", way.host)}</p>
                <p><a class="button" href=way.address>{format!("Go on to {}", way.host)}</a></p>
                <p class="hint">
                    "Type your password there only if you know that address as your department's. "
                    <a href="/login">"Sign in otherwise"</a>
                </p>
            </section>
        }
    });
    response
        .headers_mut()
        .append(header::SET_COOKIE, way.cookie);
    response
}
