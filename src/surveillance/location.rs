//! The places a department reports for.

use chrono::NaiveDate;

use super::Window;
use crate::{Error, Result, tenancy::TenantTx};

/// The id of a location, unique within its department: `4831`, `alder-city`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocationId(String);

impl LocationId {
    /// 1 to 64 characters, none of them a control character.
    ///
    /// # Errors
    /// Says what an id looks like.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if (1..=64).contains(&text.chars().count()) && !text.contains(char::is_control) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::Invalid(
            "a location id has 1 to 64 printable characters".into(),
        ))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A place, and the days for which it has reported.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Location {
    /// Its id.
    pub location_id: String,
    /// Its name.
    pub name: String,
    /// Residents, where known.
    pub population: Option<i32>,
    /// The first day reported.
    pub first_day: Option<NaiveDate>,
    /// The latest day reported.
    pub last_day: Option<NaiveDate>,
    /// Whether its latest report counts a whole week.
    pub weekly: bool,
}

/// From the first to the latest day that any of `places` reported.
pub fn reported(places: &[Location]) -> Option<Window> {
    let first = places.iter().filter_map(|place| place.first_day).min()?;
    let last = places.iter().filter_map(|place| place.last_day).max()?;
    Window::new(first, last).ok()
}

/// Later than any day that something is known from, and before the end of what still stands.
const THE_LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a day");

/// Locations of `$1`, each with the days it had reported by `$2`. The first and the latest day
/// are one step each into the primary key.
pub const LOCATIONS: &str = r#"
    select l.location_id, l.name, l.population, first.date as first_day,
        latest.date + latest.days - 1 as last_day, coalesce(latest.days = 7, false) as weekly
    from locations l
    left join lateral (
        select o.date
        from observations o
        where o.tenant_id = $1 and o.location_id = l.location_id and o.kind <> 'withdrawn'
            and o.as_of <= $2 and o.superseded_on > $2
        order by o.date
        limit 1
    ) first on true
    left join lateral (
        select o.date, o.days::integer
        from observations o
        where o.tenant_id = $1 and o.location_id = l.location_id and o.kind <> 'withdrawn'
            and o.as_of <= $2 and o.superseded_on > $2
        order by o.date desc
        limit 1
    ) latest on true
    where l.tenant_id = $1
    order by l.name, l.location_id
    "#;

/// A department's locations by name, each with the days it has reported, as known now or on
/// the day `known_on`.
pub async fn locations(tx: &mut TenantTx, known_on: Option<NaiveDate>) -> Result<Vec<Location>> {
    let (tenant, connection) = tx.parts();
    let locations = sqlx::query_as(LOCATIONS)
        .bind(tenant)
        // No value is known from a later day than this, and those that stand now end after it.
        .bind(known_on.unwrap_or(THE_LAST_DAY))
        .fetch_all(connection)
        .await?;
    Ok(locations)
}
