//! Releases: weekly counts that leave the department, for whoever has the link.
//!
//! What is released is drawn up once, without small numbers, and stored as it is shown. So no
//! question to a release can be one more than it answers, and a later revision does not tell, by
//! what changed, what was hidden before. Weeks and places are always whole, and all of them: two
//! releases of other days show the same of a week that is in both.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Location, Window, suppression::suppress, weeks::monday};
use crate::{
    Error, Result,
    access::invitation::Token,
    audit,
    clock::Now,
    database::Gate,
    tenancy::{Tenant, TenantId, TenantTx},
};

/// The most weeks in one release.
pub const LONGEST: usize = 520;

/// For how many days a link can be opened.
pub const SHORTEST_LIFE: i64 = 1;
/// See [`SHORTEST_LIFE`].
pub const LONGEST_LIFE: i64 = 730;

/// What is shown of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// As it was reported.
    Count(i64),
    /// Left out, because it is small or would give a small one away.
    Hidden,
    /// Not every day of the week was reported, so there is no count of the week.
    Incomplete,
}

impl Shown {
    /// The count, where it is shown.
    pub fn count(self) -> Option<i64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Hidden | Self::Incomplete => None,
        }
    }
}

/// A week as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// Its Monday.
    pub monday: NaiveDate,
    /// New cases in each of the places, in their order.
    pub new_cases: Vec<Shown>,
    /// New cases in all places whose week is complete.
    pub total: Shown,
}

/// Everything that a release shows. There is nothing else in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The smallest count that is shown.
    pub threshold: u32,
    /// The day on which it was drawn up.
    pub drawn_up_on: NaiveDate,
    /// The places' names, in the order of their counts.
    pub places: Vec<String>,
    /// The weeks, oldest first.
    pub weeks: Vec<Week>,
}

impl Figures {
    /// How many counts of places and weeks are left out.
    pub fn hidden(&self) -> usize {
        let cells = self.weeks.iter().flat_map(|week| &week.new_cases);
        cells.filter(|cell| **cell == Shown::Hidden).count()
    }

    /// From the first Monday to the last Sunday.
    pub fn window(&self) -> Option<Window> {
        let (first, last) = (self.weeks.first()?, self.weeks.last()?);
        Window::new(first.monday, last.monday + Days::new(6)).ok()
    }
}

/// A release, as its department lists it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Release {
    /// Its id.
    pub release_id: Uuid,
    /// What it shows.
    pub figures: Json<Figures>,
    /// When it was made.
    pub released_at: Now,
    /// By whom.
    pub released_by: String,
    /// Until when its link opens.
    pub expires_at: Now,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<Now>,
    /// By whom.
    pub withdrawn_by: Option<String>,
}

/// The whole ISO weeks within `window` that had ended by the latest reported day.
pub fn weeks_within(window: Window, reported: Window) -> Vec<NaiveDate> {
    let Some(window) = window.within(reported) else {
        return Vec::new();
    };
    let whole = |day: &NaiveDate| monday(*day) == *day && *day + Days::new(6) <= window.last();
    window.iter().filter(whole).collect()
}

/// New cases of the places and ISO weeks from `$2` to `$3` of `$1`: of those alone that reported a
/// whole week, or each of its days, and withheld nothing. A report of a week that begins on a
/// Sunday belongs to the ISO week that holds six of its days.
const WHOLE_WEEKS: &str = r#"
    select location_id, monday,
        coalesce(sum(new_cases) filter (where days = 7), sum(new_cases))::bigint as new_cases
    from (
        select location_id, days, new_cases,
            date_trunc('week', date + case days when 7 then 3 else 0 end)::date as monday
        from observations
        where tenant_id = $1 and date between $2 - 3 and $3 and kind <> 'withdrawn'
            and superseded_on = 'infinity'
    ) reported
    where monday between $2 and $3
    group by location_id, monday
    having count(*) = count(new_cases)
        and (count(*) filter (where days = 7) = 1 or count(*) filter (where days = 1) = 7)
    "#;

