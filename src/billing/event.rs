//! What was used, and what it costs in units.

use std::time::Duration;

use axum::http::StatusCode;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Result, clock::Now, tenancy::TenantTx};

/// What was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// A program asked with a key. One cost unit.
    ApiCall,
    /// The model was run: a cost unit for each ten milliseconds of a processor's time, which is
    /// about what an answer to a program takes.
    EnkfRun {
        /// How much of processors' time it took.
        cpu: Duration,
    },
    /// A department's rows were kept for a day: a cost unit for each megabyte.
    DataStored {
        /// How many bytes of them there are.
        bytes: i64,
    },
}

impl EventType {
    /// By what name the database knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiCall => "api_call",
            Self::EnkfRun { .. } => "enkf_run",
            Self::DataStored { .. } => "data_stored",
        }
    }

    /// What it costs, to the millionth of a unit.
    pub fn cost_units(self) -> Decimal {
        match self {
            Self::ApiCall => Decimal::ONE,
            Self::EnkfRun { cpu } => {
                let microseconds = i64::try_from(cpu.as_micros()).unwrap_or(i64::MAX);
                Decimal::new(microseconds, 4).max(Decimal::ONE)
            }
            Self::DataStored { bytes } => Decimal::new(bytes.max(0), 6),
        }
    }
}

/// What became of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It could not be granted as it was asked.
    Refused,
    /// It failed by our fault.
    Failed,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// That of an answer with this status.
    pub fn of(status: StatusCode) -> Self {
        if status.is_server_error() {
            Self::Failed
        } else if status.is_client_error() {
            Self::Refused
        } else {
            Self::Done
        }
    }

    /// By what name the database knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// A use of the platform by a department.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UsageEvent {
    /// What was used.
    pub event_type: EventType,
    /// What became of it.
    pub outcome: Outcome,
    /// With which key, if with one.
    pub key_id: Option<Uuid>,
    /// When it ended.
    pub occurred_at: Now,
    /// How long it took.
    pub took: Duration,
    /// How much of that in the database.
    pub in_database: Duration,
}

impl UsageEvent {
    /// What a department's own work used, without a key.
    pub fn done(event_type: EventType, now: Now, took: Duration) -> Self {
        Self {
            event_type,
            outcome: Outcome::Done,
            key_id: None,
            occurred_at: now,
            took,
            in_database: Duration::ZERO,
        }
    }
}

/// Whole milliseconds, as many as a column holds.
pub(super) fn milliseconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}

/// Records a use in the transaction of the work it bills, so that both commit or neither.
///
/// `key` names the work and stays the same however often it is tried: work of this name that is
/// billed already is not billed again, whatever the time. True where it was billed now.
pub async fn record(tx: &mut TenantTx, key: &str, event: UsageEvent) -> Result<bool> {
    let (tenant, connection) = tx.parts();
    let counted = sqlx::query(
        r#"
        with fresh as (
            insert into usage_keys (tenant_id, key, recorded_at)
            values ($1, $2, $7::timestamptz)
            on conflict (tenant_id, key) do nothing
            returning tenant_id
        ), event as (
            insert into usage_events (
                tenant_id, event_id, event_type, outcome, key_id, occurred_at,
                duration_ms, database_ms, cost_units
            )
            select tenant_id, $3::uuid, $4::text, $5::text, $6::uuid, $7, $8::int, $9::int, $10::numeric
            from fresh
        )
        insert into usage_days (
            tenant_id, date, event_type, outcome, key_id, counted_by,
            events, duration_ms, database_ms, cost_units
        )
        select tenant_id, ($7 at time zone 'UTC')::date, $4, $5,
            coalesce($6, '00000000-0000-0000-0000-000000000000'::uuid), 'work', 1, $8, $9, $10
        from fresh
        on conflict (tenant_id, date, event_type, outcome, key_id, counted_by) do update
        set events = usage_days.events + excluded.events,
            duration_ms = usage_days.duration_ms + excluded.duration_ms,
            database_ms = usage_days.database_ms + excluded.database_ms,
            cost_units = usage_days.cost_units + excluded.cost_units
        "#,
    )
    .bind(tenant)
    .bind(key)
    .bind(Uuid::now_v7())
    .bind(event.event_type.as_str())
    .bind(event.outcome.as_str())
    .bind(event.key_id)
    .bind(event.occurred_at)
    .bind(milliseconds(event.took))
    .bind(milliseconds(event.in_database))
    .bind(event.event_type.cost_units())
    .execute(connection)
    .await?;
    Ok(counted.rows_affected() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_costs_a_unit_for_ten_milliseconds_and_one_at_least() {
        let units = |micros| {
            let cpu = Duration::from_micros(micros);
            EventType::EnkfRun { cpu }.cost_units().to_string()
        };
        assert_eq!(units(0), "1");
        assert_eq!(units(9_999), "1");
        assert_eq!(units(1_234_567), "123.4567");
    }

    #[test]
    fn a_megabyte_kept_for_a_day_costs_a_unit() {
        let units = |bytes| EventType::DataStored { bytes }.cost_units().to_string();
        assert_eq!(units(1_500_000), "1.500000");
        assert_eq!(units(1), "0.000001");
    }

    #[test]
    fn an_answer_is_done_refused_or_failed() {
        for (status, outcome) in [
            (StatusCode::OK, Outcome::Done),
            (StatusCode::NOT_MODIFIED, Outcome::Done),
            (StatusCode::NOT_FOUND, Outcome::Refused),
            (StatusCode::TOO_MANY_REQUESTS, Outcome::Refused),
            (StatusCode::SERVICE_UNAVAILABLE, Outcome::Failed),
        ] {
            assert_eq!(Outcome::of(status), outcome, "{status}");
        }
    }
}
