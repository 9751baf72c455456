//! What a run goes by, as it stands in the database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sqlx::types::Json;

use crate::{
    Error, Result,
    forecasting::{
        checkpoint::{Checkpoint, Mark},
        draws::draws,
        ensemble::Ensemble,
        history::{History, Report, Reports, Value},
        prior::{self, Prior},
        settings::Settings,
        update::Inputs,
        versions::versions,
    },
    surveillance::{Window, annotation},
    tenancy::TenantTx,
};

/// So many states of earlier runs are looked at for models to go on from. The latest serves,
/// unless days were corrected that had seemed settled.
const EARLIER: i64 = 5;

/// What a run goes by, and the version of its parameters.
#[derive(Debug)]
pub struct Loaded {
    /// What it goes by.
    pub inputs: Inputs,
    /// The version of its parameters.
    pub settings_version: i32,
}

/// Loads what a run needs that may know what was reported up to `as_of`; none: all that is known.
///
/// # Errors
/// [`Error::Invalid`] in words for people, where there is nothing to run on or the parameters
/// cannot be so: no retry helps.
pub async fn load(tx: &mut TenantTx, as_of: Option<NaiveDate>) -> Result<Loaded> {
    let uploads = uploads(tx, as_of).await?;
    let Some(&latest) = uploads.last() else {
        return Err(Error::Invalid(match as_of {
            None => {
                "there are no case counts to forecast from yet: upload some, and a forecast follows"
                    .into()
            }
            Some(as_of) => format!(
                "nothing had been uploaded by {as_of}: choose a day on or after the first upload"
            ),
        }));
    };
    let versions = versions(tx).await?;
    let version = versions
        .into_iter()
        .next()
        .ok_or(Error::NotFound("parameters"))?;
    let settings = version.settings.validate()?;
    let moment = as_of.unwrap_or(latest);
    let inputs = Inputs {
        history: History {
            places: places(tx, moment).await?,
            uploads,
        },
        moment,
        baseline: baseline(tx, &settings).await?,
        earlier: earlier(tx, &settings, moment).await?,
        settings,
    };
    Ok(Loaded {
        inputs,
        settings_version: version.version,
    })
}

/// The days of accepted uploads.
async fn uploads(tx: &mut TenantTx, as_of: Option<NaiveDate>) -> Result<BTreeSet<NaiveDate>> {
    let (tenant, connection) = tx.parts();
    let days: Vec<NaiveDate> = sqlx::query_scalar(
        r#"
        select distinct as_of
        from uploads
        where tenant_id = $1 and status = 'accepted' and ($2::date is null or as_of <= $2)
        "#,
    )
    .bind(tenant)
    .bind(as_of)
    .fetch_all(connection)
    .await?;
    Ok(days.into_iter().collect())
}

#[derive(sqlx::FromRow)]
struct Row {
    location_id: String,
    date: NaiveDate,
    days: i16,
    as_of: NaiveDate,
    superseded_on: Option<NaiveDate>,
    kind: String,
    new_cases: Option<i32>,
}

impl Row {
    fn report(&self) -> Report {
        let cases = f64::from(self.new_cases.unwrap_or_default());
        Report {
            date: self.date,
            days: i64::from(self.days),
            as_of: self.as_of,
            superseded_on: self.superseded_on,
            value: match self.kind.as_str() {
                "count" => Value::Count(cases),
                "correction" => Value::Correction(cases),
                "suppressed" => Value::Suppressed,
                _ => Value::Withdrawn,
            },
        }
    }
}

/// Every place, with all that was reported of it by `moment`.
async fn places(tx: &mut TenantTx, moment: NaiveDate) -> Result<Vec<Reports>> {
    let mut excluded: BTreeMap<Option<String>, Vec<Window>> = BTreeMap::new();
    for note in annotation::all(tx).await? {
        if note.excluded_from_fitting && note.removed_at.is_none() {
            let window = Window::new(note.first_day, note.last_day)?;
            excluded.entry(note.location_id).or_default().push(window);
        }
    }
    let (tenant, connection) = tx.parts();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select location_id, date, days, as_of, nullif(superseded_on, 'infinity') as superseded_on,
            kind, new_cases
        from observations
        where tenant_id = $1 and as_of <= $2
        order by location_id, date, as_of, upload_no
        "#,
    )
    .bind(tenant)
    .bind(moment)
    .fetch_all(&mut *connection)
    .await?;
    let mut reports: BTreeMap<String, Vec<Report>> = BTreeMap::new();
    for row in rows {
        let report = row.report();
        reports.entry(row.location_id).or_default().push(report);
    }
    let known: Vec<(String, Option<i32>)> = sqlx::query_as(
        "select location_id, population from locations where tenant_id = $1 order by location_id",
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    let place = |(location, population): (String, Option<i32>)| {
        let reports = reports.remove(&location)?;
        let windows = [None, Some(location.clone())];
        let windows = windows.iter().filter_map(|of| excluded.get(of)).flatten();
        let windows = windows.copied().collect();
        let population = population.map(f64::from);
        Some(Reports::new(location, population, reports, windows))
    };
    Ok(known.into_iter().filter_map(place).collect())
}

/// What onboarding believed, if it has as many members; else the same belief, drawn anew.
async fn baseline(tx: &mut TenantTx, settings: &Settings) -> Result<Ensemble> {
    let (tenant, connection) = tx.parts();
    let stored: Option<Vec<f64>> = sqlx::query_scalar(
        r#"
        select ensemble
        from model_states
        where tenant_id = $1 and kind = 'baseline' and members = $2
        order by created_at
        limit 1
        "#,
    )
    .bind(tenant)
    .bind(i32::try_from(settings.members).map_err(Error::internal)?)
    .fetch_optional(connection)
    .await?;
    Ok(stored.and_then(Ensemble::from_flat).unwrap_or_else(|| {
        let mut draws = draws(settings.seed, "", NaiveDate::default(), "baseline");
        prior::baseline(&Prior::default(), settings.members, &mut draws)
    }))
}

#[derive(sqlx::FromRow)]
struct Stored {
    variables: Vec<String>,
    ensemble: Vec<f64>,
    places: Json<BTreeMap<String, Mark>>,
}

/// The latest states that were left under the same parameters.
async fn earlier(
    tx: &mut TenantTx,
    settings: &Settings,
    moment: NaiveDate,
) -> Result<Vec<Checkpoint>> {
    let (tenant, connection) = tx.parts();
    let rows: Vec<Stored> = sqlx::query_as(
        r#"
        select variables, ensemble, parameters -> 'places' as places
        from model_states
        where tenant_id = $1 and kind = 'posterior' and as_of <= $2
            and parameters ->> 'settings_hash' = $3 and parameters ? 'places'
        order by as_of desc, created_at desc
        limit $4
        "#,
    )
    .bind(tenant)
    .bind(moment)
    .bind(settings.hash())
    .bind(EARLIER)
    .fetch_all(connection)
    .await?;
    let checkpoint = |stored: Stored| Checkpoint {
        variables: stored.variables,
        ensemble: stored.ensemble,
        marks: stored.places.0,
    };
    Ok(rows.into_iter().map(checkpoint).collect())
}