/// Draws up what of `weeks` may be shown, with counts below `threshold` left out.
pub async fn draw_up(
    tx: &mut TenantTx,
    places: &[Location],
    weeks: &[NaiveDate],
    threshold: u32,
    now: Now,
) -> Result<Figures> {
    let (tenant, connection) = tx.parts();
    let rows: Vec<(String, NaiveDate, i64)> = match (weeks.first(), weeks.last()) {
        (Some(first), Some(last)) => {
            sqlx::query_as(WHOLE_WEEKS)
                .bind(tenant)
                .bind(first)
                .bind(*last + Days::new(6))
                .fetch_all(connection)
                .await?
        }
        _ => Vec::new(),
    };
    let counts: BTreeMap<(&str, NaiveDate), i64> = rows
        .iter()
        .map(|(place, monday, count)| ((place.as_str(), *monday), *count))
        .collect();
    let weeks = weeks.iter().map(|&monday| {
        let counts: Vec<Option<i64>> = places
            .iter()
            .map(|place| counts.get(&(place.location_id.as_str(), monday)).copied())
            .collect();
        show(monday, &counts, threshold)
    });
    Ok(Figures {
        threshold,
        drawn_up_on: now.date_naive(),
        places: names(places),
        weeks: weeks.collect(),
    })
}

/// Names, each told from the others: two places may have the same.
fn names(places: &[Location]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let name = |place: &Location| match seen.insert(place.name.clone()) {
        true => place.name.clone(),
        false => format!("{} ({})", place.name, place.location_id),
    };
    places.iter().map(name).collect()
}

/// A week's counts as they may be shown; `None` where the week of a place is not complete.
fn show(monday: NaiveDate, counts: &[Option<i64>], threshold: u32) -> Week {
    let complete: Vec<i64> = counts.iter().flatten().copied().collect();
    let shown = suppress(&complete, threshold);
    let of = |count: Option<i64>| count.map_or(Shown::Hidden, Shown::Count);
    let mut cells = shown.counts.iter();
    let new_cases = counts
        .iter()
        .map(|count| match count {
            None => Shown::Incomplete,
            Some(_) => of(cells.next().copied().flatten()),
        })
        .collect();
    let total = match complete.is_empty() {
        true => Shown::Incomplete,
        false => of(shown.total),
    };
    Week {
        monday,
        new_cases,
        total,
    }
}

/// Releases figures until `expires_at`, once: the same submission again changes nothing and has
/// no link, since the first had it.
pub async fn release(
    tx: &mut TenantTx,
    id: Uuid,
    figures: &Figures,
    days: i64,
    by: &str,
    now: Now,
) -> Result<Option<Token>> {
    if !(SHORTEST_LIFE..=LONGEST_LIFE).contains(&days) {
        return Err(Error::Invalid(format!(
            "a link can be opened for {SHORTEST_LIFE} to {LONGEST_LIFE} days"
        )));
    }
    let Some(window) = figures.window() else {
        return Err(Error::Invalid(
            "there is no whole week in these days that has been reported; choose others".into(),
        ));
    };
    if figures.weeks.len() > LONGEST {
        return Err(Error::Invalid(format!(
            "a release has at most {LONGEST} weeks; choose fewer"
        )));
    }
    let token = Token::new(now + TimeDelta::days(days))?;
    let (tenant, connection) = tx.parts();
    let made = sqlx::query(
        r#"
        insert into releases (
            tenant_id, release_id, token_hash, figures, released_at, released_by, expires_at
        )
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict do nothing
        "#,
    )
    .bind(tenant)
    .bind(id)
    .bind(token.hash())
    .bind(Json(figures))
    .bind(now)
    .bind(by)
    .bind(token.until())
    .execute(connection)
    .await?;
    if made.rows_affected() == 0 {
        return Ok(None);
    }
    audit::record_own(tx, now, by, "release.made", &subject(window, id)).await?;
    Ok(Some(token))
}

