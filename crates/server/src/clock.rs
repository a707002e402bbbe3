//! The one place that asks the system for the time. Everything else is given a [`Clock`].

use konektor_core::time::UnixMs;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// A test's, in unix milliseconds.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The time.
    pub fn now(&self) -> UnixMs {
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the place that it is asked at")]
                let now = jiff::Timestamp::now();
                UnixMs(now.as_millisecond())
            }
            Self::Set(now) => UnixMs(now.load(Ordering::Relaxed)),
        }
    }
}
