//! The places that an upload names.

use std::collections::HashMap;

use crate::{Result, surveillance::import::Place, tenancy::TenantTx};

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
