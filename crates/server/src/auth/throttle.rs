//! Slowing down who guesses passwords: per account and per address, in memory.
//!
//! A few wrong ones are free, then each doubles the wait. A try counts as wrong from its beginning, so that a hundred at
//! once are not a hundred free ones; a right one takes that back. Restarting the server forgets it all, which gives a
//! guesser a few more tries and nothing else.

use konektor_core::time::UnixMs;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard},
};

/// Wrong passwords for one account before there is a wait.
const FREE_PER_ACCOUNT: u32 = 5;
/// And from one address: an office has one for all.
const FREE_PER_ADDRESS: u32 = 20;
const FIRST_WAIT_MS: i64 = 10_000;
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
/// After this time without a try everything is forgotten.
const FORGET_AFTER_MS: i64 = 60 * 60_000;
/// Accounts and addresses that are remembered.
const MOST: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    Account(String),
    /// IPv6 by /64, which is what one customer gets.
    Address(IpAddr),
}

impl Source {
    fn address(address: IpAddr) -> Self {
        const NETWORK: u128 = !(u64::MAX as u128);
        Self::Address(match address.to_canonical() {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & NETWORK).into(),
            v4 => v4,
        })
    }

    fn free(&self) -> u32 {
        match self {
            Self::Account(_) => FREE_PER_ACCOUNT,
            Self::Address(_) => FREE_PER_ADDRESS,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    wrong: u32,
    last: UnixMs,
    /// No try before then.
    next: UnixMs,
}

/// The wrong tries of late.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<Source, Tries>>);

/// Too many were wrong; how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// In milliseconds.
    pub ms: i64,
}

impl Throttle {
    /// Begins a try, which counts as wrong until [`Throttle::was_right`].
    pub fn begin(&self, account: &str, address: IpAddr, now: UnixMs) -> Result<(), Wait> {
        let sources = [Source::Account(account.to_owned()), Source::address(address)];
        let mut tries = self.lock();
        tidy(&mut tries, now);
        let waits = sources.iter().filter_map(|source| tries.get(source));
        let ms = waits.map(|tries| tries.next.0 - now.0).max().unwrap_or(0);
        if ms > 0 {
            return Err(Wait { ms });
        }
        for source in sources {
            let free = source.free();
            let begun = tries
                .get(&source)
                .filter(|tries| tries.last.0 + FORGET_AFTER_MS > now.0);
            let wrong = begun.map_or(0, |tries| tries.wrong).saturating_add(1);
            let next = now.plus_ms(wait_ms(wrong, free));
            tries.insert(source, Tries { wrong, last: now, next });
        }
        Ok(())
    }

    /// Takes a try back. The account starts anew; of the address only this one is forgiven, or who has an account here
    /// could guess others' without end by signing in between.
    pub fn was_right(&self, account: &str, address: IpAddr) {
        let mut tries = self.lock();
        tries.remove(&Source::Account(account.to_owned()));
        if let Some(tries) = tries.get_mut(&Source::address(address)) {
            tries.wrong = tries.wrong.saturating_sub(1);
            tries.next = tries.last;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Source, Tries>> {
        self.0.lock().expect("counting cannot panic")
    }
}

fn wait_ms(wrong: u32, free: u32) -> i64 {
    match wrong.checked_sub(free) {
        None => 0,
        Some(beyond) => (FIRST_WAIT_MS << beyond.min(10)).min(LONGEST_WAIT_MS),
    }
}

/// Keeps the table small. If it is full of fresh ones, only those that have to wait stay.
fn tidy(tries: &mut HashMap<Source, Tries>, now: UnixMs) {
    if tries.len() >= MOST {
        tries.retain(|_, tries| tries.last.0 + FORGET_AFTER_MS > now.0);
    }
    if tries.len() >= MOST {
        tries.retain(|_, tries| tries.next > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_786_932_000_000);
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));

    fn address(n: u8) -> IpAddr {
        IpAddr::from([198, 51, 100, n])
    }

    #[test]
    fn after_five_wrong_ones_each_doubles_the_wait_up_to_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        let mut now = NOW;
        for _ in 0..5 {
            assert_eq!(throttle.begin("a@b.id", HOME, now), Ok(()));
        }
        for seconds in [10, 20, 40, 80, 160, 320, 640, 900, 900] {
            let wait = throttle.begin("a@b.id", HOME, now);
            assert_eq!(wait, Err(Wait { ms: seconds * 1_000 }));
            now = now.plus_ms(seconds * 1_000 - 1);
            assert_eq!(throttle.begin("a@b.id", HOME, now), Err(Wait { ms: 1 }));
            now = now.plus_ms(1);
            assert_eq!(throttle.begin("a@b.id", HOME, now), Ok(()));
        }
        now = now.plus_ms(FORGET_AFTER_MS);
        assert_eq!(
            throttle.begin("a@b.id", HOME, now),
            Ok(()),
            "after an hour it is forgotten"
        );
        assert_eq!(throttle.begin("a@b.id", HOME, now), Ok(()));
    }

    #[test]
    fn an_account_is_slowed_down_from_wherever_and_an_address_for_whatever_account() {
        let throttle = Throttle::default();
        for n in 0..5 {
            throttle.begin("a@b.id", address(n), NOW).unwrap();
        }
        assert!(throttle.begin("a@b.id", address(99), NOW).is_err());
        assert!(throttle.begin("b@b.id", address(99), NOW).is_ok());
        for n in 0..20 {
            throttle.begin(&format!("{n}@b.id"), HOME, NOW).unwrap();
        }
        assert!(throttle.begin("new@b.id", HOME, NOW).is_err());
    }

    #[test]
    fn addresses_of_one_v6_network_are_one() {
        let throttle = Throttle::default();
        let v6 = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        for n in 0..20 {
            throttle.begin(&format!("{n}@b.id"), v6(n), NOW).unwrap();
        }
        assert!(throttle.begin("new@b.id", v6(99), NOW).is_err());
        let elsewhere = IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]);
        assert!(throttle.begin("new@b.id", elsewhere, NOW).is_ok());
    }

    #[test]
    fn the_right_password_clears_the_account_but_not_the_address() {
        let throttle = Throttle::default();
        for n in 0..19 {
            throttle.begin(&format!("{n}@b.id"), HOME, NOW).unwrap();
            throttle.begin("mine@b.id", HOME, NOW).unwrap();
            throttle.was_right("mine@b.id", HOME);
        }
        throttle.begin("20@b.id", HOME, NOW).unwrap();
        assert!(throttle.begin("mine@b.id", HOME, NOW).is_err());
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let throttle = Throttle::default();
        for n in 0..30_000_u32 {
            let address = IpAddr::from(n.to_be_bytes());
            throttle.begin(&n.to_string(), address, NOW).unwrap();
        }
        assert!(throttle.lock().len() <= MOST + 2);
    }
}
