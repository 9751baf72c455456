//! A published forecast as bands: by day, and as totals of weeks.

use chrono::NaiveDate;

use super::{
    outlook::{Model, Outlook},
    published::Run,
    quantiles::{LEVELS, MEDIAN},
};
use crate::{Result, surveillance::charts::FanDay, tenancy::TenantTx};

/// The rows of a fan, with the names of their levels.
#[derive(sqlx::FromRow)]
struct Row {
    target_date: NaiveDate,
    q025: f64,
    q10: f64,
    q25: f64,
    q50: f64,
    q75: f64,
    q90: f64,
    q975: f64,
}

/// What `run` published for a place, day by day.
pub async fn fan(tx: &mut TenantTx, run: &Run, location: &str) -> Result<Vec<FanDay>> {
    let (tenant, connection) = tx.parts();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select target_date,
            coalesce(max(new_cases) filter (where quantile = 0.025), 0) as q025,
            coalesce(max(new_cases) filter (where quantile = 0.1), 0) as q10,
            coalesce(max(new_cases) filter (where quantile = 0.25), 0) as q25,
            coalesce(max(new_cases) filter (where quantile = 0.5), 0) as q50,
            coalesce(max(new_cases) filter (where quantile = 0.75), 0) as q75,
            coalesce(max(new_cases) filter (where quantile = 0.9), 0) as q90,
            coalesce(max(new_cases) filter (where quantile = 0.975), 0) as q975
        from forecasts
        where tenant_id = $1 and state_id = $2 and location_id = $3
        group by target_date
        order by target_date
        "#,
    )
    .bind(tenant)
    .bind(run.state_id)
    .bind(location)
    .fetch_all(connection)
    .await?;
    let day = |row: Row| FanDay {
        date: row.target_date,
        median: row.q50,
        half: (row.q25, row.q75),
        most: (row.q10, row.q90),
        nearly_all: (row.q025, row.q975),
    };
    Ok(rows.into_iter().map(day).collect())
}

/// A forecast of the cases of seven days together.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Week {
    /// The place; empty for the department as a whole.
    pub location_id: String,
    /// The last day that was known.
    pub origin: NaiveDate,
    /// How many days after the origin the week ends: 7, 14, 21 or 28.
    pub ahead: i32,
    /// At [`LEVELS`].
    pub quantiles: Vec<f64>,
}

impl Week {
    /// The day it ends with.
    pub fn last_day(&self) -> NaiveDate {
        self.origin + chrono::TimeDelta::days(i64::from(self.ahead))
    }

    /// As many outcomes are expected above as below.
    pub fn median(&self) -> f64 {
        self.quantiles.get(MEDIAN).copied().unwrap_or_default()
    }

    /// The quantile at `level`, one of [`LEVELS`].
    pub fn at(&self, level: f64) -> f64 {
        let at = LEVELS.iter().position(|other| *other == level);
        let value = at.and_then(|at| self.quantiles.get(at));
        value.copied().unwrap_or_default()
    }
}

/// The weekly totals published with `run`, of all its places: totals are no sums of the days'
/// quantiles, so they were kept for their own sake when the run was judged.
pub async fn weeks(tx: &mut TenantTx, run: &Run, settings_version: i32) -> Result<Vec<Week>> {
    let (tenant, connection) = tx.parts();
    let weeks = sqlx::query_as(
        r#"
        select o.location_id, o.origin, f.ahead::integer as ahead,
            (case o.model when 'twin' then f.twin else f.baseline end)::float8[] as quantiles
        from outlooks o
        join forecast_scores f on f.tenant_id = $1 and f.location_id = o.location_id
            and f.origin = o.origin and f.settings_version = $3 and not f.replayed and f.days = 7
        where o.tenant_id = $1 and o.state_id = $2
        order by o.location_id, f.ahead
        "#,
    )
    .bind(tenant)
    .bind(run.state_id)
    .bind(settings_version)
    .fetch_all(connection)
    .await?;
    Ok(weeks)
}

/// Of one place.
pub fn of_place<'a>(weeks: &'a [Week], outlook: &Outlook) -> Vec<&'a Week> {
    weeks
        .iter()
        .filter(|week| week.location_id == outlook.location_id)
        .collect()
}

impl Model {
    /// What it is called on pages and in legends.
    pub fn words(self) -> &'static str {
        match self {
            Self::Twin => "forecast",
            Self::Baseline => "flat line",
        }
    }
}
