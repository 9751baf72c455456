//! Signed-in browsers: tower-sessions over our own table.
//!
//! The cookie holds the session's id; the table holds its SHA-256 and the person. A session
//! is loaded together with who the person is *now*, so that shutting somebody out takes
//! effect on their next request.

use async_trait::async_trait;
use axum::http::HeaderMap;
use chrono::{TimeDelta, Utc};
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::{SameSite, time::OffsetDateTime},
    session::{Id, Record},
    session_store,
};

use super::user::{SignedIn, UserRow};
use crate::{
    Config, Error, Result,
    clock::{Clock, Now},
    config::SessionLife,
    database::Pools,
    secret::sha256,
};

/// Under which a session keeps who is signed in.
pub const SIGNED_IN: &str = "signed_in";

/// `last_seen_at` is written at most this often, so that reading a page writes nothing.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The cookie's name where browsers come over TLS: the prefix binds it to this host.
pub const SECURE_COOKIE: &str = "__Host-cordon";
/// The cookie's name on plain loopback, where browsers refuse the prefix.
pub const PLAIN_COOKIE: &str = "cordon";

/// The layer that gives each request its session.
pub fn layer(pools: Pools, clock: Clock, config: &Config) -> SessionManagerLayer<Sessions> {
    let sessions = Sessions {
        pools,
        clock,
        life: config.session,
    };
    SessionManagerLayer::new(sessions)
        .with_name(if config.is_tls() {
            SECURE_COOKIE
        } else {
            PLAIN_COOKIE
        })
        .with_secure(config.is_tls())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        // The browser forgets the cookie when it closes; the table knows when it ends.
        .with_expiry(Expiry::OnSessionEnd)
}

/// True where the request carries a session cookie at all.
pub fn has_cookie(headers: &HeaderMap) -> bool {
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .any(|cookies| {
            cookies
                .split(';')
                .filter_map(|cookie| cookie.trim().split_once('='))
                .any(|(name, _)| name == SECURE_COOKIE || name == PLAIN_COOKIE)
        })
}

/// Sessions in the table `sessions`.
#[derive(Clone, Debug)]
pub struct Sessions {
    pools: Pools,
    clock: Clock,
    life: SessionLife,
}

impl Sessions {
    async fn start(&self, record: &Record) -> Result<()> {
        let person: SignedIn = record
            .data
            .get(SIGNED_IN)
            .and_then(|value| serde_json::from_value(value.clone()).ok())
            .ok_or_else(|| Error::internal("a session without a person"))?;
        let now = self.clock.now();
        let mut gate = self.pools.gate().await?;
        // Sessions that have ended are of no use to anybody; each new one clears a few.
        sqlx::query(
            r#"
            with ended as (
                delete from sessions
                where id_hash in (
                    select id_hash from sessions where expires_at < $4 or last_seen_at < $5 limit 100
                )
            )
            insert into sessions (id_hash, user_id, created_at, last_seen_at, expires_at)
            values ($1, $2, $4, $4, $3)
            "#,
        )
        .bind(hash(&record.id))
        .bind(person.user_id)
        .bind(now + self.life.absolute)
        .bind(now)
        .bind(now - self.life.idle)
        .execute(gate.conn())
        .await?;
        Ok(())
    }

    async fn find(&self, id: &Id) -> Result<Option<Record>> {
        #[derive(sqlx::FromRow)]
        struct Live {
            #[sqlx(flatten)]
            user: UserRow,
            last_seen_at: Now,
            expires_at: Now,
        }
        let now = self.clock.now();
        let mut gate = self.pools.gate().await?;
        let live: Option<Live> = sqlx::query_as(
            r#"
            select s.last_seen_at, s.expires_at, u.user_id, u.email, u.name, u.role,
                t.tenant_id, t.name as tenant_name, t.simulated
            from sessions s
            join users u on u.user_id = s.user_id
            left join memberships m on m.user_id = s.user_id
            left join tenants t on t.tenant_id = m.tenant_id
            where s.id_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3 and u.disabled_at is null
            "#,
        )
        .bind(hash(id))
        .bind(now)
        .bind(now - self.life.idle)
        .fetch_optional(gate.conn())
        .await?;
        let Some(live) = live else { return Ok(None) };
        if now - live.last_seen_at > SEEN_EVERY {
            sqlx::query("update sessions set last_seen_at = $2 where id_hash = $1")
                .bind(hash(id))
                .bind(now)
                .execute(gate.conn())
                .await?;
        }
        let person =
            serde_json::to_value(SignedIn::try_from(live.user)?).map_err(Error::internal)?;
        // tower-sessions reads the system's clock; ours has decided already, so what it is
        // told is how much of the session is left.
        let left = (live.expires_at - now).num_seconds();
        let expiry_date = OffsetDateTime::from_unix_timestamp(Utc::now().timestamp() + left)
            .map_err(Error::internal)?;
        Ok(Some(Record {
            id: *id,
            data: [(SIGNED_IN.to_owned(), person)].into(),
            expiry_date,
        }))
    }

    async fn end(&self, id: &Id) -> Result<()> {
        let mut gate = self.pools.gate().await?;
        sqlx::query("delete from sessions where id_hash = $1")
            .bind(hash(id))
            .execute(gate.conn())
            .await?;
        Ok(())
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.start(record).await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        // A session holds a person and nothing else, so there is nothing to save but one
        // that does not exist yet.
        match self.find(&record.id).await.map_err(backend)? {
            Some(_) => Ok(()),
            None => self.start(record).await.map_err(backend),
        }
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.find(id).await.map_err(backend)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.end(id).await.map_err(backend)
    }
}

fn hash(id: &Id) -> [u8; 32] {
    sha256(&id.0.to_be_bytes())
}

fn backend(error: Error) -> session_store::Error {
    match error {
        Error::Internal(cause) => session_store::Error::Backend(cause.to_string()),
        error => session_store::Error::Backend(error.to_string()),
    }
}
