//! Writes down what requests used, many at once.
//!
//! A request that only reads has no commit of its own to be billed in. A commit for each would
//! cost more than the reading, so one task writes down whatever has come while it was writing what
//! came before: alone, a request waits for one commit; among many, they share it. Its answer goes
//! out when that commit is there, so that a kill at any moment loses no event of a call that was
//! answered.

use std::time::Duration;

use tokio::sync::{
    mpsc::{self, Receiver, Sender},
    oneshot,
};
use uuid::Uuid;

use super::event::{UsageEvent, milliseconds};
use crate::{
    Error, Result,
    access::caller::CalledBy,
    clock::{Clock, Now},
    database::{Metering, Pools},
};

/// How many are written in one commit at most.
const MOST: usize = 500;

/// How many may wait to be written; who comes then waits for room.
const LINE: usize = 10_000;

/// How long an answer waits to be billed before it is given up. A database that was killed is
/// back by then.
const PATIENCE: Duration = Duration::from_secs(20);

/// The time from one group to the next while more than one is asking: the more wait for a commit,
/// the less each of them costs. Whoever asks alone does not wait.
const PAUSE_WHEN_BUSY: Duration = Duration::from_millis(5);

/// The time from one try to the next, while the database is not there.
const PAUSE: Duration = Duration::from_millis(200);

/// What a request used.
#[derive(Clone, Debug)]
pub enum Used {
    /// A program's call: an event, that is billed.
    Call(UsageEvent),
    /// A page that somebody opened: counted to attribute cost, and never billed.
    Page {
        /// When.
        at: Now,
        /// How long it took.
        took: Duration,
        /// How much of that in the database.
        in_database: Duration,
    },
}

struct Waiting {
    from: CalledBy,
    used: Used,
    tell: Option<oneshot::Sender<Result<()>>>,
}

/// Writes down what requests used. Cheap to clone; it ends with its last clone, when all is
/// written.
#[derive(Clone, Debug)]
pub struct Meter(Option<Sender<Waiting>>);

impl Meter {
    /// Begins to write.
    pub fn start(pools: Pools, clock: Clock) -> Self {
        let (sender, receiver) = mpsc::channel(LINE);
        tokio::spawn(write_all(pools, clock, receiver));
        Self(Some(sender))
    }

    /// Writes nothing: beside it is measured what metering costs.
    pub fn none() -> Self {
        Self(None)
    }

    /// Writes down a call, and returns when it is there for good.
    ///
    /// # Errors
    /// [`Error::Busy`] while the database cannot be written to for longer than anybody waits.
    pub async fn record(&self, from: CalledBy, event: UsageEvent) -> Result<()> {
        let Some(line) = &self.0 else {
            return Ok(());
        };
        let (tell, told) = oneshot::channel();
        let waiting = Waiting {
            from,
            used: Used::Call(event),
            tell: Some(tell),
        };
        let recorded = tokio::time::timeout(PATIENCE, async {
            line.send(waiting).await.map_err(Error::internal)?;
            told.await.map_err(Error::internal)?
        });
        recorded.await.map_err(|_| Error::Busy)?
    }

    /// Counts a page in passing. Nobody waits for it, and while too many are in line it is not
    /// counted.
    pub fn count(&self, from: CalledBy, at: Now, took: Duration, in_database: Duration) {
        let used = Used::Page {
            at,
            took,
            in_database,
        };
        let tell = None;
        let waiting = Waiting { from, used, tell };
        if let Some(line) = &self.0
            && line.try_send(waiting).is_err()
        {
            tracing::debug!("a page was not counted: too many are in line");
        }
    }
}

async fn write_all(pools: Pools, clock: Clock, mut line: Receiver<Waiting>) {
    let mut writer = Writer {
        pools,
        clock,
        connection: None,
    };
    let mut group = Vec::new();
    loop {
        let begun = tokio::time::Instant::now();
        if line.recv_many(&mut group, MOST).await == 0 {
            return;
        }
        let many = group.len() > 1;
        writer.write_group(&mut group).await;
        if many {
            tokio::time::sleep_until(begun + PAUSE_WHEN_BUSY).await;
        }
        if line.is_empty() {
            writer.connection = None;
        }
    }
}

/// What writes: one connection, for as long as somebody waits.
struct Writer {
    pools: Pools,
    clock: Clock,
    connection: Option<Metering>,
}

impl Waiting {
    fn tell(self, written: Result<()>) {
        // Whoever gave up is not told.
        if let Some(tell) = self.tell {
            tell.send(written).ok();
        }
    }
}

/// True where the database itself says no: it is there, and trying again is of no use.
fn refuses(error: &sqlx::Error) -> bool {
    // Classes 08, 40, 53, 55, 57 and 58: connection, serialisation, resources, in use, operator,
    // system.
    const PASSING: [&str; 6] = ["08", "40", "53", "55", "57", "58"];
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| !PASSING.iter().any(|class| code.starts_with(class)))
}

/// The group as columns.
#[derive(Default)]
struct Columns {
    tenants: Vec<String>,
    billed: Vec<bool>,
    ids: Vec<Uuid>,
    types: Vec<&'static str>,
    outcomes: Vec<&'static str>,
    keys: Vec<Option<Uuid>>,
    moments: Vec<Now>,
    durations: Vec<i32>,
    in_database: Vec<i32>,
    cost_units: Vec<rust_decimal::Decimal>,
}

