//! The signed visitor token: what a page of the customer's own site may know of its visitor.
//!
//! The snippet writes it into hidden fields and onto links, so it can be read by the page and posted by whoever has it.
//! It says who the visitor is, and no more: unlike the cookie it ends soon, and its MAC is of another domain, so that
//! neither passes for the other. `kv1.CODE.MINUTE.KEY.MAC`: visitor code, minute of issue (since 1970), id of the signing
//! key, 128-bit HMAC-SHA256 over all of it and the workspace.

use super::code::VisitorCode;
use crate::{ids::WorkspaceId, request::values, time::UnixMs};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How long one identifies who fills in a form: pages stay open for a day.
pub const FORM_LASTS_MS: i64 = 24 * 3_600_000;
/// How long one identifies who opens a link. Links are copied and passed on, so it is short.
pub const LINK_LASTS_MS: i64 = 3_600_000;
/// The parameter that carries one on a link.
pub const PARAMETER: &str = "kv";

const PREFIX: &str = "kv1";
const MAC_BYTES: usize = 16;
const MINUTE_MS: i64 = 60_000;
/// What keeps this MAC apart from any other under the same key.
const DOMAIN: &[u8] = b"konektor visitor token 1";

/// Keys by id. The last signs; all of them recognise.
pub struct VisitorTokens {
    keys: Vec<(u16, Hmac<Sha256>)>,
}

impl VisitorTokens {
    /// Keys in the order in which they were made. There is always at least one.
    pub fn new(keys: impl IntoIterator<Item = (u16, [u8; 32])>) -> Self {
        let hmac = |key: [u8; 32]| Hmac::new_from_slice(&key).expect("HMAC takes keys of any length");
        let keys: Vec<_> = keys.into_iter().map(|(id, key)| (id, hmac(key))).collect();
        assert!(!keys.is_empty(), "an installation has at least one salt");
        Self { keys }
    }

    /// A token for a visitor, issued now.
    pub fn sign(&self, workspace: WorkspaceId, code: VisitorCode, now: UnixMs) -> String {
        let (id, key) = self.keys.last().expect("checked when made");
        let signed = format!("{PREFIX}.{code}.{}.{id}", now.0.div_euclid(MINUTE_MS));
        let tag = keyed(key, workspace, &signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&tag[..MAC_BYTES]))
    }

    /// Whose token it is, if it was issued within the last `lasts_ms`. Anything forged, cut or changed is no token.
    pub fn verify(&self, workspace: WorkspaceId, text: &str, lasts_ms: i64, now: UnixMs) -> Option<VisitorCode> {
        let (signed, mac_text) = text.rsplit_once('.')?;
        let mut parts = signed.strip_prefix(PREFIX)?.strip_prefix('.')?.split('.');
        let (code, minute, id) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut mac = [0; MAC_BYTES + 2];
        let length = URL_SAFE_NO_PAD.decode_slice(mac_text, &mut mac).ok()?;
        let mac = mac.get(..length).filter(|mac| mac.len() == MAC_BYTES)?;
        let id: u16 = id.parse().ok()?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == id)?;
        keyed(key, workspace, signed).verify_truncated_left(mac).ok()?;
        let minute: i64 = minute.parse().ok()?;
        let age_ms = now.since(UnixMs(minute.saturating_mul(MINUTE_MS)));
        // Another node's clock may be a little ahead.
        (-MINUTE_MS..lasts_ms).contains(&age_ms).then(|| code.parse().ok())?
    }

    /// Whose token a link's query carries.
    pub fn of_query(&self, workspace: WorkspaceId, query: &str, now: UnixMs) -> Option<VisitorCode> {
        values(query, PARAMETER).find_map(|value| self.verify(workspace, value, LINK_LASTS_MS, now))
    }
}

impl std::fmt::Debug for VisitorTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

