//! Judging earlier forecasts by what is known now.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};

use crate::{
    Result,
    forecasting::{
        days::Series,
        quantiles::{COUNT, Quantiles},
        record::Record,
        replay::happened,
        score::Score,
    },
    tenancy::TenantTx,
};

/// Forecasts that nothing was known about for so long are no longer asked about.
const WAITED_DAYS: i64 = 200;

/// A week's outcome is corrected for so many days after its end.
const CORRECTED_DAYS: i64 = 28;

#[derive(sqlx::FromRow)]
struct Row {
    location_id: String,
    settings_version: i32,
    replayed: bool,
    origin: NaiveDate,
    days: i16,
    ahead: i16,
    twin: Vec<f32>,
    baseline: Vec<f32>,
    truth: Option<f64>,
}

/// Scores the forecasts whose outcome has become known, or has changed. `known` is what is known
/// of each place on `moment`.
pub async fn score_arrived(
    tx: &mut TenantTx,
    known: &HashMap<&str, &Series>,
    moment: NaiveDate,
) -> Result<()> {
    let (tenant, connection) = tx.parts();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select location_id, settings_version, replayed, origin, days, ahead, twin, baseline, truth
        from forecast_scores
        where tenant_id = $1 and origin > $3 and origin + ahead <= $2
            and (truth is null or (days = 7 and origin + ahead > $4))
        "#,
    )
    .bind(tenant)
    .bind(moment)
    .bind(moment - TimeDelta::days(WAITED_DAYS))
    .bind(moment - TimeDelta::days(CORRECTED_DAYS))
    .fetch_all(&mut *connection)
    .await?;
    let judged: Vec<(Row, f64)> = rows
        .into_iter()
        .filter_map(|row| {
            let series = known.get(row.location_id.as_str())?;
            let (ahead, days) = (
                usize::try_from(row.ahead).ok()?,
                usize::try_from(row.days).ok()?,
            );
            let truth = happened(series, row.origin, ahead, days)?;
            (row.truth != Some(truth)).then_some((row, truth))
        })
        .collect();
    let scores: Vec<[Score; 2]> = judged
        .iter()
        .map(|(row, truth)| [&row.twin, &row.baseline].map(|of| Score::of(&quantiles(of), *truth)))
        .collect();
    let column = |of: fn(&[Score; 2]) -> f64| scores.iter().map(of).collect::<Vec<f64>>();
    let rows = || judged.iter().map(|(row, _)| row);
    sqlx::query(
        r#"
        update forecast_scores f
        set truth = j.truth, truth_as_of = coalesce(f.truth_as_of, $2), twin_wis = j.twin_wis,
            twin_log_wis = j.twin_log_wis, twin_pit = j.twin_pit, baseline_wis = j.baseline_wis,
            baseline_log_wis = j.baseline_log_wis, baseline_pit = j.baseline_pit
        from unnest(
            $3::text[], $4::integer[], $5::boolean[], $6::date[], $7::smallint[], $8::smallint[],
            $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::float8[],
            $15::float8[]
        ) as j (
            location_id, settings_version, replayed, origin, days, ahead, truth, twin_wis,
            twin_log_wis, twin_pit, baseline_wis, baseline_log_wis, baseline_pit
        )
        where f.tenant_id = $1 and f.location_id = j.location_id
            and f.settings_version = j.settings_version and f.replayed = j.replayed
            and f.origin = j.origin and f.days = j.days and f.ahead = j.ahead
        "#,
    )
    .bind(tenant)
    .bind(moment)
    .bind(
        rows()
            .map(|row| row.location_id.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(rows().map(|row| row.settings_version).collect::<Vec<_>>())
    .bind(rows().map(|row| row.replayed).collect::<Vec<_>>())
    .bind(rows().map(|row| row.origin).collect::<Vec<_>>())
    .bind(rows().map(|row| row.days).collect::<Vec<_>>())
    .bind(rows().map(|row| row.ahead).collect::<Vec<_>>())
    .bind(judged.iter().map(|(_, truth)| *truth).collect::<Vec<_>>())
    .bind(column(|[twin, _]| twin.wis))
    .bind(column(|[twin, _]| twin.log_wis))
    .bind(column(|[twin, _]| twin.pit))
    .bind(column(|[_, flat]| flat.wis))
    .bind(column(|[_, flat]| flat.log_wis))
    .bind(column(|[_, flat]| flat.pit))
    .execute(connection)
    .await?;
    Ok(())
}

/// A stored forecast. One with another number of levels does not pass the table's constraint.
fn quantiles(stored: &[f32]) -> Quantiles {
    let mut quantiles = [0.0; COUNT];
    for (quantile, stored) in quantiles.iter_mut().zip(stored) {
        *quantile = f64::from(*stored);
    }
    quantiles
}

#[derive(sqlx::FromRow)]
struct Judged {
    location_id: String,
    origins: i64,
    relative_wis: Option<f64>,
    relative_log_wis: Option<f64>,
    coverage_95: Option<f64>,
}

/// The record of each place's forecasts of weekly totals, by what was known on `moment`. Where a
/// moment was both forecast when it came and replayed afterwards, the first counts.
pub async fn records(
    tx: &mut TenantTx,
    settings_version: i32,
    moment: NaiveDate,
) -> Result<HashMap<String, Record>> {
    let (tenant, connection) = tx.parts();
    let rows: Vec<Judged> = sqlx::query_as(
        r#"
        with judged as (
            select distinct on (location_id, origin, ahead) *
            from forecast_scores
            where tenant_id = $1 and settings_version = $2 and days = 7 and truth is not null
                and truth_as_of <= $3
            order by location_id, origin, ahead, replayed
        )
        select location_id, count(distinct origin) as origins,
            avg(twin_wis) / nullif(avg(baseline_wis), 0) as relative_wis,
            avg(twin_log_wis) / nullif(avg(baseline_log_wis), 0) as relative_log_wis,
            avg((truth between twin[2] and twin[22])::integer)::float8 as coverage_95
        from judged
        group by location_id
        "#,
    )
    .bind(tenant)
    .bind(settings_version)
    .bind(moment)
    .fetch_all(connection)
    .await?;
    let record = |row: Judged| {
        let record = Record {
            origins: row.origins,
            relative_wis: row.relative_wis,
            relative_log_wis: row.relative_log_wis,
            coverage_95: row.coverage_95,
        };
        (row.location_id, record)
    };
    Ok(rows.into_iter().map(record).collect())
}
