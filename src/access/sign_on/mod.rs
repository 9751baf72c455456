//! Signing on at a department's own provider: OpenID Connect, the authorization code flow with PKCE.
//!
//! A department's leads write down where ([`settings`]). Whoever wants in is sent there ([`start`]),
//! brings back a code, and the portal asks the provider who that is ([`provider`]). Then it is seen
//! whether they may come in, to this department and no other ([`join`]).

/// Departments whose people sign on so.
pub mod department;
/// Whom a provider means.
pub mod identity;
/// Who comes in.
pub mod join;
/// Requests to a provider.
pub mod outside;
/// What a provider says.
pub mod provider;
/// Why somebody does not come in.
pub mod refusal;
/// What a department has written down.
pub mod settings;
/// Somebody is sent to their provider, and awaited.
pub mod start;

mod faults;
mod protocol;

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::TimeDelta;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{second_factor::Seal, throttle::source};
use crate::{
    Error, Result,
    clock::Now,
    config::issuers::Reach,
    database::Origin,
    secret::{Secret, hex},
    tenancy::TenantId,
};

use outside::Outside;
use provider::Provider;

/// For how long what a provider says of itself is kept, for whoever is sent there.
const KEPT: TimeDelta = TimeDelta::minutes(10);

/// From one source so many may be sent to a provider a second, and so many at once: a house full of
/// people who begin their day.
const A_SECOND: NonZeroU32 = NonZeroU32::new(2).expect("not zero");
const AT_ONCE: NonZeroU32 = NonZeroU32::new(200).expect("not zero");

/// Above this, sources that have been quiet are forgotten.
const MOST_SOURCES: usize = 20_000;

/// What signing on needs of the installation. Cheap to clone.
#[derive(Clone)]
pub struct SignOn {
    /// Seals and derives secrets.
    pub keeper: Keeper,
    /// Asks providers.
    pub outside: Outside,
    known: Arc<Mutex<HashMap<TenantId, (Now, Provider)>>>,
    starts: Arc<DefaultKeyedRateLimiter<String>>,
}

impl SignOn {
    /// The installation's.
    pub fn of(secret: &Secret) -> Self {
        let quota = Quota::per_second(A_SECOND).allow_burst(AT_ONCE);
        Self {
            keeper: Keeper::of(secret),
            outside: Outside::default(),
            known: Arc::default(),
            starts: Arc::new(RateLimiter::dashmap(quota)),
        }
    }

    /// The provider of a department, as it said of itself a few minutes ago at most.
    ///
    /// # Errors
    /// What is wrong with it, for whoever configures it.
    pub async fn provider(
        &self,
        tenant: &TenantId,
        issuer: &str,
        reach: Reach,
        now: Now,
    ) -> Result<Provider> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = known().get(tenant).cloned();
        if let Some((at, provider)) = kept
            && provider.issuer() == issuer
            && (TimeDelta::zero()..KEPT).contains(&(now - at))
        {
            return Ok(provider);
        }
        let provider = Provider::discover(self.outside.within(reach), issuer).await?;
        known().insert(tenant.clone(), (now, provider.clone()));
        Ok(provider)
    }

    /// Counts somebody who is sent to a provider, each of whom leaves a row.
    ///
    /// # Errors
    /// [`Error::TooMany`], which knows when the next is welcome.
    pub fn count_start(&self, from: Origin) -> Result<()> {
        if self.starts.len() > MOST_SOURCES {
            self.starts.retain_recent();
        }
        let counted = self.starts.check_key(&source(from));
        counted.map_err(|until| Error::TooMany {
            seconds: 1 + until
                .wait_time_from(DefaultClock::default().now())
                .as_secs(),
        })
    }
}

/// Seals client secrets, and derives what nobody else should know of a sign-on. `Debug` is silent.
#[derive(Clone)]
pub struct Keeper {
    seal: Seal,
    key: [u8; 32],
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper(…)")
    }
}

impl Keeper {
    /// The installation's.
    pub fn of(secret: &Secret) -> Self {
        Self {
            seal: Seal::for_purpose(secret, "the seal of departments' client secrets"),
            key: secret.derive_bytes("the nonces and verifiers of sign-ons"),
        }
    }

    fn seal(&self, tenant: &TenantId, secret: &str) -> Result<Vec<u8>> {
        self.seal
            .close_for(tenant.as_str().as_bytes(), secret.as_bytes())
    }

    fn open(&self, tenant: &TenantId, sealed: &[u8]) -> Result<String> {
        let opened = self.seal.open_for(tenant.as_str().as_bytes(), sealed)?;
        String::from_utf8(opened).map_err(Error::internal)
    }

    /// 256 bits that belong to one sign-on in one browser, so that neither has to be stored.
    fn derive(&self, purpose: &str, state: &str, browser: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(format!("{purpose}.{state}.{browser}").as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_secret_opens_for_its_department_alone() -> Result<()> {
        let keeper = Keeper::of(&Secret::new("a secret of the test"));
        let (alder, birch) = (TenantId::parse("alder")?, TenantId::parse("birch")?);
        let sealed = keeper.seal(&alder, "hush")?;
        assert_eq!(keeper.open(&alder, &sealed)?, "hush");
        assert!(keeper.open(&birch, &sealed).is_err());
        let other = Keeper::of(&Secret::new("another secret of the test"));
        assert!(other.open(&alder, &sealed).is_err());
        Ok(())
    }

    #[test]
    fn one_source_begins_so_often_and_holds_up_no_other() {
        let sign_on = SignOn::of(&Secret::new("a secret of the test"));
        let from = |text: &str| Origin::Address(text.parse().expect("an address"));
        let begun = (0..1_000)
            .filter(|_| sign_on.count_start(from("192.0.2.1")).is_ok())
            .count();
        assert!((200..260).contains(&begun), "{begun}");
        assert!(sign_on.count_start(from("192.0.2.2")).is_ok());
    }
}
