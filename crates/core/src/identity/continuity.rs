//! Knowing a visitor without a cookie: by click ID for a day, by the very same request for two seconds.
//!
//! Both work on keyed 64-bit fingerprints, so that memory and database hold no click ID twice and nobody can
//! make two of them collide on purpose.

use crate::{
    attribution::Touch,
    event::EventId,
    ids::{LeadId, RotatorId, WorkspaceId},
    time::UnixMs,
};
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;
use std::{collections::VecDeque, hash::Hasher, net::IpAddr};

/// How long the same click ID from the same browser is the same visitor.
pub const CLICK_ID_WINDOW_MS: i64 = 24 * 3_600_000;
/// How long the same request is a double tap.
pub const DOUBLE_TAP_WINDOW_MS: i64 = 2_000;
/// How long a further press of the same page's button is the same click: who waits for a slow network presses again.
pub const PRESSED_AGAIN_WINDOW_MS: i64 = 30_000;

/// Makes fingerprints; the key is the installation's.
#[derive(Clone)]
pub struct Fingerprints {
    keyed: SipHasher13,
}

/// The fingerprint of a user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserAgentPrint(i64);

/// The fingerprints of a visit that carries a click ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClickIdPrint {
    /// Of the click ID itself: has anybody used it before?
    pub click_id: i64,
    /// Of the click ID with full user agent and language: was it this browser?
    pub with_browser: i64,
}

impl ClickIdPrint {
    /// What a press of a page's button is looked up by: the page's fingerprint, which holds the browser.
    pub fn of_press(press: i64) -> Self {
        Self {
            click_id: press,
            with_browser: press,
        }
    }
}

impl Fingerprints {
    /// Wraps 16 random bytes.
    pub fn new(key: [u8; 16]) -> Self {
        let keyed = SipHasher13::new_with_key(&key);
        Self { keyed }
    }

    /// Fingerprint of a user agent: the long part of what follows, and the same for many visitors.
    pub fn user_agent(&self, ua: &str) -> UserAgentPrint {
        UserAgentPrint(self.print(&[ua.as_bytes()]))
    }

    /// Fingerprints of the primary click ID, if the touch has one.
    pub fn click_id(
        &self,
        workspace: WorkspaceId,
        touch: &Touch,
        ua: UserAgentPrint,
        language: &str,
    ) -> Option<ClickIdPrint> {
        let (parameter, value) = touch.primary_click_id()?;
        let click_id = self.print(&[&workspace.0.to_be_bytes(), parameter.as_bytes(), value.as_bytes()]);
        let with_browser = self.print(&[&click_id.to_be_bytes(), &ua.0.to_be_bytes(), language.as_bytes()]);
        Some(ClickIdPrint { click_id, with_browser })
    }

    /// Fingerprint of the very same request: address, user agent, host, path and query.
    pub fn request(&self, address: IpAddr, ua: UserAgentPrint, host: &str, path: &str, query: &str) -> i64 {
        let address = match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            IpAddr::V6(v6) => v6.octets(),
        };
        self.print(&[
            &address,
            &ua.0.to_be_bytes(),
            host.as_bytes(),
            path.as_bytes(),
            query.as_bytes(),
        ])
    }

    /// Fingerprint of a page that was shown, by the number in its token, in one browser: were the page kept by a cache
    /// on the way and given to many, they would still not be one visitor.
    pub fn press(&self, rotator: RotatorId, nonce: u64, ua: UserAgentPrint, language: &str) -> i64 {
        let (rotator, nonce) = (rotator.0.to_be_bytes(), nonce.to_be_bytes());
        self.print(&[b"press", &rotator, &nonce, &ua.0.to_be_bytes(), language.as_bytes()])
    }

    /// Fingerprint of an event that a lead makes once in its life. Never one of a click ID, which has three parts.
    pub fn event(&self, id: &EventId) -> i64 {
        self.print(&[id.as_str().as_bytes()])
    }

    fn print(&self, parts: &[&[u8]]) -> i64 {
        let mut hasher = self.keyed;
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hasher.write_u32(part.len() as u32);
            hasher.write(part);
        }
        hasher.finish() as i64
    }
}

/// What is known of a click ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClickIdUse {
    /// The lead that used it.
    pub lead: LeadId,
    /// [`ClickIdPrint::with_browser`] of that use.
    pub with_browser: i64,
    /// When.
    pub at: UnixMs,
}

