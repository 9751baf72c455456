//! Closing a month.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::month;
use crate::{Error, Result, access::Admin, app::App, billing::closing::close, web::forms::Posted};

/// Which month is to be closed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    month: String,
}

/// `POST /admin/billing/close`.
pub async fn submit(
    State(app): State<App>,
    admin: Admin,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response> {
    let month = month(&wanted.month)?
        .ok_or_else(|| Error::Invalid("choose the month that is to be closed".into()))?;
    let mut tx = admin.begin().await?;
    close(&mut tx, month, &admin.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/billing?month={month}")).into_response())
}
