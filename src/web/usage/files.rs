//! What a department uses and owes, as files: for its people, and for a program with a key that
//! may read.

use axum::{
    extract::{Query, State},
    response::Response,
};

use super::Asked;
use crate::{
    Error, Result,
    access::Reader,
    app::App,
    billing::{
        statement::statement,
        usage::{by_day, uses},
        written::csv,
    },
    web::download::{CSV, file},
};

/// `GET /usage/statement.csv`: the lines of a month's statement.
pub async fn lines(
    State(app): State<App>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let month = asked.month(app.clock.now())?;
    let mut tx = reader.begin().await?;
    let statement = statement(&mut tx, month).await?;
    tx.commit().await?;
    let name = format!("{}-statement-{month}.csv", reader.tenant().id);
    file(&name, CSV, csv(&[statement])?)
}

/// `GET /usage/daily.csv`: what was used in a month, by day and kind.
pub async fn daily(
    State(app): State<App>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let month = asked.month(app.clock.now())?;
    let mut tx = reader.begin().await?;
    let days = by_day(&uses(&mut tx, month, month).await?, month);
    tx.commit().await?;
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record([
        "date",
        "event_type",
        "events",
        "refused",
        "failed",
        "duration_ms",
        "cost_units",
    ])
    .map_err(Error::internal)?;
    for day in days {
        rows.write_record([
            &day.date.to_string(),
            &day.event_type,
            &day.events.to_string(),
            &day.refused.to_string(),
            &day.failed.to_string(),
            &day.duration_ms.to_string(),
            &day.cost_units.normalize().to_string(),
        ])
        .map_err(Error::internal)?;
    }
    let bytes = rows
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))?;
    file(
        &format!("{}-usage-{month}.csv", reader.tenant().id),
        CSV,
        bytes,
    )
}
