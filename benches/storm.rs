//! A storm of sign-ins: two thousand wrong passwords at once, from as many places and for as many
//! accounts, and what whoever reads pages notices of it.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    comparison::{Table, quantile},
    departments::{self, DATA_DIR},
    http::Connection,
    portal::{Portal, sign_in},
};

const DEPARTMENT: &str = "dept_100";

/// Wrong sign-ins, all of them begun at once.
const TRIES: usize = 2_000;

/// Whoever reads pages meanwhile, and how long they rest between two.
const READERS: usize = 4;
const REST: Duration = Duration::from_millis(20);

/// Pages that are read without a storm.
const QUIET: usize = 2_000;

/// A thread that waits for an answer needs no more.
const STACK: usize = 128 * 1024;

/// Measures pages without the storm and in it.
pub async fn measure(table: &mut Table) -> Outcome {
    // Each try comes from a place of its own, as a reverse proxy would say.
    let portal = Portal::start(DATA_DIR, &[("CORDON_PROXIES", "127.0.0.1")])?;
    let departments = departments::load().await?;
    let cookie = sign_in(portal.addr, &departments.server, DEPARTMENT).await?;
    let done = AtomicUsize::new(0);
    read(portal.addr, &cookie, || {
        done.fetch_add(1, Ordering::Relaxed) < QUIET / 4
    })?;
    done.store(0, Ordering::Relaxed);
    let mut quiet = read(portal.addr, &cookie, || {
        done.fetch_add(1, Ordering::Relaxed) < QUIET
    })?;
    portal.peak()?;
    let before = portal.peak()?;

    let raging = AtomicBool::new(true);
    let (mut stormy, answers, took) = std::thread::scope(|scope| -> Outcome<_> {
        let readers = scope.spawn(|| read(portal.addr, &cookie, || raging.load(Ordering::Relaxed)));
        std::thread::sleep(Duration::from_millis(200));
        let started = Instant::now();
        let tries: Vec<_> = (0..TRIES)
            .map(|number| {
                std::thread::Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, move || wrong(portal.addr, number))
            })
            .collect::<std::io::Result<_>>()?;
        let answers: Vec<u16> = tries
            .into_iter()
            .map(|of| of.join().expect("a try"))
            .collect::<std::io::Result<_>>()?;
        let took = started.elapsed();
        raging.store(false, Ordering::Relaxed);
        Ok((readers.join().expect("readers")?, answers, took))
    })?;
    let after = portal.peak()?;
    table.compare(
        (
            "a page in a storm of 2,000 wrong sign-ins: p99",
            quantile(&mut stormy, 0.99),
        ),
        ("without it", quantile(&mut quiet, 0.99)),
        |seconds| format!("{:.1} ms", 1e3 * seconds),
        "≤ 2",
    );
    let of = |status: u16| answers.iter().filter(|answer| **answer == status).count();
    table.state(
        "the storm",
        format!(
            "{:.1} s: {} refused, {} asked to wait; {:.0} MB more",
            took.as_secs_f64(),
            of(401),
            of(503) + of(429),
            after - before
        ),
        "",
    );
    portal.stop()?;
    departments.leave();
    Ok(())
}

/// Reads the page with several browsers for as long as is wanted: how long each answer took.
fn read(
    addr: SocketAddr,
    cookie: &str,
    wanted: impl Fn() -> bool + Sync,
) -> std::io::Result<Vec<f64>> {
    let reader = || -> std::io::Result<Vec<f64>> {
        let mut browser = Connection::open(addr)?;
        let mut took = Vec::new();
        while wanted() {
            let asked = Instant::now();
            let answer = browser.get("/", cookie)?;
            if answer.status != 200 {
                return Err(std::io::Error::other(answer.head));
            }
            took.push(asked.elapsed().as_secs_f64());
            std::thread::sleep(REST);
        }
        Ok(took)
    };
    let took = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(reader)).collect();
        readers
            .into_iter()
            .map(|reader| reader.join().expect("a reader"))
            .collect::<std::io::Result<Vec<_>>>()
    })?;
    Ok(took.into_iter().flatten().collect())
}

/// Signs in with a wrong password, to an account and from a place that no other try has.
fn wrong(addr: SocketAddr, number: usize) -> std::io::Result<u16> {
    let headers = format!(
        "sec-fetch-site: same-origin\r\nx-forwarded-for: 10.{}.{}.1\r\n",
        number / 250,
        number % 250
    );
    let form = format!("email=nobody{number}%40example.org&password=wrong+password+{number}");
    Ok(Connection::open(addr)?
        .send("POST", "/login", &headers, &form)?
        .status)
}
