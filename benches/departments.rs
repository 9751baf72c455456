//! Two hundred departments with five million observations, kept for the next run.
//!
//! They are in a PostgreSQL of their own: nobody wants this many made-up cases in a database
//! that `DATABASE_URL` names.

use std::time::Instant;

use cordon::{
    Config,
    database::{
        Server,
        embedded::{Durability, Embedded},
        migrate::{connect_as_owner, migrate_if_needed},
    },
    secret::Secret,
};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::Outcome;

/// `CORDON_DATA_DIR` of all that is measured.
pub const DATA_DIR: &str = "target/bench-data";

/// How many departments there are; `dept_001` is the first.
pub const DEPARTMENTS: i64 = 200;

/// The last day on which they reported.
pub const LAST_DAY: &str = "2026-06-30";

/// The departments, and how to enter their database.
pub struct Departments {
    /// How to enter the database.
    pub server: Server,
    /// PostgreSQL's version.
    pub version: String,
    embedded: Embedded,
}

impl Departments {
    /// Leaves PostgreSQL, which stops when nobody else uses it.
    pub fn leave(self) {
        self.embedded.leave();
    }
}

/// How to reach the data, and nothing else of the environment.
pub fn config() -> Outcome<Config> {
    Ok(Config::from_lookup(|name| {
        (name == "CORDON_DATA_DIR").then(|| DATA_DIR.to_owned())
    })?)
}

/// Starts PostgreSQL, and loads the departments unless an earlier run has.
pub async fn load() -> Outcome<Departments> {
    let config = config()?;
    let secret = Secret::of(&config)?;
    let embedded = Embedded::start(&config.data_dir, &secret, Durability::Full)?;
    let server = embedded.server(secret);
    migrate_if_needed(&server).await?;
    let mut owner = connect_as_owner(&server).await?;
    let version = sqlx::query_scalar("show server_version")
        .fetch_one(&mut owner)
        .await?;
    let loaded: i64 = sqlx::query_scalar("select count(*) from tenants")
        .fetch_one(&mut owner)
        .await?;
    if loaded < DEPARTMENTS {
        eprintln!("loading 5 million observations of {DEPARTMENTS} departments, once");
        let started = Instant::now();
        report(&mut owner).await?;
        eprintln!("loaded in {:.0} s", started.elapsed().as_secs_f64());
    }
    // Quick where nothing has changed since.
    owner.execute("vacuum (analyze)").await?;
    owner.close().await?;
    Ok(Departments {
        server,
        version,
        embedded,
    })
}

/// 200 departments of 10 locations with 2,500 days. Rows arrive day by day, as reports do, so
/// that a department's lie scattered over the table.
async fn report(owner: &mut PgConnection) -> Outcome {
    let mut tx = owner.begin().await?;
    // The rows are right by construction, and checking their foreign keys takes minutes.
    tx.execute("set local session_replication_role = replica")
        .await?;
    tx.execute("set local synchronous_commit = off").await?;
    tx.execute(
        r#"
        insert into tenants (tenant_id, name, contact_email, onboarding_id, created_at)
        select id, 'Department ' || id, id || '@example.org', gen_random_uuid(), now()
        from (select 'dept_' || lpad(d::text, 3, '0') as id from generate_series(1, 200) d) ids
        "#,
    )
    .await?;
    tx.execute(
        r#"
        insert into locations (tenant_id, location_id, name, population)
        select tenant_id, 'county-' || l, 'County ' || l, 50000 * l
        from tenants, generate_series(1, 10) l
        "#,
    )
    .await?;
    let query = sqlx::query(
        r#"
        insert into observations (tenant_id, location_id, date, as_of, upload_no, new_cases)
        select tenant_id, location_id, date, date + 1, 1,
            (40 + 30 * sin((date - '2020-01-01') / 29.0) + hashtext(location_id || date) % 10)::int
        from locations, (select $1::date - ago as date from generate_series(0, 2499) ago) days
        order by date, tenant_id, location_id
        "#,
    );
    query
        .bind(LAST_DAY.parse::<chrono::NaiveDate>()?)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
