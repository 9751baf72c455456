//! How much time a request spends in transactions of its department.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

tokio::task_local! {
    static SPENT: Cell<Duration>;
}

/// Does `work`, and says besides how long its transactions were open: from the first statement to
/// the commit, which is what they kept a connection of the database for. What other tasks do on
/// its behalf is not among it.
pub async fn in_database<T>(work: impl Future<Output = T>) -> (T, Duration) {
    SPENT
        .scope(Cell::default(), async {
            let done = work.await;
            (done, SPENT.with(Cell::get))
        })
        .await
}

/// Runs from its making to its end, and adds that time to what the task has spent.
#[derive(Debug)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        // Where nobody asks, nothing is added up.
        SPENT
            .try_with(|spent| spent.set(spent.get() + self.0.elapsed()))
            .ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_time_of_every_stopwatch_is_added_up() {
        let ((), none) = in_database(async {}).await;
        assert_eq!(none, Duration::ZERO);
        let (least, spent) = in_database(async {
            let began = Instant::now();
            for _ in 0..2 {
                let watch = Stopwatch::start();
                while began.elapsed() < Duration::from_millis(2) {
                    tokio::task::yield_now().await;
                }
                drop(watch);
            }
            Duration::from_millis(2)
        })
        .await;
        assert!(spent >= least, "{spent:?}");
    }
}
