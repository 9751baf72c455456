//! The schema, and the hats' passwords.

use graphile_worker_migrations::sql::GRAPHILE_WORKER_MIGRATIONS;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, migrate::Migrator, postgres::PgPoolOptions,
};

use super::{Hat, Server};
use crate::{Error, Result};

/// The schema, migration by migration. They only go forward.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// The oldest PostgreSQL that is supported, as `server_version_num` counts.
const OLDEST: i32 = 15_00_00;

/// Brings the database of `server` up to date, and lets the hats in: `cordon migrate`.
///
/// # Errors
/// When the server cannot be reached as the owner, is too old, or a migration fails.
pub async fn migrate(server: &Server) -> Result<()> {
    let mut owner = connect_as_owner(server).await?;
    let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int")
        .fetch_one(&mut owner)
        .await?;
    if version < OLDEST {
        return Err(Error::Setup("PostgreSQL 15 or newer is needed".into()));
    }
    MIGRATOR.run(&mut owner).await.map_err(|error| {
        Error::Setup(format!(
            "the schema could not be brought up to date: {error}"
        ))
    })?;
    prepare_queue(server, &mut owner).await?;
    owner.execute("call app.close_temporary_schemas()").await?;
    server.binding().hand_over(&mut owner).await?;
    let_the_hats_in(server, &mut owner).await?;
    owner.close().await?;
    Ok(())
}

/// Migrates only where the hats cannot enter or the schema is not this program's, so that
/// a portal that was migrated by hand needs no owner.
///
/// # Errors
/// As [`migrate`].
pub async fn migrate_if_needed(server: &Server) -> Result<()> {
    if is_current(server).await {
        return Ok(());
    }
    migrate(server).await
}

/// A connection as the owner of the schema.
///
/// # Errors
/// When there is no such server, database or login.
pub async fn connect_as_owner(server: &Server) -> Result<PgConnection> {
    PgConnection::connect_with(&server.connect_as_owner()).await.map_err(|error| {
        Error::Setup(format!(
            "the database could not be entered as its owner ({error}); check DATABASE_URL, and that \
             the server runs"
        ))
    })
}

/// The schema of the queue of the model's runs.
pub const QUEUE: &str = "queue";

/// Brings the queue's schema up to date, which its library knows, and opens it to its hat.
async fn prepare_queue(server: &Server, owner: &mut PgConnection) -> Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(server.connect_as_owner())
        .await?;
    // One process at a time: rights on a schema are a row that two cannot change at once.
    owner
        .execute("select pg_advisory_lock(hashtextextended('cordon queue', 0))")
        .await?;
    let migrated = graphile_worker_migrations::migrate(pool.clone(), QUEUE).await;
    pool.close().await;
    migrated.map_err(|error| {
        Error::Setup(format!(
            "the queue's schema could not be brought up to date: {error}"
        ))
    })?;
    owner.execute("call app.open_queue()").await?;
    owner
        .execute("select pg_advisory_unlock(hashtextextended('cordon queue', 0))")
        .await?;
    Ok(())
}

/// Sets the password of each hat that cannot enter with the one derived from the secret.
async fn let_the_hats_in(server: &Server, owner: &mut PgConnection) -> Result<()> {
    for hat in Hat::ALL {
        for attempt in 1.. {
            if let Ok(connection) = PgConnection::connect_with(&server.connect_as(hat)).await {
                connection.close().await?;
                break;
            }
            // `alter role` takes no parameters. Both parts are ours: a fixed name, and
            // hexadecimal digits.
            let sql = format!(
                "alter role {} password '{}'",
                hat.role(),
                server.password(hat)
            );
            match owner.execute(AssertSqlSafe(sql)).await {
                // Roles belong to the cluster: somebody who migrates another database may be
                // changing the same role at this moment.
                Err(error) if attempt < ATTEMPTS && is_concurrent_update(&error) => {}
                done => {
                    done?;
                    break;
                }
            }
        }
    }
    Ok(())
}

/// How often a role is changed anew when another process changes it at the same time.
const ATTEMPTS: u32 = 5;

/// PostgreSQL has no code of its own for `tuple concurrently updated`.
fn is_concurrent_update(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|cause| cause.code().as_deref() == Some("XX000"))
}

/// True where every hat can enter and the schema is this program's.
async fn is_current(server: &Server) -> bool {
    for hat in Hat::ALL {
        let Ok(mut connection) = PgConnection::connect_with(&server.connect_as(hat)).await else {
            return false;
        };
        if hat == Hat::Gate {
            let applied: Result<Vec<Vec<u8>>, _> = sqlx::query_scalar(
                "select checksum from _sqlx_migrations where success order by version",
            )
            .fetch_all(&mut connection)
            .await;
            let current = applied.is_ok_and(|applied| {
                MIGRATOR
                    .iter()
                    .map(|migration| migration.checksum.to_vec())
                    .eq(applied)
            });
            if !current {
                return false;
            }
        }
        if hat == Hat::Tenant {
            let open: Result<bool, _> = sqlx::query_scalar(
                "select has_database_privilege(current_database(), 'temporary')",
            )
            .fetch_one(&mut connection)
            .await;
            if open.unwrap_or(true) || !server.binding().is_known_to(&mut connection).await {
                return false;
            }
        }
        if hat == Hat::Queue {
            let applied: Result<Option<i32>, _> =
                sqlx::query_scalar("select max(id) from queue.migrations")
                    .fetch_one(&mut connection)
                    .await;
            let latest = GRAPHILE_WORKER_MIGRATIONS
                .iter()
                .map(|migration| i64::from(migration.migration_number()))
                .max();
            if applied.ok().flatten().map(i64::from) != latest {
                return false;
            }
        }
        if connection.close().await.is_err() {
            return false;
        }
    }
    true
}
