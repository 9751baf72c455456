//! The closing of a month that is under way in this process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Month;
use crate::clock::Now;

/// A month that is being closed, or could not be when nobody waited any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The month.
    pub month: Month,
    /// Since when.
    pub since: Now,
    /// Why it could not be closed; none while it is under way.
    pub problem: Option<String>,
}

/// The last attempt to close a month that is not known to have ended well. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct UnderWay(Arc<Mutex<Option<Attempt>>>);

impl UnderWay {
    /// The attempt to close `month`, if there is one.
    pub fn of(&self, month: Month) -> Option<Attempt> {
        self.attempt()
            .clone()
            .filter(|attempt| attempt.month == month)
    }

    /// Begins an attempt, and forgets the one before.
    pub fn begin(&self, month: Month, since: Now) {
        *self.attempt() = Some(Attempt {
            month,
            since,
            problem: None,
        });
    }

    /// Ends it well, or with a problem for whoever looks next.
    pub fn end(&self, problem: Option<String>) {
        let mut attempt = self.attempt();
        match (problem, attempt.as_mut()) {
            (Some(problem), Some(attempt)) => attempt.problem = Some(problem),
            _ => *attempt = None,
        }
    }

    fn attempt(&self) -> MutexGuard<'_, Option<Attempt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
