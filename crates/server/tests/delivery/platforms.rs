//! The stand-ins, for tests that are not async.

use crate::common::PATIENCE;
use konektor_fake_platforms::{Clock, FakePlatforms, Platform, Received};
use std::ops::Deref;
use tokio::runtime::Runtime;

/// Stand-ins that are running, and what they run on. Dropped, they assert that nothing was sent that no platform would
/// notice but nobody should send.
pub struct Platforms {
    fake: FakePlatforms,
    pub runtime: Option<Runtime>,
}

impl Platforms {
    pub fn start(clock: Clock) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads");
        let address = ([127, 0, 0, 1], 0).into();
        let fake = runtime
            .block_on(FakePlatforms::start(address, clock))
            .expect("a free port");
        Self {
            fake,
            runtime: Some(runtime),
        }
    }

    /// Waits, on what they run on.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().expect("taken at the end only").block_on(future)
    }

    /// Waits until what came is as said.
    pub fn wait_for(&self, what: &str, is_so: impl Fn(&FakePlatforms) -> bool) {
        let came = self.block_on(self.fake.wait_until(PATIENCE, is_so));
        assert!(came, "waited in vain: {what}\n{}", self.report());
    }

    /// Waits for so many events that count.
    pub fn wait_for_events(&self, platform: Platform, count: u64) {
        self.wait_for(&format!("{count} events at {platform}"), |fake| {
            fake.unique_events(platform) >= count
        });
    }

    /// The only event that a platform has taken.
    pub fn only(&self, platform: Platform) -> Received {
        let mut received = self.received(platform);
        let event = received.pop().unwrap_or_else(|| panic!("{platform} has nothing"));
        assert_eq!(received, [], "{platform} has more than one");
        event
    }
}

impl Deref for Platforms {
    type Target = FakePlatforms;
    fn deref(&self) -> &FakePlatforms {
        &self.fake
    }
}

impl Drop for Platforms {
    fn drop(&mut self) {
        // Not waiting for what hangs as told.
        self.runtime.take().expect("taken here only").shutdown_background();
        if std::thread::panicking() {
            eprintln!("{}", self.report());
        } else {
            assert_eq!(self.violations(), [], "sent what nobody should send");
        }
    }
}
