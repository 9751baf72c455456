//! New cases by day, as every chart and table reads them.

use chrono::NaiveDate;

use super::{LocationId, Window};
use crate::{Result, tenancy::TenantTx};

/// What was reported for a day by the locations that were asked about, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DailyCount {
    /// The day.
    pub date: NaiveDate,
    /// New cases, summed over the locations that reported.
    pub new_cases: i64,
    /// How many locations reported.
    pub reporting: i64,
}

/// New cases by day within `window`, oldest first, as known now. A day on which none of
/// `locations` reported has no row. An empty list asks for all of the department's.
pub async fn daily_counts(
    tx: &mut TenantTx,
    window: Window,
    locations: &[LocationId],
) -> Result<Vec<DailyCount>> {
    let ids: Vec<&str> = locations.iter().map(LocationId::as_str).collect();
    let (tenant, connection) = tx.parts();
    let counts = sqlx::query_as(
        r#"
        select date, sum(new_cases) as new_cases, count(*) as reporting
        from observations
        where tenant_id = $1 and superseded_on = 'infinity' and date between $2 and $3
            and (cardinality($4::text[]) = 0 or location_id = any($4))
        group by date
        order by date
        "#,
    )
    .bind(tenant)
    .bind(window.first())
    .bind(window.last())
    .bind(ids)
    .fetch_all(connection)
    .await?;
    Ok(counts)
}
