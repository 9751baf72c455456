//! What the platform costs, as administrators enter it, and who bears it.

use std::collections::HashMap;

use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use uuid::Uuid;

use super::{
    attribution::{Cost, Driver, Measured, Rest, Share, attribute},
    money::{Currency, to_the_cent},
    month::Month,
    plans::open,
};
use crate::{Error, Result, audit, clock::Now, database::OperatorTx};

/// A line of the platform's cost in a month.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct CostLine {
    /// Its id.
    pub cost_id: Uuid,
    /// For what: servers, database, staff.
    pub name: String,
    /// In which currency.
    pub currency: String,
    /// How much.
    pub amount: Decimal,
    /// What it is split by.
    pub driver: String,
    /// How much there was to use of that.
    pub capacity: Option<Decimal>,
    /// How the rest is split.
    pub rest: String,
}

impl CostLine {
    fn cost(&self) -> Result<Cost> {
        let driver = Driver::ALL
            .into_iter()
            .find(|driver| driver.as_str() == self.driver);
        let rest = Rest::ALL
            .into_iter()
            .find(|rest| rest.as_str() == self.rest);
        let (Some(driver), Some(rest)) = (driver, rest) else {
            return Err(Error::internal("a cost of an unknown kind"));
        };
        let cents = (to_the_cent(self.amount) * Decimal::ONE_HUNDRED).to_i64();
        Ok(Cost {
            cents: cents.ok_or_else(|| Error::internal("a cost beyond counting"))?,
            driver,
            capacity: self.capacity,
            rest,
        })
    }
}

/// A line of cost that is to be entered.
#[derive(Clone, Debug)]
pub struct NewCost<'a> {
    /// The month in which it arose.
    pub month: Month,
    /// For what.
    pub name: &'a str,
    /// In which currency.
    pub currency: Currency,
    /// How much.
    pub amount: Decimal,
    /// What it is split by.
    pub driver: Driver,
    /// How much there was to use of that.
    pub capacity: Option<Decimal>,
    /// How the rest is split.
    pub rest: Rest,
}

/// The lines of a month, in the order in which they were entered.
///
/// # Errors
/// When the database refuses.
pub async fn lines(tx: &mut OperatorTx, month: Month) -> Result<Vec<CostLine>> {
    Ok(sqlx::query_as(
        r#"
        select cost_id, name, currency, amount, driver, capacity, rest
        from platform_costs
        where month = $1 and removed_at is null
        order by created_at, cost_id
        "#,
    )
    .bind(month.first())
    .fetch_all(tx.conn())
    .await?)
}

/// Enters a line.
///
/// # Errors
/// [`Error::Invalid`] where the month is closed, or has lines in another currency.
pub async fn enter(tx: &mut OperatorTx, cost: &NewCost<'_>, by: &str, now: Now) -> Result<Uuid> {
    open(tx, cost.month).await?;
    if let Some(other) = lines(tx, cost.month)
        .await?
        .iter()
        .find(|line| line.currency != cost.currency.code())
    {
        return Err(Error::Invalid(format!(
            "the costs of a month are in one currency, and those of {} are in {}",
            cost.month, other.currency
        )));
    }
    let cost_id = Uuid::now_v7();
    sqlx::query(
        r#"
        insert into platform_costs (
            cost_id, month, name, currency, amount, driver, capacity, rest, created_at, created_by
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
    )
    .bind(cost_id)
    .bind(cost.month.first())
    .bind(cost.name)
    .bind(cost.currency.code())
    .bind(to_the_cent(cost.amount))
    .bind(cost.driver.as_str())
    .bind(cost.capacity)
    .bind(cost.rest.as_str())
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    let subject = format!(
        "{} in {}: {} {}",
        cost.name, cost.month, cost.amount, cost.currency
    );
    audit::record_platform(tx, now, by, "cost.entered", &subject).await?;
    Ok(cost_id)
}

/// Removes a line of a month that is open. It is kept, with who removed it.
///
/// # Errors
/// [`Error::NotFound`] where there is no such line, it is removed already, or its month is closed.
pub async fn remove(tx: &mut OperatorTx, cost_id: Uuid, by: &str, now: Now) -> Result<()> {
    let removed = sqlx::query(
        "update platform_costs set removed_at = $2, removed_by = $3 where cost_id = $1 and removed_at is null",
    )
    .bind(cost_id)
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    if removed.rows_affected() == 0 {
        return Err(Error::NotFound("cost in an open month"));
    }
    audit::record_platform(tx, now, by, "cost.removed", &cost_id.to_string()).await
}

/// What a department was measured to use in a month.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct UsedBy {
    /// The department.
    pub tenant_id: String,
    /// Its name.
    pub name: String,
    /// Milliseconds of processors: of runs, and of requests outside the database.
    pub processor_ms: Decimal,
    /// Milliseconds of the database.
    pub database_ms: Decimal,
    /// Megabytes stored, summed over days.
    pub megabyte_days: Decimal,
    /// Calls of programs.
    pub calls: i64,
    /// Runs of the model.
    pub runs: i64,
    /// Pages of people.
    pub pages: i64,
}

impl UsedBy {
    /// What cost is split by.
    pub fn measured(&self) -> Measured {
        Measured {
            processor_ms: self.processor_ms,
            database_ms: self.database_ms,
            megabyte_days: self.megabyte_days,
        }
    }
}

