//! What a department has used, by day.

use chrono::{Datelike as _, Months, NaiveDate, NaiveTime};

use crate::{Error, Result, tenancy::TenantTx};

/// A month, as UTC counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that a day is in.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// `2026-03` is a month.
    ///
    /// # Errors
    /// Says what a month looks like.
    pub fn parse(text: &str) -> Result<Self> {
        let first = (text.len() == 7).then(|| format!("{text}-01").parse().ok());
        first
            .flatten()
            .filter(|day: &NaiveDate| (1..=9999).contains(&day.year()))
            .map(Self)
            // Written in the one way in which we write it.
            .filter(|month| month.to_string() == text)
            .ok_or_else(|| Error::Invalid("a month is written like 2026-03".into()))
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// The first day of the next.
    pub fn end(self) -> NaiveDate {
        self.0.checked_add_months(Months::new(1)).unwrap_or(self.0)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// What was used of one kind on one day.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct DailyUse {
    /// The day, as UTC counts it.
    pub date: NaiveDate,
    /// `api_call`, `enkf_run` or `report_gen`.
    pub event_type: String,
    /// How many times.
    pub events: i64,
    /// How long all of it took, in milliseconds.
    pub duration_ms: i64,
    /// What it costs, in cost units.
    pub cost_units: f64,
}

/// What the department used in a month, by day and kind.
pub async fn usage(tx: &mut TenantTx, month: Month) -> Result<Vec<DailyUse>> {
    let (tenant, connection) = tx.parts();
    let rows = sqlx::query_as(
        r#"
        select (occurred_at at time zone 'UTC')::date as date, event_type, count(*) as events,
            sum(duration_ms)::bigint as duration_ms, sum(cost_units)::float8 as cost_units
        from usage_events
        where tenant_id = $1 and occurred_at >= $2 and occurred_at < $3
        group by 1, 2
        order by 1, 2
        "#,
    )
    .bind(tenant)
    .bind(month.first().and_time(NaiveTime::MIN).and_utc())
    .bind(month.end().and_time(NaiveTime::MIN).and_utc())
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() -> Result<()> {
        let month = Month::parse("2027-12")?;
        assert_eq!(
            month.first(),
            NaiveDate::from_ymd_opt(2027, 12, 1).unwrap_or_default()
        );
        assert_eq!(
            month.end(),
            NaiveDate::from_ymd_opt(2028, 1, 1).unwrap_or_default()
        );
        assert_eq!(month, Month::of("2027-12-31".parse().unwrap_or_default()));
        assert_eq!(month.to_string(), "2027-12");
        Ok(())
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in [
            "", "2026", "2026-13", "2026-00", "2026-3", "2026-003", "+2026-3", "0000-01",
        ] {
            assert!(Month::parse(text).is_err(), "{text}");
        }
    }
}
