//! The places that an upload names.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::{
    Result, audit,
    clock::Now,
    surveillance::{
        LocationId,
        import::Place,
        reading::{Context, KnownLocation},
    },
    tenancy::TenantTx,
};

/// What a file is read against: the department's locations, each with the most that it
/// reported in the 60 days before its latest.
pub async fn context(tx: &mut TenantTx, as_of: NaiveDate, now: Now) -> Result<Context> {
    let (tenant, connection) = tx.parts();
    let locations: Vec<(String, String, Option<i32>)> = sqlx::query_as(
        r#"
        select l.location_id, l.name, recent.most
        from locations l
        left join lateral (
            select max(o.new_cases) as most
            from observations o
            where o.tenant_id = $1 and o.location_id = l.location_id
                and o.superseded_on = 'infinity'
                and o.date > (
                    select max(latest.date) - 60
                    from observations latest
                    where latest.tenant_id = $1 and latest.location_id = l.location_id
                )
        ) recent on true
        where l.tenant_id = $1
        order by l.location_id
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    let known = |(id, name, recent_max)| KnownLocation {
        id,
        name,
        recent_max,
    };
    Ok(Context {
        locations: locations.into_iter().map(known).collect(),
        today: now.date_naive(),
        as_of,
    })
}

/// A location of the department.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KnownPlace {
    /// Its id.
    pub location_id: String,
    /// Its name.
    pub name: String,
}

/// The department's locations by name.
pub async fn listed(tx: &mut TenantTx) -> Result<Vec<KnownPlace>> {
    let (tenant, connection) = tx.parts();
    let places = sqlx::query_as(
        "select location_id, name from locations where tenant_id = $1 order by name, location_id",
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    Ok(places)
}

/// A location to be added, as a person described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPlace {
    /// Its id.
    pub location: LocationId,
    /// Its name.
    pub name: String,
    /// Residents, where known.
    pub population: Option<i32>,
    /// The location that it is part of.
    pub parent: Option<LocationId>,
}

/// Adds locations that somebody described; those that are there already stay as they are.
pub async fn add_described(
    tx: &mut TenantTx,
    places: &[NewPlace],
    by: &str,
    now: Now,
) -> Result<()> {
    let ids: Vec<&str> = places.iter().map(|place| place.location.as_str()).collect();
    let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
    let populations: Vec<Option<i32>> = places.iter().map(|place| place.population).collect();
    let parents: Vec<Option<&str>> = places
        .iter()
        .map(|place| place.parent.as_ref().map(LocationId::as_str))
        .collect();
    let (tenant, connection) = tx.parts();
    let added: Vec<String> = sqlx::query_scalar(
        r#"
        insert into locations (tenant_id, location_id, name, population, parent_id)
        select $1, location_id, name, population, parent_id
        from unnest($2::text[], $3::text[], $4::integer[], $5::text[])
            as place (location_id, name, population, parent_id)
        on conflict do nothing
        returning location_id
        "#,
    )
    .bind(tenant)
    .bind(ids)
    .bind(names)
    .bind(populations)
    .bind(parents)
    .fetch_all(connection)
    .await?;
    if added.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant().clone();
    let subject = format!("locations {}", added.join(", "));
    audit::record(tx.any(), &tenant, now, by, "location.added", &subject).await
}

/// The department's locations: name by id.
pub async fn known(tx: &mut TenantTx) -> Result<HashMap<String, String>> {
    let (tenant, connection) = tx.parts();
    let known: Vec<(String, String)> =
        sqlx::query_as("select location_id, name from locations where tenant_id = $1")
            .bind(tenant)
            .fetch_all(connection)
            .await?;
    Ok(known.into_iter().collect())
}

/// Adds locations that have no name yet but their id.
pub async fn add(tx: &mut TenantTx, ids: &[&str]) -> Result<()> {
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

/// Gives known locations their names and populations; a population that is not told stays.
pub async fn describe(tx: &mut TenantTx, places: &[Place]) -> Result<()> {
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
