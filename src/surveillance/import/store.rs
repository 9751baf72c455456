//! From rows that can be trusted to the table, once.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;

use super::read::{ENOUGH, Fault, Observation, Place};
use crate::{Result, surveillance::LocationId, tenancy::TenantTx};

/// Rows in a statement. Large enough that the statement's own cost vanishes, and small enough
/// to finish well within its time-out.
const AT_ONCE: usize = 5_000;

/// What is to be imported, and as known when.
pub struct Import<'a> {
    /// Counts by day and place.
    pub observations: &'a [Observation],
    /// Names and populations; those of places the department does not report for are left
    /// out.
    pub places: &'a [Place],
    /// The day on which this was known.
    pub as_of: NaiveDate,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Days and places reported for the first time.
    pub new: u64,
    /// Days and places reported before with another number.
    pub changed: u64,
    /// Days and places reported before with the same number.
    pub unchanged: u64,
    /// Locations that were added and have no name but their id.
    pub unnamed_locations: Vec<String>,
}

/// Stores an import in the transaction of its department: nothing of it, unless the caller
/// commits. Storing the same again changes nothing.
///
/// # Errors
/// Locations that are unknown to a department that has some: the inner error lists them.
pub async fn store(tx: &mut TenantTx, import: &Import<'_>) -> Result<Result<Report, Vec<Fault>>> {
    one_import_at_a_time(tx).await?;
    let known = known_locations(tx).await?;
    let named: HashSet<&str> = import
        .places
        .iter()
        .map(|place| place.location.as_str())
        .collect();
    let wanted: BTreeSet<&LocationId> = import
        .observations
        .iter()
        .map(|row| &row.location)
        .collect();
    let unknown: Vec<&str> = wanted
        .iter()
        .map(|id| id.as_str())
        .filter(|id| !known.contains(*id))
        .collect();
    // A department's first import brings its locations with it.
    let unnamed: Vec<Fault> = import
        .observations
        .iter()
        .filter(|row| !known.is_empty() && !known.contains(row.location.as_str()))
        .filter(|row| !named.contains(row.location.as_str()))
        .take(ENOUGH)
        .map(|row| Fault {
            line: Some(row.line),
            message: format!(
                "there is no location `{}`; correct it, or add it with --locations and a file of \
                 location_id, name, population",
                row.location.as_str()
            ),
        })
        .collect();
    if !unnamed.is_empty() {
        return Ok(Err(unnamed));
    }
    add_locations(tx, &unknown).await?;
    name_locations(tx, import.places).await?;
    let mut report = Report {
        unnamed_locations: unknown
            .into_iter()
            .filter(|id| !named.contains(id))
            .map(str::to_owned)
            .collect(),
        ..Report::default()
    };
    for rows in import.observations.chunks(AT_ONCE) {
        let (new, changed) = store_rows(tx, rows, import.as_of).await?;
        report.new += new;
        report.changed += changed;
        report.unchanged += rows.len() as u64 - new - changed;
    }
    Ok(Ok(report))
}

/// Two imports of one department wait for each other; nobody else waits, readers least of all.
async fn one_import_at_a_time(tx: &mut TenantTx) -> Result<()> {
    let (tenant, connection) = tx.parts();
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('cordon import ' || $1, 0))")
        .bind(tenant)
        .execute(connection)
        .await?;
    Ok(())
}

async fn known_locations(tx: &mut TenantTx) -> Result<HashSet<String>> {
    let (tenant, connection) = tx.parts();
    let known: Vec<String> =
        sqlx::query_scalar("select location_id from locations where tenant_id = $1")
            .bind(tenant)
            .fetch_all(connection)
            .await?;
    Ok(known.into_iter().collect())
}

async fn add_locations(tx: &mut TenantTx, ids: &[&str]) -> Result<()> {
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        insert into locations (tenant_id, location_id, name)
        select $1, location_id, location_id
        from unnest($2::text[]) location_id
        on conflict do nothing
        "#,
    )
    .bind(tenant)
    .bind(ids)
    .execute(connection)
    .await?;
    Ok(())
}

async fn name_locations(tx: &mut TenantTx, places: &[Place]) -> Result<()> {
    let ids: Vec<&str> = places.iter().map(|place| place.location.as_str()).collect();
    let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
    let populations: Vec<Option<i32>> = places.iter().map(|place| place.population).collect();
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        update locations
        set name = place.name, population = coalesce(place.population, locations.population)
        from unnest($2::text[], $3::text[], $4::integer[]) as place (location_id, name, population)
        where locations.tenant_id = $1 and locations.location_id = place.location_id
        "#,
    )
    .bind(tenant)
    .bind(ids)
    .bind(names)
    .bind(populations)
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores what differs from what was known on `as_of`: how many rows were new, how many
/// changed.
///
/// The row that stood on `as_of` is ended there, and the new one takes over for the rest of
/// its time, so that an older report that arrives late falls into its place in the history.
async fn store_rows(
    tx: &mut TenantTx,
    rows: &[Observation],
    as_of: NaiveDate,
) -> Result<(u64, u64)> {
    let ids: Vec<&str> = rows.iter().map(|row| row.location.as_str()).collect();
    let dates: Vec<NaiveDate> = rows.iter().map(|row| row.date).collect();
    let counts: Vec<i32> = rows.iter().map(|row| row.new_cases).collect();
    let (tenant, connection) = tx.parts();
    let (new, changed): (i64, i64) = sqlx::query_as(
        r#"
        with reported as (
            select location_id, date, new_cases,
                case when new_cases < 0 then 'correction' else 'count' end as kind
            from unnest($2::text[], $3::date[], $4::integer[]) as row (location_id, date, new_cases)
        ),
        differing as (
            select reported.*, standing.as_of as standing_as_of, standing.superseded_on
            from reported
            left join observations standing
                on standing.tenant_id = $1
                and standing.location_id = reported.location_id
                and standing.date = reported.date
                and standing.as_of <= $5
                and standing.superseded_on > $5
            where standing.new_cases is distinct from reported.new_cases
        ),
        ended as (
            update observations
            set superseded_on = $5
            from differing
            where observations.tenant_id = $1
                and observations.location_id = differing.location_id
                and observations.date = differing.date
                and observations.as_of = differing.standing_as_of
                and differing.standing_as_of < $5
        ),
        stored as (
            insert into observations (tenant_id, location_id, date, as_of, new_cases, kind, superseded_on)
            select $1, location_id, date, $5, new_cases, kind,
                coalesce(
                    superseded_on,
                    (
                        select min(later.as_of)
                        from observations later
                        where later.tenant_id = $1
                            and later.location_id = differing.location_id
                            and later.date = differing.date
                            and later.as_of > $5
                    ),
                    'infinity'
                )
            from differing
            on conflict (tenant_id, location_id, date, as_of)
                do update set new_cases = excluded.new_cases, kind = excluded.kind
            returning 1
        )
        select count(*) filter (where standing_as_of is null), count(*) filter (where standing_as_of is not null)
        from differing
        "#,
    )
    .bind(tenant)
    .bind(ids)
    .bind(dates)
    .bind(counts)
    .bind(as_of)
    .fetch_one(connection)
    .await?;
    Ok((new.unsigned_abs(), changed.unsigned_abs()))
}
