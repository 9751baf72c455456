//! Observations one by one, as programs and exports read them: page after page.

use chrono::{NaiveDate, TimeDelta};

use super::{LocationId, completeness::Completeness};
use crate::{Result, tenancy::TenantTx};

/// A value that was reported for a place and a day or a week.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Observation {
    /// The place.
    pub location_id: String,
    /// The day, or a week's first.
    pub date: NaiveDate,
    /// How many days it counts, from `date` on: 1 or 7.
    pub days: i16,
    /// New cases. `None` where the number was withheld because it is small.
    pub new_cases: Option<i32>,
    /// `count`, `correction` or `suppressed`.
    pub kind: String,
    /// The day from which it was known.
    pub as_of: NaiveDate,
}

impl Observation {
    /// Whether late reports for it usually still arrive, by what its department's history says;
    /// `latest` is the latest day that it has reported. A week is as young as its last day.
    pub fn is_incomplete(&self, latest: NaiveDate, learnt: &Completeness) -> bool {
        let last = self.date + TimeDelta::days(i64::from(self.days) - 1);
        learnt.is_young(last, latest)
    }
}

/// Which observations are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// These places; none named means all.
    pub locations: Vec<LocationId>,
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// To this day.
    pub to: Option<NaiveDate>,
    /// As they were known on this day; otherwise as they are now.
    pub as_of: Option<NaiveDate>,
    /// Of these kinds; none named means all that say something.
    pub kinds: Vec<&'static str>,
    /// That count so many days; none named means any.
    pub days: Vec<i16>,
    /// After this place in the order of days and locations.
    pub after: Option<(NaiveDate, LocationId)>,
    /// So many at most.
    pub limit: u32,
}

/// The days that an observation can have: see `observation_date_plausible`.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day");
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2199, 12, 31).expect("a day");

/// What stands now.
const NOW: &str = r#"
    select location_id, date, days, new_cases, kind, as_of
    from observations
    where tenant_id = $1 and date between $2 and $3
        and (cardinality($4::text[]) = 0 or location_id = any($4))
        and kind <> 'withdrawn' and (cardinality($5::text[]) = 0 or kind = any($5))
        and (cardinality($6::smallint[]) = 0 or days = any($6))
        and (date, location_id) > ($2, $7)
        and superseded_on = 'infinity' and $8::date is null
    order by date, location_id
    limit $9
    "#;

/// What stood at the end of the day `$8`.
const THEN: &str = r#"
    select location_id, date, days, new_cases, kind, as_of
    from observations
    where tenant_id = $1 and date between $2 and $3
        and (cardinality($4::text[]) = 0 or location_id = any($4))
        and kind <> 'withdrawn' and (cardinality($5::text[]) = 0 or kind = any($5))
        and (cardinality($6::smallint[]) = 0 or days = any($6))
        and (date, location_id) > ($2, $7)
        and as_of <= $8 and superseded_on > $8
    order by date, location_id
    limit $9
    "#;

/// The observations that are wanted, by day and location.
pub async fn observations(tx: &mut TenantTx, wanted: &Wanted) -> Result<Vec<Observation>> {
    let locations: Vec<&str> = wanted.locations.iter().map(LocationId::as_str).collect();
    let mut from = wanted.from.unwrap_or(FIRST_DAY);
    // No location id is empty, so all of the first day come after it.
    let mut after = "";
    if let Some((date, location)) = &wanted.after
        && *date >= from
    {
        from = *date;
        after = location.as_str();
    }
    let (tenant, connection) = tx.parts();
    let rows = sqlx::query_as(if wanted.as_of.is_some() { THEN } else { NOW })
        .bind(tenant)
        .bind(from)
        .bind(wanted.to.unwrap_or(LAST_DAY))
        .bind(locations)
        .bind(&wanted.kinds)
        .bind(&wanted.days)
        .bind(after)
        .bind(wanted.as_of)
        .bind(i64::from(wanted.limit))
        .fetch_all(connection)
        .await?;
    Ok(rows)
}

/// Changes whenever the department's observations may have: how many uploads were accepted, of
/// which there is one more with each, taking one back included. Notes that exclude days count
/// by when they were written, since what is incomplete is learnt without those days.
pub async fn edition(tx: &mut TenantTx) -> Result<i64> {
    let (tenant, connection) = tx.parts();
    let accepted = sqlx::query_scalar(
        r#"
        select (select count(*) from uploads where tenant_id = $1 and status = 'accepted')
            + coalesce(sum((extract(epoch from created_at) * 1000)::bigint), 0)::bigint
        from annotations
        where tenant_id = $1 and excluded_from_fitting and removed_at is null
        "#,
    )
    .bind(tenant)
    .fetch_one(connection)
    .await?;
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn the_last_seven_reported_days_are_incomplete() {
        let of = |date: &str, days| Observation {
            location_id: "north".into(),
            date: day(date),
            days,
            new_cases: Some(1),
            kind: "count".into(),
            as_of: day("2026-03-31"),
        };
        let latest = day("2026-03-30");
        for (observation, incomplete) in [
            (of("2026-03-30", 1), true),
            (of("2026-03-24", 1), true),
            (of("2026-03-23", 1), false),
            // A week is as young as its last day.
            (of("2026-03-18", 7), true),
            (of("2026-03-17", 7), false),
        ] {
            assert_eq!(
                observation.is_incomplete(latest, &Completeness::unknown(latest)),
                incomplete,
                "{observation:?}"
            );
        }
    }
}
