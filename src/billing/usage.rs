//! What a department has used, by day.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{month::Month, prices::Quantity};
use crate::{Result, tenancy::TenantTx};

/// What was used of one kind on one day.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
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

/// What the department used in a month, by day and kind.
pub async fn usage(tx: &mut TenantTx, month: Month) -> Result<Vec<DailyUse>> {
    let (tenant, connection) = tx.parts();
    let rows = sqlx::query_as(
        r#"
        select date, event_type, sum(events)::bigint as events,
            coalesce(sum(events) filter (where outcome = 'refused'), 0)::bigint as refused,
            coalesce(sum(events) filter (where outcome = 'failed'), 0)::bigint as failed,
            sum(duration_ms)::bigint as duration_ms, sum(cost_units) as cost_units
        from usage_days
        where tenant_id = $1 and date >= $2 and date < $3 and event_type <> 'page_view'
        group by 1, 2
        order by 1, 2
        "#,
    )
    .bind(tenant)
    .bind(month.first())
    .bind(month.end())
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// What the department used in a month, by kind and outcome: what it is billed by.
pub async fn quantities(tx: &mut TenantTx, month: Month) -> Result<Vec<Quantity>> {
    let (tenant, connection) = tx.parts();
    let rows = sqlx::query_as(
        r#"
        select event_type, outcome, sum(events)::bigint as events, sum(cost_units) as cost_units
        from usage_days
        where tenant_id = $1 and date >= $2 and date < $3 and event_type <> 'page_view'
        group by 1, 2
        "#,
    )
    .bind(tenant)
    .bind(month.first())
    .bind(month.end())
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// What was used with one key.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
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

/// What the department used in a month, by key, the most first.
pub async fn by_key(tx: &mut TenantTx, month: Month) -> Result<Vec<KeyUse>> {
    let (tenant, connection) = tx.parts();
    let rows = sqlx::query_as(
        r#"
        select k.name, k.prefix, u.events, u.not_done, u.cost_units, u.last
        from (
            select key_id, sum(events)::bigint as events, sum(cost_units) as cost_units, max(date) as last,
                coalesce(sum(events) filter (where outcome <> 'done'), 0)::bigint as not_done
            from usage_days
            where tenant_id = $1 and date >= $2 and date < $3 and event_type <> 'page_view'
            group by key_id
        ) u
        left join api_keys k on k.tenant_id = $1 and k.key_id = u.key_id
        order by u.cost_units desc, k.name
        "#,
    )
    .bind(tenant)
    .bind(month.first())
    .bind(month.end())
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
