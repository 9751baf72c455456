//! What the page's buttons ask for, and how far it is.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    Result,
    access::Epidemiologist,
    app::App,
    billing::budget::allow_run,
    forecasting::{
        recent_runs::under_way,
        runs::{Kind, Request, request},
    },
    web::forms::Posted,
};

/// Which run is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    kind: String,
}

/// `POST /forecast/runs`: asks for a run, and leads to the page that shows how far it is.
pub async fn run(
    State(app): State<App>,
    who: Epidemiologist,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response> {
    let kind: Kind = wanted.kind.parse()?;
    let mut tx = who.begin().await?;
    allow_run(&mut tx, app.clock.now()).await?;
    let wanted = Request {
        kind,
        as_of: None,
        cause: "page",
        by: &who.person.email,
    };
    request(&mut tx, wanted, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/forecast").into_response())
}

/// `GET /forecast/progress`: the percent that are done of the run under way, or null where none
/// is.
pub async fn progress(
    State(_): State<App>,
    who: Epidemiologist,
) -> Result<Json<serde_json::Value>> {
    let mut tx = who.begin().await?;
    let percent = under_way(&mut tx).await?.map(|it| it.run.progress);
    tx.commit().await?;
    Ok(Json(serde_json::json!({ "percent": percent })))
}
