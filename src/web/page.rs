//! The frame around every page.

use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hydration_context::SsrSharedContext;
use leptos::{nonce::Nonce, prelude::*};

use super::headers::content_security_policy;
use crate::{
    access::{
        Role, SignedIn,
        glass::{Glass, Looked},
    },
    app::App,
    tenancy::Tenant,
};

/// A page in the making: what stands around its body.
pub struct Page<'a> {
    title: &'a str,
    area: &'a str,
    who: Option<&'a SignedIn>,
    status: StatusCode,
    islands: bool,
    simulated: bool,
}

impl<'a> Page<'a> {
    /// A page for anybody.
    pub fn new(title: &'a str) -> Self {
        Self {
            title,
            area: title,
            who: None,
            status: StatusCode::OK,
            islands: false,
            simulated: false,
        }
    }

    /// With the navigation of who is signed in.
    pub fn of(self, who: &'a SignedIn) -> Self {
        Self {
            who: Some(who),
            ..self
        }
    }

    /// With a department's figures, for whoever is not signed in.
    pub fn showing(self, tenant: &Tenant) -> Self {
        Self {
            simulated: tenant.simulated,
            ..self
        }
    }

    /// One of several pages that the banner leads to by one name.
    pub fn within(self, area: &'a str) -> Self {
        Self { area, ..self }
    }

    /// With another status than 200.
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// With the islands' WebAssembly. The page works before it arrives, and without it.
    pub fn with_islands(self) -> Self {
        Self {
            islands: true,
            ..self
        }
    }

    /// Renders the page around `body`. It is for its reader alone, so nothing keeps it.
    pub fn render<V: IntoView>(self, app: &App, body: impl FnOnce() -> V) -> Response {
        let nonce = Nonce::new();
        let policy = content_security_policy(&nonce);
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
        let html = owner.with(|| {
            provide_context(nonce);
            self.document(app, body()).to_html()
        });
        owner.cleanup();
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (
                header::CACHE_CONTROL,
                HeaderValue::from_static("private, no-store"),
            ),
            (header::CONTENT_SECURITY_POLICY, policy),
        ];
        (self.status, headers, html).into_response()
    }

    fn document(&self, app: &App, body: impl IntoView) -> impl IntoView {
        let simulated = match self.who.map(|who| &who.role) {
            Some(Role::Epidemiologist(tenant)) => tenant.simulated || app.config.demo,
            _ => self.simulated || app.config.demo,
        };
        let notice = match self.who.map(|who| &who.role) {
            Some(Role::Epidemiologist(tenant)) => app.standings.of(&tenant.id),
            _ => None,
        }
        .and_then(|standing| standing.notice());
        let islands = self
            .islands
            .then(|| view! { <HydrationScripts options=app.site.islands.clone() islands=true/> });
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <title>{format!("{} · Cordon", self.title)}</title>
                    <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                    <link rel="stylesheet" href=app.site.stylesheet.clone()/>
                    {islands}
                </head>
                <body>
                    <a class="skip" href="#main">"Skip to the content"</a>
                    {simulated.then(|| view! {
                        <aside class="simulated" aria-label="About this data">
                            "Simulated data, for demonstration. No person here was ever ill."
                        </aside>
                    })}
                    {self.who.map(|who| banner(who, self.title, self.area))}
                    {self.who.and_then(|who| who.glass.as_ref()).map(through_glass)}
                    {self.who.and_then(|who| who.looked.as_ref()).map(was_looked_into)}
                    {notice.map(|notice| view! {
                        <aside class="notice" aria-label="Budget">
                            <p>{notice}" "<a href="/usage">"See what is used"</a></p>
                        </aside>
                    })}
                    <main id="main" tabindex="-1">{body}</main>
                </body>
            </html>
        }
    }
}

/// Into whose pages an administrator looks, and the way out.
fn through_glass(glass: &Glass) -> impl IntoView + use<> {
    let links: Vec<_> = DEPARTMENT
        .iter()
        .map(|(to, name)| view! { <a href=*to>{*name}</a>" " })
        .collect();
    view! {
        <aside class="notice glass" aria-label="Break glass">
            <form method="post" action="/admin/break-glass/end">
                <p>
                    <strong>{format!("You look into {} until {}. ", glass.tenant.name, glass.until.format("%H:%M UTC"))}</strong>
                    "You can change nothing there, and the department sees each page you open. "
                    {links}
                </p>
                <button type="submit">"End now"</button>
            </form>
        </aside>
    }
}

/// That somebody who runs the platform looked into this department.
fn was_looked_into(looked: &Looked) -> impl IntoView + use<> {
    view! {
        <aside class="notice" aria-label="Break glass">
            <p>
                {format!(
                    "{}, who runs the platform, looked into this department on {}, because: “{}” ",
                    looked.by,
                    looked.at.format("%-d %B %Y, %H:%M UTC"),
                    looked.reason
                )}
                <a href="/audit?q=glass">"See what was read"</a>
            </p>
        </aside>
    }
}

/// A department's pages.
const DEPARTMENT: &[(&str, &str)] = &[
    ("/", "Cases"),
    ("/forecast", "Forecast"),
    ("/data", "Data"),
    ("/keys", "Keys"),
    ("/usage", "Usage"),
    ("/people", "People"),
    ("/audit", "Audit"),
];

/// Where a person can go, where they are, and whose pages they are on.
fn banner(who: &SignedIn, title: &str, area: &str) -> impl IntoView + use<> {
    let (place, links): (String, &[(&str, &str)]) = match &who.role {
        Role::Epidemiologist(tenant) => (tenant.name.clone(), DEPARTMENT),
        Role::Onboarding => (
            "Onboarding".to_owned(),
            &[
                ("/admin/tenants", "Departments"),
                ("/admin/onboard", "Onboard"),
            ],
        ),
        Role::Admin => (
            "Administration".to_owned(),
            &[
                ("/admin", "All departments"),
                ("/admin/runs", "Runs"),
                ("/admin/billing", "Billing"),
                ("/admin/staff", "Staff"),
                ("/admin/break-glass", "Break glass"),
                ("/admin/audit", "Audit"),
            ],
        ),
    };
    let links: Vec<_> = links
        .iter()
        .map(|(to, name)| {
            let here = (*name == area).then_some(if title == area { "page" } else { "true" });
            view! { <li><a href=*to aria-current=here>{*name}</a></li> }
        })
        .collect();
    view! {
        <header class="banner">
            <a class="brand" href=who.role.home()>"Cordon"</a>
            <span class="place">{place}</span>
            <nav aria-label="Pages"><ul>{links}</ul></nav>
            <form class="sign-out" method="post" action="/logout">
                <a class="person" href="/account" title=who.email.clone()>{who.name.clone()}</a>
                <button type="submit" class="quiet">"Sign out"</button>
            </form>
        </header>
    }
}