/// What every department that was there used in a month, by id.
///
/// # Errors
/// When the database refuses.
pub async fn used(tx: &mut OperatorTx, month: Month) -> Result<Vec<UsedBy>> {
    Ok(sqlx::query_as(
        r#"
        select t.tenant_id, t.name,
            -- A cost unit of a run is ten milliseconds.
            coalesce(sum(case u.event_type
                when 'enkf_run' then u.cost_units * 10
                when 'data_stored' then 0
                else u.duration_ms - u.database_ms
            end), 0) as processor_ms,
            coalesce(sum(u.database_ms), 0)::numeric as database_ms,
            coalesce(sum(u.cost_units) filter (where u.event_type = 'data_stored'), 0) as megabyte_days,
            coalesce(sum(u.events) filter (where u.event_type = 'api_call'), 0)::bigint as calls,
            coalesce(sum(u.events) filter (where u.event_type = 'enkf_run'), 0)::bigint as runs,
            coalesce(sum(u.events) filter (where u.event_type = 'page_view'), 0)::bigint as pages
        from tenants t
        left join usage_days u on u.tenant_id = t.tenant_id and u.date >= $1 and u.date < $2
        where t.created_at < $3
        group by t.tenant_id, t.name
        order by t.tenant_id
        "#,
    )
    .bind(month.first())
    .bind(month.end())
    .bind(month.ends_at())
    .fetch_all(tx.conn())
    .await?)
}

/// Who bears what of a month's cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// The lines of cost.
    pub costs: Vec<CostLine>,
    /// The departments, and what they used.
    pub departments: Vec<UsedBy>,
    /// What each department bears of each cost: by cost, then by department.
    pub shares: Vec<Vec<Share>>,
}

impl Attribution {
    /// What a department bears of all costs together, by its place in the list.
    pub fn of(&self, department: usize) -> Share {
        let mut sum = Share::default();
        for shares in &self.shares {
            sum += shares.get(department).copied().unwrap_or_default();
        }
        sum
    }
}

/// Who bears what of a month's cost: as it was written down when the month was closed, or by what
/// is measured so far.
///
/// # Errors
/// When the database refuses.
pub async fn attribution(tx: &mut OperatorTx, month: Month) -> Result<Attribution> {
    let mut attribution = measured(tx, month).await?;
    let written: Vec<(String, Uuid, Decimal, Decimal, Decimal)> = sqlx::query_as(
        "select tenant_id, cost_id, direct, idle, shared from attributions where month = $1",
    )
    .bind(month.first())
    .fetch_all(tx.conn())
    .await?;
    let cents = |amount: Decimal| (amount * Decimal::ONE_HUNDRED).to_i64().unwrap_or_default();
    let written: HashMap<(&str, Uuid), Share> = written
        .iter()
        .map(|(tenant, cost, direct, idle, shared)| {
            let share = Share {
                direct: cents(*direct),
                idle: cents(*idle),
                shared: cents(*shared),
            };
            ((tenant.as_str(), *cost), share)
        })
        .collect();
    for (cost, shares) in attribution.costs.iter().zip(&mut attribution.shares) {
        for (department, share) in attribution.departments.iter().zip(shares) {
            if let Some(known) = written.get(&(department.tenant_id.as_str(), cost.cost_id)) {
                *share = *known;
            }
        }
    }
    Ok(attribution)
}

async fn measured(tx: &mut OperatorTx, month: Month) -> Result<Attribution> {
    let costs = lines(tx, month).await?;
    let departments = used(tx, month).await?;
    let split: Vec<Cost> = costs.iter().map(CostLine::cost).collect::<Result<_>>()?;
    let measured: Vec<Measured> = departments.iter().map(UsedBy::measured).collect();
    Ok(Attribution {
        shares: attribute(&split, &measured),
        costs,
        departments,
    })
}

/// Writes down who bears what of a month that is being closed.
pub(super) async fn write_down(tx: &mut OperatorTx, month: Month) -> Result<()> {
    let attribution = measured(tx, month).await?;
    let (mut tenants, mut costs) = (Vec::new(), Vec::new());
    let mut parts: [Vec<Decimal>; 3] = Default::default();
    for (cost, shares) in attribution.costs.iter().zip(&attribution.shares) {
        for (department, share) in attribution.departments.iter().zip(shares) {
            tenants.push(department.tenant_id.as_str());
            costs.push(cost.cost_id);
            for (column, cents) in parts
                .iter_mut()
                .zip([share.direct, share.idle, share.shared])
            {
                column.push(Decimal::new(cents, 2));
            }
        }
    }
    let wanted = tenants.len();
    let [direct, idle, shared] = parts;
    let stored = sqlx::query(
        r#"
        insert into attributions (tenant_id, month, cost_id, direct, idle, shared)
        select tenant_id, $1, cost_id, direct, idle, shared
        from unnest($2::text[], $3::uuid[], $4::numeric[], $5::numeric[], $6::numeric[])
            row (tenant_id, cost_id, direct, idle, shared)
        on conflict do nothing
        "#,
    )
    .bind(month.first())
    .bind(tenants)
    .bind(costs)
    .bind(direct)
    .bind(idle)
    .bind(shared)
    .execute(tx.conn())
    .await?;
    super::closing::whole(stored.rows_affected(), wanted)
}
