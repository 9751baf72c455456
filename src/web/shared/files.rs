//! Shared figures as files.

use axum::{
    extract::{Path, State},
    response::Response,
};
use chrono::NaiveDate;
use serde::Serialize;

use super::Shared;
use crate::{
    Error, Result,
    app::App,
    surveillance::{charts::Size, formula::neutral, release::Shown},
    web::download::{CSV, file},
};

/// A count of a week: of a place, or where there is none, of all places.
#[derive(Serialize)]
struct Row<'a> {
    week_from: NaiveDate,
    place: Option<&'a str>,
    new_cases: Option<i64>,
    status: &'static str,
}

impl Shared {
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.figures.weeks.iter().flat_map(|week| {
            let places = self.figures.places.iter().map(|place| Some(place.as_str()));
            let counts = std::iter::once(week.total).chain(week.new_cases.iter().copied());
            std::iter::once(None)
                .chain(places)
                .zip(counts)
                .map(|(place, count)| Row {
                    week_from: week.monday,
                    place,
                    new_cases: count.count(),
                    status: match count {
                        Shown::Count(_) => "shown",
                        Shown::Hidden => "hidden",
                        Shown::Incomplete => "incomplete",
                    },
                })
        })
    }
}

/// `GET /shared/{token}/weekly.csv`.
pub async fn csv(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let shared = Shared::open(&app, &token).await?;
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["week_from", "place", "new_cases", "status"])
        .map_err(Error::internal)?;
    for row in shared.rows() {
        rows.write_record([
            &row.week_from.to_string(),
            neutral(row.place.unwrap_or("all places")).as_ref(),
            &row.new_cases
                .map(|count| count.to_string())
                .unwrap_or_default(),
            row.status,
        ])
        .map_err(Error::internal)?;
    }
    let bytes = rows
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))?;
    file(&name(&shared, "csv"), CSV, bytes)
}

/// `GET /shared/{token}/weekly.json`.
pub async fn json(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    /// The file.
    #[derive(Serialize)]
    struct Document<'a> {
        department: &'a str,
        summary: String,
        left_out: String,
        smallest_count_shown: u32,
        known_on: NaiveDate,
        weeks: Vec<Row<'a>>,
    }
    let shared = Shared::open(&app, &token).await?;
    let document = Document {
        department: &shared.tenant.name,
        summary: shared.summary(),
        left_out: shared.left_out(),
        smallest_count_shown: shared.figures.threshold,
        known_on: shared.figures.drawn_up_on,
        weeks: shared.rows().collect(),
    };
    let bytes = serde_json::to_vec(&document).map_err(Error::internal)?;
    file(&name(&shared, "json"), "application/json", bytes)
}

/// `GET /shared/{token}/weekly.svg`.
pub async fn svg(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let shared = Shared::open(&app, &token).await?;
    let (title, summary, bars) = (shared.title(), shared.summary(), shared.bars());
    let picture = shared
        .curve(&bars, &title, &summary)
        .svg(Size::new(960, 380), "weekly");
    file(&name(&shared, "svg"), "image/svg+xml", picture)
}

fn name(shared: &Shared, extension: &str) -> String {
    format!("{}-weekly-cases.{extension}", shared.tenant.id)
}
