//! Forecasts as they were published: quantiles of new cases on days to come.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{Result, clock::Now, tenancy::TenantTx};

/// A quantile of new cases, forecast for a place and a day.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Forecast {
    /// The place.
    pub location_id: String,
    /// The day it is for.
    pub target_date: NaiveDate,
    /// Which quantile, above 0 and below 1.
    pub quantile: f64,
    /// New cases.
    pub new_cases: f64,
    /// When it was published.
    pub issued_at: Now,
}

/// The model's state that forecasts were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// Its id.
    pub state_id: Uuid,
    /// The day up to which it knew what was reported.
    pub as_of: NaiveDate,
}

/// The latest run that published forecasts, or the latest by the day `as_of`.
pub async fn latest_run(tx: &mut TenantTx, as_of: Option<NaiveDate>) -> Result<Option<Run>> {
    let (tenant, connection) = tx.parts();
    let run = sqlx::query_as(
        r#"
        select s.state_id, s.as_of
        from model_states s
        where s.tenant_id = $1 and ($2::date is null or s.as_of <= $2)
            and exists (
                select
                from forecasts f
                where f.tenant_id = $1 and f.state_id = s.state_id
            )
        order by s.as_of desc, s.created_at desc
        limit 1
        "#,
    )
    .bind(tenant)
    .bind(as_of)
    .fetch_optional(connection)
    .await?;
    Ok(run)
}

/// A run of this department by its id.
pub async fn run(tx: &mut TenantTx, state_id: Uuid) -> Result<Option<Run>> {
    let (tenant, connection) = tx.parts();
    let run = sqlx::query_as(
        "select state_id, as_of from model_states where tenant_id = $1 and state_id = $2",
    )
    .bind(tenant)
    .bind(state_id)
    .fetch_optional(connection)
    .await?;
    Ok(run)
}

/// Which of a run's forecasts are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For these places; none named means all. The empty one is the department as a whole.
    pub locations: Vec<String>,
    /// For days from this one on.
    pub from: Option<NaiveDate>,
    /// For days to this one.
    pub to: Option<NaiveDate>,
    /// These quantiles; none named means all.
    pub quantiles: Vec<f64>,
    /// After this place in the order of locations, days and quantiles.
    pub after: Option<(String, NaiveDate, f64)>,
    /// So many at most.
    pub limit: u32,
}

/// The forecasts of `run` that are wanted, by location, day and quantile.
pub async fn forecasts(tx: &mut TenantTx, run: &Run, wanted: &Wanted) -> Result<Vec<Forecast>> {
    let after = wanted.after.as_ref();
    let (tenant, connection) = tx.parts();
    let rows = sqlx::query_as(
        r#"
        select location_id, target_date, quantile::float8, new_cases, issued_at
        from forecasts
        where tenant_id = $1 and state_id = $2
            and (cardinality($3::text[]) = 0 or location_id = any($3))
            and ($4::date is null or target_date >= $4) and ($5::date is null or target_date <= $5)
            and (cardinality($6::float8[]) = 0 or quantile = any($6::float8[]::numeric(4, 3)[]))
            and (
                $7::text is null
                or (location_id, target_date, quantile) > ($7, $8::date, $9::float8::numeric(4, 3))
            )
        order by location_id, target_date, quantile
        limit $10
        "#,
    )
    .bind(tenant)
    .bind(run.state_id)
    .bind(&wanted.locations)
    .bind(wanted.from)
    .bind(wanted.to)
    .bind(&wanted.quantiles)
    .bind(after.map(|(location, _, _)| location))
    .bind(after.map(|(_, date, _)| *date))
    .bind(after.map(|(_, _, quantile)| *quantile))
    .bind(i64::from(wanted.limit))
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
