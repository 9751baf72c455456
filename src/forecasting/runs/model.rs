//! What a turn asks of whoever does the runs.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use chrono::NaiveDate;
use tokio::sync::watch;
use uuid::Uuid;

use super::Kind;
use crate::{Result, tenancy::TenantId};

/// Who does the runs.
#[async_trait]
pub trait Model: Send + Sync {
    /// Does a run, and stores all of it in one commit, or nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) in words for people, for what no retry mends.
    async fn execute(&self, tenant: &TenantId, order: &Order, progress: Progress) -> Result<()>;
}

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Order {
    /// The run that was asked for.
    pub run_id: Uuid,
    /// What it does.
    pub kind: Kind,
    /// The day up to which it may know what was reported; none: the latest.
    pub as_of: Option<NaiveDate>,
    /// What started it.
    pub cause: String,
    /// Who asked for it.
    pub by: String,
}

/// How far a run is, and whether it should stop.
#[derive(Clone, Debug)]
pub struct Progress {
    pub(super) percent: watch::Sender<u8>,
    stopped: Arc<AtomicBool>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            percent: watch::Sender::new(0),
            stopped: Arc::default(),
        }
    }
}

impl Progress {
    /// Says how many hundredths are done.
    pub fn reached(&self, percent: u8) {
        self.percent.send_replace(percent.min(100));
    }

    /// Asks the threads of the run to stop: nobody waits for them any more.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether they should.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
