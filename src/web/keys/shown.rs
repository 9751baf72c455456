//! The page that shows a key, once.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;

use super::Desk;
use crate::{
    access::{ApiKey, handing::Handed},
    app::App,
    islands::CopyButton,
    web::{page::Page, people::link_handed},
};

/// A key that was made just now.
pub struct Revealed<'a> {
    /// What happened, to stand after the department's name or by itself.
    pub what: &'a str,
    /// The key.
    pub key: ApiKey,
    /// What else there is to know of it.
    pub note: Option<String>,
    /// What became of the link that invites a new department's contact.
    pub invitation: Option<Handed>,
}

impl Revealed<'_> {
    /// The page. It is the answer to the form and is stored nowhere, so asking for it again
    /// cannot bring it back.
    pub fn render(self, app: &App, desk: &Desk<'_>) -> Response {
        let key = self.key.reveal();
        Page::new("API key").of(desk.who).with_islands().render(app, || {
            let heading = match desk.tenant_id() {
                Some(id) => view! { <h1><code>{id.to_owned()}</code>" "{self.what.to_owned()}</h1> }.into_any(),
                None => view! { <h1>{self.what.to_owned()}</h1> }.into_any(),
            };
            view! {
                <section class="card">
                    {heading}
                    <h2>"API key"</h2>
                    <p class="caution">
                        "This is the only time the key is shown. Hand it over now: nobody, us included, can \
                         read it again."
                    </p>
                    <div class="secret">
                        <code id="api-key" class="selectable">{key.clone()}</code>
                        <CopyButton text=key label="Copy the key"/>
                    </div>
                    {self.note.map(|note| view! { <p>{note}</p> })}
                    {self.invitation.map(|handed| view! {
                        <h2>"Invitation for the contact"</h2>
                        {link_handed(handed)}
                    })}
                    {desk.ways_back()}
                </section>
            }
        })
    }
}

/// The same form came again: nothing was made twice, and nothing can be shown twice.
pub fn shown_before(app: &App, desk: &Desk<'_>) -> Response {
    Page::new("API key").of(desk.who).status(StatusCode::CONFLICT).render(app, || {
        let of = desk.tenant_id().map(|id| view! { " for "<code>{id.to_owned()}</code> });
        view! {
            <section class="card narrow">
                <h1>"This key was shown already"</h1>
                <p>
                    "The form"{of}" was sent before. Nothing was made twice. \
                     The key that it made was shown then and cannot be shown again."
                </p>
                <p>"If it was lost, issue a new one and revoke the old one."</p>
                <p><a class="button" href=format!("{}#issue", desk.base())>"Issue a new key"</a></p>
                {desk.ways_back()}
            </section>
        }
    })
}
