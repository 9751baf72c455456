//! A database of its own for each test, on a real PostgreSQL.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{
    Config, Error, Result,
    database::{
        Server,
        embedded::{Durability, Embedded},
        migrate::{MIGRATOR, migrate},
    },
    secret::{Secret, hex, sha256},
};

/// Where the tests' own PostgreSQL lives. It is left running for the next run; `make test`
/// stops it.
const DATA_DIR: &str = "target/test-postgres";

/// Where the one lives that has TimescaleDB, if that is installed.
const TIMESCALE_DIR: &str = "target/test-timescale";

static TIMESCALE: OnceCell<(Server, Embedded)> = OnceCell::const_new();

/// The secret of the tests' server, for a command that is configured by hand.
pub fn secret() -> String {
    std::env::var("CORDON_SECRET").unwrap_or_else(|_| {
        let kept = std::fs::read_to_string(std::path::Path::new(DATA_DIR).join("secret"));
        kept.expect("the secret of a server that runs")
            .trim()
            .to_owned()
    })
}

/// A server to make databases on, with a template that has the schema.
struct Cluster {
    server: Server,
    template: String,
    embedded: Option<Embedded>,
}

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();

/// A new database with the schema, by copying the template.
pub async fn new_database() -> Result<Server> {
    let cluster = CLUSTER.get_or_try_init(Cluster::start).await?;
    let name = format!("cordon_test_{}", Uuid::new_v4().simple());
    cluster
        .execute(format!(
            "create database {name} template {}",
            cluster.template
        ))
        .await?;
    let server = cluster.server.database(&name);
    // Rights on a database are not copied with it: they are taken as the portal takes them.
    let mut owner = PgConnection::connect_with(&server.connect_as_owner()).await?;
    owner.execute("call app.close_temporary_schemas()").await?;
    owner.close().await?;
    Ok(server)
}

/// A new database without a schema.
pub async fn empty_database() -> Result<Server> {
    let cluster = CLUSTER.get_or_try_init(Cluster::start).await?;
    let name = format!("cordon_test_{}", Uuid::new_v4().simple());
    cluster
        .execute(format!("create database {name} template template0"))
        .await?;
    Ok(cluster.server.database(&name))
}

impl Cluster {
    async fn start() -> Result<Self> {
        // `DATABASE_URL` is honoured here as it is by the portal; the rest is the tests' own.
        let config = Config::from_lookup(|name| match name {
            "DATABASE_URL" | "CORDON_SECRET" => std::env::var(name).ok(),
            "CORDON_DATA_DIR" => Some(DATA_DIR.to_owned()),
            _ => None,
        })?;
        let secret = Secret::of(&config)?;
        let (server, embedded) = match &config.database_url {
            Some(url) => (Server::from_url(url, secret)?, None),
            None => {
                let embedded = Embedded::start(&config.data_dir, &secret, Durability::None)?;
                (embedded.server(secret), Some(embedded))
            }
        };
        let checksums: Vec<u8> = MIGRATOR
            .iter()
            .flat_map(|migration| migration.checksum.to_vec())
            .collect();
        let template = format!("cordon_template_{}", hex(&sha256(&checksums)[..8]));
        let cluster = Self {
            server,
            template,
            embedded,
        };
        cluster.prepare().await?;
        Ok(cluster)
    }

    /// Clears what earlier runs left, and makes the template unless it is there.
    async fn prepare(&self) -> Result<()> {
        let mut owner = PgConnection::connect_with(&self.server.connect_as_owner()).await?;
        // Another test process on the same server waits here.
        owner.execute("select pg_advisory_lock(7243)").await?;
        let old: Vec<String> = sqlx::query_scalar(
            "select datname::text from pg_database d
             where datname like 'cordon\\_test\\_%'
                 and not exists (select from pg_stat_activity a where a.datid = d.oid)",
        )
        .fetch_all(&mut owner)
        .await?;
        for name in old {
            owner
                .execute(AssertSqlSafe(format!("drop database if exists {name}")))
                .await?;
        }
        let made: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(&self.template)
                .fetch_one(&mut owner)
                .await?;
        if !made {
            let making = format!("{}_making", self.template);
            owner
                .execute(AssertSqlSafe(format!("drop database if exists {making}")))
                .await?;
            owner
                .execute(AssertSqlSafe(format!(
                    "create database {making} template template0"
                )))
                .await?;
            migrate(&self.server.database(&making)).await?;
            owner
                .execute(AssertSqlSafe(format!(
                    "alter database {making} rename to {}",
                    self.template
                )))
                .await?;
        }
        owner.close().await?;
        Ok(())
    }

    async fn execute(&self, sql: String) -> Result<()> {
        let mut owner = PgConnection::connect_with(&self.server.connect_as_owner()).await?;
        owner
            .execute(AssertSqlSafe(sql))
            .await
            .map_err(Error::internal)?;
        owner.close().await?;
        Ok(())
    }
}

/// A new database whose events are a hypertable; none where the extension is not installed.
pub async fn hypertables() -> Result<Option<Server>> {
    let cluster = CLUSTER.get_or_try_init(Cluster::start).await?;
    let mut owner = PgConnection::connect_with(&cluster.server.connect_as_owner()).await?;
    let installed: bool = sqlx::query_scalar(
        "select exists (select from pg_available_extensions where name = 'timescaledb')",
    )
    .fetch_one(&mut owner)
    .await?;
    if !installed || cluster.embedded.is_none() {
        return Ok(None);
    }
    let started = TIMESCALE.get_or_try_init(async || {
        let config = Config::from_lookup(|name| {
            (name == "CORDON_DATA_DIR").then(|| TIMESCALE_DIR.to_owned())
        })?;
        let secret = Secret::of(&config)?;
        let embedded = Embedded::start_with(
            &config.data_dir,
            &secret,
            Durability::None,
            "-c shared_preload_libraries=timescaledb -c timescaledb.telemetry_level=off \
             -c timescaledb.max_background_workers=0",
        )?;
        Ok::<_, Error>((embedded.server(secret), embedded))
    });
    let (server, _) = started.await?;
    let name = format!("cordon_test_{}", Uuid::new_v4().simple());
    let create = format!("create database {name} template template0");
    PgConnection::connect_with(&server.connect_as_owner())
        .await?
        .execute(AssertSqlSafe(create))
        .await?;
    let database = server.database(&name);
    PgConnection::connect_with(&database.connect_as_owner())
        .await?
        .execute("create extension timescaledb")
        .await?;
    migrate(&database).await?;
    Ok(Some(database))
}
