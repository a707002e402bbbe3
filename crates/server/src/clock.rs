//! The one place that asks the system for the time. Everything else is given a [`Clock`].

use konektor_core::{
    evenness::{Evenness, Jump, Reading},
    time::UnixMs,
};
use metrics::{Counter, Gauge, counter, gauge};
use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

/// Two clocks that are read within so long are read at one moment. Who is stopped in between would see a jump.
const ONE_MOMENT: Duration = Duration::from_millis(100);

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

/// The clock beside one that nobody sets. What cannot be taken back asks it first: a clock that jumped is not believed for a
/// while ([`Evenness`]).
pub struct Watch {
    clock: Clock,
    began: Instant,
    evenness: Mutex<Evenness>,
    jumps: Counter,
    doubted: Gauge,
}

impl Watch {
    /// Watches from now on.
    pub fn new(clock: Clock, newest_click: Option<UnixMs>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the place that it is asked at")]
        let began = Instant::now();
        let evenness = Evenness::begin(read(&clock, began), newest_click);
        let watch = Self {
            clock,
            began,
            evenness: Mutex::new(evenness),
            jumps: counter!("konektor_clock_jumps_total"),
            doubted: gauge!("konektor_clock_doubted"),
        };
        if let Some(jump) = evenness.doubt() {
            watch.report(jump);
        }
        watch
    }

    /// What the clock is doubted for, while nothing is to be sent and nothing to expire.
    pub fn doubt(&self) -> Option<Jump> {
        self.look().doubt()
    }

    /// How long that still lasts; `None`: it is believed.
    pub fn doubted_for(&self) -> Option<Duration> {
        let ms = self.look().send_in_ms();
        (ms > 0).then(|| Duration::from_millis(ms as u64))
    }

    /// Whether what became old may be forgotten, which never comes back.
    pub fn may_forget(&self) -> bool {
        self.look().forget_in_ms() == 0
    }

    /// The time, for what is on its way when the clock jumps: as if it had not.
    pub fn now(&self) -> UnixMs {
        self.look().now()
    }

    fn look(&self) -> MutexGuard<'_, Evenness> {
        let mut evenness = self.evenness.lock().expect("comparing two numbers cannot panic");
        let jump = evenness.look(read(&self.clock, self.began));
        self.doubted.set(if evenness.doubt().is_some() { 1.0 } else { 0.0 });
        if let Some(jump) = jump {
            self.report(jump);
        }
        evenness
    }

    fn report(&self, jump: Jump) {
        self.jumps.increment(1);
        let Jump { by_ms, beside } = jump;
        tracing::warn!(
            by_ms,
            beside = beside.as_str(),
            "the clock cannot be believed: nothing is sent and nothing expires until it has gone on evenly for ten minutes"
        );
    }
}

fn read(clock: &Clock, began: Instant) -> Reading {
    if let Clock::Set(_) = clock {
        // Who moves it wants that time has passed.
        let wall = clock.now();
        return Reading {
            wall,
            steady_ms: wall.0,
        };
    }
    loop {
        let before = began.elapsed();
        let wall = clock.now();
        let after = began.elapsed();
        if after - before < ONE_MOMENT {
            let steady_ms = after.as_millis() as i64;
            return Reading { wall, steady_ms };
        }
    }
}
