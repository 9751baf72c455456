//! What metering costs an API read, and what a month of events costs to close and to show.
//!
//! The database is a new one, with a thousand departments and a month of events that lie in it as
//! the meter would have left them, and gone afterwards. The portal is in this process, once with
//! its meter and once without.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::Utc;
use cordon::{
    Config,
    app::App,
    billing::{Meter, Month, closing, months},
    clock::{Clock, Now},
    database::{
        Pools, Server,
        embedded::{Durability, Embedded},
        migrate::{connect_as_owner, migrate},
    },
    router::router,
    secret::Secret,
    site::Site,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::{
    Outcome,
    comparison::{Table, quantile, take_turns, time},
    http::Connection,
    portal::{forget, key, sign_in},
};

/// `CORDON_DATA_DIR` of this measurement alone.
const DATA_DIR: &str = "target/bench-billing";

/// Events of the month, where `CORDON_BENCH_EVENTS` does not say otherwise.
const EVENTS: i64 = 2_000_000;
const DEPARTMENTS: i64 = 1_000;

/// Programs that call at the same time, and how many calls are made in a turn.
const CLIENTS: usize = 50;
const CALLS: usize = 8_000;
const ROUNDS: usize = 5;

/// How long each of them rests between two calls while the page is measured: together they make
/// some hundred events a second, and 50 million events in a month are 19.
const STREAM: Duration = Duration::from_millis(100);

/// How often the page is opened while events stream in.
const PAGES: usize = 400;

/// Measures metering, closing and the page.
pub async fn measure(table: &mut Table) -> Outcome {
    let events = match std::env::var("CORDON_BENCH_EVENTS") {
        Ok(events) => events.parse()?,
        Err(_) => EVENTS,
    };
    forget(DATA_DIR)?;
    let config = Config::from_lookup(|name| match name {
        "CORDON_DATA_DIR" => Some(DATA_DIR.into()),
        "CORDON_API_RATE" => Some("4000000000".into()),
        _ => None,
    })?;
    let secret = Secret::of(&config)?;
    let embedded = Embedded::start(&config.data_dir, &secret, Durability::Full)?;
    let server = embedded.server(secret.clone());
    migrate(&server).await?;
    let mut owner = connect_as_owner(&server).await?;
    // The month before this one, so that it can be closed; the page shows this one.
    let now = Utc::now();
    let this = Month::of(now.date_naive());
    let started = Instant::now();
    fill(&server, &mut owner, this.previous(), events).await?;
    table.state(
        "a month of events for the measurement",
        format!("{events} in {:.0} s", started.elapsed().as_secs_f64()),
        "",
    );
    close(&server, &mut owner, this.previous(), now, table).await?;
    // The same department as busy this month.
    owner
        .execute("insert into usage_days select tenant_id, (now() at time zone 'UTC')::date, event_type, outcome,
                key_id, counted_by, events, duration_ms, database_ms, cost_units
            from (select tenant_id, event_type, outcome, key_id, counted_by, sum(events) as events,
                sum(duration_ms) as duration_ms, sum(database_ms) as database_ms, sum(cost_units) as cost_units
                from usage_days group by 1, 2, 3, 4, 5) month")
        .await?;
    owner.close().await?;
    portal(&config, &secret, &server, table).await?;
    embedded.leave();
    forget(DATA_DIR)
}

/// A thousand departments, and events of all of them all over the month: nine calls to a run, one
/// in twenty refused.
async fn fill(server: &Server, owner: &mut PgConnection, month: Month, events: i64) -> Outcome {
    let pools = Pools::open(server, 2);
    months::prepare(&pools, month.first()).await?;
    pools.close().await;
    let sql = format!(
        "set session_replication_role = replica;
         insert into tenants (tenant_id, name, contact_email, onboarding_id, created_at)
         select 'dept_' || n, 'Department ' || n, 'a@b.example', gen_random_uuid(), '{first}'
         from generate_series(0, {last}) n;
         insert into usage_events (
             tenant_id, event_id, event_type, outcome, key_id, occurred_at, duration_ms, database_ms, cost_units)
         select 'dept_' || n % {DEPARTMENTS}, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
             case when n / {DEPARTMENTS} % 10 = 0 then 'enkf_run' else 'api_call' end,
             case when n / {DEPARTMENTS} % 20 = 1 then 'refused' else 'done' end, null,
             timestamptz '{first}' + interval '1 second' * (n * {seconds}::float8 / {events}), 9, 4,
             case when n / {DEPARTMENTS} % 10 = 0 then 100 + (n % 997)::numeric / 1000000 else 1 end
         from generate_series(0, {events} - 1) n;
         insert into usage_days
         select tenant_id, (occurred_at at time zone 'UTC')::date, event_type, outcome,
             '00000000-0000-0000-0000-000000000000', 'requests', count(*), sum(duration_ms), sum(database_ms),
             sum(cost_units)
         from usage_events group by 1, 2, 3, 4;
         set session_replication_role = origin;",
        first = month.begins_at().to_rfc3339(),
        last = DEPARTMENTS - 1,
        seconds = (month.ends_at() - month.begins_at()).num_seconds(),
    );
    owner.execute(AssertSqlSafe(sql)).await?;
    owner.execute("vacuum analyze").await?;
    owner.execute("checkpoint").await?;
    Ok(())
}

/// Closing the month, beside a bare sum of the same events.
async fn close(
    server: &Server,
    owner: &mut PgConnection,
    month: Month,
    now: Now,
    table: &mut Table,
) -> Outcome {
    const BARE: &str = "select tenant_id, event_type, count(*), sum(cost_units) from usage_events
        where occurred_at >= $1 and occurred_at < $2 group by 1, 2";
    let pools = Pools::open(server, 2);
    let now = now.max(closing::from(month));
    let (closed, bare) = take_turns(
        ROUNDS,
        async |_| {
            let started = Instant::now();
            let mut tx = pools.begin_operator().await?;
            let statements = closing::close(&mut tx, month, "bench", now).await?;
            if statements.len() != DEPARTMENTS as usize {
                return Err("a department has no statement".into());
            }
            // All but the commit, so that it can be closed again.
            Ok(started.elapsed().as_secs_f64())
        },
        async |_| {
            let started = Instant::now();
            let rows = sqlx::query(BARE)
                .bind(month.begins_at())
                .bind(month.ends_at())
                .fetch_all(&mut *owner)
                .await?;
            if rows.len() != 2 * DEPARTMENTS as usize {
                return Err("a department used nothing".into());
            }
            Ok(started.elapsed().as_secs_f64())
        },
    )
    .await?;
    pools.close().await;
    table.compare(
        ("a month's statements, made and stored", closed),
        ("a bare sum of its events", bare),
        |seconds| format!("{seconds:.2} s"),
        "≤ 1.2",
    );
    Ok(())
}

/// The portal, with its meter and without.
struct Served {
    metered: SocketAddr,
    bare: SocketAddr,
}

/// Serves the portal twice, on threads of their own, for as long as the process lives.
fn serve(config: &Config, secret: &Secret, server: &Server) -> Outcome<Served> {
    let (tell, told) = std::sync::mpsc::channel();
    let (config, secret, server) = (config.clone(), secret.clone(), server.clone());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async {
            for metered in [true, false] {
                let pools = Pools::open(&server, config.pool_size);
                let site = Site::find(&PathBuf::from("target/site")).expect("a site");
                let mut app = App::new(config.clone(), &secret, pools, Clock::system(), site)
                    .expect("an app");
                if !metered {
                    app.meter = Meter::none();
                }
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                    .await
                    .expect("a port");
                tell.send(listener.local_addr().expect("an address"))
                    .expect("somebody listens");
                tokio::spawn(async move { axum::serve(listener, router(app)).await });
            }
            std::future::pending::<()>().await;
        });
    });
    Ok(Served {
        metered: told.recv()?,
        bare: told.recv()?,
    })
}

