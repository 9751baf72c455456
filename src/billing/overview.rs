//! All departments' statements of a month, side by side, for administrators.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    correction::all_due,
    money::Currency,
    month::Month,
    plans::Prices,
    statement::{Statement, closed_of},
    usage::counted,
};
use crate::{Result, database::OperatorTx, tenancy::TenantId};

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
    of(tx, None, month).await
}

/// The month of one department; none where it was not there yet.
///
/// # Errors
/// As [`months`].
pub async fn month_of(
    tx: &mut OperatorTx,
    tenant: &TenantId,
    month: Month,
) -> Result<Option<DepartmentMonth>> {
    Ok(of(tx, Some(tenant.as_str()), month).await?.pop())
}

async fn of(tx: &mut OperatorTx, only: Option<&str>, month: Month) -> Result<Vec<DepartmentMonth>> {
    let tenants: Vec<(String, String)> = sqlx::query_as(
        "select tenant_id, name from tenants
         where created_at < $1 and ($2::text is null or tenant_id = $2)
         order by tenant_id",
    )
    .bind(month.ends_at())
    .bind(only)
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<&str> = tenants.iter().map(|(id, _)| id.as_str()).collect();
    let mut used = counted(tx, &ids, month).await?;
    let mut closed: HashMap<String, Statement> = closed_of(tx, &ids, month)
        .await?
        .into_iter()
        .map(|statement| (statement.tenant_id.clone(), statement))
        .collect();
    let prices = Prices::read_all(tx, month).await?;
    let due = all_due(tx, month).await?;
    let mut all = Vec::with_capacity(tenants.len());
    for (tenant, name) in tenants {
        let used = used.remove(&tenant).unwrap_or_default();
        let statement = match closed.remove(&tenant) {
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
