//! `/api/v1/forecasts`: what the model expects.

use axum::{extract::RawQuery, http::HeaderMap, response::Response};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    answer::{Table, answer, may_be_kept},
    cursor,
    edition::Edition,
    format::Format,
    observations::Form,
    query::{Parameters, refused},
};
use crate::{
    Error, Result,
    access::{ApiClient, Scope},
    clock::Now,
    forecasting::published::{Run, Wanted, forecasts, latest_run, run},
    surveillance::{LocationId, location::locations},
    tenancy::TenantTx,
};

const PATH: &str = "/api/v1/forecasts";

/// What may be asked of forecasts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what `Parameters` reads")]
pub struct ForecastsQuery {
    /// For this location alone; may be given many times. The empty one is the department as a whole.
    #[param(required = false)]
    location: Vec<String>,
    /// For days from this one on.
    from: Option<NaiveDate>,
    /// For days to this one.
    to: Option<NaiveDate>,
    /// The latest forecast made from what was known at the end of this day. Otherwise the latest.
    as_of: Option<NaiveDate>,
    /// This quantile alone, above 0 and below 1; may be given many times.
    #[param(required = false)]
    quantile: Vec<f64>,
    /// So many rows at most.
    #[param(minimum = 1, maximum = 10_000, default = 1_000)]
    limit: Option<u32>,
    /// The page after the one whose `next` this is. It stays with that page's forecast.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    cursor: Option<String>,
    /// The form of the answer, where `Accept` cannot be set.
    #[param(inline)]
    format: Option<Form>,
}

/// A quantile of new cases, forecast for a place and a day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Forecast {
    /// The place: see `/api/v1/locations`. Empty: the department as a whole.
    #[schema(example = "alder-city")]
    location_id: String,
    /// The day it is for.
    target_date: NaiveDate,
    /// Which quantile.
    #[schema(exclusive_minimum = 0.0, exclusive_maximum = 1.0, example = 0.5)]
    quantile: f64,
    /// New cases: below this with the probability `quantile`.
    #[schema(example = 37.5)]
    new_cases: f64,
    /// The day up to which the model knew what was reported.
    as_of: NaiveDate,
    /// When it was published.
    #[schema(value_type = chrono::DateTime<chrono::FixedOffset>)]
    issued_at: Now,
}

/// A page of the latest forecast, by location, day and quantile. Empty where none was made.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Forecasts {
    /// The day up to which the model knew what was reported; `null` where there is no forecast.
    #[schema(required)]
    as_of: Option<NaiveDate>,
    /// The page's rows.
    forecasts: Vec<Forecast>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required, example = "323032362d30332d30311f6e6f727468")]
    next: Option<String>,
}

impl Table for Forecasts {
    type Row = Forecast;
    const COLUMNS: &'static [&'static str] = &[
        "location_id",
        "target_date",
        "quantile",
        "new_cases",
        "as_of",
        "issued_at",
    ];

    fn rows(&self) -> &[Forecast] {
        &self.forecasts
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// Forecasts
///
/// Quantiles of new cases on days to come, from the latest run of the model that published any, or
/// the latest that knew no more than what was reported by `as_of`. Scope `read`.
///
/// An answer has an `ETag`. Sent back as `If-None-Match`, it is answered with 304 as long as there is
/// no newer forecast.
#[utoipa::path(
    get,
    path = "/v1/forecasts",
    operation_id = "readForecasts",
    tag = "Forecasting",
    params(ForecastsQuery),
    responses(
        (status = 200, description = "A page of the forecast", headers(
            ("ETag" = String, description = "The edition of this answer"),
            ("Link" = String, description = "The next page, as `rel=\"next\"`, if there is one"),
        ), content(
            (Forecasts = "application/json"),
            (String = "text/csv", example = "location_id,target_date,quantile,new_cases,as_of,issued_at\nalder-city,2026-04-07,0.5,37.5,2026-03-31,2026-03-31T06:00:00Z\n"),
        )),
        (status = 304, description = "You have this edition already"),
        (status = 404, description = "The department has no such location"),
        (status = 406, description = "Neither JSON nor CSV is accepted"),
    ),
    security(("key" = ["read"]), ("token" = ["read"])),
)]
pub async fn list(
    client: ApiClient,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    client.require(Scope::Read)?;
    let parameters = Parameters::read::<ForecastsQuery>(query.as_deref())?;
    let format = Format::asked(&parameters, &headers)?;
    let (pinned, wanted) = wanted(&parameters)?;
    let as_of = parameters.date("as_of")?;
    let mut tx = client.begin().await?;
    let run = match pinned {
        Some(state) => Some(run(&mut tx, state).await?.ok_or_else(cursor::refused)?),
        None => latest_run(&mut tx, as_of).await?,
    };
    // A run publishes all at once and changes nothing afterwards.
    let edition = Edition::of(&[
        client.tenant.id.as_str(),
        PATH,
        &run.map_or_else(|| "none".to_owned(), |run| run.state_id.to_string()),
        format.name(),
        &parameters.canonical(),
    ]);
    let mut response = if edition.is_known(&headers) {
        edition.not_modified()
    } else {
        let page = page(&mut tx, run, wanted).await?;
        answer(&page, format, Some(&edition), PATH, &parameters)?
    };
    may_be_kept(&mut response);
    tx.commit().await?;
    Ok(response)
}

