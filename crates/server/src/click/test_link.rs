//! Test links: a rotator's link that shows what a new visitor would get, and leaves no trace. A signed parameter makes
//! one of it, for an hour and this rotator.
//!
//! Anything that is not such a signature is a visit like any other: somebody may have put a test link behind an ad, and
//! from the hour's end on its clicks must count.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use konektor_core::{ids::RotatorId, request::values, time::UnixMs};
use sha2::Sha256;

/// Parameter that makes a test link of a link.
pub const PARAMETER: &str = "konektor_test";
/// How long one lasts.
pub const LASTS_MS: i64 = 60 * 60_000;
const MAC_BYTES: usize = 16;

/// Keys by id. The last signs; all of them recognise.
pub struct TestLinks {
    keys: Vec<(u16, Hmac<Sha256>)>,
}

impl TestLinks {
    /// Keys in the order in which they were made. There is always at least one.
    pub fn new(keys: impl IntoIterator<Item = (u16, [u8; 32])>) -> Self {
        let hmac = |key: [u8; 32]| Hmac::new_from_slice(&key).expect("HMAC takes keys of any length");
        let keys: Vec<_> = keys.into_iter().map(|(id, key)| (id, hmac(key))).collect();
        assert!(!keys.is_empty(), "an installation has at least one salt");
        Self { keys }
    }

    /// The parameter's value for a link of `rotator` that is good until then, to the second:
    /// `SECONDS.KEY.MAC`.
    pub fn sign(&self, rotator: RotatorId, until: UnixMs) -> String {
        let (id, key) = self.keys.last().expect("checked when made");
        let signed = format!("{}.{id}", until.0.div_euclid(1_000));
        let tag = keyed(key, rotator, &signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&tag[..MAC_BYTES]))
    }

    /// Whether a query makes a test link of the rotator's link.
    pub fn opens(&self, rotator: RotatorId, query: &str, now: UnixMs) -> bool {
        values(query, PARAMETER).any(|value| self.verify(rotator, value, now).is_some())
    }

    fn verify(&self, rotator: RotatorId, value: &str, now: UnixMs) -> Option<()> {
        let (signed, mac_text) = value.rsplit_once('.')?;
        let (until, id) = signed.split_once('.')?;
        let mut mac = [0; MAC_BYTES + 2];
        let length = URL_SAFE_NO_PAD.decode_slice(mac_text, &mut mac).ok()?;
        let mac = mac.get(..length).filter(|mac| mac.len() == MAC_BYTES)?;
        let id: u16 = id.parse().ok()?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == id)?;
        keyed(key, rotator, signed).verify_truncated_left(mac).ok()?;
        let until: i64 = until.parse().ok()?;
        (now.0 < until.saturating_mul(1_000)).then_some(())
    }
}

fn keyed(key: &Hmac<Sha256>, rotator: RotatorId, signed: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(&rotator.0.to_be_bytes());
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PROMO: RotatorId = RotatorId(7);
    const NOW: UnixMs = UnixMs(1_786_932_000_000);

    fn links() -> TestLinks {
        TestLinks::new([(1, [1; 32]), (2, [2; 32])])
    }

    fn query() -> String {
        format!("{PARAMETER}={}", links().sign(PROMO, NOW.plus_ms(LASTS_MS)))
    }

    #[rstest]
    #[case::as_it_was_made("{}", 0, true)]
    #[case::in_its_last_moment("{}", LASTS_MS - 1, true)]
    #[case::expired("{}", LASTS_MS, false)]
    #[case::beside_others("gclid=1&{}&utm_source=ig", 0, true)]
    #[case::behind_a_wrong_one("konektor_test=x&{}", 0, true)]
    #[case::of_another_name("x{}", 0, false)]
    #[case::nothing("", 0, false)]
    #[case::without_a_value("konektor_test", 0, false)]
    #[case::empty("konektor_test=", 0, false)]
    #[case::longer("{}A", 0, false)]
    fn a_query_opens_a_test_link_while_it_lasts(#[case] form: &str, #[case] ms_later: i64, #[case] opens: bool) {
        let query = form.replace("{}", &query());
        assert_eq!(links().opens(PROMO, &query, NOW.plus_ms(ms_later)), opens, "{query}");
    }

    #[test]
    fn it_opens_no_other_link_and_no_change_of_it_opens_anything() {
        let (links, query) = (links(), query());
        assert!(!links.opens(RotatorId(8), &query, NOW));
        for at in 0..query.len() {
            let mut changed = query.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8_lossy(&changed).into_owned();
            assert!(!links.opens(PROMO, &changed, NOW), "{changed}");
            assert!(!links.opens(PROMO, &query[..at], NOW), "cut at {at}");
        }
    }

    #[test]
    fn an_older_key_still_opens_and_an_unknown_one_does_not() {
        let query = query();
        let rotated = TestLinks::new([(2, [2; 32]), (3, [3; 32])]);
        assert!(rotated.opens(PROMO, &query, NOW));
        assert!(!TestLinks::new([(3, [3; 32])]).opens(PROMO, &query, NOW));
        assert!(!TestLinks::new([(2, [4; 32])]).opens(PROMO, &query, NOW));
    }
}
