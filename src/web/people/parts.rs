//! What both pages show alike.

use leptos::prelude::*;

use crate::{
    access::{SignedIn, invitation::Token, people::Open},
    app::App,
    islands::CopyButton,
    web::{page::Page, words},
};

/// A role, as people say it.
pub fn role_in_words(role: &str) -> &'static str {
    match role {
        "admin" => "administrator",
        "onboarding" => "onboarding staff",
        "lead" => "lead",
        _ => "epidemiologist",
    }
}

/// The page that shows an invitation's link, once.
pub fn invited(
    app: &App,
    who: &SignedIn,
    area: &str,
    email: &str,
    token: Token,
    back: &'static str,
) -> axum::response::Response {
    let link = format!("{}/invitation/{}", app.config.origin, token.reveal());
    let email = email.trim().to_lowercase();
    let page = Page::new("Invitation").within(area).of(who).with_islands();
    page.render(app, || {
        view! {
            <section class="card">
                <h1>{format!("{email} is invited")}</h1>
                <p class="caution">
                    "Send them this link. It works once, within 14 days, and is not shown again: nobody, us \
                     included, can read it back."
                </p>
                <div class="secret">
                    <code id="invitation" class="selectable">{link.clone()}</code>
                    <CopyButton text=link label="Copy the link"/>
                </div>
                <p><a class="button" href=back>"Done"</a></p>
            </section>
        }
    })
}

/// Invitations that nobody has answered yet, each with a way to take it back where `base` is given.
pub fn open_invitations(open: &[Open], base: Option<&'static str>) -> AnyView {
    if open.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = open
        .iter()
        .map(|invitation| {
            let revoke = base.map(|base| {
                let action = format!("{base}/{}/revoke", invitation.invitation_id);
                view! {
                    <form method="post" action=action>
                        <button type="submit" class="quiet">"Take back"</button>
                    </form>
                }
            });
            view! {
                <li>
                    <div>
                        <strong>{invitation.email.clone()}</strong>
                        <span class="hint">
                            {format!(
                                "{} · invited by {} · stands until {}",
                                role_in_words(&invitation.role),
                                invitation.invited_by,
                                words::day(invitation.expires_at.date_naive())
                            )}
                        </span>
                    </div>
                    {revoke}
                </li>
            }
        })
        .collect();
    view! {
        <section class="card">
            <h2>"Invited, not in yet"</h2>
            <ul class="sessions">{rows}</ul>
        </section>
    }
    .into_any()
}

/// A button that does one thing about one person, after a second thought where `sure` says why.
pub fn deed(action: String, label: &'static str, sure: Option<String>) -> AnyView {
    match sure {
        None => view! {
            <form method="post" action=action>
                <button type="submit" class="quiet">{label}</button>
            </form>
        }
        .into_any(),
        Some(sure) => view! {
            <details class="confirm">
                <summary>{format!("{label}…")}</summary>
                <form method="post" action=action class="card stack">
                    <p>{sure}</p>
                    <button type="submit" class="danger">{label}</button>
                </form>
            </details>
        }
        .into_any(),
    }
}
