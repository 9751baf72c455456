//! What both pages show alike.

use leptos::prelude::*;

use crate::{
    access::{SignedIn, handing::Handed, people::Open},
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

/// The page that says that somebody is invited, and what became of the link.
pub fn invited(
    app: &App,
    who: &SignedIn,
    area: &str,
    email: &str,
    handed: Handed,
    back: &'static str,
) -> axum::response::Response {
    let email = email.trim().to_lowercase();
    let page = Page::new("Invitation").within(area).of(who).with_islands();
    page.render(app, || {
        view! {
            <section class="card">
                <h1>{format!("{email} is invited")}</h1>
                {link_handed(handed)}
                <p><a class="button" href=back>"Done"</a></p>
            </section>
        }
    })
}

/// What became of an invitation's link: to whom it was sent, or the link itself, once.
pub fn link_handed(handed: Handed) -> AnyView {
    let (link, failed) = match handed {
        Handed::Sent(to) => {
            return view! {
                <p id="sent">
                    {format!("The invitation was sent to {to}. Its link works once, within 14 days.")}
                </p>
                <p class="hint">
                    "If it does not arrive, look for it among the spam, or invite them again."
                </p>
            }
            .into_any();
        }
        Handed::ByHand { link, failed } => (link, failed),
    };
    let problem = failed.then(|| {
        view! {
            <p class="problem" role="alert">
                "The invitation stands, but its e-mail could not be sent. Hand the link over in another way."
            </p>
        }
    });
    view! {
        {problem}
        <p class="caution">
            "Send them this link. It works once, within 14 days, and is not shown again: nobody, us \
             included, can read it back."
        </p>
        <div class="secret">
            <code id="invitation" class="selectable">{link.clone()}</code>
            <CopyButton text=link label="Copy the link"/>
        </div>
    }
    .into_any()
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
