//! How many requests a key, a session or a form may make: a bucket each, which refills evenly and holds a minute's worth, so
//! that a burst after a pause is fine. Kept in memory and bounded; a restart forgets it.

use konektor_core::time::UnixMs;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard},
};

/// The time in which an empty bucket is full again, in seconds.
pub const WINDOW_S: i64 = 60;
const WINDOW_US: i64 = WINDOW_S * 1_000_000;
/// Buckets that are remembered. One that is full need not be.
const MOST: usize = 10_000;

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// An API key, by its id.
    Key(i64),
    /// A session, by its id.
    Session(i64),
    /// A form hook, by its id.
    Form(i64),
    /// An address; of IPv6 the network that one customer gets.
    Address(IpAddr),
}

impl Holder {
    /// Whoever is at this address.
    pub fn address(address: IpAddr) -> Self {
        const NETWORK: u128 = !(u64::MAX as u128);
        Self::Address(match address.to_canonical() {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & NETWORK).into(),
            v4 => v4,
        })
    }
}

/// The buckets.
#[derive(Debug)]
pub struct Rate {
    per_minute: u32,
    /// When each bucket will be full again, in microseconds.
    full_at: Mutex<HashMap<Holder, i64>>,
}

/// What there is after a request was taken out of its bucket, or why it was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It may be done.
    Yes {
        /// Requests that may follow at once.
        left: i64,
        /// When there is more: until the bucket is full, or, if nothing is left, until the next one.
        more_in_s: i64,
    },
    /// The bucket is empty.
    No {
        /// Until the next one.
        wait_s: i64,
    },
}

impl Rate {
    /// So many a minute for each; 0 is no limit.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            full_at: Mutex::default(),
        }
    }

    /// How many a minute, if there is a limit.
    pub fn per_minute(&self) -> Option<u32> {
        (self.per_minute > 0).then_some(self.per_minute)
    }

    /// Takes a request out of its holder's bucket; `None` without a limit.
    pub fn take(&self, holder: Holder, now: UnixMs) -> Option<Taken> {
        let per_minute = i64::from(self.per_minute()?);
        let each = (WINDOW_US / per_minute).max(1);
        let now = now.0 * 1_000;
        let mut buckets = self.lock();
        tidy(&mut buckets, now);
        // A bucket is never more than a window away from full: one that seems so is of a clock that was set back since, and
        // must not lock anybody out.
        let known = buckets.get(&holder).filter(|full_at| **full_at - now <= WINDOW_US);
        let full_at = known.copied().unwrap_or(now).max(now) + each;
        let used = full_at - now;
        if used > each * per_minute {
            let wait_s = seconds(used - each * per_minute);
            return Some(Taken::No { wait_s });
        }
        buckets.insert(holder, full_at);
        let left = per_minute - (used + each - 1) / each;
        let more_in_s = match left {
            0 => seconds(used + each - each * per_minute),
            _ => seconds(used),
        };
        Some(Taken::Yes { left, more_in_s })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Holder, i64>> {
        self.full_at.lock().expect("counting cannot panic")
    }
}

/// Whole seconds after which this much time is over.
fn seconds(us: i64) -> i64 {
    (us + 999_999) / 1_000_000
}

/// Keeps the table small. Were it full of buckets in use, all would begin anew: rather too many requests than none.
fn tidy(buckets: &mut HashMap<Holder, i64>, now: i64) {
    if buckets.len() >= MOST {
        buckets.retain(|_, full_at| *full_at > now);
    }
    if buckets.len() >= MOST {
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixMs = UnixMs(1_786_932_000_000);
    const KEY: Holder = Holder::Key(1);

    fn is_yes(taken: Option<Taken>) -> bool {
        matches!(taken, Some(Taken::Yes { .. }))
    }

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_one_after_the_other() {
        let rate = Rate::new(60);
        let first = rate.take(KEY, NOW);
        assert_eq!(first, Some(Taken::Yes { left: 59, more_in_s: 1 }));
        for left in (1..59).rev() {
            let taken = rate.take(KEY, NOW);
            assert_eq!(
                taken,
                Some(Taken::Yes {
                    left,
                    more_in_s: 60 - left
                })
            );
        }
        assert_eq!(rate.take(KEY, NOW), Some(Taken::Yes { left: 0, more_in_s: 1 }));
        assert_eq!(rate.take(KEY, NOW), Some(Taken::No { wait_s: 1 }));
        assert_eq!(rate.take(KEY, NOW.plus_ms(999)), Some(Taken::No { wait_s: 1 }));
        assert!(is_yes(rate.take(KEY, NOW.plus_ms(1_000))));
        assert_eq!(rate.take(KEY, NOW.plus_ms(1_000)), Some(Taken::No { wait_s: 1 }));
        let rested = NOW.plus_ms(61_000);
        assert_eq!(rate.take(KEY, rested), Some(Taken::Yes { left: 59, more_in_s: 1 }));
    }

    #[test]
    fn each_key_and_each_session_has_its_own() {
        let rate = Rate::new(1);
        for holder in [KEY, Holder::Key(2), Holder::Session(1)] {
            assert!(is_yes(rate.take(holder, NOW)), "{holder:?}");
            assert_eq!(rate.take(holder, NOW), Some(Taken::No { wait_s: 60 }), "{holder:?}");
        }
    }

    #[test]
    fn zero_is_no_limit() {
        let rate = Rate::new(0);
        assert_eq!(rate.take(KEY, NOW), None);
        assert!(rate.lock().is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let rate = Rate::new(2);
        assert!(is_yes(rate.take(KEY, NOW.plus_ms(86_400_000))));
        assert!(is_yes(rate.take(KEY, NOW)));
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let rate = Rate::new(2);
        for id in 0..30_000 {
            assert!(is_yes(rate.take(Holder::Key(id), NOW.plus_ms(id))));
        }
        assert!(rate.lock().len() <= MOST);
    }

    proptest! {
        #[test]
        fn in_no_minute_are_there_more_than_twice_as_many_and_who_waits_as_told_is_let_in(
            per_minute in 1_u32..5_000,
            pauses in proptest::collection::vec(0_i64..20_000, 1..200),
        ) {
            let rate = Rate::new(per_minute);
            let (mut now, mut taken) = (NOW, Vec::new());
            for pause in pauses {
                now = now.plus_ms(pause);
                match rate.take(KEY, now) {
                    Some(Taken::Yes { left, .. }) => {
                        prop_assert!((0..i64::from(per_minute)).contains(&left));
                        taken.push(now.0);
                    }
                    Some(Taken::No { wait_s }) => {
                        now = now.plus_ms(wait_s * 1_000);
                        prop_assert!(is_yes(rate.take(KEY, now)));
                        taken.push(now.0);
                    }
                    None => unreachable!("there is a limit"),
                }
                let lately = taken.iter().filter(|at| **at > now.0 - 60_000).count();
                prop_assert!(lately <= 2 * per_minute as usize);
            }
        }
    }
}
