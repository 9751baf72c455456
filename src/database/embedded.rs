//! A PostgreSQL server that the portal runs itself.
//!
//! It listens on loopback alone, with a password, and keeps its rows under the data
//! directory. `postgresql_embedded` does the same for an ordinary user and not for root,
//! whom PostgreSQL refuses; containers are often root, so here the server runs under an
//! unprivileged account then.
//!
//! Whoever uses the server holds a shared lock on one file, and whoever starts or stops it an
//! exclusive lock on another. The last to leave stops it. After a kill -9 it goes on running,
//! and the next to come takes it up.

use std::{
    fs::File,
    io::Write as _,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use super::{Server, programs::Programs};
use crate::{Error, Result, secret, secret::Secret};

/// The role that owns the cluster and the schema.
pub const OWNER: &str = "cordon_owner";

/// How long a server that starts or stops is waited for, and how often it is looked at.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(50);

/// What PostgreSQL does about a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What was committed is on the disk.
    Full,
    /// For tests: quick, and lost if the machine stops.
    None,
}

/// A running server, in use by this process.
#[derive(Debug)]
pub struct Embedded {
    programs: Programs,
    cluster: PathBuf,
    /// Held while the server is made, started or stopped.
    at_the_switch: File,
    /// Held, shared, for as long as the server is used.
    in_use: File,
    port: u16,
}

impl Embedded {
    /// Takes up the server under `data_dir`, starting it, and making it, where need be.
    ///
    /// # Errors
    /// Says what is missing, or where the server's own words are to be found.
    pub fn start(data_dir: &Path, secret: &Secret, durability: Durability) -> Result<Self> {
        Self::start_with(data_dir, secret, durability, "")
    }

    /// The same, with settings of its own: `-c name=value`, one after the other.
    pub(crate) fn start_with(
        data_dir: &Path,
        secret: &Secret,
        durability: Durability,
        more_settings: &str,
    ) -> Result<Self> {
        std::fs::create_dir_all(data_dir).map_err(|error| unusable(data_dir, &error))?;
        let data_dir = data_dir
            .canonicalize()
            .map_err(|error| unusable(data_dir, &error))?;
        let programs = Programs::find()?;
        let cluster = programs.home_for(&data_dir)?.join("postgres");
        let lock = |name: &str| {
            File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(data_dir.join(name))
                .map_err(|error| unusable(&data_dir, &error))
        };
        let (at_the_switch, in_use) = (lock("postgres.switch")?, lock("postgres.users")?);
        at_the_switch
            .lock()
            .map_err(|error| unusable(&data_dir, &error))?;
        let mut server = Self {
            programs,
            cluster,
            at_the_switch,
            in_use,
            port: 0,
        };
        if !server.cluster.join("PG_VERSION").exists() {
            server.initialise(&data_dir, secret)?;
        }
        server.port = match server.running_port()? {
            Some(port) => port,
            None => server.launch(durability, more_settings)?,
        };
        server
            .in_use
            .lock_shared()
            .and_then(|()| server.at_the_switch.unlock())
            .map_err(|error| unusable(&data_dir, &error))?;
        Ok(server)
    }

    /// How to enter it.
    pub fn server(&self, secret: Secret) -> Server {
        Server::on_loopback(self.port, secret)
    }

    /// Leaves the server, and stops it when nobody else uses it.
    pub fn leave(self) {
        // Nobody comes while we look whether anybody else is here.
        if let Err(error) = self.at_the_switch.lock() {
            tracing::warn!(%error, "the embedded PostgreSQL was left running");
            return;
        }
        if self.in_use.try_lock().is_err() {
            return;
        }
        let stopped = self.run("pg_ctl", |pg_ctl| {
            pg_ctl
                .args(["stop", "-w", "-m", "fast", "-D"])
                .arg(&self.cluster)
        });
        if let Err(error) = stopped {
            tracing::warn!(%error, "the embedded PostgreSQL did not stop");
        }
    }

