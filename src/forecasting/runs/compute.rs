//! The work itself: all places of a department, on threads of its own.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Error, Result,
    forecasting::{enkf::NotPositiveDefinite, history::Place},
};

/// What came of all places, and how much of processors' time it took.
#[derive(Debug)]
pub struct Computed<T> {
    /// In the order of places.
    pub results: Vec<T>,
    /// Summed over the threads.
    pub cpu: Duration,
}

/// How many threads compute, where so many processors are available: half of them, so that
/// pages keep the other half.
pub fn threads() -> NonZeroUsize {
    let available = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new(available / 2).unwrap_or(NonZeroUsize::MIN)
}

/// Does `work` for each of `places`, on so many threads. Results do not depend on how many.
/// `progress` is told how many are done, and says whether to go on.
///
/// # Errors
/// When the parameters leave an observation no error: no retry helps.
pub fn each_place<T: Send>(
    places: &[Place],
    threads: NonZeroUsize,
    progress: impl Fn(usize) -> bool + Sync,
    work: impl Fn(Place) -> Result<T, NotPositiveDefinite> + Sync,
) -> Result<Computed<T>> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let thread = || {
        let (mut results, mut cpu) = (Vec::new(), Duration::ZERO);
        while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
            let started = Instant::now();
            results.push((*place, work(*place)));
            cpu += started.elapsed();
            if !progress(done.fetch_add(1, Ordering::Relaxed) + 1) {
                break;
            }
        }
        (results, cpu)
    };
    let finished: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(thread)).collect();
        let own = thread();
        let others = others.into_iter().map(thread::ScopedJoinHandle::join);
        others.chain([Ok(own)]).collect()
    });
    let (mut all, mut cpu) = (Vec::new(), Duration::ZERO);
    for thread in finished {
        let (results, took) = thread.map_err(|_| Error::internal("a thread of a run panicked"))?;
        all.extend(results);
        cpu += took;
    }
    if all.len() < places.len() {
        return Err(Error::internal("a run was told to stop"));
    }
    all.sort_by_key(|(place, _)| places.iter().position(|other| other == place));
    let results: Result<Vec<T>, _> = all.into_iter().map(|(_, result)| result).collect();
    let results = results.map_err(|_| {
        Error::Invalid("the model's parameters leave counts no error: raise the error floor".into())
    })?;
    Ok(Computed { results, cpu })
}
