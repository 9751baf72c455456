//! Through PgBouncer, in transaction mode and over one connection to the server: its clients' sessions
//! are not the server's, and what is bound to one could be found by the next.

use std::{
    io::Write as _,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, postgres::PgConnectOptions};

use super::{OWN_CASES, SECRET_CASES, two_departments};
use crate::{
    database::Hat,
    tests::{
        behind::{UNBOUND, refusal},
        portal::TestPortal,
    },
};

/// Where `.ci/setup` and Debian put it.
fn program() -> Option<PathBuf> {
    let unpacked = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([unpacked, PathBuf::from("/usr/sbin")])
        .map(|dir| dir.join("pgbouncer"))
        .find(|program| program.is_file())
}

/// One that runs until this is dropped.
struct PgBouncer {
    process: Child,
    port: u16,
    /// Its settings, which it reads when it starts.
    _settings: tempfile::NamedTempFile,
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl PgBouncer {
    /// Between clients and the portal's database, as the tenant hat. `None` where it is not installed.
    async fn start(portal: &TestPortal) -> Option<Self> {
        let program = program()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|free| free.local_addr())
            .expect("a port")
            .port();
        let server = portal.server.connect_as(Hat::Tenant);
        let mut settings = tempfile::NamedTempFile::new().expect("a file");
        writeln!(
            settings,
            "[databases]\n\
             departments = host={} port={} dbname={} user={} password={}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = transaction\n\
             default_pool_size = 1\nreserve_pool_size = 0\nmax_client_conn = 50\n\
             ignore_startup_parameters = extra_float_digits, options\n",
            server.get_host(),
            server.get_port(),
            portal.server.database_name(),
            Hat::Tenant.role(),
            portal.server.password(Hat::Tenant),
        )
        .expect("written");
        // As root it runs as nobody, once it has read its settings.
        if std::fs::metadata("/proc/self")
            .is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
        {
            writeln!(settings, "user = nobody").expect("written");
        }
        let process = Command::new(program)
            .args(["-q"])
            .arg(settings.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut started = Self {
            process,
            port,
            _settings: settings,
        };
        while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = started.process.try_wait().expect("a process");
            assert!(ended.is_none(), "PgBouncer ended: {ended:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(started)
    }

    /// A client, which does not prepare statements: PgBouncer hands them to whichever session is free.
    async fn client(&self) -> PgConnection {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username("anybody")
            .database("departments")
            .ssl_mode(sqlx::postgres::PgSslMode::Disable);
        PgConnection::connect_with(&options)
            .await
            .expect("a client")
    }
}

/// What a client is answered, a text for each row.
async fn ask(client: &mut PgConnection, sql: String) -> Result<Vec<String>, sqlx::Error> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(client).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_unchecked::<String, _>(0).unwrap_or_default())
        .collect())
}

fn begin(portal: &TestPortal, tenant: &str) -> String {
    let proof = portal.app.pools.binding().prove_now(tenant);
    format!("begin; select app.bind_tenant('{tenant}', '{proof}')")
}

const READ: &str = "select new_cases::text from observations order by 1";
const SESSION: &str = "select pg_backend_pid()::text";

async fn with_pgbouncer() -> Option<(TestPortal, PgBouncer)> {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let bouncer = PgBouncer::start(&portal).await;
    if bouncer.is_none() {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| eprintln!("SKIPPED: pgbouncer is not installed"));
    }
    Some((portal, bouncer?))
}

#[tokio::test]
async fn over_one_connection_of_pgbouncer_departments_take_turns_and_see_their_own() {
    let Some((portal, bouncer)) = with_pgbouncer().await else {
        return;
    };
    let mut clients = [
        (
            "alder",
            bouncer.client().await,
            OWN_CASES.map(|count| count.to_string()).to_vec(),
        ),
        (
            "birch",
            bouncer.client().await,
            SECRET_CASES.map(|count| count.to_string()).to_vec(),
        ),
    ];
    let mut sessions = Vec::new();
    for turn in 0..6 {
        for (tenant, client, own) in &mut clients {
            ask(client, begin(&portal, tenant)).await.expect("bound");
            sessions.extend(ask(client, SESSION.to_owned()).await.expect("a session"));
            let read = ask(client, READ.to_owned()).await.expect("rows");
            assert_eq!(&read, own, "{tenant}, turn {turn}");
            let end = if turn % 2 == 0 { "commit" } else { "rollback" };
            ask(client, end.to_owned()).await.expect("ended");
            // Who begins without binding reads nothing, whoever was there before.
            ask(client, "begin".to_owned()).await.expect("begun");
            let unbound = ask(client, READ.to_owned()).await;
            assert_eq!(refusal(unbound), UNBOUND, "{tenant}, turn {turn}");
            ask(client, "rollback".to_owned()).await.expect("ended");
        }
    }
    sessions.dedup();
    assert_eq!(sessions.len(), 1, "more than one connection: {sessions:?}");
}

#[tokio::test]
async fn at_once_over_one_connection_of_pgbouncer_nobody_reads_anothers_rows() {
    let Some((portal, bouncer)) = with_pgbouncer().await else {
        return;
    };
    let work = (0..12).map(async |number| {
        let (tenant, own) = match number % 2 {
            0 => ("alder", &OWN_CASES[..]),
            _ => ("birch", &SECRET_CASES[..]),
        };
        let own: Vec<_> = own.iter().map(i32::to_string).collect();
        let mut client = bouncer.client().await;
        for _ in 0..10 {
            ask(&mut client, begin(&portal, tenant))
                .await
                .expect("bound");
            assert_eq!(ask(&mut client, READ.to_owned()).await.expect("rows"), own);
            ask(&mut client, "commit".to_owned())
                .await
                .expect("committed");
        }
    });
    let mut work: Vec<_> = work.map(Box::pin).collect();
    // All of them by turns, in this one task.
    std::future::poll_fn(|context| {
        work.retain_mut(|work| work.as_mut().poll(context).is_pending());
        match work.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_of_pgbouncer_that_dies_in_the_middle_leaves_no_tenant_behind() {
    let Some((portal, bouncer)) = with_pgbouncer().await else {
        return;
    };
    for turn in 0..5 {
        let mut dying = bouncer.client().await;
        ask(&mut dying, begin(&portal, "birch"))
            .await
            .expect("bound");
        ask(
            &mut dying,
            "update locations set name = 'Half done'".to_owned(),
        )
        .await
        .expect("begun");
        // Without a word, as when its machine is switched off.
        drop(dying);
        let mut next = bouncer.client().await;
        let unbound = ask(&mut next, READ.to_owned()).await;
        assert_eq!(refusal(unbound), UNBOUND, "turn {turn}");
        ask(&mut next, begin(&portal, "alder"))
            .await
            .expect("bound");
        let read = ask(&mut next, READ.to_owned()).await.expect("rows");
        assert_eq!(
            read,
            OWN_CASES.map(|count| count.to_string()),
            "turn {turn}"
        );
        ask(&mut next, "commit".to_owned())
            .await
            .expect("committed");
    }
    let half = "select count(*) from locations where name = 'Half done'";
    let half = crate::tests::behind::count(&mut portal.owner().await, half).await;
    assert_eq!(half.expect("a count"), 0);
}