/// What is wanted, and the run that a cursor stays with.
fn wanted(parameters: &Parameters) -> Result<(Option<Uuid>, Wanted)> {
    let (from, to) = parameters.days()?;
    let (pinned, after) = match parameters.one("cursor") {
        None => (None, None),
        Some(cursor) => {
            let parts: [String; 4] = cursor::unwrap(cursor)?;
            let (state, place) = place(&parts).ok_or_else(cursor::refused)?;
            (Some(state), Some(place))
        }
    };
    let quantiles = parameters
        .all("quantile")
        .map(|text| {
            quantile(text).ok_or_else(|| refused("quantile", "a number between 0 and 1", text))
        })
        .collect::<Result<_>>()?;
    let wanted = Wanted {
        locations: places(parameters)?,
        from,
        to,
        quantiles,
        after,
        limit: parameters.limit()?,
    };
    Ok((pinned, wanted))
}

/// The places that are asked about; the empty one is the department as a whole.
fn places(parameters: &Parameters) -> Result<Vec<String>> {
    let id = |id: &str| {
        let known =
            id.is_empty() || LocationId::parse(id).is_ok_and(|parsed| parsed.as_str() == id);
        known
            .then(|| id.to_owned())
            .ok_or(Error::NotFound("location"))
    };
    parameters.all("location").map(id).collect()
}

fn quantile(text: &str) -> Option<f64> {
    let quantile: f64 = text.parse().ok()?;
    (quantile > 0.0 && quantile < 1.0).then_some(quantile)
}

fn place([state, location, date, q]: &[String; 4]) -> Option<(Uuid, (String, NaiveDate, f64))> {
    let place = (location.clone(), cursor::day(date).ok()?, quantile(q)?);
    Some((state.parse().ok()?, place))
}

async fn page(tx: &mut TenantTx, run: Option<Run>, mut wanted: Wanted) -> Result<Forecasts> {
    if !wanted.locations.is_empty() {
        let places = locations(tx, None).await?;
        let known =
            |id: &String| id.is_empty() || places.iter().any(|place| place.location_id == *id);
        if !wanted.locations.iter().all(known) {
            return Err(Error::NotFound("location"));
        }
    }
    let Some(run) = run else {
        return Ok(Forecasts {
            as_of: None,
            forecasts: Vec::new(),
            next: None,
        });
    };
    let limit = wanted.limit as usize;
    // One more tells whether there is another page.
    wanted.limit += 1;
    let mut rows = forecasts(tx, &run, &wanted).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| {
        cursor::wrap(&[
            &run.state_id.to_string(),
            &last.location_id,
            &last.target_date.to_string(),
            &last.quantile.to_string(),
        ])
    });
    let shown = |row: crate::forecasting::published::Forecast| Forecast {
        location_id: row.location_id,
        target_date: row.target_date,
        quantile: row.quantile,
        new_cases: row.new_cases,
        as_of: run.as_of,
        issued_at: row.issued_at,
    };
    Ok(Forecasts {
        as_of: Some(run.as_of),
        forecasts: rows.into_iter().map(shown).collect(),
        next,
    })
}
