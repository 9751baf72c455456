//! What it costs: the usage events that bill each piece of work.

/// What a department has used, by day.
pub mod usage;

use std::time::Duration;

use uuid::Uuid;

use crate::{Result, clock::Now, tenancy::TenantTx};

/// What was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// A program asked for data with a key. One cost unit.
    ApiCall,
    /// The model was run: a cost unit for each ten milliseconds of a processor's time, which is
    /// about what an answer to a program takes.
    EnkfRun {
        /// How much of processors' time it took.
        cpu: Duration,
    },
}

impl EventType {
    fn as_str(self) -> &'static str {
        match self {
            Self::ApiCall => "api_call",
            Self::EnkfRun { .. } => "enkf_run",
        }
    }

    /// What it costs.
    pub fn cost_units(self) -> f64 {
        match self {
            Self::ApiCall => 1.0,
            Self::EnkfRun { cpu } => (cpu.as_secs_f64() * 100.0).max(1.0),
        }
    }
}

/// Records a use in the transaction of the work it bills, so that both commit or neither.
pub async fn record(
    tx: &mut TenantTx,
    event_type: EventType,
    now: Now,
    took: Duration,
) -> Result<()> {
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        insert into usage_events (tenant_id, event_id, event_type, occurred_at, duration_ms, cost_units)
        values ($1, $2, $3, $4, $5, $6::float8)
        "#,
    )
    .bind(tenant)
    .bind(Uuid::now_v7())
    .bind(event_type.as_str())
    .bind(now)
    .bind(i32::try_from(took.as_millis()).unwrap_or(i32::MAX))
    .bind(event_type.cost_units())
    .execute(connection)
    .await?;
    Ok(())
}
