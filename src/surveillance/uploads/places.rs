//! The places that an upload names.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::{
    Result, audit,
    clock::Now,
    surveillance::{
        LocationId,
        reading::{Context, KnownLocation, Period, Stored},
    },
    tenancy::TenantTx,
};

/// What a file is read against: the department's locations, each with the most that it
/// reported in the 60 days before its latest, and those that are to be `added` with the file.
pub async fn context(
    tx: &mut TenantTx,
    as_of: NaiveDate,
    period: Period,
    now: Now,
    added: &[NewPlace],
) -> Result<Context> {
    let mut stored = stored(tx, as_of, period).await?;
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
    let known = |(id, name, recent_max): (String, _, _)| KnownLocation {
        stored: stored.remove(&id).unwrap_or_default(),
        id,
        name,
        recent_max,
    };
    let mut locations: Vec<KnownLocation> = locations.into_iter().map(known).collect();
    for place in added {
        if !locations
            .iter()
            .any(|known| known.id == place.location.as_str())
        {
            locations.push(KnownLocation {
                id: place.location.as_str().to_owned(),
                name: place.name.clone(),
                recent_max: None,
                stored: Stored::default(),
            });
        }
    }
    Ok(Context {
        locations,
        today: now.date_naive(),
        as_of,
    })
}

/// The days that each place has reported, as they were known on `as_of` or later: for a file of
/// days those that were reported by the week, for a file of weeks all.
pub async fn stored(
    tx: &mut TenantTx,
    as_of: NaiveDate,
    period: Period,
) -> Result<HashMap<String, Stored>> {
    let (tenant, connection) = tx.parts();
    let runs: Vec<(String, i16, NaiveDate, NaiveDate)> = sqlx::query_as(
        r#"
        select location_id, days, min(date), max(date) + (days - 1)
        from (
            select location_id, days, date,
                date - (days * row_number() over (
                    partition by location_id, days, case days when 7 then extract(isodow from date) end
                    order by date
                ))::integer as run
            from (
                select distinct location_id, days, date
                from observations
                where tenant_id = $1 and superseded_on > $2 and kind <> 'withdrawn'
                    and (days = 7 or $3)
            ) reported
        ) counted
        group by location_id, days, run
        order by location_id, days, min(date)
        "#,
    )
    .bind(tenant)
    .bind(as_of)
    .bind(period != Period::Day)
    .fetch_all(connection)
    .await?;
    let mut stored: HashMap<String, Stored> = HashMap::new();
    for (location, days, first, last) in runs {
        let days = u8::try_from(days).unwrap_or(1);
        stored.entry(location).or_default().add(days, first, last);
    }
    Ok(stored)
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

impl NewPlace {
    /// A location of which only the id is known, which stands for its name.
    pub fn unnamed(location: LocationId) -> Self {
        Self {
            name: location.as_str().to_owned(),
            location,
            population: None,
            parent: None,
        }
    }
}

/// Adds locations that somebody described; those that are there already stay as they are.
pub async fn add(tx: &mut TenantTx, places: &[NewPlace], by: &str, now: Now) -> Result<()> {
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
    let subject = format!("locations {}", added.join(", "));
    audit::record_own(tx, now, by, "location.added", &subject).await
}

/// Gives locations their names and populations; a population that is not told stays, and so
/// does a location that the department does not have.
pub async fn describe(tx: &mut TenantTx, places: &[NewPlace]) -> Result<()> {
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