fn keyed(key: &Hmac<Sha256>, workspace: WorkspaceId, signed: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(DOMAIN);
    mac.update(&workspace.0.to_be_bytes());
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::cookie::{SigningKeys, Token};
    use proptest::prelude::*;
    use rstest::rstest;

    const WORKSPACE: WorkspaceId = WorkspaceId(3);
    const NOW: UnixMs = UnixMs(1_786_932_000_000);
    const KEYS: [(u16, [u8; 32]); 2] = [(1, [1; 32]), (2, [2; 32])];

    fn tokens() -> VisitorTokens {
        VisitorTokens::new(KEYS)
    }

    fn code() -> VisitorCode {
        "ABC1234".parse().unwrap()
    }

    #[rstest]
    #[case::at_once(0, FORM_LASTS_MS, true)]
    #[case::in_its_last_moment(FORM_LASTS_MS - 1, FORM_LASTS_MS, true)]
    #[case::over(FORM_LASTS_MS, FORM_LASTS_MS, false)]
    #[case::too_old_for_a_link(LINK_LASTS_MS, LINK_LASTS_MS, false)]
    #[case::from_a_clock_that_is_ahead(-MINUTE_MS, FORM_LASTS_MS, true)]
    #[case::from_the_future(-MINUTE_MS - 1, FORM_LASTS_MS, false)]
    fn a_token_is_good_for_its_time(#[case] ms_later: i64, #[case] lasts_ms: i64, #[case] is_good: bool) {
        let token = tokens().sign(WORKSPACE, code(), NOW);
        let found = tokens().verify(WORKSPACE, &token, lasts_ms, NOW.plus_ms(ms_later));
        assert_eq!(found, is_good.then(code));
    }

    #[test]
    fn a_token_is_good_in_its_workspace_only() {
        let token = tokens().sign(WORKSPACE, code(), NOW);
        assert_eq!(tokens().verify(WorkspaceId(4), &token, FORM_LASTS_MS, NOW), None);
    }

    #[test]
    fn a_token_is_no_cookie_and_a_cookie_is_no_token_even_under_the_same_key() {
        let cookies = SigningKeys::new(KEYS);
        let token = tokens().sign(WORKSPACE, code(), NOW);
        let cookie = cookies.sign(WORKSPACE, Token::issue(code(), NOW));
        assert_eq!(cookies.verify(WORKSPACE, &token), None);
        assert_eq!(cookies.verify(WORKSPACE, token.strip_prefix("kv1.").unwrap()), None);
        for text in [cookie.clone(), format!("kv1.{cookie}")] {
            assert_eq!(tokens().verify(WORKSPACE, &text, i64::MAX, NOW), None);
        }
    }

    #[test]
    fn an_older_key_still_recognises_and_a_withdrawn_one_does_not() {
        let token = VisitorTokens::new([KEYS[0]]).sign(WORKSPACE, code(), NOW);
        assert_eq!(tokens().verify(WORKSPACE, &token, FORM_LASTS_MS, NOW), Some(code()));
        assert_eq!(
            VisitorTokens::new([KEYS[1]]).verify(WORKSPACE, &token, FORM_LASTS_MS, NOW),
            None
        );
    }

    #[test]
    fn every_single_bit_counts() {
        let token = tokens().sign(WORKSPACE, code(), NOW);
        for position in 0..token.len() {
            for bit in 0..8 {
                let mut bytes = token.clone().into_bytes();
                bytes[position] ^= 1 << bit;
                let Ok(forged) = String::from_utf8(bytes) else { continue };
                assert_eq!(
                    tokens().verify(WORKSPACE, &forged, FORM_LASTS_MS, NOW),
                    None,
                    "{forged}"
                );
            }
            assert_eq!(tokens().verify(WORKSPACE, &token[..position], FORM_LASTS_MS, NOW), None);
        }
    }

    #[rstest]
    #[case("kv={}", true)]
    #[case("gclid=1&kv={}&utm_source=ig", true)]
    #[case("kv=forged&kv={}", true)]
    #[case("kv={}x", false)]
    #[case("xkv={}", false)]
    #[case("kv=", false)]
    #[case("", false)]
    fn a_links_query_may_carry_one(#[case] form: &str, #[case] carries: bool) {
        let query = form.replace("{}", &tokens().sign(WORKSPACE, code(), NOW));
        assert_eq!(tokens().of_query(WORKSPACE, &query, NOW), carries.then(code));
    }

    proptest! {
        #[test]
        fn no_forged_token_is_accepted(text in "kv1\\.[0-9A-Z]{7}\\.[0-9]{8}\\.[12]\\.[A-Za-z0-9_-]{22}") {
            prop_assert_eq!(tokens().verify(WORKSPACE, &text, i64::MAX, NOW), None);
        }

        #[test]
        fn any_text_is_safe_to_verify(text: String) {
            prop_assert_eq!(tokens().verify(WORKSPACE, &text, i64::MAX, NOW), None);
            prop_assert_eq!(tokens().of_query(WORKSPACE, &format!("kv=kv1{text}"), NOW), None);
        }
    }
}