async fn portal(config: &Config, secret: &Secret, server: &Server, table: &mut Table) -> Outcome {
    let served = serve(config, secret, server)?;
    report(server, "dept_1").await?;
    let key = key(server, "dept_1").await?;
    for addr in [served.metered, served.bare] {
        calls(addr, &key, CALLS / 10, Duration::ZERO)?;
    }
    let (with, without) = take_turns(
        ROUNDS,
        async |_| calls(served.metered, &key, CALLS, Duration::ZERO),
        async |_| calls(served.bare, &key, CALLS, Duration::ZERO),
    )
    .await?;
    table.compare(
        ("API reads, metered", with),
        ("the same, not metered", without),
        |rate| format!("{rate:.0}/s"),
        "≥ 0.85",
    );

    let cookie = sign_in(served.metered, server, "dept_2").await?;
    let stop = Arc::new(AtomicBool::new(false));
    let stream = std::thread::spawn({
        let (stop, addr) = (stop.clone(), served.metered);
        move || {
            let mut rates = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                rates.push(calls(addr, &key, 250, STREAM).map_err(|error| error.to_string())?);
            }
            Ok::<_, String>(rates)
        }
    });
    let mut took = pages(served.metered, &cookie)?;
    stop.store(true, Ordering::Relaxed);
    let mut rates = stream.join().map_err(|_| "the stream broke")??;
    table.state(
        "usage page while events stream in: p50, p99",
        format!(
            "{}, {}",
            time(quantile(&mut took, 0.5)),
            time(quantile(&mut took, 0.99))
        ),
        "≤ 50 ms",
    );
    table.state(
        "events that stream in meanwhile",
        format!("{:.0}/s", quantile(&mut rates, 0.5)),
        "",
    );
    Ok(())
}

