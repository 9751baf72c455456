//! `/api/v1/observations`: what was reported.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{Table, answer, may_be_kept},
    cursor,
    edition::Edition,
    format::Format,
    query::Parameters,
};
use crate::{
    Error, Result,
    access::{ApiClient, Scope},
    app::App,
    surveillance::{
        LocationId,
        completeness::{Completeness, Memo},
        location::locations,
        observations::{self, Wanted, edition, observations},
    },
    tenancy::TenantTx,
};

/// Where it is.
pub const PATH: &str = "/api/v1/observations";

/// What may be asked of observations.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what `Parameters` reads")]
pub struct ObservationsQuery {
    /// Of this location alone; may be given many times.
    #[param(required = false)]
    location: Vec<String>,
    /// From this day on.
    #[param(example = "2026-01-01")]
    from: Option<NaiveDate>,
    /// To this day.
    to: Option<NaiveDate>,
    /// As it was known at the end of this day. Otherwise as it is known now.
    as_of: Option<NaiveDate>,
    /// Of this status alone; may be given many times.
    #[param(required = false, inline)]
    status: Vec<Status>,
    /// Counts of so many days alone: `1` for days, `7` for weeks.
    #[param(inline)]
    days: Option<Days>,
    /// So many rows at most.
    #[param(minimum = 1, maximum = 10_000, default = 1_000)]
    limit: Option<u32>,
    /// The page after the one whose `next` this is.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    cursor: Option<String>,
    /// The form of the answer, where `Accept` cannot be set.
    #[param(inline)]
    format: Option<Form>,
}

/// A form of an answer.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Form {
    /// JSON.
    Json,
    /// CSV, with a header.
    Csv,
}

/// Days that a number counts.
#[derive(ToSchema)]
pub enum Days {
    /// A day.
    #[schema(rename = "1")]
    One,
    /// A week.
    #[schema(rename = "7")]
    Seven,
}

/// What kind of value it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A count of new cases.
    Count,
    /// A correction of days before, which may be negative.
    Correction,
    /// A count that was withheld because it is small.
    Suppressed,
}

const STATUSES: [(&str, Status); 3] = [
    ("count", Status::Count),
    ("correction", Status::Correction),
    ("suppressed", Status::Suppressed),
];

/// New cases reported for a place and a day, or a week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Observation {
    /// The place: see `/api/v1/locations`.
    #[schema(example = "alder-city")]
    location_id: String,
    /// The day, or a week's first.
    date: NaiveDate,
    /// How many days it counts, from `date` on: 1 or 7.
    #[schema(example = 1)]
    days: i16,
    /// New cases. `null` where the number was withheld.
    #[schema(required, example = 42)]
    new_cases: Option<i32>,
    /// What kind of value it is.
    status: Status,
    /// The day from which it was known.
    as_of: NaiveDate,
    /// Whether late reports for it usually still arrive.
    incomplete: bool,
}

/// A page of observations, by date and location. A day that is not here was not reported, which
/// is not a zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Observations {
    /// The day on which it was known, if one was asked for.
    #[schema(required)]
    as_of: Option<NaiveDate>,
    /// The page's rows.
    observations: Vec<Observation>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required, example = "323032362d30332d30311f6e6f727468")]
    next: Option<String>,
}

