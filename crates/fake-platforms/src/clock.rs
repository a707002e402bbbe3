//! What time the platforms have. Ages, de-duplication and the life of tokens go by it; delays on the wire do not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Where the time comes from, in unix milliseconds.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// A test's.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// One that stands at `now_ms` until it is moved. Its clones move with it.
    pub fn at(now_ms: i64) -> Self {
        Self::Set(Arc::new(AtomicI64::new(now_ms)))
    }

    /// The time.
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the place that it is asked at")]
                let now = jiff::Timestamp::now();
                now.as_millisecond()
            }
            Self::Set(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Moves a clock that is set. The system's stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Self::Set(now) = self {
            let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            now.fetch_add(by_ms, Ordering::Relaxed);
        }
    }
}
