//! What time it is, as an argument.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

/// A moment, as the caller knows it.
pub type Now = DateTime<Utc>;

/// Where the portal reads the time; a test gives it a clock of its own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Now + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::of(Utc::now)
    }

    /// The clock that `read` tells.
    pub fn of(read: impl Fn() -> Now + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// This moment.
    pub fn now(&self) -> Now {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