impl ClickIdUse {
    /// A press of a page's button, remembered like a click ID: by the page's fingerprint, which holds the browser.
    pub fn of_press(press: i64, lead: LeadId, at: UnixMs) -> (ClickIdPrint, Self) {
        let with_browser = press;
        (ClickIdPrint::of_press(press), Self { lead, with_browser, at })
    }
}

/// Whether two moments lie within a window of one another. In either order: visits are decided in the order in
/// which they are queued, which may differ from that of their arrival by a moment. And a clock that was set far
/// back makes what was noted before old, rather than recent for ever.
pub fn is_within(now: UnixMs, at: UnixMs, window_ms: i64) -> bool {
    now.since(at).unsigned_abs() < window_ms.unsigned_abs()
}

/// A memory of the last moments, bounded in time: entries are forgotten oldest first.
#[derive(Debug)]
pub struct Recent<V> {
    window_ms: i64,
    entries: HashMap<i64, (UnixMs, V)>,
    order: VecDeque<(UnixMs, i64)>,
}

impl<V: Copy> Recent<V> {
    /// Remembers for `window_ms`.
    pub fn new(window_ms: i64) -> Self {
        Self {
            window_ms,
            entries: HashMap::default(),
            order: VecDeque::new(),
        }
    }

    /// What was noted under `key` within the window before `now`.
    pub fn find(&self, key: i64, now: UnixMs) -> Option<V> {
        let (at, value) = self.entries.get(&key)?;
        is_within(now, *at, self.window_ms).then_some(*value)
    }

    /// Notes `value`, replacing an older one.
    pub fn insert(&mut self, key: i64, now: UnixMs, value: V) {
        self.entries.insert(key, (now, value));
        self.order.push_back((now, key));
    }

    /// Forgets what is out of the window, seen from `now`.
    pub fn forget_old(&mut self, now: UnixMs) {
        while let Some(&(at, key)) = self.order.front() {
            if is_within(now, at, self.window_ms) {
                break;
            }
            self.order.pop_front();
            if self.entries.get(&key).is_some_and(|(noted, _)| *noted == at) {
                self.entries.remove(&key);
            }
        }
    }

    /// Entries held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recent_are_found_and_the_old_forgotten() {
        let mut recent = Recent::new(2_000);
        recent.insert(7, UnixMs(1_000), 'a');
        assert_eq!(recent.find(7, UnixMs(2_999)), Some('a'));
        assert_eq!(recent.find(7, UnixMs(3_000)), None);
        recent.insert(7, UnixMs(2_500), 'b');
        recent.forget_old(UnixMs(3_100));
        assert_eq!(
            recent.find(7, UnixMs(3_100)),
            Some('b'),
            "a newer note outlives the older one's end"
        );
        recent.forget_old(UnixMs(4_600));
        assert!(recent.is_empty() && recent.order.is_empty());
    }

    #[test]
    fn a_visit_that_arrived_a_moment_earlier_but_is_decided_later_is_recent_too() {
        let mut recent = Recent::new(2_000);
        recent.insert(7, UnixMs(1_001), 'a');
        assert_eq!(recent.find(7, UnixMs(1_000)), Some('a'));
        recent.forget_old(UnixMs(1_000));
        assert_eq!(recent.find(7, UnixMs(1_000)), Some('a'));
    }

    #[test]
    fn a_clock_that_was_set_back_forgets_rather_than_keeps_for_ever() {
        let mut recent = Recent::new(2_000);
        recent.insert(7, UnixMs(10_000_000), ());
        assert_eq!(recent.find(7, UnixMs(1_000)), None);
        recent.forget_old(UnixMs(1_000));
        assert!(recent.is_empty());
    }

    #[test]
    fn parts_do_not_run_into_one_another() {
        let prints = Fingerprints::new([9; 16]);
        let ip = IpAddr::from([203, 0, 113, 9]);
        let [a, ab] = ["a", "ab"].map(|ua| prints.user_agent(ua));
        assert_ne!(
            prints.request(ip, ab, "c", "/", ""),
            prints.request(ip, a, "bc", "/", "")
        );
        assert_eq!(
            prints.request(ip, a, "b", "/", ""),
            prints.request("::ffff:203.0.113.9".parse().unwrap(), a, "b", "/", "")
        );
    }
}
