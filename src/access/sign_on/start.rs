//! Somebody is sent to their department's provider, and awaited: in the browser that was sent, once,
//! and for ten minutes.
//!
//! Two secrets make a sign-on: the *state*, which goes to the provider and comes back, and one that the
//! browser keeps in a cookie. Only hashes are stored. The nonce and the verifier (PKCE) are derived
//! from both, with a key of the portal.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::TimeDelta;

use super::Keeper;
use crate::{
    Error, Result,
    clock::Now,
    database::Gate,
    secret::{hex, random_bytes, sha256},
    tenancy::TenantId,
};

/// How long it may take.
const STANDS: TimeDelta = TimeDelta::minutes(10);

/// The longest address of a page here that is kept.
const LONGEST_NEXT: usize = 2_000;

/// The cookie's name over TLS, and on plain loopback.
const NAMES: [&str; 2] = ["__Host-cordon-sign-on", "cordon-sign-on"];

/// What only this sign-on knows.
#[derive(Clone)]
pub struct Secrets {
    /// What the ID token must say.
    pub nonce: String,
    /// By which the provider knows who brings the code (PKCE).
    pub verifier: String,
}

impl Secrets {
    fn of(keeper: &Keeper, state: &str, browser: &str) -> Self {
        Self {
            nonce: keeper.derive("nonce", state, browser),
            verifier: keeper.derive("verifier", state, browser),
        }
    }
}

/// A sign-on that has begun.
pub struct Begun {
    /// What the provider brings back.
    pub state: String,
    /// What only it knows.
    pub secrets: Secrets,
    /// What the browser keeps.
    browser: String,
}

impl Begun {
    /// The header that gives the browser its part.
    ///
    /// # Errors
    /// Never: it is digits.
    pub fn cookie(&self, tls: bool) -> Result<HeaderValue> {
        let (name, secure) = match tls {
            true => (NAMES[0], "; Secure"),
            false => (NAMES[1], ""),
        };
        // Lax, since the browser comes back from another site.
        let cookie = format!(
            "{name}={}; HttpOnly; SameSite=Lax; Path=/; Max-Age={}{secure}",
            self.browser,
            STANDS.num_seconds()
        );
        HeaderValue::try_from(cookie).map_err(Error::internal)
    }
}

/// The browser's part, if it keeps one.
fn kept(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, value)| {
            NAMES.contains(name)
                && value.len() == 64
                && value.bytes().all(|b| b.is_ascii_hexdigit())
        })
        .map(|(_, value)| value)
}

/// Begins a sign-on in this browser. Several may be under way in it.
///
/// # Errors
/// When the database refuses, or the operating system gives no randomness.
pub async fn begin(
    gate: &mut Gate,
    keeper: &Keeper,
    tenant: &TenantId,
    headers: &HeaderMap,
    next: &str,
    again: bool,
    now: Now,
) -> Result<Begun> {
    let state = hex(&random_bytes::<32>()?);
    let next = if next.len() > LONGEST_NEXT { "" } else { next };
    let browser = match kept(headers) {
        Some(kept) => kept.to_owned(),
        None => hex(&random_bytes::<32>()?),
    };
    // Those that are over are of no use to anybody; each new one clears a few.
    sqlx::query(
        r#"
        with over as (
            delete from sign_on_starts
            where (tenant_id, state_hash) in (
                select tenant_id, state_hash from sign_on_starts where began_at < $6 limit 100
            )
        )
        insert into sign_on_starts (tenant_id, state_hash, browser_hash, next, again, began_at)
        values ($1, $2, $3, $4, $5, $7)
        "#,
    )
    .bind(tenant.as_str())
    .bind(sha256(state.as_bytes()))
    .bind(sha256(browser.as_bytes()))
    .bind(next)
    .bind(again)
    .bind(now - STANDS)
    .bind(now)
    .execute(gate.conn())
    .await?;
    Ok(Begun {
        secrets: Secrets::of(keeper, &state, &browser),
        state,
        browser,
    })
}

/// A sign-on whose person has come back.
#[derive(Clone)]
pub struct Taken {
    /// What only it knows.
    pub secrets: Secrets,
    /// Where they wanted to go.
    pub next: String,
    /// Since when they had to prove who they are, where they were signed in before.
    pub again: Option<Now>,
}

/// Takes the sign-on to which this state belongs, if it was begun in this browser, for this department
/// and a short while ago. Nobody can take it again.
///
/// # Errors
/// When the database refuses.
pub async fn take(
    gate: &mut Gate,
    keeper: &Keeper,
    tenant: &TenantId,
    headers: &HeaderMap,
    state: &str,
    now: Now,
) -> Result<Option<Taken>> {
    let Some(browser) = kept(headers) else {
        return Ok(None);
    };
    let row: Option<(String, bool, Now)> = sqlx::query_as(
        r#"
        update sign_on_starts
        set used_at = $4
        where tenant_id = $1 and state_hash = $2 and browser_hash = $3 and used_at is null
            and began_at > $5
        returning next, again, began_at
        "#,
    )
    .bind(tenant.as_str())
    .bind(sha256(state.as_bytes()))
    .bind(sha256(browser.as_bytes()))
    .bind(now)
    .bind(now - STANDS)
    .fetch_optional(gate.conn())
    .await?;
    Ok(row.map(|(next, again, began_at)| Taken {
        secrets: Secrets::of(keeper, state, browser),
        next,
        again: again.then_some(began_at),
    }))
}
