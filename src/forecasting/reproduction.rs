//! The effective reproduction number of past days, as it was believed on a day.

use chrono::NaiveDate;

use crate::{
    Result,
    surveillance::{Window, charts::ReproductionDay},
    tenancy::TenantTx,
};

#[derive(sqlx::FromRow)]
struct Row {
    date: NaiveDate,
    q025: f64,
    q25: f64,
    q50: f64,
    q75: f64,
    q975: f64,
}

/// The days of `window`, each as the latest run said that knew no more than what was known on
/// the day `known_on`. A run stores the days it assimilated, so most days come from other runs
/// than the latest.
pub async fn reproduction(
    tx: &mut TenantTx,
    location: &str,
    window: Window,
    known_on: NaiveDate,
) -> Result<Vec<ReproductionDay>> {
    let (tenant, connection) = tx.parts();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select distinct on (r.date) r.date, r.q025, r.q25, r.q50, r.q75, r.q975
        from reproduction_numbers r
        join model_states s on s.tenant_id = $1 and s.state_id = r.state_id
        where r.tenant_id = $1 and r.location_id = $2 and r.date between $3 and $4
            and s.as_of <= $5
        order by r.date, s.as_of desc, s.created_at desc
        "#,
    )
    .bind(tenant)
    .bind(location)
    .bind(window.first())
    .bind(window.last())
    .bind(known_on)
    .fetch_all(connection)
    .await?;
    let day = |row: Row| ReproductionDay {
        date: row.date,
        median: row.q50,
        half: (row.q25, row.q75),
        nearly_all: (row.q025, row.q975),
    };
    Ok(rows.into_iter().map(day).collect())
}
