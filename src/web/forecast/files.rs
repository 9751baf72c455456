//! The forecast as files: the page's numbers, and weekly totals in the format of forecast hubs.

use axum::{extract::RawQuery, response::Response};
use chrono::NaiveDate;

use super::query::{ForecastQuery, Question};
use crate::{
    Error, Result,
    access::Reader,
    forecasting::{
        fan::{self, Week},
        outlook::{self, Outlook},
        published::{self, Run},
        quantiles::LEVELS,
    },
    surveillance::{charts::FanDay, formula::neutral, location::locations},
    tenancy::{TenantId, TenantTx},
    web::download::{CSV, file},
};

/// `GET /forecast/daily.csv`: the fan that the page shows, for a person, or for a program with a
/// key that may read.
pub async fn daily(reader: Reader, RawQuery(query): RawQuery) -> Result<Response> {
    let question = understand(query.as_deref())?;
    let mut tx = reader.begin().await?;
    let run = run(&mut tx, &question).await?;
    let mut told = None;
    if let Some(run) = &run
        && let Some(outlook) = outlook::outlook(&mut tx, run, question.place()).await?
    {
        let fan = fan::fan(&mut tx, run, question.place()).await?;
        told = Some((run.as_of, outlook, fan));
    }
    tx.commit().await?;
    let day = told.as_ref().map(|(_, outlook, _)| outlook.origin);
    let text = days(told).map_err(Error::internal)?;
    let name = format!("{}-forecast{}.csv", reader.tenant().id, dated(day));
    file(&name, CSV, text)
}

/// `GET /forecast/hubverse.csv`: weekly totals of all locations, one to four weeks ahead, as
/// forecast hubs take them (<https://docs.hubverse.io/en/latest/user-guide/model-output.html>).
///
/// A week is the seven days that end with `target_end_date`, which is `horizon` weeks after the
/// `reference_date`, the last day that was reported. The department as a whole goes by its id.
pub async fn hubverse(reader: Reader, RawQuery(query): RawQuery) -> Result<Response> {
    let question = understand(query.as_deref())?;
    let mut tx = reader.begin().await?;
    let weeks = match run(&mut tx, &question).await? {
        None => Vec::new(),
        Some(run) => {
            let making = outlook::making(&mut tx, &run).await?;
            fan::weeks(&mut tx, &run, making.settings_version).await?
        }
    };
    tx.commit().await?;
    let tenant = &reader.tenant().id;
    let day = weeks.iter().map(|week| week.origin).max();
    let text = totals(tenant, &weeks).map_err(Error::internal)?;
    // Round, team and model; hubs allow no hyphen within a name.
    let team = tenant.as_str().replace('-', "_");
    let round = day.map_or_else(|| "no_forecast".to_owned(), |day| day.to_string());
    file(&format!("{round}-{team}-cordon.csv"), CSV, text)
}

fn understand(query: Option<&str>) -> Result<Question> {
    ForecastQuery::read(query).understand()
}

/// The run that is asked about.
async fn run(tx: &mut TenantTx, question: &Question) -> Result<Option<Run>> {
    if let Some(wanted) = &question.location {
        let places = locations(tx, question.as_of).await?;
        let known = places
            .iter()
            .any(|place| place.location_id == wanted.as_str());
        if !known {
            return Err(Error::NotFound("location"));
        }
    }
    published::latest_run(tx, question.as_of).await
}

/// A row for each day ahead, with what it was made from.
fn days(told: Option<(NaiveDate, Outlook, Vec<FanDay>)>) -> Result<Vec<u8>, csv::Error> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record([
        "location_id",
        "date",
        "median",
        "low_50",
        "high_50",
        "low_80",
        "high_80",
        "low_95",
        "high_95",
        "model",
        "origin",
        "as_of",
    ])?;
    if let Some((as_of, outlook, fan)) = told {
        let place = neutral(&outlook.location_id).into_owned();
        for day in fan {
            rows.write_record([
                &place,
                &day.date.to_string(),
                &number(day.median),
                &number(day.half.0),
                &number(day.half.1),
                &number(day.most.0),
                &number(day.most.1),
                &number(day.nearly_all.0),
                &number(day.nearly_all.1),
                outlook.model.as_str(),
                &outlook.origin.to_string(),
                &as_of.to_string(),
            ])?;
        }
    }
    rows.into_inner().map_err(|error| error.into_error().into())
}

/// A row for each place, week and level.
fn totals(tenant: &TenantId, weeks: &[Week]) -> Result<Vec<u8>, csv::Error> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record([
        "reference_date",
        "target",
        "horizon",
        "target_end_date",
        "location",
        "output_type",
        "output_type_id",
        "value",
    ])?;
    for week in weeks {
        let place = match week.location_id.as_str() {
            "" => tenant.as_str().into(),
            id => neutral(id),
        };
        for (level, value) in LEVELS.iter().zip(&week.quantiles) {
            rows.write_record([
                &week.origin.to_string(),
                "wk inc case",
                &(week.ahead / 7).to_string(),
                &week.last_day().to_string(),
                &place,
                "quantile",
                &level.to_string(),
                &number(*value),
            ])?;
        }
    }
    rows.into_inner().map_err(|error| error.into_error().into())
}

/// Whole numbers as they are, others to the third decimal.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}

fn dated(day: Option<NaiveDate>) -> String {
    day.map_or_else(String::new, |day| format!("-{day}"))
}
