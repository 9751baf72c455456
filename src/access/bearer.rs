//! How a program is let in: by a key, or by a token that stands for one.

use std::num::NonZeroU32;

use axum::http::{Extensions, HeaderMap, header::AUTHORIZATION};

use super::{
    ApiKey,
    api_key::{self, OpenedKey},
    caller::{CalledBy, Caller},
    limits::{Left, Limits},
    token::{Tokens, scope_claim},
};
use crate::{Error, Result, clock::Now, database::Pools, secret::Secret, tenancy::TenantId};

/// What a program sent to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A key.
    Key,
    /// A token that was given for one.
    Token,
}

/// What lets programs in. Cheap to clone.
#[derive(Clone)]
pub struct Bearers {
    /// Reads and signs tokens.
    pub tokens: Tokens,
    /// Counts requests.
    pub limits: Limits,
}

impl Bearers {
    /// For the portal at `origin`, with each key's requests a minute.
    pub fn new(secret: &Secret, origin: &str, a_minute: NonZeroU32) -> Self {
        Self {
            tokens: Tokens::new(secret, origin),
            limits: Limits::new(a_minute),
        }
    }

    /// The key that a request came with, or that its token stands for. Among the request's `notes`
    /// it is put down whose it is, and what is left of the key's allowance.
    ///
    /// One indexed look-up, for a token as for a key, so that both end within the request in
    /// which the key is revoked.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], the same for every reason there is, and [`Error::TooMany`].
    pub async fn let_in(
        &self,
        pools: &Pools,
        headers: &HeaderMap,
        now: Now,
        notes: &Extensions,
    ) -> Result<(OpenedKey, Credential)> {
        let sent = bearer(headers).ok_or(Error::Unauthenticated)?;
        let (opened, credential) = match ApiKey::parse(sent) {
            Some(key) => (self.by_key(pools, &key, now).await?, Credential::Key),
            None => (self.by_token(pools, sent, now).await?, Credential::Token),
        };
        let opened = opened.ok_or(Error::Unauthenticated)?;
        // Also where it is refused from here on.
        if let Some(caller) = notes.get::<Caller>() {
            caller.note(CalledBy {
                tenant: opened.tenant.id.clone(),
                key_id: Some(opened.key_id),
            });
        }
        self.limits.count(opened.key_id, notes.get::<Left>())?;
        Ok((opened, credential))
    }

    async fn by_key(&self, pools: &Pools, key: &ApiKey, now: Now) -> Result<Option<OpenedKey>> {
        let hash = key.hash();
        self.limits.look_up(&hash)?;
        let opened = api_key::open(&mut pools.gate().await?, key, now).await?;
        if opened.is_some() {
            self.limits.opened(hash);
        }
        Ok(opened)
    }

    async fn by_token(&self, pools: &Pools, token: &str, now: Now) -> Result<Option<OpenedKey>> {
        // Only what we signed is looked up, so there is no stream of made-up tokens to limit.
        let Some(claims) = self.tokens.read(token, now) else {
            return Ok(None);
        };
        let tenant = TenantId::parse(&claims.tenant)?;
        let opened = api_key::reopen(&mut pools.gate().await?, &tenant, claims.sub, now).await?;
        Ok(opened.filter(|opened| scope_claim(&opened.scopes) == claims.scope))
    }
}

/// What stands after `Bearer` (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, sent) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| sent.trim())
}
