//! Handing out turns for as long as the portal runs.
//!
//! The queue is graphile_worker's: jobs in PostgreSQL, taken with `for update skip locked`, with
//! a heartbeat for each worker, so that what a dead one held is given to another.

use std::{sync::Arc, time::Duration};

use graphile_worker::{
    IntoTaskHandlerResult, TaskHandler, Worker, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use serde::{Deserialize, Serialize};

use super::{model::Model, turn};
use crate::{
    Error, Result,
    clock::Clock,
    database::{Pools, migrate::QUEUE},
    tenancy::TenantId,
};

/// How often a worker says that it is alive, how often it looks for those that no longer do,
/// and after how long a silence it takes their turns over. Of one that was only slow, the work is
/// done twice and kept once.
const HEARTBEAT: Duration = Duration::from_secs(1);
const SWEEP: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(5);

/// How often it asks for a turn if it was not told of one.
const POLL: Duration = Duration::from_millis(250);

/// How long a turn may go on once the portal is told to stop. What is not done by then is done
/// anew after the next start.
const GRACE: Duration = Duration::from_secs(5);

/// How long it waits before it tries to reach the database again.
const RECONNECT: Duration = Duration::from_secs(1);

/// A job of the queue: whose turn it is.
#[derive(Debug, Serialize, Deserialize)]
struct Turn {
    tenant: String,
}

/// What a turn needs.
#[derive(Clone)]
struct Takes {
    pools: Pools,
    clock: Clock,
    model: Arc<dyn Model>,
}

impl std::fmt::Debug for Takes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Takes")
    }
}

impl TaskHandler for Turn {
    const IDENTIFIER: &'static str = "turn";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let tenant = TenantId::parse(&self.tenant)?;
        let takes = context
            .get_ext::<Takes>()
            .ok_or_else(|| Error::internal("a turn without a model"))?;
        turn::take(&takes.pools, &takes.clock, &tenant, &*takes.model).await
    }
}

/// Hands out turns until `stop` resolves, then waits a little for the one under way. A database
/// that cannot be reached is tried again.
pub async fn work(
    pools: Pools,
    clock: Clock,
    model: Arc<dyn Model>,
    stop: impl Future<Output = ()>,
) {
    let takes = Takes {
        pools,
        clock,
        model,
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        let attempt = async {
            let worker = open(&takes).await?;
            let mut running = std::pin::pin!(worker.run());
            let ended = tokio::select! {
                ended = &mut running => ended,
                () = &mut stop => {
                    worker.request_shutdown();
                    running.await.map_err(Error::internal)?;
                    return Ok(true);
                }
            };
            ended.map_err(Error::internal)?;
            Ok(false)
        };
        match attempt.await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => {
                let error: Error = error;
                tracing::warn!(cause = ?error, "the queue of runs is not reached; trying again");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(RECONNECT) => {}
            () = &mut stop => return,
        }
    }
}

/// A worker of the queue, that takes one turn at a time.
async fn open(takes: &Takes) -> Result<Worker> {
    WorkerOptions::default()
        .pg_pool(takes.pools.queue().clone())
        .schema(QUEUE)
        .concurrency(1)
        .poll_interval(POLL)
        .worker_recovery(
            WorkerRecoveryConfig::default()
                .heartbeat_interval(HEARTBEAT)
                .sweep_interval(SWEEP)
                .sweep_threshold(SILENCE)
                .recovery_delay(Duration::ZERO),
        )
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(GRACE)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .add_extension(takes.clone())
        .define_job::<Turn>()
        .init()
        .await
        .map_err(Error::internal)
}