impl Table for Observations {
    type Row = Observation;
    const COLUMNS: &'static [&'static str] = &[
        "location_id",
        "date",
        "days",
        "new_cases",
        "status",
        "as_of",
        "incomplete",
    ];

    fn rows(&self) -> &[Observation] {
        &self.observations
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// Observations
///
/// What the department reported, by date and location, as it is known now or as it was known on a
/// day. Scope `read`. Pages that belong together are best asked with one `as_of`: without it, what
/// arrives between two pages shows in the second.
///
/// An answer has an `ETag`. Sent back as `If-None-Match`, it is answered with 304 as long as nothing
/// was reported since.
#[utoipa::path(
    get,
    path = "/v1/observations",
    operation_id = "readObservations",
    tag = "Surveillance",
    params(ObservationsQuery),
    responses(
        (status = 200, description = "A page of observations", headers(
            ("ETag" = String, description = "The edition of this answer"),
            ("Link" = String, description = "The next page, as `rel=\"next\"`, if there is one"),
        ), content(
            (Observations = "application/json"),
            (String = "text/csv", example = "location_id,date,days,new_cases,status,as_of,incomplete\nalder-city,2026-03-01,1,42,count,2026-03-02,false\n"),
        )),
        (status = 304, description = "You have this edition already"),
        (status = 404, description = "The department has no such location"),
        (status = 406, description = "Neither JSON nor CSV is accepted"),
    ),
    security(("key" = ["read"]), ("token" = ["read"])),
)]
pub async fn list(
    State(app): State<App>,
    client: ApiClient,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    client.require(Scope::Read)?;
    let parameters = Parameters::read::<ObservationsQuery>(query.as_deref())?;
    let format = Format::asked(&parameters, &headers)?;
    let wanted = wanted(&parameters)?;
    let mut tx = client.begin().await?;
    // Before the rows: what arrives in between is then taken for news rather than for known.
    let edition = Edition::of(&[
        client.tenant.id.as_str(),
        PATH,
        &edition(&mut tx).await?.to_string(),
        format.name(),
        &parameters.canonical(),
    ]);
    let mut response = if edition.is_known(&headers) {
        edition.not_modified()
    } else {
        let page = page(&mut tx, wanted, &app.completeness).await?;
        answer(&page, format, Some(&edition), PATH, &parameters)?
    };
    may_be_kept(&mut response);
    tx.commit().await?;
    Ok(response)
}

fn wanted(parameters: &Parameters) -> Result<Wanted> {
    let (from, to) = parameters.days()?;
    let kinds = parameters.words("status", &STATUSES.map(|(name, _)| (name, name)))?;
    let after = parameters
        .one("cursor")
        .map(|cursor| {
            let [date, location] = cursor::unwrap(cursor)?;
            let date = cursor::day(&date)?;
            let location = LocationId::parse(&location).map_err(|_| cursor::refused())?;
            Ok::<_, Error>((date, location))
        })
        .transpose()?;
    Ok(Wanted {
        locations: parameters.locations()?,
        from,
        to,
        as_of: parameters.date("as_of")?,
        kinds,
        days: parameters.words("days", &[("1", 1), ("7", 7)])?,
        after,
        limit: parameters.limit()?,
    })
}

async fn page(tx: &mut TenantTx, mut wanted: Wanted, memo: &Memo) -> Result<Observations> {
    let places = locations(tx, wanted.as_of).await?;
    let known = |id: &LocationId| places.iter().any(|place| place.location_id == id.as_str());
    if !wanted.locations.iter().all(known) {
        return Err(Error::NotFound("location"));
    }
    let latest = places.iter().filter_map(|place| place.last_day).max();
    let learnt = memo.read(tx, wanted.as_of, &wanted.locations).await?;
    let limit = wanted.limit as usize;
    // One more tells whether there is another page.
    wanted.limit += 1;
    let mut rows = observations(tx, &wanted).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| cursor::wrap(&[&last.date.to_string(), &last.location_id]));
    Ok(Observations {
        as_of: wanted.as_of,
        observations: rows
            .into_iter()
            .map(|row| shown(row, latest, &learnt))
            .collect::<Result<_>>()?,
        next,
    })
}

fn shown(
    row: observations::Observation,
    latest: Option<NaiveDate>,
    learnt: &Completeness,
) -> Result<Observation> {
    let status = STATUSES.iter().find(|(name, _)| *name == row.kind);
    Ok(Observation {
        incomplete: row.is_incomplete(latest.unwrap_or(row.date), learnt),
        status: status
            .map(|(_, status)| *status)
            .ok_or_else(|| Error::internal("an observation of an unknown kind"))?,
        location_id: row.location_id,
        date: row.date,
        days: row.days,
        new_cases: row.new_cases,
        as_of: row.as_of,
    })
}
