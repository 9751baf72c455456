//! How much of a department's data there is, measured each day.

use std::time::{Duration, Instant};

use super::event::{EventType, UsageEvent, record};
use crate::{
    Result,
    clock::Clock,
    database::Pools,
    tenancy::{TenantId, TenantTx},
};

/// The time from one department to the next, so that a night of many is work for nobody.
pub const PACE: Duration = Duration::from_millis(200);

/// Bytes of the department's rows: what it reported, sent and was forecast. Not counted is what
/// the platform writes for itself, indexes, and room that PostgreSQL keeps free.
pub const BYTES: &str = "
    select (
        coalesce((select sum(pg_column_size(t.*)) from locations t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from observations t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from uploads t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from upload_chunks t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from annotations t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.figures)) from releases t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from model_states t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from forecasts t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from outlooks t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from reproduction_numbers t where tenant_id = $1), 0)
        + coalesce((select sum(pg_column_size(t.*)) from forecast_scores t where tenant_id = $1), 0)
    )::bigint
";

/// Measures each department of which it is not measured yet today, and bills it: a cost unit for
/// each megabyte. Says of how many.
///
/// # Errors
/// When the database refuses.
pub async fn measure(pools: &Pools, clock: &Clock, pace: Duration) -> Result<usize> {
    let today = clock.now().date_naive();
    let key = format!("stored:{today}");
    let mut tx = pools.begin_operator().await?;
    let tenants: Vec<String> = sqlx::query_scalar(
        r#"
        select tenant_id from tenants t
        where not exists (
            select from usage_days u
            where u.tenant_id = t.tenant_id and u.date = $1 and u.event_type = 'data_stored'
        )
        order by tenant_id
        "#,
    )
    .bind(today)
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    for tenant in &tenants {
        let started = Instant::now();
        let mut tx = TenantTx::begin(pools, &TenantId::parse(tenant)?).await?;
        let bytes: i64 = sqlx::query_scalar(BYTES)
            .bind(tenant)
            .fetch_one(tx.parts().1)
            .await?;
        let took = started.elapsed();
        let event = UsageEvent {
            in_database: took,
            ..UsageEvent::done(EventType::DataStored { bytes }, clock.now(), took)
        };
        // Two portals on one database, or one that was killed, measure a day once.
        record(&mut tx, &key, event).await?;
        tx.commit().await?;
        tokio::time::sleep(pace).await;
    }
    Ok(tenants.len())
}
