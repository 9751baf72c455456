//! New connections, let in at a pace: whoever is being answered does not wait for a crowd that
//! arrives all at once. It waits in the operating system's queue, which costs nothing here.

use std::num::{NonZero, NonZeroU32};

use axum::serve::Listener;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// New connections a second for each processor, and how many may come at once. A browser opens up
/// to six and keeps them, and a reverse proxy should.
const EACH_SECOND: NonZeroU32 = NonZeroU32::new(250).expect("not zero");
const AT_ONCE: NonZeroU32 = NonZeroU32::new(32).expect("not zero");

/// A listener that lets connections in at a pace.
pub struct Paced<L> {
    listener: L,
    pace: DefaultDirectRateLimiter,
}

impl<L> Paced<L> {
    /// Lets in what `listener` hears.
    pub fn new(listener: L) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let processors = u32::try_from(processors).unwrap_or(1);
        let pace =
            EACH_SECOND.saturating_mul(NonZeroU32::new(processors).unwrap_or(NonZeroU32::MIN));
        let quota = Quota::per_second(pace).allow_burst(AT_ONCE);
        Self {
            listener,
            pace: RateLimiter::direct(quota),
        }
    }
}

impl<L: Listener> Listener for Paced<L> {
    type Io = L::Io;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        self.pace.until_ready().await;
        self.listener.accept().await
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
