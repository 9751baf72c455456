//! What somebody who reads pages notices of the work that is done meanwhile.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{Outcome, comparison::quantile, http::Connection};

/// Pages that are read of an idle portal, and the pause after each.
const PAGES: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(20);

/// How long a page took that all but one in a hundred were faster than, in seconds.
pub struct P99 {
    /// While nothing else was done.
    pub idle: f64,
    /// While the work was.
    pub busy: f64,
}

/// Reads the cases page of an idle portal, and then for as long as `work` takes.
pub async fn meanwhile<T>(
    addr: SocketAddr,
    cookie: String,
    work: impl Future<Output = Outcome<T>>,
) -> Outcome<(T, P99)> {
    // The first answers fill caches.
    read(addr, &cookie, |read| read == PAGES / 3)?;
    let mut idle = read(addr, &cookie, |read| read == PAGES)?;
    let done = Arc::new(AtomicBool::new(false));
    let reading = std::thread::spawn({
        let done = done.clone();
        move || read(addr, &cookie, |_| done.load(Ordering::Relaxed))
    });
    let worked = work.await;
    done.store(true, Ordering::Relaxed);
    let mut busy = reading.join().map_err(|_| "a reader gave up")??;
    let p99 = P99 {
        idle: quantile(&mut idle, 0.99),
        busy: quantile(&mut busy, 0.99),
    };
    Ok((worked?, p99))
}

/// Reads the cases page until `enough` of the number of pages: how long each took.
fn read(addr: SocketAddr, cookie: &str, enough: impl Fn(usize) -> bool) -> io::Result<Vec<f64>> {
    let mut browser = Connection::open(addr)?;
    let mut took = Vec::new();
    while !enough(took.len()) {
        let asked = Instant::now();
        let answer = browser.get("/", cookie)?;
        if answer.status != 200 {
            return Err(io::Error::other(answer.head));
        }
        took.push(asked.elapsed().as_secs_f64());
        std::thread::sleep(PAUSE);
    }
    Ok(took)
}
