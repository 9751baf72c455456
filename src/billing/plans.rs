//! Plans, their price lists, and by which a department pays.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::{
    money::Currency,
    month::Month,
    prices::{PriceList, Tier},
};
use crate::{
    Error, Result, audit,
    clock::Now,
    database::OperatorTx,
    tenancy::{TenantId, TenantTx},
};

/// The plan by which a department pays with which nothing else was agreed.
pub const USUAL: &str = "standard";

/// From when on the first price list holds, which came with the schema.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day");

/// The prices of a month, and who pays by which.
#[derive(Debug)]
pub struct Prices {
    lists: BTreeMap<String, PriceList>,
    plans: HashMap<String, String>,
}

impl Prices {
    /// The prices that hold in a month for this department.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn read(tx: &mut TenantTx, month: Month) -> Result<Self> {
        read(tx.parts().1, month).await
    }

    /// The prices that hold in a month for all departments.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn read_all(tx: &mut OperatorTx, month: Month) -> Result<Self> {
        read(tx.conn(), month).await
    }

    /// By which this department pays.
    ///
    /// # Errors
    /// When there is none, not even the usual one, which is our fault.
    pub fn of(&self, tenant: &str) -> Result<&PriceList> {
        let agreed = self.plans.get(tenant).and_then(|plan| self.lists.get(plan));
        agreed
            .or_else(|| self.lists.get(USUAL))
            .ok_or_else(|| Error::internal("the usual plan has no prices"))
    }

    /// All price lists, by plan.
    pub fn lists(&self) -> impl Iterator<Item = &PriceList> {
        self.lists.values()
    }
}

#[derive(sqlx::FromRow)]
struct ListRow {
    plan_id: String,
    name: String,
    valid_from: NaiveDate,
    revision: i32,
    currency: String,
    minimum: Decimal,
    refused_share: Decimal,
    failed_share: Decimal,
}

/// What the hat of this connection may see: the operator all plans, a department its own.
async fn read(connection: &mut PgConnection, month: Month) -> Result<Prices> {
    // Before the first price list there was no platform; whoever asks is told the first prices.
    let first = month.first().max(FIRST);
    let plans: Vec<(String, String)> = sqlx::query_as(
        r#"
        select distinct on (tenant_id) tenant_id, plan_id
        from tenant_plans
        where valid_from <= $1
        order by tenant_id, valid_from desc, revision desc
        "#,
    )
    .bind(first)
    .fetch_all(&mut *connection)
    .await?;
    let rows: Vec<ListRow> = sqlx::query_as(
        r#"
        select distinct on (plan_id) plan_id, p.name, l.valid_from, l.revision, l.currency, l.minimum,
            l.refused_share, l.failed_share
        from price_lists l
        join plans p using (plan_id)
        where l.valid_from <= $1
        order by plan_id, l.valid_from desc, l.revision desc
        "#,
    )
    .bind(first)
    .fetch_all(&mut *connection)
    .await?;
    let tiers: Vec<(String, NaiveDate, i32, String, Decimal, Decimal)> = sqlx::query_as(
        r#"
        select plan_id, valid_from, revision, event_type, above, unit_price
        from price_tiers
        where valid_from <= $1
        order by plan_id, valid_from, revision, event_type, above
        "#,
    )
    .bind(first)
    .fetch_all(connection)
    .await?;
    let mut lists = BTreeMap::new();
    for row in rows {
        let mut list = PriceList {
            plan_id: row.plan_id,
            name: row.name,
            valid_from: Month::of(row.valid_from),
            currency: Currency::parse(&row.currency)?,
            minimum: row.minimum,
            refused_share: row.refused_share,
            failed_share: row.failed_share,
            tiers: BTreeMap::new(),
        };
        for (plan, valid_from, revision, event_type, above, unit_price) in &tiers {
            if (plan, valid_from, revision) == (&list.plan_id, &row.valid_from, &row.revision) {
                let steps: &mut Vec<Tier> = list.tiers.entry(event_type.clone()).or_default();
                steps.push(Tier {
                    above: *above,
                    unit_price: *unit_price,
                });
            }
        }
        lists.insert(list.plan_id.clone(), list);
    }
    Ok(Prices {
        lists,
        plans: plans.into_iter().collect(),
    })
}

