//! Reading the history from which completeness is learnt.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Change, Completeness, ENOUGH_DAYS, FINAL_AGE, learn, learnt_from};
use crate::{
    Result,
    surveillance::{LocationId, annotation::excluded_days},
    tenancy::TenantTx,
};

/// By how much what was known of each day changed, and when, as long as the day was young.
///
/// A value adds its cases from its `as_of` on, and takes them away again where it was
/// superseded. One range of the primary key for each location: the rest of the history, and
/// other departments', are not touched.
pub const CHANGES: &str = r#"
    with value as (
        select o.*, min(o.as_of) over (partition by o.location_id) as first_as_of
        from locations l
        cross join lateral (
            select location_id, date, as_of, superseded_on, coalesce(new_cases, 0) as new_cases,
                (kind <> 'withdrawn')::integer as reporting
            from observations
            where tenant_id = $1 and location_id = l.location_id
                and date between $2 and $3 and as_of <= $4 and days = 1
        ) o
        where l.tenant_id = $1 and (cardinality($5::text[]) = 0 or l.location_id = any($5))
    )
    select date, as_of, sum(new_cases)::bigint as new_cases, sum(reporting)::bigint as reporting
    from (
        select date, as_of, new_cases, reporting
        from value
        where date >= first_as_of and as_of <= date + $6
        union all
        select date, superseded_on, -new_cases, -reporting
        from value
        where date >= first_as_of and superseded_on <= date + $6 and superseded_on <= $4
    ) change
    group by date, as_of
    order by date, as_of
    "#;

/// The days of accepted uploads, and how many there were on each.
const UPLOAD_DAYS: &str = r#"
    select as_of, count(*)
    from uploads
    where tenant_id = $1 and status = 'accepted' and ($2::date is null or as_of <= $2)
    group by as_of
    "#;

/// What the history of `locations` says of young counts, as known now or on `known_on`. An
/// empty list asks for all of the department's.
///
/// Where those locations have too little history, all of the department's tell what is
/// incomplete, and not how much is missing: the sum of many varies less than each.
pub async fn read(
    tx: &mut TenantTx,
    known_on: Option<NaiveDate>,
    locations: &[LocationId],
) -> Result<Completeness> {
    let (tenant, connection) = tx.parts();
    let days: Vec<(NaiveDate, i64)> = sqlx::query_as(UPLOAD_DAYS)
        .bind(tenant)
        .bind(known_on)
        .fetch_all(connection)
        .await?;
    let uploads: BTreeSet<NaiveDate> = days.iter().map(|(day, _)| *day).collect();
    let Some(&as_of) = uploads.last() else {
        return Ok(Completeness::unknown(known_on.unwrap_or(NaiveDate::MIN)));
    };
    // From fewer uploads no age can be learnt.
    let mut learnt = if uploads.len() < ENOUGH_DAYS {
        Completeness::unknown(as_of)
    } else {
        let own = learn(&changes(tx, as_of, locations).await?, &uploads, as_of);
        if own.complete_from.is_none() && !locations.is_empty() {
            learn(&changes(tx, as_of, &[]).await?, &uploads, as_of).of_others()
        } else {
            own
        }
    };
    learnt.uploads = days.iter().map(|(_, uploads)| uploads).sum();
    Ok(learnt)
}

async fn changes(
    tx: &mut TenantTx,
    as_of: NaiveDate,
    locations: &[LocationId],
) -> Result<Vec<Change>> {
    let days = learnt_from(as_of);
    let ids: Vec<&str> = locations.iter().map(LocationId::as_str).collect();
    let (tenant, connection) = tx.parts();
    let mut changes: Vec<Change> = sqlx::query_as(CHANGES)
        .bind(tenant)
        .bind(days.first())
        .bind(days.last())
        .bind(as_of)
        .bind(ids)
        .bind(i32::try_from(FINAL_AGE).unwrap_or(i32::MAX))
        .fetch_all(connection)
        .await?;
    let excluded = excluded_days(tx, days, locations).await?;
    changes.retain(|change| !excluded.contains(&change.date));
    Ok(changes)
}
