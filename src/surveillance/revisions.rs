//! What was known of one day, from the first report to the latest.

use chrono::NaiveDate;

use super::LocationId;
use crate::{Result, clock::Now, tenancy::TenantTx};

/// A value, and the upload that brought it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Revision {
    /// From which day on it was known.
    pub as_of: NaiveDate,
    /// New cases; nothing where the number is withheld or was withdrawn.
    pub new_cases: Option<i32>,
    /// `count`, `correction`, `suppressed` or `withdrawn`.
    pub kind: String,
    /// How many days it counts: 1 or 7.
    pub days: i16,
    /// The upload's number.
    pub upload_no: i32,
    /// The file's name, as its sender called it.
    pub file_name: String,
    /// Who sent it.
    pub received_by: String,
    /// When it was accepted.
    pub decided_at: Option<Now>,
    /// The upload that it takes back, if that is what it does.
    pub undoes: Option<i32>,
}

/// All that was ever known of `date` at `location`, oldest first. The last row stands.
pub async fn of_day(
    tx: &mut TenantTx,
    location: &LocationId,
    date: NaiveDate,
) -> Result<Vec<Revision>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select o.as_of, o.new_cases, o.kind, o.days, o.upload_no, u.file_name, u.received_by,
            u.decided_at, u.undoes
        from observations o
        join uploads u on u.tenant_id = $1 and u.upload_no = o.upload_no
        where o.tenant_id = $1 and o.location_id = $2 and o.date = $3
        order by o.as_of, o.upload_no
        "#,
    )
    .bind(tenant)
    .bind(location.as_str())
    .bind(date)
    .fetch_all(connection)
    .await?)
}

/// How a location's value of one day came about.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Place {
    /// The location's id.
    pub location_id: String,
    /// Its name.
    pub name: String,
    /// The first value known; nothing where it was withheld.
    pub first_cases: Option<i32>,
    /// From when on.
    pub first_as_of: NaiveDate,
    /// The value that stands; nothing where it is withheld or was withdrawn.
    pub new_cases: Option<i32>,
    /// How many values there were after the first.
    pub revisions: i64,
}

/// The locations that ever reported `date`, by name.
pub async fn places_of_day(tx: &mut TenantTx, date: NaiveDate) -> Result<Vec<Place>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select l.location_id, l.name, o.first_cases, o.first_as_of, o.new_cases, o.revisions
        from locations l
        cross join lateral (
            select count(*) - 1 as revisions, min(as_of) as first_as_of,
                (array_agg(new_cases order by as_of, upload_no))[1] as first_cases,
                (array_agg(new_cases order by as_of desc, upload_no desc))[1] as new_cases
            from observations
            where tenant_id = $1 and location_id = l.location_id and date = $2
        ) o
        where l.tenant_id = $1 and o.revisions >= 0
        order by l.name, l.location_id
        "#,
    )
    .bind(tenant)
    .bind(date)
    .fetch_all(connection)
    .await?)
}
