//! `/api/v1/locations`: the places a department reports for.

use axum::{extract::RawQuery, http::HeaderMap, response::Response};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{Table, answer},
    format::Format,
    observations::Form,
    query::Parameters,
};
use crate::{
    Result,
    access::{ApiClient, Scope},
    surveillance::location::locations,
};

const PATH: &str = "/api/v1/locations";

/// What may be asked of locations.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it says what `Parameters` reads")]
pub struct LocationsQuery {
    /// With the days that were reported by the end of this day. Otherwise by now.
    as_of: Option<NaiveDate>,
    /// The form of the answer, where `Accept` cannot be set.
    #[param(inline)]
    format: Option<Form>,
}

/// A place, and the days for which it has reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Location {
    /// Its id, as in the department's reports.
    #[schema(example = "alder-city")]
    location_id: String,
    /// Its name.
    #[schema(example = "Alder City")]
    name: String,
    /// Residents, where known.
    #[schema(required, example = 120_000)]
    population: Option<i32>,
    /// The first day reported, if any was.
    #[schema(required)]
    first_day: Option<NaiveDate>,
    /// The latest day reported.
    #[schema(required)]
    last_day: Option<NaiveDate>,
    /// Whether its latest report counts a whole week.
    weekly: bool,
}

/// All of a department's places, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Locations {
    /// The places.
    locations: Vec<Location>,
}

impl Table for Locations {
    type Row = Location;
    const COLUMNS: &'static [&'static str] = &[
        "location_id",
        "name",
        "population",
        "first_day",
        "last_day",
        "weekly",
    ];

    fn rows(&self) -> &[Location] {
        &self.locations
    }
}

/// Locations
///
/// The places that the department reports for, by name, each with the days it has reported. Scope
/// `read`.
#[utoipa::path(
    get,
    path = "/v1/locations",
    operation_id = "readLocations",
    tag = "Surveillance",
    params(LocationsQuery),
    responses(
        (status = 200, description = "All of the department's locations", content(
            (Locations = "application/json"),
            (String = "text/csv", example = "location_id,name,population,first_day,last_day,weekly\nalder-city,Alder City,120000,2025-01-01,2026-03-31,false\n"),
        )),
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
    let parameters = Parameters::read::<LocationsQuery>(query.as_deref())?;
    let format = Format::asked(&parameters, &headers)?;
    let as_of = parameters.date("as_of")?;
    let mut tx = client.begin().await?;
    let locations = locations(&mut tx, as_of)
        .await?
        .into_iter()
        .map(|place| Location {
            location_id: place.location_id,
            name: place.name,
            population: place.population,
            first_day: place.first_day,
            last_day: place.last_day,
            weekly: place.weekly,
        })
        .collect();
    let response = answer(&Locations { locations }, format, None, PATH, &parameters)?;
    tx.commit().await?;
    Ok(response)
}
