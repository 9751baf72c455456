//! How often anybody may try to sign in: for each account and for each source, without letting one
//! person shut another out.
//!
//! A try is counted before the password is looked at and given back unless it was wrong, so that many
//! at once are not more than many one after the other; for that no limiter of a library is made.
//! Whoever signed in from a browser before has a cookie that says so (OWASP, "Slow Down Online
//! Guessing Attacks with Device Cookies"), and an allowance of their own: somebody else's tries, at
//! this account or from this address, do not hold them up.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{Error, Result, database::Origin, secret::sha256};

/// So many wrong tries at once, and one more each time that long has passed.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    at_once: u32,
    each: Duration,
}

/// From one address, at whatever account.
const SOURCE: Allowance = Allowance {
    at_once: 40,
    each: Duration::from_secs(6),
};
/// At one account, from one address.
const ACCOUNT_FROM_SOURCE: Allowance = Allowance {
    at_once: 6,
    each: Duration::from_secs(60),
};
/// At one account, from browsers in which nobody signed in to it before.
const ACCOUNT: Allowance = Allowance {
    at_once: 60,
    each: Duration::from_secs(60),
};
/// At one account, from a browser in which its person signed in before.
const KNOWN_BROWSER: Allowance = Allowance {
    at_once: 10,
    each: Duration::from_secs(60),
};

/// How many counters are kept. Above this, those that are whole again are forgotten; where all are
/// in use, new ones wait with everybody.
const MOST: usize = 100_000;

/// What is counted: a hash of what it is about.
type Key = [u8; 32];

/// Who tries what from where.
#[derive(Clone, Copy, Debug)]
pub struct Try<'a> {
    /// What is tried: an e-mail address as typed, or somebody's second factor.
    pub at: &'a str,
    /// From where.
    pub from: Origin,
    /// The browser in which this person signed in before, by the nonce of its cookie.
    pub browser: Option<&'a str>,
}

/// Counts tries in this process's memory. Cheap to clone.
///
/// Time is the machine's own, which never goes back.
#[derive(Clone, Debug, Default)]
pub struct Throttle(Arc<Mutex<HashMap<Key, Instant>>>);

/// A try that was counted. Dropped, it is given back.
#[derive(Debug)]
#[must_use]
pub struct Counted {
    throttle: Throttle,
    keys: Vec<(Key, Allowance)>,
}

impl Throttle {
    /// Counts a try, if it may be made now.
    ///
    /// # Errors
    /// [`Error::TooMany`], which knows when the next is welcome.
    pub fn count(&self, what: &Try<'_>) -> Result<Counted> {
        self.count_at(what, Instant::now())
    }

    fn count_at(&self, what: &Try<'_>, now: Instant) -> Result<Counted> {
        let at = what.at.trim().to_lowercase();
        let from = source(what.from);
        let keys = match what.browser {
            Some(browser) => vec![(key(&["browser", browser, &at]), KNOWN_BROWSER)],
            None => vec![
                (key(&["source", &from]), SOURCE),
                (key(&["account from", &at, &from]), ACCOUNT_FROM_SOURCE),
                (key(&["account", &at]), ACCOUNT),
            ],
        };
        let mut counters = self.counters();
        if counters.len() > MOST {
            counters.retain(|_, free| *free > now);
        }
        let wait = keys
            .iter()
            .filter_map(|(key, allowance)| {
                let free = counters.get(key).copied().unwrap_or(now).max(now);
                let next = free + allowance.each;
                next.checked_duration_since(now + allowance.each * allowance.at_once)
            })
            .filter(|wait| !wait.is_zero())
            .max();
        if let Some(wait) = wait {
            return Err(Error::TooMany {
                seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
            });
        }
        for (key, allowance) in &keys {
            let free = counters.entry(*key).or_insert(now);
            *free = (*free).max(now) + allowance.each;
        }
        drop(counters);
        Ok(Counted {
            throttle: self.clone(),
            keys,
        })
    }

    fn counters(&self) -> MutexGuard<'_, HashMap<Key, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// Keeps the try, since it was wrong.
    pub fn was_wrong(mut self) {
        self.keys.clear();
    }
}

