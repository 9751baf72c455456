//! Reading the counts to look at.

use chrono::NaiveDate;

use super::{Count, Series};
use crate::{
    Result,
    surveillance::{Location, Window},
    tenancy::TenantTx,
};

/// A location's id, and its days, how many days each counts, and new cases.
type Row = (String, Vec<NaiveDate>, Vec<i16>, Vec<Option<i32>>);

/// The counts of `window` as they stand, by location. A location that reported nothing in it
/// has none.
pub async fn read(
    tx: &mut TenantTx,
    locations: &[Location],
    window: Window,
) -> Result<Vec<Series>> {
    let (tenant, connection) = tx.parts();
    // One row a location: the counts of a year of eighty locations are 29,000.
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select location_id, array_agg(date order by date), array_agg(days order by date),
            array_agg(new_cases order by date)
        from observations
        where tenant_id = $1 and superseded_on = 'infinity' and kind <> 'withdrawn'
            and date between $2 and $3
        group by location_id
        "#,
    )
    .bind(tenant)
    .bind(window.first())
    .bind(window.last())
    .fetch_all(connection)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for place in locations {
        let Some((_, dates, days, cases)) = rows.iter().find(|(id, ..)| *id == place.location_id)
        else {
            continue;
        };
        let counts = dates
            .iter()
            .zip(days)
            .zip(cases)
            .map(|((date, days), new_cases)| Count {
                date: *date,
                days: i64::from(*days),
                new_cases: new_cases.map(i64::from),
            })
            .collect();
        found.push(Series {
            location_id: place.location_id.clone(),
            name: place.name.clone(),
            population: place.population.map(i64::from),
            counts,
        });
    }
    Ok(found)
}