impl Columns {
    fn of(group: &[Waiting]) -> Self {
        let mut columns = Self::default();
        for Waiting { from, used, .. } in group {
            columns.tenants.push(from.tenant.as_str().to_owned());
            columns.ids.push(Uuid::now_v7());
            let (at, took, in_database) = match used {
                Used::Call(event) => {
                    columns.billed.push(true);
                    columns.types.push(event.event_type.as_str());
                    columns.outcomes.push(event.outcome.as_str());
                    columns.keys.push(event.key_id);
                    columns.cost_units.push(event.event_type.cost_units());
                    (event.occurred_at, event.took, event.in_database)
                }
                Used::Page {
                    at,
                    took,
                    in_database,
                } => {
                    columns.billed.push(false);
                    columns.types.push("page_view");
                    columns.outcomes.push("done");
                    columns.keys.push(None);
                    columns.cost_units.push(rust_decimal::Decimal::ZERO);
                    (*at, *took, *in_database)
                }
            };
            columns.moments.push(at);
            columns.durations.push(milliseconds(took));
            columns.in_database.push(milliseconds(in_database));
        }
        columns
    }
}

impl Writer {
    /// Writes the group in one commit, tries again where the database is not there, and tells all.
    async fn write_group(&mut self, group: &mut Vec<Waiting>) {
        // The group keeps its name, so that one that was written before the database could say so is
        // not written again.
        let name = format!("requests:{}", Uuid::now_v7());
        let mut tries = 0;
        let refused = loop {
            match self.write(&name, group).await {
                Ok(()) => break None,
                // Nothing of it was written, and nothing will be.
                Err(error) if refuses(&error) => break Some(error),
                Err(error) => {
                    tries += 1;
                    if tries == 1 {
                        tracing::warn!(cause = ?error, "usage cannot be written just now; it is tried again");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        match refused {
            None => {
                for waiting in group.drain(..) {
                    waiting.tell(Ok(()));
                }
            }
            Some(error) if group.len() == 1 => {
                for waiting in group.drain(..) {
                    tracing::error!(cause = ?error, "the usage of a request is refused");
                    waiting.tell(Err(Error::internal("the usage of a request is refused")));
                }
            }
            // One that cannot be written holds up no other.
            Some(_) => {
                for waiting in group.drain(..) {
                    Box::pin(self.write_group(&mut vec![waiting])).await;
                }
            }
        }
    }

    async fn write(&mut self, name: &str, group: &[Waiting]) -> Result<(), sqlx::Error> {
        let columns = Columns::of(group);
        // One statement is one transaction, and one way there and back.
        let mut meter = match self.connection.take() {
            Some(connection) => connection,
            None => self.pools.meter().await?,
        };
        sqlx::query(
            r#"
        with used as (
            select *
            from unnest(
                $3::text[], $4::bool[], $5::uuid[], $6::text[], $7::text[], $8::uuid[],
                $9::timestamptz[], $10::int[], $11::int[], $12::numeric[]
            ) used (
                tenant_id, billed, event_id, event_type, outcome, key_id,
                occurred_at, duration_ms, database_ms, cost_units
            )
        ), fresh as (
            insert into usage_keys (tenant_id, key, recorded_at)
            select distinct tenant_id, $1, $2::timestamptz
            from used
            on conflict (tenant_id, key) do nothing
            returning tenant_id
        ), event as (
            insert into usage_events (
                tenant_id, event_id, event_type, outcome, key_id, occurred_at,
                duration_ms, database_ms, cost_units
            )
            select tenant_id, event_id, event_type, outcome, key_id, occurred_at,
                duration_ms, database_ms, cost_units
            from used
            join fresh using (tenant_id)
            where billed
        )
        insert into usage_days (
            tenant_id, date, event_type, outcome, key_id, counted_by,
            events, duration_ms, database_ms, cost_units
        )
        select tenant_id, (occurred_at at time zone 'UTC')::date, event_type, outcome,
            coalesce(key_id, '00000000-0000-0000-0000-000000000000'::uuid), 'requests',
            count(*), sum(duration_ms), sum(database_ms), sum(cost_units)
        from used
        join fresh using (tenant_id)
        group by 1, 2, 3, 4, 5
        -- Two processes that count at once take the rows in the same order.
        order by 1, 2, 3, 4, 5
        on conflict (tenant_id, date, event_type, outcome, key_id, counted_by) do update
        set events = usage_days.events + excluded.events,
            duration_ms = usage_days.duration_ms + excluded.duration_ms,
            database_ms = usage_days.database_ms + excluded.database_ms,
            cost_units = usage_days.cost_units + excluded.cost_units
        "#,
        )
        .bind(name)
        .bind(self.clock.now())
        .bind(columns.tenants)
        .bind(columns.billed)
        .bind(columns.ids)
        .bind(columns.types)
        .bind(columns.outcomes)
        .bind(columns.keys)
        .bind(columns.moments)
        .bind(columns.durations)
        .bind(columns.in_database)
        .bind(columns.cost_units)
        .execute(meter.conn())
        .await?;
        // One that failed is not kept.
        self.connection = Some(meter);
        Ok(())
    }
}