impl Drop for Counted {
    /// Gives the try back: it was right, or nobody heard what it was.
    fn drop(&mut self) {
        let mut counters = self.throttle.counters();
        for (key, allowance) in &self.keys {
            if let Some(free) = counters.get_mut(key) {
                *free = free.checked_sub(allowance.each).unwrap_or(*free);
            }
        }
    }
}

/// An address, or the network of one that has a network for itself (IPv6, /64).
pub(super) fn source(from: Origin) -> String {
    match from {
        Origin::Address(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        from => from.to_string(),
    }
}

fn key(parts: &[&str]) -> Key {
    let text: String = parts
        .iter()
        .map(|part| format!("{}:{part},", part.len()))
        .collect();
    sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Origin {
        Origin::Address(text.parse().expect("an address"))
    }

    fn try_<'a>(at: &'a str, source: &str, browser: Option<&'a str>) -> Try<'a> {
        Try {
            at,
            from: from(source),
            browser,
        }
    }

    /// Whether a try was let through; then it is wrong.
    fn wrong(counted: Result<Counted>) -> bool {
        counted.map(Counted::was_wrong).is_ok()
    }

    /// How many wrong tries are let through, of many at the same moment.
    fn passed(
        throttle: &Throttle,
        what: impl Fn(u32) -> String,
        tries: u32,
        browser: Option<&str>,
    ) -> usize {
        let now = Instant::now();
        (0..tries)
            .filter(|number| {
                let source = what(*number);
                wrong(throttle.count_at(&try_("epi@alder.example", &source, browser), now))
            })
            .count()
    }

    #[test]
    fn one_source_gets_a_few_tries_at_an_account_and_a_minute_later_one_more() {
        let throttle = Throttle::default();
        assert_eq!(passed(&throttle, |_| "192.0.2.1".into(), 100, None), 6);
        let again = try_("EPI@alder.example ", "192.0.2.1", None);
        let refused = throttle.count(&again).expect_err("too many");
        assert!(
            matches!(refused, Error::TooMany { seconds: 1..=60 }),
            "{refused:?}"
        );
        let later = Instant::now() + Duration::from_secs(61);
        assert!(wrong(throttle.count_at(&again, later)));
        assert!(!wrong(throttle.count_at(&again, later)));
    }

    #[test]
    fn many_sources_get_so_many_together_and_networks_count_once() {
        let throttle = Throttle::default();
        let many = |number: u32| format!("198.51.{}.{}", number / 250, number % 250);
        assert_eq!(passed(&throttle, many, 1_000, None), 60);
        let throttle = Throttle::default();
        assert_eq!(
            passed(
                &throttle,
                |number| format!("2001:db8::{number:x}"),
                100,
                None
            ),
            6
        );
    }

    #[test]
    fn one_source_gets_so_many_at_whatever_account() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let passed = (0..1_000)
            .filter(|number| {
                let at = format!("nobody{number}@alder.example");
                wrong(throttle.count_at(&try_(&at, "192.0.2.1", None), now))
            })
            .count();
        assert_eq!(passed, 40);
    }

    #[test]
    fn whoever_signed_in_from_this_browser_before_is_not_held_up_by_others() {
        let throttle = Throttle::default();
        let many = |number: u32| format!("198.51.{}.{}", number / 250, number % 250);
        passed(&throttle, many, 1_000, None);
        passed(&throttle, |_| "192.0.2.1".into(), 100, None);
        let own = try_("epi@alder.example", "192.0.2.1", Some("nonce"));
        assert!(wrong(throttle.count(&own)));
        // And may not guess for ever either.
        assert_eq!(
            passed(&throttle, |_| "192.0.2.1".into(), 100, Some("nonce")),
            9
        );
    }

    #[test]
    fn right_tries_use_nothing_up() {
        let throttle = Throttle::default();
        let own = try_("epi@alder.example", "192.0.2.1", None);
        for _ in 0..500 {
            drop(throttle.count(&own).expect("a try"));
        }
    }
}
