//! Whether this server answers visitors without its database at the moment: read by load balancers, dashboards and operators.

use konektor_core::time::UnixMs;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The state, as the recorder sees it.
#[derive(Debug, Default)]
pub struct Degraded {
    /// In unix milliseconds; 0 while all is well.
    since: AtomicI64,
    /// Visits that wait to be recorded, as they were a second ago at most.
    waiting: AtomicU64,
}

impl Degraded {
    /// Since when, if it is.
    pub fn since(&self) -> Option<UnixMs> {
        let since = self.since.load(Ordering::Relaxed);
        (since != 0).then_some(UnixMs(since))
    }

    /// Visits that wait to be recorded.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Notes how many wait.
    pub fn set_waiting(&self, visits: u64) {
        self.waiting.store(visits, Ordering::Relaxed);
    }

    /// It begins; `false` if it had begun.
    pub fn begin(&self, now: UnixMs) -> bool {
        let begun = self
            .since
            .compare_exchange(0, now.0.max(1), Ordering::Relaxed, Ordering::Relaxed);
        begun.is_ok()
    }

    /// It ends; gives since when it was.
    pub fn end(&self) -> Option<UnixMs> {
        let since = self.since.swap(0, Ordering::Relaxed);
        (since != 0).then_some(UnixMs(since))
    }
}
