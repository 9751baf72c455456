//! The database a command works on: one's own server, or the embedded one.

use crate::{
    Config, Result,
    database::{
        Origin, Pools, Server,
        embedded::{Durability, Embedded},
        migrate::migrate_if_needed,
    },
    secret::Secret,
};

/// A server to work on, for as long as it is needed.
pub struct Running {
    /// How to enter it.
    pub server: Server,
    /// A pool for each hat.
    pub pools: Pools,
    /// What passwords are derived from.
    pub secret: Secret,
    embedded: Option<Embedded>,
}

impl Running {
    /// The server of `DATABASE_URL`, or the embedded one, started where need be.
    pub async fn start(config: &Config) -> Result<Self> {
        let secret = Secret::of(config)?;
        let (server, embedded) = match &config.database_url {
            Some(url) => (Server::from_url(url, secret.clone())?, None),
            None => {
                let embedded = Embedded::start(&config.data_dir, &secret, Durability::Full)?;
                (embedded.server(secret.clone()), Some(embedded))
            }
        };
        let pools = Pools::open(&server, config.pool_size).asked_from(Origin::CommandLine);
        Ok(Self {
            server,
            pools,
            secret,
            embedded,
        })
    }

    /// The same, with the schema up to date.
    pub async fn start_migrated(config: &Config) -> Result<Self> {
        let running = Self::start(config).await?;
        match migrate_if_needed(&running.server).await {
            Ok(()) => Ok(running),
            Err(error) => {
                running.stop().await;
                Err(error)
            }
        }
    }

    /// Leaves it; the embedded server stops when nobody else uses it.
    pub async fn stop(self) {
        self.pools.close().await;
        if let Some(embedded) = self.embedded {
            embedded.leave();
        }
    }
}
