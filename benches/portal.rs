//! Pages, from the release build: how many in a second, against the SQL they stand on; how
//! long the portal takes to start, how much memory it holds, how much a first visit loads.
//!
//! The raw SQL is what `pgbench` makes of the page's own statements (begin, bind, locations,
//! counts, commit), prepared, as the same role over as many connections. The page looks up
//! its session besides. Portal, PostgreSQL and whoever asks share the machine's processors,
//! in either case.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use cordon::{
    access::{
        Scopes,
        api_key::{self, Lifetime, NewKey},
        password::Passwords,
        user::{self, NewRole, NewUser},
    },
    clock::Clock,
    database::{Hat, Pools, Server, migrate::connect_as_owner, programs::Programs},
    surveillance::Window,
    surveillance::{daily::DAILY_COUNTS, location::LOCATIONS},
    tenancy::TenantId,
};

use sqlx::Executor as _;

use crate::{
    Outcome,
    comparison::{Table, first_number, quantile, take_turns},
    departments::{self, DATA_DIR, LAST_DAY},
    http::Connection,
};

const PROGRAM: &str = "target/release/cordon";
const DEPARTMENT: &str = "dept_100";
const PASSWORD: &str = "correct horse battery";

/// What browsers accept.
const BROWSER: &str = "gzip, deflate, br, zstd";

/// Who asks at the same time; as many as the portal has connections for departments.
const CLIENTS: usize = 8;
/// How often they take turns with pgbench, and how much is asked in a turn.
const ROUNDS: usize = 7;
const PAGES: usize = 2_000;
const TRANSACTIONS: usize = 4_000;
/// A turn ends after this long, however slow the machine.
const LONGEST_TURN: Duration = Duration::from_secs(20);

/// Measures a department's cases page: 90 days of 10 locations.
pub async fn measure(table: &mut Table) -> Outcome {
    let started = Instant::now();
    let portal = Portal::start(DATA_DIR, &[])?;
    table.state(
        "start, PostgreSQL included",
        format!("{:.2} s", started.elapsed().as_secs_f64()),
        "",
    );
    std::thread::sleep(Duration::from_secs(2));
    table.state("memory of the idle portal", portal.memory()?, "≤ 60 MB");

    let departments = departments::load().await?;
    let cookie = sign_in(portal.addr, &departments.server, DEPARTMENT).await?;
    first_visit(&portal, &cookie, table)?;
    load(&portal, &cookie, &departments.server, table).await?;
    proof(&portal, &cookie, &departments.server, table).await?;
    table.state("memory after the load", portal.memory()?, "");
    portal.stop()?;
    departments.leave();
    Ok(())
}