/// How long each page took.
fn pages(addr: SocketAddr, cookie: &str) -> Outcome<Vec<f64>> {
    let mut browser = Connection::open(addr)?;
    let mut took = Vec::new();
    for _ in 0..PAGES {
        let started = Instant::now();
        let answer = browser.get("/usage", cookie)?;
        if answer.status != 200 || answer.body.len() < 3_000 {
            return Err(answer.head.into());
        }
        took.push(started.elapsed().as_secs_f64());
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(took)
}

/// Calls a second, of programs that each make the next when one is answered and they have rested.
fn calls(addr: SocketAddr, key: &str, calls: usize, rest: Duration) -> Outcome<f64> {
    let started = Instant::now();
    let client = || -> std::io::Result<()> {
        let mut program = Connection::open(addr)?;
        for _ in 0..calls / CLIENTS {
            let answer = program.get("/api/v1/observations?limit=100", key)?;
            if answer.status != 200 {
                return Err(std::io::Error::other(answer.head));
            }
            std::thread::sleep(rest);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().expect("a client"))
    })?;
    Ok((calls / CLIENTS * CLIENTS) as f64 / started.elapsed().as_secs_f64())
}

/// A hundred rows to read, of a department that has none.
async fn report(server: &Server, department: &str) -> Outcome {
    let mut owner = connect_as_owner(server).await?;
    owner
        .execute(AssertSqlSafe(format!(
            "insert into locations (tenant_id, location_id, name) values ('{department}', 'north', 'North');
             insert into uploads (tenant_id, upload_no, status, source, file_name, as_of, received_at, received_by,
                 decided_at, decided_by)
             values ('{department}', 1, 'accepted', 'command', 'bench', '2026-01-01', now(), 'x', now(), 'x');
             insert into observations (tenant_id, location_id, date, as_of, upload_no, new_cases)
             select '{department}', 'north', date '2025-01-01' + n, '2026-01-01', 1, n from generate_series(0, 99) n"
        )))
        .await?;
    owner.close().await?;
    Ok(())
}
