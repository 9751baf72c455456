//! Work on uploads that takes longer than a request should: how far it is, and how it ended.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{Semaphore, watch};

use crate::{Result, tenancy::TenantId};

/// Uploads that are read or stored at once, of one department one. The others wait: each takes
/// a processor and a connection for as long as it lasts.
const AT_ONCE: usize = 2;

/// How far a piece of work is.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// Says how much there is to do.
    pub fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// Says that so much more is done.
    pub fn add(&self, done: u64) {
        self.done.fetch_add(done, Ordering::Relaxed);
    }

    /// The share that is done, from 0 to 1; `None` while nobody knows.
    pub fn share(&self) -> Option<f64> {
        let total = self.total.load(Ordering::Relaxed);
        let done = self.done.load(Ordering::Relaxed);
        (total > 0).then(|| (done as f64 / total as f64).min(1.0))
    }
}

/// Where an upload's work stands.
#[derive(Clone, Debug)]
pub enum State {
    /// Under way, until the channel closes.
    Running(Arc<Progress>, watch::Receiver<()>),
    /// It failed, in words for the person who waits for it.
    Failed(String),
}

type Key = (TenantId, i32);

/// What this process is working on. Gone with the process: whatever was under way then was
/// not decided, and can be asked for again.
#[derive(Clone)]
pub struct Work {
    states: Arc<Mutex<HashMap<Key, State>>>,
    turns: Arc<Semaphore>,
    /// Each department's own queue, so that a department with many files keeps nobody else
    /// waiting for more than one of them.
    queues: Arc<Mutex<HashMap<TenantId, Arc<Semaphore>>>>,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            states: Arc::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            queues: Arc::default(),
        }
    }
}

impl Work {
    /// What is being done with an upload, if anything is.
    pub fn state(&self, tenant: &TenantId, upload_no: i32) -> Option<State> {
        self.states().get(&(tenant.clone(), upload_no)).cloned()
    }

    /// Does `work` in the background, so that it ends whether or not somebody waits for it.
    /// False where this upload is being worked on already.
    pub fn start<F>(
        &self,
        tenant: &TenantId,
        upload_no: i32,
        work: impl FnOnce(Arc<Progress>) -> F,
    ) -> bool
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let key = (tenant.clone(), upload_no);
        let progress = Arc::new(Progress::default());
        let (lasts, ended) = watch::channel(());
        {
            let mut states = self.states();
            if matches!(states.get(&key), Some(State::Running(..))) {
                return false;
            }
            states.insert(key.clone(), State::Running(progress.clone(), ended));
        }
        let running = Running {
            work: self.clone(),
            key,
            failed: Some("the work was given up; try again".to_owned()),
            _lasts: lasts,
        };
        let (turns, work) = (self.turns.clone(), work(progress));
        let queue = self.queue(tenant);
        tokio::spawn(async move {
            let mut running = running;
            let _first = queue.acquire_owned().await;
            let _turn = turns.acquire_owned().await;
            running.failed = work.await.err().map(|error| {
                // An upload that was decided on before, say, is no fault of ours.
                if error.status().is_server_error() {
                    let reference = uuid::Uuid::new_v4().simple().to_string();
                    tracing::error!(%reference, ?error, "work on an upload failed");
                }
                error.to_string()
            });
        });
        true
    }

    /// Waits until nothing is being done with the upload.
    pub async fn finished(&self, tenant: &TenantId, upload_no: i32) {
        if let Some(State::Running(_, mut ended)) = self.state(tenant, upload_no) {
            // Nothing is ever sent: the channel closes when the work has ended.
            while ended.changed().await.is_ok() {}
        }
    }

    /// Forgets that the work on an upload failed: it was told.
    pub fn told(&self, tenant: &TenantId, upload_no: i32) {
        let mut states = self.states();
        let key = (tenant.clone(), upload_no);
        if matches!(states.get(&key), Some(State::Failed(_))) {
            states.remove(&key);
        }
    }

    fn queue(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(tenant.clone());
        queue.or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
    }

    fn states(&self) -> MutexGuard<'_, HashMap<Key, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the entry of a piece of work, even where it panics.
struct Running {
    work: Work,
    key: Key,
    failed: Option<String>,
    _lasts: watch::Sender<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut states = self.work.states();
        match self.failed.take() {
            Some(failed) => states.insert(self.key.clone(), State::Failed(failed)),
            None => states.remove(&self.key),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_department_with_many_files_keeps_nobody_else_waiting() -> Result<()> {
        let work = Work::default();
        let (alder, birch) = (TenantId::parse("alder")?, TenantId::parse("birch")?);
        let (go, wait) = watch::channel(());
        for upload_no in 1..=20 {
            let mut wait = wait.clone();
            work.start(&alder, upload_no, |_| async move {
                // Ends when the channel does.
                wait.changed().await.ok();
                Ok(())
            });
        }
        work.start(&birch, 1, |_| async { Ok(()) });
        let done = work.finished(&birch, 1);
        let waited = std::time::Duration::from_secs(10);
        assert!(tokio::time::timeout(waited, done).await.is_ok());
        assert!(work.state(&alder, 1).is_some());
        drop(go);
        for upload_no in 1..=20 {
            work.finished(&alder, upload_no).await;
        }
        Ok(())
    }
}
