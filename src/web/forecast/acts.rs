//! What the page's buttons ask for, and how far it is.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    forecasting::{
        recent_runs::recent_runs,
        runs::{self, Kind},
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
    let kind = match wanted.kind.as_str() {
        "forecast" => Kind::Forecast,
        "hindcast" => Kind::Hindcast,
        _ => return Err(Error::Invalid("a run is a forecast or a hindcast".into())),
    };
    let (now, by) = (app.clock.now(), &who.person.email);
    let mut tx = who.begin().await?;
    runs::request(&mut tx, kind, None, "page", by, now).await?;
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
    let runs = recent_runs(&mut tx, 10).await?;
    tx.commit().await?;
    let run = runs.iter().find(|run| run.is_under_way());
    let percent = run.map(|run| run.progress);
    Ok(Json(serde_json::json!({ "percent": percent })))
}
