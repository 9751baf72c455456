//! All departments' statements of a month, side by side, for administrators.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    closing::OfTenant,
    correction::all_due,
    money::Currency,
    month::Month,
    plans::Prices,
    prices::Quantity,
    statement::{Statement, closed_of},
};
use crate::{Result, database::OperatorTx};

/// A department's month.
#[derive(Clone, Debug)]
pub struct DepartmentMonth {
    /// The department's name.
    pub name: String,
    /// Its statement, closed or so far.
    pub statement: Statement,
    /// Cost units, by event type.
    pub units: HashMap<String, Decimal>,
}

/// The months of all departments there were, by id: what is closed as it was closed, the rest as
/// it stands so far.
///
/// # Errors
/// When the database refuses, and when a closed statement is not what was closed.
pub async fn months(tx: &mut OperatorTx, month: Month) -> Result<Vec<DepartmentMonth>> {
    let tenants: Vec<(String, String)> = sqlx::query_as(
        "select tenant_id, name from tenants where created_at < $1 order by tenant_id",
    )
    .bind(month.ends_at())
    .fetch_all(tx.conn())
    .await?;
    let rows: Vec<OfTenant> = sqlx::query_as(
        r#"
        select tenant_id, event_type, outcome, sum(events)::bigint as events, sum(cost_units) as cost_units
        from usage_days
        where date >= $1 and date < $2 and event_type <> 'page_view'
        group by 1, 2, 3
        "#,
    )
    .bind(month.first())
    .bind(month.end())
    .fetch_all(tx.conn())
    .await?;
    let mut used: HashMap<String, Vec<Quantity>> = HashMap::new();
    for OfTenant {
        tenant_id,
        quantity,
    } in rows
    {
        used.entry(tenant_id).or_default().push(quantity);
    }
    let is_closed = is_closed(tx, month).await?;
    let prices = Prices::read_all(tx, month).await?;
    let due = all_due(tx, month).await?;
    let mut all = Vec::with_capacity(tenants.len());
    for (tenant, name) in tenants {
        let used = used.remove(&tenant).unwrap_or_default();
        let closed = if is_closed {
            closed_of(tx, &tenant, month).await?
        } else {
            None
        };
        let statement = match closed {
            Some(closed) => closed,
            None => {
                let due: Vec<_> = due
                    .iter()
                    .filter(|due| due.tenant_id == tenant)
                    .cloned()
                    .collect();
                Statement::of(&tenant, month, prices.of(&tenant)?, &used, &due)
            }
        };
        let mut units: HashMap<String, Decimal> = HashMap::new();
        for quantity in used {
            *units.entry(quantity.event_type).or_default() += quantity.cost_units;
        }
        all.push(DepartmentMonth {
            name,
            statement,
            units,
        });
    }
    Ok(all)
}

/// Whether a month is closed.
///
/// # Errors
/// When the database refuses.
pub async fn is_closed(tx: &mut OperatorTx, month: Month) -> Result<bool> {
    let closed: Option<NaiveDate> =
        sqlx::query_scalar("select month from closed_months where month = $1")
            .bind(month.first())
            .fetch_optional(tx.conn())
            .await?;
    Ok(closed.is_some())
}

/// What all statements add up to, by currency.
pub fn totals(all: &[DepartmentMonth]) -> Vec<(Currency, Decimal)> {
    let mut totals: Vec<(Currency, Decimal)> = Vec::new();
    for department in all {
        let statement = &department.statement;
        match totals
            .iter_mut()
            .find(|(currency, _)| *currency == statement.currency)
        {
            Some((_, sum)) => *sum += statement.total,
            None => totals.push((statement.currency, statement.total)),
        }
    }
    totals
}