/// Withdraws a release: its link opens no more. It cannot be taken back.
///
/// # Errors
/// [`Error::NotFound`] for one that the department does not have.
pub async fn withdraw(tx: &mut TenantTx, id: Uuid, by: &str, now: Now) -> Result<()> {
    let (tenant, connection) = tx.parts();
    let figures: Option<Json<Figures>> =
        sqlx::query_scalar("select figures from releases where tenant_id = $1 and release_id = $2")
            .bind(tenant)
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    let figures = figures.ok_or(Error::NotFound("release"))?;
    let withdrawn = sqlx::query(
        r#"
        update releases
        set withdrawn_at = $3, withdrawn_by = $4
        where tenant_id = $1 and release_id = $2 and withdrawn_at is null
        "#,
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .bind(by)
    .execute(connection)
    .await?;
    match figures.window() {
        Some(window) if withdrawn.rows_affected() > 0 => {
            audit::record_own(tx, now, by, "release.withdrawn", &subject(window, id)).await
        }
        _ => Ok(()),
    }
}

fn subject(window: Window, id: Uuid) -> String {
    format!("{} to {}, {id}", window.first(), window.last())
}

/// All releases of a department, the latest first.
pub async fn all(tx: &mut TenantTx) -> Result<Vec<Release>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select release_id, figures, released_at, released_by, expires_at, withdrawn_at, withdrawn_by
        from releases
        where tenant_id = $1
        order by released_at desc, release_id
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?)
}

/// Whose release a link opens, and which.
///
/// # Errors
/// [`Error::NotFound`] where it opens none: it never was, has expired, or was withdrawn.
pub async fn find(gate: &mut Gate, token: &str, now: Now) -> Result<(Tenant, Uuid)> {
    let found: Option<(String, String, bool, Uuid)> = sqlx::query_as(
        r#"
        select t.tenant_id, t.name, t.simulated, r.release_id
        from releases r
        join tenants t on t.tenant_id = r.tenant_id
        where r.token_hash = $1 and r.withdrawn_at is null and r.expires_at > $2
        "#,
    )
    .bind(Token::hash_of(token))
    .bind(now)
    .fetch_optional(gate.conn())
    .await?;
    let (id, name, simulated, release) = found.ok_or(Error::NotFound(
        "release; its link may have expired or been withdrawn, so ask the department for another",
    ))?;
    let tenant = Tenant {
        id: TenantId::parse(&id)?,
        name,
        simulated,
    };
    Ok((tenant, release))
}

/// What a release shows.
pub async fn read(tx: &mut TenantTx, id: Uuid) -> Result<Figures> {
    let (tenant, connection) = tx.parts();
    let figures: Option<Json<Figures>> = sqlx::query_scalar(
        "select figures from releases where tenant_id = $1 and release_id = $2 and withdrawn_at is null",
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(connection)
    .await?;
    figures
        .map(|Json(figures)| figures)
        .ok_or(Error::NotFound("release"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn only_weeks_that_are_whole_and_reported_are_released() {
        let asked = Window::new(day("2026-03-03"), day("2026-03-31")).expect("in order");
        let reported = Window::new(day("2026-01-01"), day("2026-03-24")).expect("in order");
        assert_eq!(
            weeks_within(asked, reported),
            [day("2026-03-09"), day("2026-03-16")]
        );
    }

    #[test]
    fn a_week_that_is_not_complete_is_no_zero_and_stands_in_no_total() {
        let week = show(day("2026-03-09"), &[Some(40), None, Some(0)], 11);
        assert_eq!(
            week.new_cases,
            [Shown::Count(40), Shown::Incomplete, Shown::Count(0)]
        );
        assert_eq!(week.total, Shown::Count(40));
    }
}
