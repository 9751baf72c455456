//! The PostgreSQL that the portal runs itself.

use std::path::PathBuf;

use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::{
    database::{
        Server,
        embedded::{Durability, Embedded},
    },
    secret::Secret,
};

/// With `DATABASE_URL` nothing embedded is started, here as in the portal.
fn is_not_wanted() -> bool {
    std::env::var_os("DATABASE_URL").is_some()
}

/// A data directory that is gone when the test ends.
struct DataDir(PathBuf);

impl DataDir {
    fn new() -> Self {
        Self(PathBuf::from("target").join(format!("test-{}", Uuid::new_v4().simple())))
    }

    fn start(&self) -> Embedded {
        Embedded::start(&self.0, &secret(), Durability::Full).expect("a server")
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("the data directory is removed");
    }
}

fn secret() -> Secret {
    Secret::new("a secret of the tests")
}

async fn enter(server: &Server) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect_with(&server.connect_as_owner()).await
}

#[tokio::test]
async fn two_who_use_the_server_share_it_and_the_last_to_leave_stops_it() {
    if is_not_wanted() {
        return;
    }
    let data = DataDir::new();
    let (portal, import) = (data.start(), data.start());
    let server = portal.server(secret());
    import.leave();
    let mut owner = enter(&server).await.expect("the portal still uses it");
    owner
        .execute("create table kept (number int)")
        .await
        .expect("a table");
    owner.close().await.expect("closed");
    portal.leave();
    assert!(
        enter(&server).await.is_err(),
        "nobody uses it, and it still runs"
    );

    let again = data.start();
    let mut owner = enter(&again.server(secret())).await.expect("started again");
    owner
        .execute("select from kept")
        .await
        .expect("what was stored is kept");
    owner.close().await.expect("closed");
    again.leave();
}

#[tokio::test]
async fn a_server_that_was_killed_is_started_again_with_what_was_committed() {
    if is_not_wanted() {
        return;
    }
    let data = DataDir::new();
    let portal = data.start();
    let mut owner = enter(&portal.server(secret())).await.expect("entered");
    owner
        .execute("create table kept (number int)")
        .await
        .expect("a table");
    let cluster: String = sqlx::query_scalar("select current_setting('data_directory')")
        .fetch_one(&mut owner)
        .await
        .expect("its directory");
    let pid =
        std::fs::read_to_string(PathBuf::from(cluster).join("postmaster.pid")).expect("its pid");
    let killed = std::process::Command::new("kill")
        .args(["-9", pid.lines().next().expect("a pid")])
        .status()
        .expect("kill runs");
    assert!(killed.success());
    // The portal went with it: the lock is free, and nobody stopped anything.
    drop(portal);
    while still_answers(&mut owner).await {}

    let again = data.start();
    let mut owner = enter(&again.server(secret())).await.expect("started again");
    owner
        .execute("select from kept")
        .await
        .expect("what was committed is kept");
    owner.close().await.expect("closed");
    again.leave();
}

/// True as long as the killed server's process still answers.
async fn still_answers(owner: &mut PgConnection) -> bool {
    owner.execute("select 1").await.is_ok()
}

#[tokio::test]
async fn another_secret_does_not_open_it() {
    if is_not_wanted() {
        return;
    }
    let data = DataDir::new();
    let portal = data.start();
    assert!(
        enter(&portal.server(Secret::new("another secret")))
            .await
            .is_err()
    );
    portal.leave();
}
