//! Is this a flood? Shadow limits: what is over them still gets its 302, but makes no lead.
//!
//! Mobile carriers put thousands of people behind one address, so an address alone proves nothing: requests
//! with a click ID of their own have a limit of their own, far higher. Addresses that are not public are
//! never limited: behind them stands a proxy that the operator has not named yet, and all of their visitors.

use crate::time::UnixMs;
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// New visitors a minute that are still taken for people; a burst of one minute's worth is allowed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloodLimits {
    /// From one address (IPv6: one /64), without a click ID.
    pub address_per_minute: u32,
    /// From one address, each with a click ID.
    pub address_with_click_id_per_minute: u32,
    /// From one network (IPv4 /24, IPv6 /48), of either kind.
    pub network_per_minute: u32,
}

impl Default for FloodLimits {
    fn default() -> Self {
        Self {
            address_per_minute: 600,
            address_with_click_id_per_minute: 6_000,
            network_per_minute: 30_000,
        }
    }
}

/// Beyond this many remembered addresses, those back at zero are forgotten. They all are within a minute, most at once; looking through so
/// many takes a tenth of a millisecond, for which a batch of visitors waits.
const SWEEP_AT: usize = 1 << 14;

/// Counts new visitors by where they come from (generic cell rate algorithm: one number per source).
#[derive(Debug)]
pub struct Flood {
    limits: FloodLimits,
    /// When the source's allowance would be full again, in microseconds (limits above 60,000 a minute cost
    /// less than a millisecond each).
    full_at: HashMap<u128, i64>,
    sweep_at: usize,
}

impl Flood {
    /// Starts with full allowances.
    pub fn new(limits: FloodLimits) -> Self {
        Self {
            limits,
            full_at: HashMap::default(),
            sweep_at: SWEEP_AT,
        }
    }

    /// Counts one new visitor; `false` if that is more than people do.
    pub fn admit(&mut self, address: IpAddr, has_click_id: bool, now: UnixMs) -> bool {
        if !is_public(address) {
            return true;
        }
        if self.full_at.len() >= self.sweep_at {
            self.full_at.retain(|_, full_at| *full_at > now.0.saturating_mul(1_000));
            self.sweep_at = SWEEP_AT.max(self.full_at.len() * 2);
        }
        let per_minute = if has_click_id {
            self.limits.address_with_click_id_per_minute
        } else {
            self.limits.address_per_minute
        };
        // IPv6 hands out networks, not addresses: the low half of an address is its owner's to choose.
        let (address, network) = match address {
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), u128::from(u32::from(v4) >> 8)),
            IpAddr::V6(v6) => (u128::from(v6) >> 64, u128::from(v6) >> 80),
        };
        let kind = 1 + u128::from(has_click_id);
        let by_address = self.take(address | kind << 126, per_minute, now);
        let by_network = self.take(network, self.limits.network_per_minute, now);
        by_address && by_network
    }

    fn take(&mut self, source: u128, per_minute: u32, now: UnixMs) -> bool {
        const WINDOW_US: i64 = 60_000_000;
        let now_us = now.0.saturating_mul(1_000);
        let cost = WINDOW_US / i64::from(per_minute.max(1));
        let full_at = self.full_at.entry(source).or_insert(now_us);
        let from = (*full_at).max(now_us);
        // A clock set far back must not lock a source out: an allowance is never more than a window away.
        let from = if from - now_us > WINDOW_US { now_us } else { from };
        let admitted = from + cost - now_us <= WINDOW_US;
        if admitted {
            *full_at = from + cost;
        }
        admitted
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => {
            !(v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, last])
    }

    #[test]
    fn ten_thousand_people_behind_ten_carrier_addresses_are_people() {
        let mut flood = Flood::new(FloodLimits::default());
        assert!((0..10_000_u32).all(|i| flood.admit(address((i % 10) as u8), true, UnixMs(i.into()))));
    }

    #[test]
    fn more_of_the_same_than_people_do_is_a_flood_and_ends_with_it() {
        let mut flood = Flood::new(FloodLimits::default());
        let start = UnixMs(1_795_000_000_000);
        let admitted = (0..1_000).filter(|_| flood.admit(address(1), false, start)).count();
        assert_eq!(admitted, 600);
        assert!(flood.admit(address(2), false, start), "a neighbour is not meant");
        assert!(
            flood.admit(address(1), false, start.plus_ms(1_000)),
            "a second later a few more are taken"
        );
        let later = start.plus_ms(120_000);
        assert_eq!(
            (0..1_000).filter(|_| flood.admit(address(1), false, later)).count(),
            600
        );
    }

    #[test]
    fn addresses_that_are_not_public_are_never_limited() {
        let mut flood = Flood::new(FloodLimits::default());
        let loopback = IpAddr::from([127, 0, 0, 1]);
        assert!((0..50_000).all(|_| flood.admit(loopback, false, UnixMs(0))));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let mut flood = Flood::new(FloodLimits::default());
        assert!(flood.admit(address(1), false, UnixMs(4_102_444_800_000)));
        assert!(flood.admit(address(1), false, UnixMs(1_795_000_000_000)));
    }
}
