//! Where somebody is signed in, and ending that.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    Error, Result,
    access::{
        Account,
        session::{End, Place, Proof, end},
    },
    app::App,
    audit::{self, Outcome},
    clock::Now,
    web::words,
};

/// `POST /account/sessions/{session}/end`.
pub async fn end_one(
    State(app): State<App>,
    account: Account,
    Path(session): Path<String>,
) -> Result<Response> {
    let session: Uuid = session.parse().map_err(|_| Error::NotFound("session"))?;
    match ended(&app, &account, End::One(session)).await? {
        0 => Err(Error::NotFound("session")),
        _ => Ok(Redirect::to("/account").into_response()),
    }
}

/// `POST /account/sessions/end-others`.
pub async fn end_others(State(app): State<App>, account: Account) -> Result<Response> {
    ended(&app, &account, End::Others(account.proof.session_id)).await?;
    Ok(Redirect::to("/account").into_response())
}

async fn ended(app: &App, account: &Account, which: End) -> Result<u64> {
    let (person, now) = (&account.person, app.clock.now());
    let mut tx = account.begin().await?;
    let ended = end(&mut tx, person.user_id, which).await?;
    if ended > 0 {
        let subject = match ended {
            1 => "one session elsewhere".to_owned(),
            many => format!("{many} sessions elsewhere"),
        };
        audit::record_of_account(
            &mut tx,
            person,
            now,
            "session.ended",
            &subject,
            Outcome::Done,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// The part of the page.
pub fn section(places: &[Place], proof: &Proof, now: Now) -> impl IntoView + use<> {
    let this = proof.session_id;
    let rows: Vec<_> = places.iter().map(|place| row(place, this, now)).collect();
    let others = places.iter().any(|place| place.session_id != this);
    let end_others = others.then(|| {
        view! {
            <form method="post" action="/account/sessions/end-others">
                <button type="submit" class="quiet">"Sign out everywhere else"</button>
            </form>
        }
    });
    let unknown = match proof.has_password {
        true => "If you do not recognise one, sign it out and choose another password.",
        false => {
            "If you do not recognise one, sign it out, and tell whoever runs your department's provider."
        }
    };
    view! {
        <section class="card">
            <h2>"Where you are signed in"</h2>
            <ul class="sessions">{rows}</ul>
            {end_others}
            <p class="hint">{unknown}</p>
        </section>
    }
}

fn row(place: &Place, this: Uuid, now: Now) -> impl IntoView + use<> {
    let id = place.session_id;
    let way = if id == this {
        view! { <span class="tag">"this one"</span> }.into_any()
    } else {
        view! {
            <form method="post" action=format!("/account/sessions/{id}/end")>
                <button type="submit" class="quiet">"Sign out"</button>
            </form>
        }
        .into_any()
    };
    view! {
        <li>
            <div>
                <strong>{place.browser.clone()}</strong>
                <span class="hint">
                    {format!(
                        "{} · signed in {}, used {}",
                        place.origin,
                        words::ago(place.created_at, now),
                        words::ago(place.last_seen_at, now)
                    )}
                </span>
            </div>
            {way}
        </li>
    }
}
