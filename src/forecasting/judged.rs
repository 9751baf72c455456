//! How well past forecasts of weekly totals have done, read from their scores.
//!
//! Where a moment was both forecast when it came and replayed afterwards, the first counts.

use chrono::{Days, NaiveDate};

use crate::{
    Result,
    surveillance::charts::{FanDay, PastFan},
    tenancy::TenantTx,
};

/// Which forecasts are meant.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    /// The place; empty for the department as a whole.
    pub location: &'a str,
    /// The parameters they were made with.
    pub settings_version: i32,
    /// As judged by the end of this day; none: as judged now.
    pub known_on: Option<NaiveDate>,
}

/// How forecasts did, all together or so many days ahead.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Score {
    /// How many days ahead; none: all together.
    pub ahead: Option<i32>,
    /// At how many moments they were made.
    pub origins: i64,
    /// At how many of those by replaying history.
    pub replayed: i64,
    /// Mean weighted interval score over the flat line's, in cases.
    pub relative_wis: Option<f64>,
    /// The same of logarithms.
    pub relative_log_wis: Option<f64>,
    /// The share of outcomes within the 50 % interval.
    pub coverage_50: Option<f64>,
    /// The share of outcomes within the 95 % interval.
    pub coverage_95: Option<f64>,
}

/// All together first, then by weeks ahead. Nothing, if nothing was judged.
pub async fn scores(tx: &mut TenantTx, of: Of<'_>) -> Result<Vec<Score>> {
    let (tenant, connection) = tx.parts();
    let scores: Vec<Score> = sqlx::query_as(
        r#"
        with judged as (
            select distinct on (origin, ahead) *
            from forecast_scores
            where tenant_id = $1 and location_id = $2 and settings_version = $3 and days = 7
                and truth is not null and ($4::date is null or truth_as_of <= $4)
            order by origin, ahead, replayed
        )
        select ahead::integer as ahead, count(distinct origin) as origins,
            count(distinct origin) filter (where replayed) as replayed,
            avg(twin_wis) / nullif(avg(baseline_wis), 0) as relative_wis,
            avg(twin_log_wis) / nullif(avg(baseline_log_wis), 0) as relative_log_wis,
            avg((truth between twin[7] and twin[17])::integer)::float8 as coverage_50,
            avg((truth between twin[2] and twin[22])::integer)::float8 as coverage_95
        from judged
        group by grouping sets ((), (ahead))
        order by ahead nulls first
        "#,
    )
    .bind(tenant)
    .bind(of.location)
    .bind(of.settings_version)
    .bind(of.known_on)
    .fetch_all(connection)
    .await?;
    let any = scores.first().is_some_and(|all| all.origins > 0);
    Ok(if any { scores } else { Vec::new() })
}

/// How many outcomes fell into each tenth of their forecast, lowest first.
pub async fn tenths(tx: &mut TenantTx, of: Of<'_>) -> Result<[i64; 10]> {
    let (tenant, connection) = tx.parts();
    let rows: Vec<(i32, i64)> = sqlx::query_as(
        r#"
        with judged as (
            select distinct on (origin, ahead) twin_pit
            from forecast_scores
            where tenant_id = $1 and location_id = $2 and settings_version = $3 and days = 7
                and truth is not null and ($4::date is null or truth_as_of <= $4)
            order by origin, ahead, replayed
        )
        select least(greatest(width_bucket(twin_pit, 0, 1, 10), 1), 10), count(*)
        from judged
        group by 1
        "#,
    )
    .bind(tenant)
    .bind(of.location)
    .bind(of.settings_version)
    .bind(of.known_on)
    .fetch_all(connection)
    .await?;
    let mut tenths = [0; 10];
    for (tenth, outcomes) in rows {
        let at = usize::try_from(tenth - 1).unwrap_or_default();
        if let Some(count) = tenths.get_mut(at) {
            *count = outcomes;
        }
    }
    Ok(tenths)
}

/// Past forecasts that follow on each other, and what happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// The forecasts, oldest first.
    pub fans: Vec<PastFan>,
    /// Cases of the seven days that end with a day, oldest first.
    pub happened: Vec<(NaiveDate, f64)>,
}

/// A fan is four weeks long, so origins this far apart give fans side by side.
const APART: Days = Days::new(28);

#[derive(sqlx::FromRow)]
struct Row {
    origin: NaiveDate,
    last_day: NaiveDate,
    q025: f64,
    q10: f64,
    q25: f64,
    q50: f64,
    q75: f64,
    q90: f64,
    q975: f64,
    truth: f64,
}

/// The twin's forecasts of weekly totals at the latest `most` moments that are four weeks apart
/// and whose outcomes are known.
pub async fn past(tx: &mut TenantTx, of: Of<'_>, most: usize) -> Result<Past> {
    let (tenant, connection) = tx.parts();
    let origins: Vec<NaiveDate> = sqlx::query_scalar(
        r#"
        select distinct origin
        from forecast_scores
        where tenant_id = $1 and location_id = $2 and settings_version = $3 and days = 7
            and ahead = 28 and truth is not null and ($4::date is null or truth_as_of <= $4)
        order by origin desc
        "#,
    )
    .bind(tenant)
    .bind(of.location)
    .bind(of.settings_version)
    .bind(of.known_on)
    .fetch_all(&mut *connection)
    .await?;
    let mut chosen: Vec<NaiveDate> = Vec::new();
    for origin in origins {
        let next = chosen.last().map(|last| *last - APART);
        if next.is_none_or(|next| origin <= next) && chosen.len() < most {
            chosen.push(origin);
        }
    }
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select distinct on (origin, ahead) origin, origin + ahead as last_day,
            twin[2]::float8 as q025, twin[4]::float8 as q10, twin[7]::float8 as q25,
            twin[12]::float8 as q50, twin[17]::float8 as q75, twin[20]::float8 as q90,
            twin[22]::float8 as q975, truth
        from forecast_scores
        where tenant_id = $1 and location_id = $2 and settings_version = $3 and days = 7
            and truth is not null and ($4::date is null or truth_as_of <= $4) and origin = any($5)
        order by origin, ahead, replayed
        "#,
    )
    .bind(tenant)
    .bind(of.location)
    .bind(of.settings_version)
    .bind(of.known_on)
    .bind(&chosen)
    .fetch_all(connection)
    .await?;
    let mut past = Past::default();
    for row in rows {
        if past.fans.last().is_none_or(|fan| fan.origin != row.origin) {
            past.fans.push(PastFan {
                origin: row.origin,
                weeks: Vec::new(),
            });
        }
        past.happened.push((row.last_day, row.truth));
        if let Some(fan) = past.fans.last_mut() {
            fan.weeks.push(FanDay {
                date: row.last_day,
                median: row.q50,
                half: (row.q25, row.q75),
                most: (row.q10, row.q90),
                nearly_all: (row.q025, row.q975),
            });
        }
    }
    Ok(past)
}
