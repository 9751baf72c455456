//! `/api/v1/usage`: what a department has used.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use chrono::NaiveDate;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{Table, answer},
    format::Format,
    observations::Form,
    query::{Parameters, refused},
};
use crate::{
    Result,
    access::{ApiClient, Scope},
    app::App,
    billing::{
        Month,
        usage::{by_day, uses},
    },
};

const PATH: &str = "/api/v1/usage";

/// What may be asked of the usage.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what `Parameters` reads")]
pub struct UsageQuery {
    /// The month, as UTC counts it. Otherwise the one that is now.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$", example = "2026-03")]
    month: Option<String>,
    /// The form of the answer, where `Accept` cannot be set.
    #[param(inline)]
    format: Option<Form>,
}

/// What was used of one kind on one day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DailyUse {
    /// The day, as UTC counts it.
    date: NaiveDate,
    /// What was used.
    #[schema(example = "api_call")]
    event_type: String,
    /// How many times.
    #[schema(example = 12)]
    events: i64,
    /// How many of them were refused, because they could not be granted as they were asked.
    #[schema(example = 1)]
    refused: i64,
    /// How many of them failed, by our fault.
    #[schema(example = 0)]
    failed: i64,
    /// How long all of it took, in milliseconds.
    #[schema(example = 96)]
    duration_ms: i64,
    /// What it costs, in cost units.
    #[schema(example = 12.0)]
    cost_units: f64,
}

/// What the department used in a month, by day and kind.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Usage {
    /// The month.
    #[schema(example = "2026-03")]
    month: String,
    /// What all of it costs, in cost units.
    #[schema(example = 12.0)]
    cost_units: f64,
    /// A row for each day and kind of which there was something.
    usage: Vec<DailyUse>,
}

impl Table for Usage {
    type Row = DailyUse;
    const COLUMNS: &'static [&'static str] = &[
        "date",
        "event_type",
        "events",
        "refused",
        "failed",
        "duration_ms",
        "cost_units",
    ];

    fn rows(&self) -> &[DailyUse] {
        &self.usage
    }
}

/// Usage
///
/// What the department used in a month, by day and kind, this request not yet included. Scope
/// `read`.
#[utoipa::path(
    get,
    path = "/v1/usage",
    operation_id = "readUsage",
    tag = "Account",
    params(UsageQuery),
    responses(
        (status = 200, description = "What the department used", content(
            (Usage = "application/json"),
            (String = "text/csv", example = "date,event_type,events,refused,failed,duration_ms,cost_units\n2026-03-01,api_call,12,1,0,96,12.0\n"),
        )),
        (status = 406, description = "Neither JSON nor CSV is accepted"),
    ),
    security(("key" = ["read"]), ("token" = ["read"])),
)]
pub async fn show(
    State(app): State<App>,
    client: ApiClient,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    client.require(Scope::Read)?;
    let now = app.clock.now();
    let parameters = Parameters::read::<UsageQuery>(query.as_deref())?;
    let format = Format::asked(&parameters, &headers)?;
    let month = match parameters.one("month") {
        None => Month::of(now.date_naive()),
        Some(text) => {
            Month::parse(text).map_err(|_| refused("month", "a month such as 2026-03", text))?
        }
    };
    let mut tx = client.begin().await?;
    let usage: Vec<_> = by_day(&uses(&mut tx, month, month).await?, month)
        .into_iter()
        .map(|row| DailyUse {
            date: row.date,
            event_type: row.event_type,
            events: row.events,
            refused: row.refused,
            failed: row.failed,
            duration_ms: row.duration_ms,
            cost_units: row.cost_units.to_f64().unwrap_or_default(),
        })
        .collect();
    let table = Usage {
        month: month.to_string(),
        cost_units: usage.iter().map(|row| row.cost_units).sum(),
        usage,
    };
    let response = answer(&table, format, None, PATH, &parameters)?;
    tx.commit().await?;
    Ok(response)
}
