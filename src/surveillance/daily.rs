//! New cases by day and by week, as every chart and table reads them.

use chrono::NaiveDate;

use super::{LocationId, Window};
use crate::{Result, tenancy::TenantTx};

/// What was reported for a day by the locations that were asked about, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct DailyCount {
    /// The day; of a week, its Monday.
    pub date: NaiveDate,
    /// New cases, summed over the locations that gave a number.
    pub new_cases: i64,
    /// How many locations gave a number.
    pub reporting: i64,
    /// How many gave a number that is withheld because it is small.
    pub suppressed: i64,
}

/// The two statements of a question: for the values that stand now, and for those that stood
/// at the end of the day `$5`. Each is whole, so that the first keeps to its index.
macro_rules! now_and_then {
    ($head:literal, $tail:literal) => {
        [
            concat!(
                $head,
                " superseded_on = 'infinity' and $5::date is null ",
                $tail
            ),
            concat!($head, " as_of <= $5 and superseded_on > $5 ", $tail),
        ]
    };
}

/// Counts by day of `$1`, from `$2` to `$3`, of the locations `$4`.
pub const DAILY_COUNTS: [&str; 2] = now_and_then!(
    r#"
    select date, coalesce(sum(new_cases), 0) as new_cases, count(new_cases) as reporting,
        count(*) - count(new_cases) as suppressed
    from observations
    where tenant_id = $1 and date between $2 and $3
        and (cardinality($4::text[]) = 0 or location_id = any($4))
        and kind <> 'withdrawn' and days = 1 and
    "#,
    r#"
    group by date
    order by date
    "#
);

/// The same by week. A week that begins on a Sunday belongs to the ISO week that holds six of
/// its days.
const WEEKLY_COUNTS: [&str; 2] = now_and_then!(
    r#"
    select date_trunc('week', date + 3)::date as date, coalesce(sum(new_cases), 0) as new_cases,
        count(new_cases) as reporting, count(*) - count(new_cases) as suppressed
    from observations
    where tenant_id = $1 and date between $2 and $3
        and (cardinality($4::text[]) = 0 or location_id = any($4))
        and kind <> 'withdrawn' and days = 7 and
    "#,
    r#"
    group by 1
    order by 1
    "#
);

/// New cases by day within `window`, oldest first, as known now or on the day `known_on`. A
/// day on which none of `locations` reported has no row. An empty list asks for all of the
/// department's. Counts of whole weeks are left out: they are of no single day.
pub async fn daily_counts(
    tx: &mut TenantTx,
    window: Window,
    locations: &[LocationId],
    known_on: Option<NaiveDate>,
) -> Result<Vec<DailyCount>> {
    read(tx, DAILY_COUNTS, window, locations, known_on).await
}

/// New cases by ISO week, by its Monday, from the reports that count whole weeks and no days.
pub async fn weekly_counts(
    tx: &mut TenantTx,
    window: Window,
    locations: &[LocationId],
    known_on: Option<NaiveDate>,
) -> Result<Vec<DailyCount>> {
    read(tx, WEEKLY_COUNTS, window, locations, known_on).await
}

async fn read(
    tx: &mut TenantTx,
    [now, then]: [&'static str; 2],
    window: Window,
    locations: &[LocationId],
    known_on: Option<NaiveDate>,
) -> Result<Vec<DailyCount>> {
    let ids: Vec<&str> = locations.iter().map(LocationId::as_str).collect();
    let (tenant, connection) = tx.parts();
    let counts = sqlx::query_as(if known_on.is_some() { then } else { now })
        .bind(tenant)
        .bind(window.first())
        .bind(window.last())
        .bind(ids)
        .bind(known_on)
        .fetch_all(connection)
        .await?;
    Ok(counts)
}
