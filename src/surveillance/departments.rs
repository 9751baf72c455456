//! All departments side by side, for administrators.

use chrono::NaiveDate;

use super::Window;
use crate::{Result, database::OperatorTx};

/// A department's reports, as the administrators' page shows them.
#[derive(Clone, Debug, PartialEq)]
pub struct Department {
    /// Its id.
    pub tenant_id: String,
    /// Its name.
    pub name: String,
    /// True where the data is simulated.
    pub simulated: bool,
    /// The latest day ever reported, if any was.
    pub latest: Option<NaiveDate>,
    /// New cases by day of the window; `None` where none of its locations reported.
    pub days: Vec<(NaiveDate, Option<i64>)>,
}

impl Department {
    /// New cases in the seven days that end with the latest one reported in the window.
    pub fn last_seven(&self) -> Option<i64> {
        self.sum_of_week(0)
    }

    /// The change from the seven days before, as a share of those.
    pub fn change(&self) -> Option<f64> {
        let (last, previous) = (
            self.sum_of_week(0)?,
            self.sum_of_week(7).filter(|sum| *sum > 0)?,
        );
        Some((last - previous) as f64 / previous as f64)
    }

    fn sum_of_week(&self, days_ago: u64) -> Option<i64> {
        let (latest, _) = self
            .days
            .iter()
            .rfind(|(_, new_cases)| new_cases.is_some())?;
        let last = latest.checked_sub_days(chrono::Days::new(days_ago))?;
        let week = Window::ending(last, 7);
        let mut reported = self
            .days
            .iter()
            .filter(|(day, _)| week.first() <= *day && *day <= week.last())
            .filter_map(|(_, new_cases)| *new_cases)
            .peekable();
        reported.peek()?;
        Some(reported.sum())
    }
}

/// A department and the latest day it reported.
#[derive(sqlx::FromRow)]
struct Freshness {
    tenant_id: String,
    name: String,
    simulated: bool,
    latest: Option<NaiveDate>,
}

/// Every department by name, with its `days` days up to `last` or, without one, up to the
/// latest day that any of them reported.
pub async fn departments(
    tx: &mut OperatorTx,
    last: Option<NaiveDate>,
    days: u64,
) -> Result<(Option<Window>, Vec<Department>)> {
    // The latest day of each is one step into the index of current values.
    let freshness: Vec<Freshness> = sqlx::query_as(
        r#"
        select t.tenant_id, t.name, t.simulated, latest.date as latest
        from tenants t
        left join lateral (
            select o.date
            from observations o
            where o.tenant_id = t.tenant_id and o.superseded_on = 'infinity' and o.kind <> 'withdrawn'
            order by o.date desc
            limit 1
        ) latest on true
        order by t.name, t.tenant_id
        "#,
    )
    .fetch_all(tx.conn())
    .await?;
    let Some(last) = last.or_else(|| freshness.iter().filter_map(|tenant| tenant.latest).max())
    else {
        let silent = |tenant: Freshness| Department {
            tenant_id: tenant.tenant_id,
            name: tenant.name,
            simulated: tenant.simulated,
            latest: None,
            days: Vec::new(),
        };
        return Ok((None, freshness.into_iter().map(silent).collect()));
    };
    let window = Window::ending(last, days);
    let counts: Vec<(String, NaiveDate, i64)> = sqlx::query_as(
        r#"
        select tenant_id, date, sum(new_cases)
        from observations
        where superseded_on = 'infinity' and date between $1 and $2
            and days = 1 and kind in ('count', 'correction')
        group by tenant_id, date
        order by tenant_id collate "C", date
        "#,
    )
    .bind(window.first())
    .bind(window.last())
    .fetch_all(tx.conn())
    .await?;
    let departments = freshness
        .into_iter()
        .map(|tenant| {
            let from = counts.partition_point(|(id, ..)| *id < tenant.tenant_id);
            let mut own = counts[from..]
                .iter()
                .take_while(|(id, ..)| *id == tenant.tenant_id)
                .peekable();
            let days = window
                .iter()
                .map(|day| {
                    (
                        day,
                        own.next_if(|(_, date, _)| *date == day)
                            .map(|(.., new_cases)| *new_cases),
                    )
                })
                .collect();
            Department {
                tenant_id: tenant.tenant_id,
                name: tenant.name,
                simulated: tenant.simulated,
                latest: tenant.latest,
                days,
            }
        })
        .collect();
    Ok((Some(window), departments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departments_last_week_ends_with_its_own_latest_report() {
        let window = Window::ending("2026-03-21".parse().unwrap_or_default(), 21);
        let days: Vec<_> = window
            .iter()
            .enumerate()
            .map(|(at, day)| (day, (at < 18).then_some(2)))
            .collect();
        let department = Department {
            tenant_id: "alder".into(),
            name: "Alder".into(),
            simulated: false,
            latest: Some(days[17].0),
            days,
        };
        assert_eq!(
            (department.last_seven(), department.change()),
            (Some(14), Some(0.0))
        );
    }
}
