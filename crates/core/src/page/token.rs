//! The signed token of a page: which page it was, when it was shown, and a number that no other one has.
//!
//! `MILLISECONDS.NONCE.KEY.MAC`, the MAC over all of it and the workspace and rotator. It proves that the form was ours and
//! how long it took; its number makes one press of several, and one lead of going back and pressing again. It is no
//! identity: whoever has it can say nothing in anybody's name.

use crate::{
    ids::{RotatorId, WorkspaceId},
    time::UnixMs,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// What is filled in faster is not typed by a person. Those whose browser fills in all of it still have to look for the
/// button.
pub const FILLED_IN_AFTER_MS: i64 = 1_000;
/// How long a page may stand open.
pub const LASTS_MS: i64 = 24 * 60 * 60_000;
const MAC_BYTES: usize = 16;

/// Keys by id. The last signs; all of them recognise.
pub struct PageTokens {
    keys: Vec<(u16, Hmac<Sha256>)>,
}

/// What a token of ours says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageToken {
    /// When the page was shown.
    pub at: UnixMs,
    /// By chance.
    pub nonce: u64,
}

/// How old a token is, for what it is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Younger than a form can be filled in.
    TooYoung,
    /// Neither.
    Right,
    /// The page stood open for too long.
    TooOld,
}

impl PageTokens {
    /// Keys in the order in which they were made. There is always at least one.
    pub fn new(keys: impl IntoIterator<Item = (u16, [u8; 32])>) -> Self {
        let hmac = |key: [u8; 32]| Hmac::new_from_slice(&key).expect("HMAC takes keys of any length");
        let keys: Vec<_> = keys.into_iter().map(|(id, key)| (id, hmac(key))).collect();
        assert!(!keys.is_empty(), "an installation has at least one salt");
        Self { keys }
    }

    /// The token of a page that is shown.
    pub fn sign(&self, workspace: WorkspaceId, rotator: RotatorId, token: PageToken) -> String {
        let (id, key) = self.keys.last().expect("checked when made");
        let signed = format!("{}.{:x}.{id}", token.at.0, token.nonce);
        let tag = keyed(key, workspace, rotator, &signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&tag[..MAC_BYTES]))
    }

    /// What a token says; `None` if it is not ours, or of another page.
    pub fn verify(&self, workspace: WorkspaceId, rotator: RotatorId, value: &str) -> Option<PageToken> {
        let (signed, mac_text) = value.rsplit_once('.')?;
        let mut parts = signed.split('.');
        let (at, nonce, id) = (parts.next()?, parts.next()?, parts.next()?);
        let mut mac = [0; MAC_BYTES + 2];
        let length = URL_SAFE_NO_PAD.decode_slice(mac_text, &mut mac).ok()?;
        let mac = mac.get(..length).filter(|mac| mac.len() == MAC_BYTES)?;
        let id: u16 = id.parse().ok()?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == id)?;
        keyed(key, workspace, rotator, signed).verify_truncated_left(mac).ok()?;
        Some(PageToken {
            at: UnixMs(at.parse().ok()?),
            nonce: u64::from_str_radix(nonce, 16).ok()?,
        })
    }
}

impl PageToken {
    /// How old it is.
    pub fn age(&self, now: UnixMs) -> Age {
        match now.since(self.at) {
            ..FILLED_IN_AFTER_MS => Age::TooYoung,
            FILLED_IN_AFTER_MS..LASTS_MS => Age::Right,
            _ => Age::TooOld,
        }
    }

    /// By what a submission of the page is known when it comes again: the page, and what was typed. Who goes back and
    /// corrects their number says something new.
    pub fn once(&self, rotator: RotatorId, typed: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"page");
        hash.update(rotator.0.to_be_bytes());
        hash.update(self.at.0.to_be_bytes());
        hash.update(self.nonce.to_be_bytes());
        hash.update(typed);
        hash.finalize().into()
    }
}

fn keyed(key: &Hmac<Sha256>, workspace: WorkspaceId, rotator: RotatorId, signed: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(&workspace.0.to_be_bytes());
    mac.update(&rotator.0.to_be_bytes());
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const SHOP: WorkspaceId = WorkspaceId(3);
    const PROMO: RotatorId = RotatorId(7);
    const TOKEN: PageToken = PageToken {
        at: UnixMs(1_786_932_000_000),
        nonce: 0xfeed_0123_4567_89ab,
    };

    fn tokens() -> PageTokens {
        PageTokens::new([(1, [1; 32]), (2, [2; 32])])
    }

    #[test]
    fn a_token_is_good_for_its_page_alone() {
        let value = tokens().sign(SHOP, PROMO, TOKEN);
        assert_eq!(tokens().verify(SHOP, PROMO, &value), Some(TOKEN));
        assert_eq!(tokens().verify(WorkspaceId(4), PROMO, &value), None);
        assert_eq!(tokens().verify(SHOP, RotatorId(8), &value), None);
        let rotated = PageTokens::new([(2, [2; 32]), (3, [3; 32])]);
        assert_eq!(
            rotated.verify(SHOP, PROMO, &value),
            Some(TOKEN),
            "an older key recognises"
        );
        assert_eq!(PageTokens::new([(2, [4; 32])]).verify(SHOP, PROMO, &value), None);
    }

    #[test]
    fn no_change_of_it_is_one() {
        let value = tokens().sign(SHOP, PROMO, TOKEN);
        for at in 0..value.len() {
            let mut changed = value.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8_lossy(&changed).into_owned();
            assert_eq!(tokens().verify(SHOP, PROMO, &changed), None, "{changed}");
            assert_eq!(tokens().verify(SHOP, PROMO, &value[..at]), None, "cut at {at}");
        }
        assert_eq!(tokens().verify(SHOP, PROMO, &format!("{value}A")), None);
    }

    #[rstest]
    #[case(-60_000, Age::TooYoung)]
    #[case(0, Age::TooYoung)]
    #[case(999, Age::TooYoung)]
    #[case(1_000, Age::Right)]
    #[case(LASTS_MS - 1, Age::Right)]
    #[case(LASTS_MS, Age::TooOld)]
    fn a_form_takes_a_second_at_least_and_a_day_at_most(#[case] ms_later: i64, #[case] age: Age) {
        assert_eq!(TOKEN.age(TOKEN.at.plus_ms(ms_later)), age);
    }

    #[test]
    fn the_same_press_is_known_again_and_a_correction_is_another() {
        let once = TOKEN.once(PROMO, b"a=1");
        assert_eq!(TOKEN.once(PROMO, b"a=1"), once);
        assert_ne!(TOKEN.once(PROMO, b"a=2"), once);
        assert_ne!(TOKEN.once(RotatorId(8), b"a=1"), once);
        assert_ne!(PageToken { nonce: 1, ..TOKEN }.once(PROMO, b"a=1"), once);
    }

    proptest! {
        #[test]
        fn any_text_is_safe_to_verify(value: String) {
            prop_assert_eq!(tokens().verify(SHOP, PROMO, &value), None);
        }

        #[test]
        fn no_forged_token_is_accepted(value in "[0-9]{13}\\.[0-9a-f]{16}\\.[12]\\.[A-Za-z0-9_-]{22}") {
            prop_assert_eq!(tokens().verify(SHOP, PROMO, &value), None);
        }
    }
}
