//! Signed-in browsers: tower-sessions over our own table.
//!
//! The cookie holds the session's id; the table holds its SHA-256 and the person. A session
//! is loaded together with who the person is *now*, so that shutting somebody out takes
//! effect on their next request.

use async_trait::async_trait;
use axum::http::HeaderMap;
use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::{SameSite, time::OffsetDateTime},
    session::{Id, Record},
    session_store,
};
use uuid::Uuid;

use super::{
    glass::{Glass, Looked, TOLD_FOR},
    user::{SignedIn, UserRow},
};
use crate::{
    Config, Error, Result,
    clock::{Clock, Now},
    config::SessionLife,
    database::{Gate, GateTx, Origin, Pools},
    secret::sha256,
    tenancy::{Tenant, TenantId},
};

/// Under which a session keeps who is signed in.
pub const SIGNED_IN: &str = "signed_in";
/// Under which it keeps whose password was right, and whose second factor is still to be shown.
pub const HALF_IN: &str = "half_in";
/// Under which it keeps its [`Proof`].
pub const PROOF: &str = "proof";
/// Under which a new one is told how it [`Begins`].
pub const BEGINS: &str = "begins";

/// How long the second factor may take.
const HALF_IN_FOR: TimeDelta = TimeDelta::minutes(10);

/// How a session begins: what stands in it from then on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begins {
    /// Whose it is.
    pub user_id: Uuid,
    /// Whether a second factor was shown.
    pub second_factor: bool,
    /// From where.
    pub origin: String,
    /// The browser, in words.
    pub browser: String,
}

impl Begins {
    /// For this person, whose request came from there with those headers.
    pub fn new(user_id: Uuid, second_factor: bool, origin: Origin, headers: &HeaderMap) -> Self {
        Self {
            user_id,
            second_factor,
            origin: origin.to_string(),
            browser: browser_in_words(headers),
        }
    }
}

/// What is known of a session beside whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Its name on pages; it opens nothing.
    pub session_id: Uuid,
    /// When its person last proved who they are.
    pub proved_at: Now,
    /// Whether they did with a second factor.
    pub second_factor: bool,
    /// Whether they have one.
    pub has_second_factor: bool,
    /// Whether they have a password.
    pub has_password: bool,
}

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
        let begins: Begins = record
            .data
            .get(BEGINS)
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
            insert into sessions (
                id_hash, user_id, created_at, last_seen_at, expires_at, session_id, origin, browser,
                proved_at, second_factor_at
            )
            values ($1, $2, $4, $4, $3, $6, $7, $8, $4, case when $9 then $4 end)
            "#,
        )
        .bind(hash(&record.id))
        .bind(begins.user_id)
        .bind(now + self.life.absolute)
        .bind(now)
        .bind(now - self.life.idle)
        .bind(Uuid::new_v4())
        .bind(begins.origin)
        .bind(begins.browser)
        .bind(begins.second_factor)
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
            session_id: Uuid,
            proved_at: Now,
            second_factor: bool,
            has_second_factor: bool,
            has_password: bool,
            glass_tenant: Option<String>,
            glass_name: Option<String>,
            glass_simulated: Option<bool>,
            glass_until: Option<Now>,
            looked_by: Option<String>,
            looked_at: Option<Now>,
            looked_because: Option<String>,
        }
        let now = self.clock.now();
        let mut gate = self.pools.gate().await?;
        let live: Option<Live> = sqlx::query_as(
            r#"
            select s.last_seen_at, s.expires_at, s.session_id, s.proved_at,
                s.second_factor_at is not null as second_factor,
                exists (select from totp_secrets f where f.user_id = s.user_id)
                    or exists (select from passkeys p where p.user_id = s.user_id) as has_second_factor,
                u.password_hash is not null as has_password,
                g.tenant_id as glass_tenant, gt.name as glass_name, gt.simulated as glass_simulated,
                g.ends_at as glass_until,
                l.email as looked_by, l.began_at as looked_at, l.reason as looked_because,
                u.user_id, u.email, u.name, u.role, m.lead,
                t.tenant_id, t.name as tenant_name, t.simulated
            from sessions s
            join users u on u.user_id = s.user_id
            left join memberships m on m.user_id = s.user_id and m.removed_at is null
            left join tenants t on t.tenant_id = m.tenant_id
            left join lateral (
                select b.tenant_id, b.ends_at
                from break_glass b
                where u.role = 'admin' and b.user_id = u.user_id and b.ended_at is null and b.ends_at > $2
                order by b.ends_at desc
                limit 1
            ) g on true
            left join tenants gt on gt.tenant_id = g.tenant_id
            left join lateral (
                select b.email, b.began_at, b.reason
                from break_glass b
                where b.tenant_id = m.tenant_id and b.began_at > $4
                order by b.began_at desc
                limit 1
            ) l on true
            where s.id_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3 and u.disabled_at is null
                and (u.role <> 'epidemiologist' or m.user_id is not null)
            "#,
        )
        .bind(hash(id))
        .bind(now)
        .bind(now - self.life.idle)
        .bind(now - TOLD_FOR)
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
        let proof = Proof {
            session_id: live.session_id,
            proved_at: live.proved_at,
            second_factor: live.second_factor,
            has_second_factor: live.has_second_factor,
            has_password: live.has_password,
        };
        let half = proof.has_second_factor && !proof.second_factor;
        if half && now - proof.proved_at > HALF_IN_FOR {
            return Ok(None);
        }
        let mut person = SignedIn::try_from(live.user)?;
        if let (Some(id), Some(name), Some(until)) =
            (live.glass_tenant, live.glass_name, live.glass_until)
        {
            let id = TenantId::parse(&id)?;
            let simulated = live.glass_simulated.unwrap_or(false);
            let tenant = Tenant {
                id,
                name,
                simulated,
            };
            person.glass = Some(Glass { tenant, until });
        }
        if let (Some(by), Some(at), Some(reason)) =
            (live.looked_by, live.looked_at, live.looked_because)
        {
            person.looked = Some(Looked { by, at, reason });
        }
        // tower-sessions reads the system's clock; ours has decided already, so what it is
        // told is how much of the session is left.
        let left = (live.expires_at - now).num_seconds();
        let expiry_date = OffsetDateTime::from_unix_timestamp(Utc::now().timestamp() + left)
            .map_err(Error::internal)?;
        Ok(Some(Record {
            id: *id,
            data: [
                (
                    if half { HALF_IN } else { SIGNED_IN }.to_owned(),
                    serde_json::to_value(person).map_err(Error::internal)?,
                ),
                (
                    PROOF.to_owned(),
                    serde_json::to_value(proof).map_err(Error::internal)?,
                ),
            ]
            .into(),
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

/// Begins a session under a new id; whatever the browser brought ends.
///
/// # Errors
/// When the database refuses.
pub async fn begin(session: &Session, begins: &Begins) -> Result<()> {
    session.cycle_id().await.map_err(Error::internal)?;
    session
        .insert(BEGINS, begins)
        .await
        .map_err(Error::internal)
}

/// The browser in words, for whoever looks for a session that is not theirs.
pub fn browser_in_words(headers: &HeaderMap) -> String {
    let agent = headers
        .get("user-agent")
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    // In this order, since each says that it is the next, too.
    let browser = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]
    .iter()
    .find(|(part, _)| agent.contains(part))
    .map_or("another browser", |(_, name)| name);
    let system = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]
    .iter()
    .find(|(part, _)| agent.contains(part))
    .map(|(_, name)| name);
    match system {
        Some(system) => format!("{browser} on {system}"),
        None => browser.to_owned(),
    }
}

/// A place where somebody is signed in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Place {
    /// Its name on pages; it opens nothing.
    pub session_id: Uuid,
    /// Since when.
    pub created_at: Now,
    /// When it was last used, to the minute.
    pub last_seen_at: Now,
    /// From where.
    pub origin: String,
    /// With which browser.
    pub browser: String,
}