    /// A new, empty cluster. Made beside its place and moved there whole, so that a process
    /// killed half-way leaves none that looks finished.
    fn initialise(&self, data_dir: &Path, secret: &Secret) -> Result<()> {
        let making = self.cluster.with_extension("new");
        let password = self.cluster.with_extension("password");
        for leftover in [&making, &password] {
            match std::fs::symlink_metadata(leftover) {
                Ok(found) if found.is_dir() => std::fs::remove_dir_all(leftover),
                Ok(_) => std::fs::remove_file(leftover),
                Err(_) => Ok(()),
            }
            .map_err(|error| unusable(data_dir, &error))?;
        }
        secret::create_private(&password)
            .and_then(|mut file| file.write_all(secret.derive(OWNER).as_bytes()))
            .and_then(|()| self.programs.give(&password))
            .map_err(|error| unusable(data_dir, &error))?;
        let made = self.run("initdb", |initdb| {
            initdb
                .args([
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                ])
                .args(["--username", OWNER, "--pwfile"])
                .arg(&password)
                .arg("--pgdata")
                .arg(&making)
        });
        std::fs::remove_file(&password).map_err(|error| unusable(data_dir, &error))?;
        made?;
        std::fs::rename(&making, &self.cluster).map_err(|error| unusable(data_dir, &error))
    }

    /// The port of the server that runs in the cluster now, if one does. One that is on its
    /// way, up or down, is waited for.
    fn running_port(&self) -> Result<Option<u16>> {
        let pid_file = self.cluster.join("postmaster.pid");
        for _ in 0..PATIENCE.as_millis() / GLANCE.as_millis() {
            let port = std::fs::read_to_string(&pid_file)
                .ok()
                .as_deref()
                .and_then(port_of);
            if let Some(port) = port
                && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
            {
                return Ok(Some(port));
            }
            if !self.is_anybody_at_work() {
                // Left by a kill. PostgreSQL itself takes a process that is dead and not yet
                // collected, as a container may keep it for good, for a running server.
                if port.is_some() {
                    std::fs::remove_file(&pid_file).map_err(Error::internal)?;
                }
                return Ok(None);
            }
            std::thread::sleep(GLANCE);
        }
        Err(Error::Setup(format!(
            "a PostgreSQL in {} neither answers nor stops; end its processes and start again",
            self.cluster.display()
        )))
    }

    /// True while a process of a server works in the cluster: each stands in its directory.
    fn is_anybody_at_work(&self) -> bool {
        std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .any(|process| {
                std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == self.cluster)
            })
    }

    fn launch(&self, durability: Durability, more_settings: &str) -> Result<u16> {
        let port = free_port().map_err(Error::internal)?;
        let mut settings = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' \
             -c max_connections=200 -c log_min_messages=warning -c timezone=UTC {more_settings}"
        );
        if durability == Durability::None {
            settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off";
        }
        self.run("pg_ctl", |pg_ctl| {
            pg_ctl
                .args(["start", "-w", "-t", "120", "-o", &settings, "-l"])
                .arg(self.cluster.join("server.log"))
                .arg("-D")
                .arg(&self.cluster)
        })?;
        Ok(port)
    }

    fn run(
        &self,
        program: &str,
        arguments: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Result<()> {
        let mut command = self.programs.command(program);
        arguments(&mut command);
        let output = command.stdin(Stdio::null()).output().map_err(|error| {
            Error::Setup(format!(
                "{program} of PostgreSQL could not be run ({error})"
            ))
        })?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Setup(format!(
            "{program} of PostgreSQL failed: {}\nThe server's own log is {}",
            String::from_utf8_lossy(&output.stderr).trim(),
            self.cluster.join("server.log").display()
        )))
    }
}

fn unusable(data_dir: &Path, error: &std::io::Error) -> Error {
    Error::Setup(format!(
        "{} cannot be used for data ({error}); set CORDON_DATA_DIR to a directory of your own",
        data_dir.display()
    ))
}

/// `postmaster.pid` holds process id, directory, start, port, …
fn port_of(postmaster_pid: &str) -> Option<u16> {
    postmaster_pid.lines().nth(3)?.trim().parse().ok()
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
