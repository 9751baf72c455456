//! Passwords, hashed with argon2id (RFC 9106).

/// Which passwords are taken.
pub mod policy;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version,
};
use tokio::sync::{mpsc, oneshot};

use crate::{Error, Result, secret};

/// Memory in KiB, passes and lanes: a setting of the OWASP Password Storage Cheat Sheet.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many may wait for their turn before the next is told that the portal is busy.
const WAITING: usize = 64;

/// The most bytes that are hashed.
const LONGEST: usize = 1024;

/// What a thread that hashes does next.
type Job = Box<dyn FnOnce() + Send>;

/// Hashes and verifies, on a few threads of its own: a storm of sign-ins takes neither the
/// processors that pages need, nor the memory. What a hash takes is kept by the thread that
/// computed it, so any thread of hundreds would each keep as much.
#[derive(Clone)]
pub struct Passwords {
    line: mpsc::Sender<Job>,
    #[cfg(test)]
    at_once: usize,
    /// The hash that an unknown e-mail address is checked against, so that it takes as long
    /// as a known one.
    nobody: Arc<str>,
}

impl Passwords {
    /// At most `at_once` are hashed at the same time.
    ///
    /// # Errors
    /// When the operating system gives no randomness, or no thread.
    pub fn new(at_once: usize) -> Result<Self> {
        let nobody = hash_now(&secret::hex(&secret::random_bytes::<16>()?))?;
        let (line, jobs) = mpsc::channel(WAITING);
        let jobs = Arc::new(Mutex::new(jobs));
        let at_once = at_once.max(1);
        for _ in 0..at_once {
            let jobs = jobs.clone();
            std::thread::Builder::new()
                .name("passwords".to_owned())
                .spawn(move || work(&jobs))
                .map_err(Error::internal)?;
        }
        Ok(Self {
            line,
            #[cfg(test)]
            at_once,
            nobody: nobody.into(),
        })
    }

    /// The PHC string to store for a password that somebody chose. `shortest` and `about` are as in
    /// [`policy::objection`].
    ///
    /// # Errors
    /// When something is to be said against it, or too many are waiting.
    pub async fn choose(&self, password: &str, shortest: usize, about: &[&str]) -> Result<String> {
        match policy::objection(password, shortest, about) {
            Some(words) => Err(Error::Invalid(words)),
            None => self.hash(password).await,
        }
    }

    /// The PHC string to store for a password that nobody chose here.
    ///
    /// # Errors
    /// When too many are waiting.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.line_up()?.turn(move || hash_now(&password)).await?
    }

    /// A place in line. It is taken before anything is looked up, so that whoever is told to come
    /// back later has cost next to nothing.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many are waiting.
    pub fn line_up(&self) -> Result<Place> {
        let permit = self.line.clone().try_reserve_owned();
        Ok(Place {
            permit: permit.map_err(|_| Error::Busy)?,
            nobody: self.nobody.clone(),
        })
    }

    /// Takes every place in line until what is returned is dropped: whoever would have
    /// hashed is told that the portal is busy.
    #[cfg(test)]
    pub fn take_all_places(&self) -> Vec<Place> {
        std::iter::from_fn(|| self.line_up().ok()).collect()
    }

    /// Takes every turn until what is returned is dropped: whoever is to be hashed for waits.
    #[cfg(test)]
    pub fn take_all_turns(&self) -> Vec<std::sync::mpsc::Sender<()>> {
        let turn = |_| {
            let (dropped, held) = std::sync::mpsc::channel();
            let place = self.line_up().expect("a place");
            place.permit.send(Box::new(move || {
                held.recv().ok();
            }));
            dropped
        };
        (0..self.at_once).map(turn).collect()
    }
}

/// Does what is in line until nobody can line up any more.
fn work(jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let next = jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(job) = next else { return };
        let begun = Instant::now();
        job();
        // In a crowd as long again, so that whoever reads pages has half of the processor. Where
        // another thread waits for the next in line, there is none.
        if jobs.try_lock().is_ok_and(|jobs| !jobs.is_empty()) {
            std::thread::sleep(begun.elapsed());
        }
    }
}

/// A place in line: whoever has one gets their turn.
pub struct Place {
    permit: mpsc::OwnedPermit<Job>,
    nobody: Arc<str>,
}

impl Place {
    /// True when `password` is the one whose hash is `stored`. With `None`, for a person who
    /// does not exist, it takes as long and is false.
    ///
    /// # Errors
    /// When the portal ends.
    pub async fn verify(self, password: &str, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.as_ref().to_owned());
        // A password that cannot have been set is not worth hashing in full.
        let password = password.get(..LONGEST).unwrap_or(password).to_owned();
        let matches = self
            .turn(move || {
                PasswordHash::new(&stored)
                    .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(matches && known)
    }

    /// Waits for what a thread of ours computes.
    async fn turn<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (tell, told) = oneshot::channel();
        self.permit.send(Box::new(move || {
            // Nothing is computed for whoever has gone.
            if !tell.is_closed() {
                tell.send(work()).ok();
            }
        }));
        told.await.map_err(Error::internal)
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String> {
    Ok(argon2()
        .hash_password(password.as_bytes())
        .map_err(|error| Error::internal(error.to_string()))?
        .to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_and_no_other() -> Result<()> {
        let passwords = Passwords::new(1)?;
        let stored = passwords.hash("correct horse battery").await?;
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(
            passwords
                .line_up()?
                .verify("correct horse battery", Some(stored.clone()))
                .await?
        );
        assert!(
            !passwords
                .line_up()?
                .verify("correct horse batterz", Some(stored))
                .await?
        );
        assert!(
            !passwords
                .line_up()?
                .verify("correct horse battery", None)
                .await?
        );
        Ok(())
    }

    #[test]
    fn nobodys_hash_costs_what_everybodys_does() -> Result<()> {
        let cost = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        let nobody = Passwords::new(1)?.nobody;
        assert_eq!(cost(&nobody), cost(&hash_now("correct horse battery")?));
        assert!(PasswordHash::new(&nobody).is_ok());
        Ok(())
    }

    #[tokio::test]
    async fn a_short_password_is_refused_with_what_to_do() -> Result<()> {
        let refusal = Passwords::new(1)?.choose("short", 8, &[]).await;
        assert!(refusal.is_err_and(|error| error.to_string().contains("8 characters")));
        Ok(())
    }

    #[tokio::test]
    async fn a_storm_is_told_to_wait() -> Result<()> {
        let passwords = Passwords::new(1)?;
        // Whoever is in line waits while somebody else is hashed for.
        let turns = passwords.take_all_turns();
        let waits = passwords.line_up()?.verify("wrong", None);
        let waited = tokio::time::timeout(Duration::from_secs(1), waits).await;
        assert!(waited.is_err(), "two are hashed for at once");
        drop(turns);
        let storm: Vec<_> = (0..200)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.line_up()?.verify("wrong", None).await })
            })
            .collect();
        let mut refused = 0;
        for attempt in storm {
            match attempt.await.map_err(Error::internal)? {
                Err(Error::Busy) => refused += 1,
                outcome => assert!(!outcome?),
            }
        }
        assert!(refused > 0, "all 200 were let in line");
        Ok(())
    }
}