/// Where somebody is signed in, the last used first.
///
/// # Errors
/// When the database refuses.
pub async fn places(
    gate: &mut Gate,
    person: Uuid,
    now: Now,
    life: SessionLife,
) -> Result<Vec<Place>> {
    Ok(sqlx::query_as(
        r#"
        select session_id, created_at, last_seen_at, origin, browser
        from sessions
        where user_id = $1 and expires_at > $2 and last_seen_at > $3
        order by last_seen_at desc, created_at desc
        "#,
    )
    .bind(person)
    .bind(now)
    .bind(now - life.idle)
    .fetch_all(gate.conn())
    .await?)
}

/// Which of somebody's sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// This one.
    One(Uuid),
    /// All but this one.
    Others(Uuid),
}

/// Ends sessions of a person, and says how many. The audit line is the caller's.
///
/// # Errors
/// When the database refuses.
pub async fn end(tx: &mut GateTx, person: Uuid, which: End) -> Result<u64> {
    let (one, others) = match which {
        End::One(session) => (Some(session), None),
        End::Others(session) => (None, Some(session)),
    };
    let ended = sqlx::query(
        "delete from sessions where user_id = $1 and (session_id = $2 or session_id <> $3)",
    )
    .bind(person)
    .bind(one)
    .bind(others)
    .execute(tx.conn())
    .await?;
    Ok(ended.rows_affected())
}

/// Notes that a session's person has just proved again who they are.
///
/// # Errors
/// When the database refuses.
pub async fn proved_again(gate: &mut Gate, session: Uuid, now: Now) -> Result<()> {
    sqlx::query("update sessions set proved_at = $2 where session_id = $1")
        .bind(session)
        .bind(now)
        .execute(gate.conn())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_its_owner_would() {
        let named = |agent: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("user-agent", agent.parse().expect("a header"));
            browser_in_words(&headers)
        };
        assert_eq!(
            named(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
            ),
            "Edge on Windows"
        );
        assert_eq!(
            named(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1"
            ),
            "Safari on iPhone"
        );
        assert_eq!(
            named("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"),
            "Firefox on Linux"
        );
        assert_eq!(named("<script>"), "another browser");
        assert_eq!(browser_in_words(&HeaderMap::new()), "another browser");
    }
}