/// A running portal.
pub struct Portal {
    process: Child,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Portal {
    /// Starts the release build on the data in `data_dir`, with these variables besides, and
    /// waits until it is ready.
    pub fn start(data_dir: &str, variables: &[(&str, &str)]) -> Outcome<Self> {
        if !Path::new(PROGRAM).exists() {
            return Err(format!("{PROGRAM} is not there; `make build` makes it").into());
        }
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let process = Command::new(PROGRAM)
            .arg("serve")
            .env_remove("DATABASE_URL")
            .env("CORDON_DATA_DIR", data_dir)
            .env("CORDON_ADDR", addr.to_string())
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .spawn()?;
        let mut portal = Self { process, addr };
        let ready = |addr| Connection::open(addr)?.get("/readyz", "");
        while !ready(addr).is_ok_and(|answer| answer.status == 200) {
            if let Some(status) = portal.process.try_wait()? {
                return Err(format!("the portal ended ({status})").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(portal)
    }

    fn memory(&self) -> Outcome<String> {
        let status = format!("/proc/{}/status", self.process.id());
        let kilobytes = first_number(&status, "VmRSS:").ok_or("the portal has no memory")?;
        Ok(format!("{:.0} MB", kilobytes as f64 / 1024.0))
    }

    /// The most memory that it held since it was last asked, in MB.
    pub fn peak(&self) -> Outcome<f64> {
        let process = format!("/proc/{}", self.process.id());
        let kilobytes = first_number(&format!("{process}/status"), "VmHWM:");
        // The kernel begins anew from what it holds now.
        std::fs::write(format!("{process}/clear_refs"), "5")?;
        Ok(kilobytes.ok_or("the portal has no memory")? as f64 / 1024.0)
    }

    /// Tells the portal to stop, and waits until it has.
    pub fn stop(mut self) -> Outcome {
        Command::new("kill")
            .arg(self.process.id().to_string())
            .status()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Portal {
    /// After a fault in the middle; otherwise it has ended already.
    fn drop(&mut self) {
        self.process.kill().ok();
    }
}

/// A new epidemiologist of `department` signs in: the cookie, as a header.
pub async fn sign_in(addr: SocketAddr, server: &Server, department: &str) -> Outcome<String> {
    let email = format!("bench-{}@example.org", uuid::Uuid::new_v4());
    let pools = Pools::open(server, 2);
    let mut tx = pools.begin_registrar().await?;
    let new = NewUser {
        email: &email,
        name: "Bench",
        password_hash: &Passwords::new(1)?.hash(PASSWORD).await?,
        added_by: "bench",
    };
    let role = NewRole::Epidemiologist(TenantId::parse(department)?);
    user::add(&mut tx, new, &role, Clock::system().now()).await?;
    tx.commit().await?;
    pools.close().await;

    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", email.as_str()), ("password", PASSWORD)])
        .finish();
    let answer =
        Connection::open(addr)?.send("POST", "/login", "sec-fetch-site: same-origin\r\n", &form)?;
    // The session's, beside the one that only says that somebody signed in here before.
    let cookie = answer
        .head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, cookie)| cookie.split(';').next())
        .find(|cookie| cookie.starts_with("cordon="));
    Ok(format!(
        "cookie: {}\r\n",
        cookie.ok_or("the sign-in was refused")?
    ))
}

/// A new key of `department` that may write: as a header.
pub async fn key(server: &Server, department: &str) -> Outcome<String> {
    let pools = Pools::open(server, 2);
    let mut tx = pools.begin_registrar().await?;
    let new = NewKey {
        key_id: uuid::Uuid::new_v4(),
        name: "bench",
        scopes: &Scopes::all(),
        lifetime: Lifetime::Year,
        by: "bench",
    };
    let key = api_key::issue(
        &mut tx,
        &TenantId::parse(department)?,
        new,
        Clock::system().now(),
    )
    .await?;
    tx.commit().await?;
    pools.close().await;
    let key = key.ok_or("the department has too many keys")?;
    Ok(format!("authorization: Bearer {}\r\n", key.reveal()))
}

/// Forgets the database of an earlier run, stopping its PostgreSQL.
pub fn forget(data_dir: &str) -> Outcome {
    let forgotten = Command::new(".ci/stop-postgres")
        .args(["--forget", data_dir])
        .status()?;
    if forgotten.success() {
        return Ok(());
    }
    Err(format!("{data_dir} could not be removed").into())
}

/// What goes over the wire, headers included, until the page and all that it loads is there.
fn first_visit(portal: &Portal, cookie: &str, table: &mut Table) -> Outcome {
    for encoding in [BROWSER, "gzip"] {
        let headers = format!("{cookie}accept-encoding: {encoding}\r\n");
        let mut browser = Connection::open(portal.addr)?;
        let html = String::from_utf8(browser.get("/", cookie)?.body)?;
        let mut paths: Vec<&str> = html
            .split(['"', '\''])
            .filter(|text| text.starts_with("/pkg/") || *text == "/favicon.svg")
            .collect();
        paths.sort_unstable();
        paths.dedup();
        let mut sum = 0;
        let mut parts = Vec::new();
        for path in [&["/"], &paths[..]].concat() {
            let answer = browser.get(path, &headers)?;
            if answer.status != 200 {
                return Err(format!("{path} came back as {}", answer.head).into());
            }
            let bytes = answer.head.len() + answer.body.len();
            parts.push(format!(
                "{} {:.1}",
                path.rsplit('.').next().unwrap_or(path),
                bytes as f64 / 1000.0
            ));
            sum += bytes;
        }
        table.state(
            &format!("first visit, accepting {encoding}"),
            format!("{:.1} KB ({})", sum as f64 / 1000.0, parts.join(", ")),
            "≤ 100 KB",
        );
    }
    Ok(())
}

/// Pages beside raw SQL, in turns.
async fn load(portal: &Portal, cookie: &str, server: &Server, table: &mut Table) -> Outcome {
    for (words, headers) in [
        ("cases page", cookie.to_owned()),
        (
            "cases page, compressed",
            format!("{cookie}accept-encoding: {BROWSER}\r\n"),
        ),
    ] {
        // The first answers fill caches on either side.
        ask(portal.addr, &headers, PAGES / 10, &mut Vec::new())?;
        pgbench(server, TRANSACTIONS / 10)?;
        let mut latencies = Vec::new();
        let (pages, raw) = take_turns(
            ROUNDS,
            async |_| ask(portal.addr, &headers, PAGES, &mut latencies),
            async |_| pgbench(server, TRANSACTIONS),
        )
        .await?;
        table.compare(
            (words, pages),
            ("its SQL through pgbench", raw),
            |rate| format!("{rate:.0}/s"),
            "≥ 0.5",
        );
        let (median, slow) = (
            quantile(&mut latencies, 0.5),
            quantile(&mut latencies, 0.99),
        );
        table.state(
            &format!("{words}: p50, p99 of {CLIENTS} clients"),
            format!("{:.1} ms, {:.1} ms", 1e3 * median, 1e3 * slow),
            "",
        );
    }
    Ok(())
}

/// What it costs that no tenant is taken at its word: the page as it is, beside one of a database
/// that asks for no proof.
async fn proof(portal: &Portal, cookie: &str, server: &Server, table: &mut Table) -> Outcome {
    const TRUSTING: &str = "
        create or replace function app.require_tenant() returns text
            language sql stable parallel safe
            as $$ select pg_catalog.current_setting('app.current_tenant') $$";
    let mut owner = connect_as_owner(server).await?;
    let function = "select pg_get_functiondef('app.require_tenant'::regproc)";
    let asking: String = sqlx::query_scalar(function).fetch_one(&mut owner).await?;
    let owner = tokio::sync::Mutex::new(owner);
    let pages = async |functions: &str| {
        let sql = sqlx::AssertSqlSafe(functions.to_owned());
        owner.lock().await.execute(sql).await?;
        ask(portal.addr, cookie, PAGES / 10, &mut Vec::new())?;
        ask(portal.addr, cookie, PAGES, &mut Vec::new())
    };
    let (proved, trusting) = take_turns(
        ROUNDS,
        async |_| pages(&asking).await,
        async |_| pages(TRUSTING).await,
    )
    .await?;
    pages(&asking).await?;
    table.compare(
        ("cases page, the tenant proved", proved),
        ("taken at its word", trusting),
        |rate| format!("{rate:.0}/s"),
        "≥ 0.95",
    );
    Ok(())
}

/// Pages a second, of `CLIENTS` that each ask for the next when one is there.
fn ask(addr: SocketAddr, headers: &str, pages: usize, latencies: &mut Vec<f64>) -> Outcome<f64> {
    let started = Instant::now();
    let client = || {
        let mut took = Vec::with_capacity(pages / CLIENTS);
        let mut browser = Connection::open(addr)?;
        while took.len() < pages / CLIENTS && started.elapsed() < LONGEST_TURN {
            let asked = Instant::now();
            let answer = browser.get("/", headers)?;
            if answer.status != 200 || answer.body.len() < 4_000 {
                return Err(std::io::Error::other(answer.head));
            }
            took.push(asked.elapsed().as_secs_f64());
        }
        Ok(took)
    };
    let took = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients
            .into_iter()
            .map(|client| client.join().expect("a client"))
            .collect::<std::io::Result<Vec<_>>>()
    })?;
    let elapsed = started.elapsed().as_secs_f64();
    let before = latencies.len();
    latencies.extend(took.into_iter().flatten());
    Ok((latencies.len() - before) as f64 / elapsed)
}

/// Transactions a second, by pgbench.
fn pgbench(server: &Server, transactions: usize) -> Outcome<f64> {
    let window = Window::ending(LAST_DAY.parse::<NaiveDate>()?, 90).led_by(13);
    let counts = DAILY_COUNTS[0]
        .replace("$1", ":tenant")
        .replace("$2", ":first")
        .replace("$3", ":last")
        .replace("$4", ":chosen")
        .replace("$5", "null");
    let locations = LOCATIONS
        .replace("$1", ":tenant")
        .replace("$2", "date '9999-12-31'");
    let script = format!(
        "begin;\nselect app.bind_tenant(:tenant, :proof);\n{locations};\n{counts};\ncommit;\n"
    );
    let role = server.connect_as(Hat::Tenant);
    let mut command = Programs::find()?.command("pgbench");
    command
        .args(["--no-vacuum", "--protocol=prepared", "--file=-", "--jobs=2"])
        .arg(format!("--client={CLIENTS}"))
        .arg(format!("--transactions={}", transactions / CLIENTS))
        .args(["-D", &format!("tenant={DEPARTMENT}"), "-D", "chosen={}"])
        .args([
            "-D",
            &format!("proof={}", server.binding().prove_now(DEPARTMENT)),
        ])
        .args([
            "-D",
            &format!("first={}", window.first()),
            "-D",
            &format!("last={}", window.last()),
        ])
        .args(["--host=127.0.0.1", &format!("--port={}", role.get_port())])
        .args([
            "--username",
            Hat::Tenant.role(),
            role.get_database().unwrap_or("postgres"),
        ])
        .env("PGPASSWORD", server.password(Hat::Tenant))
        .env("PGOPTIONS", "-c jit=off -c statement_timeout=10s");
    let mut pgbench = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    pgbench
        .stdin
        .take()
        .ok_or("pgbench takes no script")?
        .write_all(script.as_bytes())?;
    let output = pgbench.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let rate = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.ok_or_else(|| format!("pgbench: {said}{}", String::from_utf8_lossy(&output.stderr)).into())
}
