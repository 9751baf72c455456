//! The page of keys, for whoever sits at it.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use uuid::Uuid;

use super::{
    forms::IssueFields,
    leaked,
    table::{ended, in_use, lifetimes},
};
use crate::{
    access::{Scope, SignedIn, api_key::KeyCard},
    app::App,
    clock::Now,
    tenancy::TenantId,
    web::{errors::sentence, onboard::read_submission, page::Page},
};

/// Who sees to which department's keys, and under which address.
pub struct Desk<'a> {
    /// Who sits there.
    pub who: &'a SignedIn,
    base: String,
    tenant: Option<&'a TenantId>,
}

impl<'a> Desk<'a> {
    /// A department's person, who sees to their own department's keys.
    pub fn own(who: &'a SignedIn) -> Self {
        Self {
            who,
            base: "/keys".to_owned(),
            tenant: None,
        }
    }

    /// Onboarding staff, who see to this department's keys.
    pub fn of(who: &'a SignedIn, tenant: &'a TenantId) -> Self {
        Self {
            who,
            base: format!("/admin/tenants/{tenant}/keys"),
            tenant: Some(tenant),
        }
    }

    /// The address of the page, and the beginning of its forms'.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The department's id, where the reader has more than one.
    pub fn tenant_id(&self) -> Option<&'a str> {
        self.tenant.map(TenantId::as_str)
    }

    /// Links out of a page that shows one thing.
    pub fn ways_back(&self) -> impl IntoView + use<> {
        let keys = if self.tenant.is_some() {
            "All its keys"
        } else {
            "All keys"
        };
        let base = self.base.clone();
        let all = self.tenant.is_some().then(|| {
            view! { " · "<a href="/admin/tenants">"All departments"</a> }
        });
        view! { <p><a href=base>{keys}</a>{all}</p> }
    }

    /// The page: keys in use, the form for another, those of the past, the search for leaks.
    /// A form that was refused comes back as it was filled in, with what is wrong.
    pub fn render(
        &self,
        app: &App,
        keys: &[KeyCard],
        now: Now,
        refused: Option<(&IssueFields, &str)>,
    ) -> Response {
        let status = refused.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
        Page::new("Keys").of(self.who).status(status).render(app, || {
            let heading = match self.tenant_id() {
                Some(id) => view! { <h1>"Keys of "<code>{id.to_owned()}</code></h1> }.into_any(),
                None => view! { <h1>"Keys"</h1> }.into_any(),
            };
            let back = self.tenant.map(|_| view! { <p><a href="/admin/tenants">"All departments"</a></p> });
            let check = self.tenant.is_none().then(|| leaked::form("/keys/check"));
            view! {
                {heading}
                <p class="lead">
                    "A program sends a key to read or send a department's data. A key is shown once, when it \
                     is issued; afterwards its beginning tells it from the others. "
                    <a href="/api/docs">"What programs can ask"</a>
                </p>
                {in_use(&self.base, keys, now)}
                {self.issue_form(refused)}
                {check}
                {ended(keys, now)}
                {back}
            }
        })
    }

    fn issue_form(&self, refused: Option<(&IssueFields, &str)>) -> impl IntoView + use<> {
        let fresh = IssueFields {
            read: Some(String::new()),
            ..IssueFields::default()
        };
        let (typed, problem) =
            refused.map_or((&fresh, None), |(typed, problem)| (typed, Some(problem)));
        // A form that comes back with a problem issued nothing: it keeps its id.
        let submission = read_submission(&typed.submission)
            .unwrap_or_else(|_| Uuid::new_v4())
            .to_string();
        let problem = problem.map(|problem| {
            view! { <p class="problem" role="alert">{sentence(problem)}</p> }
        });
        let scopes = Scope::ALL.map(|scope| {
            view! {
                <label class="choice">
                    <input type="checkbox" name=scope.name() checked=typed.ticked(scope)/>
                    <span><strong>{scope.name()}</strong>": "{scope.means()}</span>
                </label>
            }
        });
        view! {
            <section class="card" id="issue">
                <h2>"Issue a key"</h2>
                {problem}
                <form method="post" action=self.base.clone() class="stack">
                    <label for="name">"Name"</label>
                    <input id="name" name="name" required maxlength="100" autocomplete="off"
                        aria-describedby="name-hint" value=typed.name.clone()/>
                    <p class="hint" id="name-hint">"What it is for: nightly import, dashboard."</p>
                    <fieldset class="scopes">
                        <legend>"It may"</legend>
                        {scopes}
                    </fieldset>
                    <label for="expires">"It lasts"</label>
                    <select id="expires" name="expires">{lifetimes(&typed.expires)}</select>
                    <input type="hidden" name="submission" value=submission/>
                    <button type="submit">"Issue the key"</button>
                </form>
            </section>
        }
    }
}
