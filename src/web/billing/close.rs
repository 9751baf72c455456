//! Closing a month.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::month;
use crate::{
    Error, Result,
    access::Admin,
    app::App,
    billing::{closing::close, under_way::Attempt},
    web::{errors::sentence, forms::Posted, usage::named},
};

/// Most months are closed by then, and their page is shown complete.
const A_MOMENT: Duration = Duration::from_secs(8);

/// Which month is to be closed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    month: String,
}

/// `POST /admin/billing/close`: closes it, to the end also where nobody waits for it any more.
pub async fn submit(
    State(app): State<App>,
    admin: Admin,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response> {
    let month = month(&wanted.month)?
        .ok_or_else(|| Error::Invalid("choose the month that is to be closed".into()))?;
    let (now, under_way) = (app.clock.now(), app.closing.clone());
    under_way.begin(month, now);
    let mut work = tokio::spawn(async move {
        let closed = async {
            let mut tx = admin.begin().await?;
            close(&mut tx, month, &admin.person.email, now).await?;
            tx.commit().await
        }
        .await;
        under_way.end(closed.as_ref().err().map(Error::to_string));
        closed
    });
    if let Ok(ended) = tokio::time::timeout(A_MOMENT, &mut work).await {
        // Whoever asked hears of it here.
        app.closing.end(None);
        ended.map_err(Error::internal)??;
    }
    Ok(Redirect::to(&format!("/admin/billing?month={month}")).into_response())
}

/// Where an attempt to close a month stands.
pub fn stands(attempt: &Attempt) -> AnyView {
    let month = named(attempt.month);
    match &attempt.problem {
        None => view! {
            <p class="lead" role="status">
                {format!("{month} is being closed, since {} UTC. ", attempt.since.format("%H:%M:%S"))}
                "It goes on when you leave this page. "
                <a href=format!("/admin/billing?month={}", attempt.month)>"Look again"</a>
            </p>
        }
        .into_any(),
        Some(problem) => view! {
            <p class="problem" role="alert">
                {format!("{month} could not be closed. {}", sentence(problem))}
            </p>
        }
        .into_any(),
    }
}
