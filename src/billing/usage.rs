//! What a department has used, by day.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{month::Month, prices::Quantity};
use crate::{Result, database::OperatorTx, tenancy::TenantTx};

/// What was used of one kind on one day, with one key and one outcome: a row of counts.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Use {
    /// The day, as UTC counts it.
    pub date: NaiveDate,
    /// `api_call`, `enkf_run`, `report_gen` or `data_stored`.
    pub event_type: String,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// The key; zeros where there was none.
    pub key_id: Uuid,
    /// The key's name; none for what was used without a key.
    pub name: Option<String>,
    /// How the key begins.
    pub prefix: Option<String>,
    /// How many times.
    pub events: i64,
    /// How long all of it took, in milliseconds.
    pub duration_ms: i64,
    /// What it costs, in cost units.
    pub cost_units: Decimal,
}

/// What the department used from one month to another, both included.
pub async fn uses(tx: &mut TenantTx, first: Month, last: Month) -> Result<Vec<Use>> {
    let (tenant, connection) = tx.parts();
    let rows = sqlx::query_as(
        r#"
        select u.date, u.event_type, u.outcome, u.key_id, k.name, k.prefix, u.events, u.duration_ms, u.cost_units
        from usage_days u
        left join api_keys k on k.tenant_id = $1 and k.key_id = u.key_id
        where u.tenant_id = $1 and u.date >= $2 and u.date < $3 and u.event_type <> 'page_view'
        order by u.date, u.event_type
        "#,
    )
    .bind(tenant)
    .bind(first.first())
    .bind(last.end())
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// What was used of one kind on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct DailyUse {
    /// The day, as UTC counts it.
    pub date: NaiveDate,
    /// `api_call`, `enkf_run`, `report_gen` or `data_stored`.
    pub event_type: String,
    /// How many times.
    pub events: i64,
    /// How many of them were refused, because they could not be granted as they were asked.
    pub refused: i64,
    /// How many of them failed, by our fault.
    pub failed: i64,
    /// How long all of it took, in milliseconds.
    pub duration_ms: i64,
    /// What it costs, in cost units.
    pub cost_units: Decimal,
}

/// What was used in a month, by day and kind.
pub fn by_day(uses: &[Use], month: Month) -> Vec<DailyUse> {
    let mut days: BTreeMap<(NaiveDate, &str), DailyUse> = BTreeMap::new();
    for row in of(uses, month) {
        let day = days
            .entry((row.date, &row.event_type))
            .or_insert_with(|| DailyUse {
                date: row.date,
                event_type: row.event_type.clone(),
                events: 0,
                refused: 0,
                failed: 0,
                duration_ms: 0,
                cost_units: Decimal::ZERO,
            });
        day.events += row.events;
        day.duration_ms += row.duration_ms;
        day.cost_units += row.cost_units;
        match row.outcome.as_str() {
            "refused" => day.refused += row.events,
            "failed" => day.failed += row.events,
            _ => {}
        }
    }
    days.into_values().collect()
}

/// What was used in a month, by kind and outcome: what it is billed by.
pub fn quantities(uses: &[Use], month: Month) -> Vec<Quantity> {
    let mut kinds: BTreeMap<(&str, &str), Quantity> = BTreeMap::new();
    for row in of(uses, month) {
        let kind = kinds
            .entry((&row.event_type, &row.outcome))
            .or_insert_with(|| Quantity {
                event_type: row.event_type.clone(),
                outcome: row.outcome.clone(),
                events: 0,
                cost_units: Decimal::ZERO,
            });
        kind.events += row.events;
        kind.cost_units += row.cost_units;
    }
    kinds.into_values().collect()
}

/// What was used with one key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyUse {
    /// The key's name; none for what was used without a key.
    pub name: Option<String>,
    /// How the key begins.
    pub prefix: Option<String>,
    /// How many times it was used.
    pub events: i64,
    /// How many of them were refused or failed.
    pub not_done: i64,
    /// What it costs, in cost units.
    pub cost_units: Decimal,
    /// The last day on which it was used.
    pub last: NaiveDate,
}

/// What was used in a month, by key, the most first.
pub fn by_key(uses: &[Use], month: Month) -> Vec<KeyUse> {
    let mut keys: BTreeMap<Uuid, KeyUse> = BTreeMap::new();
    for row in of(uses, month) {
        let key = keys.entry(row.key_id).or_insert_with(|| KeyUse {
            name: row.name.clone(),
            prefix: row.prefix.clone(),
            events: 0,
            not_done: 0,
            cost_units: Decimal::ZERO,
            last: row.date,
        });
        key.events += row.events;
        key.cost_units += row.cost_units;
        key.last = key.last.max(row.date);
        if row.outcome != "done" {
            key.not_done += row.events;
        }
    }
    let mut keys: Vec<KeyUse> = keys.into_values().collect();
    keys.sort_by(|one, other| (other.cost_units, &one.name).cmp(&(one.cost_units, &other.name)));
    keys
}

/// The rows of a month.
fn of(uses: &[Use], month: Month) -> impl Iterator<Item = &Use> {
    uses.iter()
        .filter(move |row| row.date >= month.first() && row.date < month.end())
}

/// What of a department was used of one kind, with one outcome.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OfTenant {
    /// The department.
    pub tenant_id: String,
    /// What was used.
    #[sqlx(flatten)]
    pub quantity: Quantity,
}

/// The rows of each department.
pub(super) fn by_tenant(rows: Vec<OfTenant>) -> HashMap<String, Vec<Quantity>> {
    let mut used: HashMap<String, Vec<Quantity>> = HashMap::new();
    for row in rows {
        used.entry(row.tenant_id).or_default().push(row.quantity);
    }
    used
}

/// What these departments used in a month, as it is counted.
pub(super) async fn counted(
    tx: &mut OperatorTx,
    tenants: &[&str],
    month: Month,
) -> Result<HashMap<String, Vec<Quantity>>> {
    let rows = sqlx::query_as(
        r#"
        select tenant_id, event_type, outcome, sum(events)::bigint as events, sum(cost_units) as cost_units
        from usage_days
        where tenant_id = any($1) and date >= $2 and date < $3 and event_type <> 'page_view'
        group by 1, 2, 3
        "#,
    )
    .bind(tenants)
    .bind(month.first())
    .bind(month.end())
    .fetch_all(tx.conn())
    .await?;
    Ok(by_tenant(rows))
}