/// Every price list there ever was or will be, the latest first, with the revision that holds.
///
/// # Errors
/// When the database refuses.
pub async fn all_lists(tx: &mut OperatorTx) -> Result<Vec<PriceList>> {
    let months: Vec<NaiveDate> =
        sqlx::query_scalar("select distinct valid_from from price_lists order by 1 desc")
            .fetch_all(tx.conn())
            .await?;
    let mut all = Vec::new();
    for month in months.into_iter().map(Month::of) {
        let prices = Prices::read_all(tx, month).await?;
        all.extend(
            prices
                .lists
                .into_values()
                .filter(|list| list.valid_from == month),
        );
    }
    Ok(all)
}

/// Sets what a plan costs from a month on, and makes the plan where there is none of this id. What
/// was set for the same month before is superseded; what is closed stays as it was.
///
/// # Errors
/// [`Error::Invalid`] where the month is closed, or a number is not one that a price can be.
pub async fn set_prices(tx: &mut OperatorTx, list: &PriceList, by: &str, now: Now) -> Result<()> {
    open(tx, list.valid_from).await?;
    sqlx::query(
        "insert into plans (plan_id, name, created_at, created_by) values ($1, $2, $3, $4)
         on conflict (plan_id) do nothing",
    )
    .bind(&list.plan_id)
    .bind(&list.name)
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    let revision: i32 = sqlx::query_scalar(
        r#"
        insert into price_lists (
            plan_id, valid_from, revision, currency, minimum, refused_share, failed_share,
            created_at, created_by
        )
        select $1, $2, coalesce(max(revision), 0) + 1, $3, $4, $5, $6, $7, $8
        from price_lists
        where plan_id = $1 and valid_from = $2
        returning revision
        "#,
    )
    .bind(&list.plan_id)
    .bind(list.valid_from.first())
    .bind(list.currency.code())
    .bind(list.minimum)
    .bind(list.refused_share)
    .bind(list.failed_share)
    .bind(now)
    .bind(by)
    .fetch_one(tx.conn())
    .await?;
    for (event_type, tiers) in &list.tiers {
        for tier in tiers {
            sqlx::query("insert into price_tiers values ($1, $2, $3, $4, $5, $6)")
                .bind(&list.plan_id)
                .bind(list.valid_from.first())
                .bind(revision)
                .bind(event_type)
                .bind(tier.above)
                .bind(tier.unit_price)
                .execute(tx.conn())
                .await?;
        }
    }
    let subject = format!("plan {} from {}", list.plan_id, list.valid_from);
    audit::record_platform(tx, now, by, "prices.set", &subject).await
}

/// Lets a department pay by a plan from a month on.
///
/// # Errors
/// [`Error::Invalid`] where the month is closed or there is no such plan; [`Error::NotFound`] where
/// there is no such department.
pub async fn agree(
    tx: &mut OperatorTx,
    tenant: &TenantId,
    plan_id: &str,
    from: Month,
    by: &str,
    now: Now,
) -> Result<()> {
    open(tx, from).await?;
    is_there(tx, tenant).await?;
    sqlx::query(
        r#"
        insert into tenant_plans (tenant_id, valid_from, revision, plan_id, created_at, created_by)
        select $1, $2, coalesce(max(revision), 0) + 1, $3, $4, $5
        from tenant_plans
        where tenant_id = $1 and valid_from = $2
        "#,
    )
    .bind(tenant.as_str())
    .bind(from.first())
    .bind(plan_id)
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    let subject = format!("{plan_id} from {from}");
    audit::record(tx, tenant, now, by, "plan.agreed", &subject).await
}

/// Passes where there is such a department.
pub(super) async fn is_there(tx: &mut OperatorTx, tenant: &TenantId) -> Result<()> {
    let known: bool =
        sqlx::query_scalar("select exists (select from tenants where tenant_id = $1)")
            .bind(tenant.as_str())
            .fetch_one(tx.conn())
            .await?;
    if known {
        return Ok(());
    }
    Err(Error::NotFound("department"))
}

/// Passes where the month is not closed.
pub(super) async fn open(tx: &mut OperatorTx, month: Month) -> Result<()> {
    let closed: Option<NaiveDate> = sqlx::query_scalar("select max(month) from closed_months")
        .fetch_one(tx.conn())
        .await?;
    match closed.map(Month::of) {
        Some(closed) if month <= closed => Err(Error::Invalid(format!(
            "{month} is closed and stays as it is; the first month that can be changed is {}",
            closed.next()
        ))),
        _ => Ok(()),
    }
}
