//! Where the database is, and as whom to enter it.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{Binding, Hat, embedded};
use crate::{Error, Result, secret::Secret};

/// A PostgreSQL server and database, with the means to enter it as the owner or as a hat.
#[derive(Clone, Debug)]
pub struct Server {
    owner: PgConnectOptions,
    secret: Secret,
}

impl Server {
    /// The server that `DATABASE_URL` names.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn from_url(url: &str, secret: Secret) -> Result<Self> {
        let owner = PgConnectOptions::from_str(url).map_err(|_| {
            Error::Setup(
                "DATABASE_URL should look like postgres://owner:password@host:5432/cordon".into(),
            )
        })?;
        Ok(Self { owner, secret })
    }

    /// An embedded server that listens on `port` of loopback.
    pub fn on_loopback(port: u16, secret: Secret) -> Self {
        let owner = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(embedded::OWNER)
            .password(&secret.derive(embedded::OWNER))
            .database("postgres")
            .ssl_mode(PgSslMode::Disable);
        Self { owner, secret }
    }

    /// The same server, another database.
    pub fn database(&self, name: &str) -> Self {
        Self {
            owner: self.owner.clone().database(name),
            secret: self.secret.clone(),
        }
    }

    /// As the owner of the schema, for migrations and proofs, never for a request.
    pub fn connect_as_owner(&self) -> PgConnectOptions {
        configured(self.owner.clone())
    }

    /// As one of the hats.
    pub fn connect_as(&self, hat: Hat) -> PgConnectOptions {
        let options = self
            .owner
            .clone()
            .username(hat.role())
            .password(&self.password(hat));
        // What a request may take. A chart is drawn from one query; an import is chunked.
        configured(options).options([
            ("statement_timeout", "10s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "30s"),
        ])
    }

    /// What its passwords are derived from.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The password of a hat on this server.
    pub fn password(&self, hat: Hat) -> String {
        self.secret.derive(hat.role())
    }

    /// What binds a transaction to a tenant on this server.
    pub fn binding(&self) -> Binding {
        Binding::of(&self.secret)
    }

    /// The name of the database.
    pub fn database_name(&self) -> &str {
        self.owner.get_database().unwrap_or("postgres")
    }
}

fn configured(options: PgConnectOptions) -> PgConnectOptions {
    options
        .application_name("cordon")
        .statement_cache_capacity(200)
        .options([
            // Charts and small reports: compiling a query costs more than running it.
            ("jit", "off"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hat_has_a_password_of_its_own() {
        let server = Server::on_loopback(1, Secret::new("a secret of the test"));
        let passwords: std::collections::HashSet<_> = Hat::ALL
            .into_iter()
            .map(|hat| server.password(hat))
            .collect();
        assert_eq!(passwords.len(), Hat::ALL.len());
        assert!(passwords.iter().all(|password| password.len() == 64));
    }
}
