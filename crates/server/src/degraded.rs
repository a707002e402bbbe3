//! Whether this server answers visitors without its database at the moment: read by load balancers, dashboards and operators.

use konektor_core::time::UnixMs;
use std::sync::atomic::{AtomicI64, Ordering};

/// The state, as the recorder sees it.
#[derive(Debug, Default)]
pub struct Degraded {
    /// In unix milliseconds; 0 while all is well.
    since: AtomicI64,
}

impl Degraded {
    /// Since when, if it is.
    pub fn since(&self) -> Option<UnixMs> {
        let since = self.since.load(Ordering::Relaxed);
        (since != 0).then_some(UnixMs(since))
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
