//! How often programs may ask.
//!
//! Two things are counted, in this process's memory. Each key has an allowance of requests a
//! minute, whether it comes itself or as a token. And keys that nobody here has seen open
//! anything share one allowance of look-ups, so that a stream of made-up keys, whose checksums
//! anybody can compute, does not become a stream of queries. Keys that have opened something
//! are not held up by that stream. Guessing is not what it is for: a key has 256 random bits.

use std::{
    collections::HashSet,
    num::NonZeroU32,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderValue};
use governor::{
    DefaultDirectRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock, Reference},
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::DashMapStateStore,
};
use uuid::Uuid;

use crate::{Error, Result};

/// Look-ups of keys that are new here: so many a second.
const STRANGERS: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
/// And so many at once.
const STRANGERS_AT_ONCE: NonZeroU32 = NonZeroU32::new(100).expect("not zero");

/// How many keys are remembered. The rows of departments that ask in one minute are far fewer;
/// above this, allowances that are whole again are forgotten, and keys count as new.
const MOST_KEYS: usize = 20_000;

type PerKey = RateLimiter<Uuid, DashMapStateStore<Uuid>, DefaultClock, StateInformationMiddleware>;

/// What is left of everybody's allowance. Cheap to clone.
///
/// Time is the machine's own, which never goes back, rather than the portal's clock: an hour
/// that a clock is set back should shut nobody out for an hour.
#[derive(Clone)]
pub struct Limits(Arc<Counted>);

struct Counted {
    a_minute: NonZeroU32,
    keys: PerKey,
    strangers: DefaultDirectRateLimiter,
    /// Hashes of keys that opened something.
    known: Mutex<HashSet<[u8; 32]>>,
    clock: DefaultClock,
}

impl Limits {
    /// Allows each key `a_minute` requests, and as many at once after a minute's rest.
    pub fn new(a_minute: NonZeroU32) -> Self {
        Self(Arc::new(Counted {
            a_minute,
            keys: RateLimiter::dashmap(Quota::per_minute(a_minute))
                .with_middleware::<StateInformationMiddleware>(),
            strangers: RateLimiter::direct(
                Quota::per_second(STRANGERS).allow_burst(STRANGERS_AT_ONCE),
            ),
            known: Mutex::default(),
            clock: DefaultClock::default(),
        }))
    }

    /// Passes a key that may be looked up.
    ///
    /// # Errors
    /// [`Error::TooMany`] while too many keys are asked about that opened nothing here.
    pub fn look_up(&self, key_hash: &[u8; 32]) -> Result<()> {
        let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(key_hash) {
            return Ok(());
        }
        drop(known);
        self.0
            .strangers
            .check()
            .map_err(|not_until| Error::TooMany {
                seconds: self.seconds(&not_until),
            })
    }

    /// Remembers that this key opened something.
    pub fn opened(&self, key_hash: [u8; 32]) {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KEYS {
            known.clear();
        }
        known.insert(key_hash);
    }

    /// Counts a request of the key, and notes in `left` what is left.
    ///
    /// # Errors
    /// [`Error::TooMany`], which knows when the next one is welcome.
    pub fn count(&self, key_id: Uuid, left: Option<&Left>) -> Result<()> {
        if self.0.keys.len() > MOST_KEYS {
            self.0.keys.retain_recent();
        }
        let whole = self.0.a_minute.get();
        let counted = self.0.keys.check_key(&key_id);
        if let Some(note) = left {
            note.write_down(Allowance {
                whole,
                left: counted
                    .as_ref()
                    .map_or(0, StateSnapshot::remaining_burst_capacity),
            });
        }
        counted.map(drop).map_err(|not_until| Error::TooMany {
            seconds: self.seconds(&not_until),
        })
    }

    fn seconds<P: Reference>(&self, not_until: &NotUntil<P>) -> u64
    where
        DefaultClock: governor::clock::Clock<Instant = P>,
    {
        whole_seconds(not_until.wait_time_from(self.0.clock.now()))
    }
}

/// Rounded up, so that whoever waits that long does not come too early.
fn whole_seconds(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

/// What is left to a key after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute.
    pub whole: u32,
    /// Requests that may follow at once.
    pub left: u32,
}

/// Where counting leaves the [`Allowance`] of a request, for its answer's headers.
#[derive(Clone, Default)]
pub struct Left(Arc<OnceLock<Allowance>>);

impl Left {
    /// Notes what is left.
    fn write_down(&self, allowance: Allowance) {
        // A request is counted once.
        self.0.set(allowance).ok();
    }

    /// What is left, if the request came as far as being counted.
    pub fn get(&self) -> Option<Allowance> {
        self.0.get().copied()
    }
}

impl Allowance {
    /// The fields `RateLimit-Policy` and `RateLimit` of the IETF's draft
    /// (draft-ietf-httpapi-ratelimit-headers-10): `q` requests in `w` seconds; `r` are left,
    /// and after `t` seconds all of them are.
    pub fn write(self, headers: &mut HeaderMap) {
        let used = u64::from(self.whole - self.left.min(self.whole));
        let whole_again = (60 * used).div_ceil(u64::from(self.whole)).max(1);
        let policy = format!("\"key\";q={};w=60", self.whole);
        let left = format!("\"key\";r={};t={whole_again}", self.left);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: NonZeroU32 = NonZeroU32::new(3).expect("not zero");

    #[test]
    fn a_key_that_asks_too_often_is_told_when_to_come_back() {
        let limits = Limits::new(THREE);
        let (busy, quiet) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let count = |key| {
            let left = Left::default();
            let counted = limits.count(key, Some(&left));
            (counted, left.get().map(|allowance| allowance.left))
        };
        for left in [2, 1, 0] {
            let (counted, noted) = count(busy);
            assert!(counted.is_ok());
            assert_eq!(noted, Some(left));
        }
        // Three a minute are one in 20 seconds.
        let (refused, left) = count(busy);
        assert!(
            matches!(refused, Err(Error::TooMany { seconds: 1..=20 })),
            "{refused:?}"
        );
        assert_eq!(left, Some(0));
        assert_eq!(
            count(quiet).1,
            Some(2),
            "another key's allowance is its own"
        );
    }

    #[test]
    fn made_up_keys_do_not_hold_up_those_that_opened_something() {
        let limits = Limits::new(THREE);
        let ours = [1; 32];
        limits.opened(ours);
        let passed = (0..200_u8)
            .filter(|n| limits.look_up(&[*n; 32]).is_ok() && *n != 1)
            .count();
        assert!((100..125).contains(&passed), "{passed}");
        assert!(limits.look_up(&ours).is_ok());
    }

    #[test]
    fn the_headers_say_what_is_left() {
        let mut headers = HeaderMap::new();
        Allowance {
            whole: 600,
            left: 570,
        }
        .write(&mut headers);
        let text = |name: &str| headers[name].to_str().unwrap_or_default().to_owned();
        assert_eq!(text("ratelimit-policy"), "\"key\";q=600;w=60");
        assert_eq!(text("ratelimit"), "\"key\";r=570;t=3");
    }

    #[test]
    fn a_moment_is_a_whole_second() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(2_001)), 3);
        assert_eq!(whole_seconds(Duration::ZERO), 1);
    }
}
