//! `/usage/statement`: a statement, to be read and printed.

use axum::{
    extract::{Query, State},
    response::Response,
};
use leptos::prelude::*;

use super::{Asked, named, tables};
use crate::{
    Result,
    access::Epidemiologist,
    app::App,
    billing::statement::statement,
    secret::hex,
    web::{page::Page, words},
};

/// `GET /usage/statement`.
pub async fn show(
    State(app): State<App>,
    who: Epidemiologist,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let month = asked.month(app.clock.now())?;
    let mut tx = who.begin().await?;
    let statement = statement(&mut tx, month).await?;
    tx.commit().await?;
    let title = format!("Statement for {}", named(month));
    Ok(Page::new(&title).within("Usage").of(&who.person).render(&app, || {
        let closed = match statement.closed {
            Some(closed) => view! {
                <p class="lead">
                    {format!("Closed on {}. It does not change any more.", words::day(closed.at.date_naive()))}
                </p>
                <p class="hint">
                    "SHA-256 over all lines and the statement before: "<code>{hex(&closed.sha256)}</code>
                </p>
            }
            .into_any(),
            None => view! {
                <p class="caution">"This month is not closed: the statement is as it stands so far."</p>
            }
            .into_any(),
        };
        view! {
            <h1>{title.clone()}</h1>
            <p>
                <strong>{who.tenant.name.clone()}</strong>" "<code>{who.tenant.id.to_string()}</code>
                {format!(", plan {}", statement.plan_id)}
            </p>
            {tables::lines(&statement)}
            {closed}
            <p class="downloads">
                <a href=format!("/usage/statement.csv?month={month}")>"Its lines as CSV"</a>
                <a href="/usage">"Usage"</a>
            </p>
        }
    }))
}
