//! The signed cookie that a browser is known by.
//!
//! `CODE.DAY.KEY.MAC`: visitor code, day of issue (days since 1970), id of the signing key, and a 128-bit
//! HMAC-SHA256 over all of it and the workspace. The day stays that of the first issue when a cookie is
//! renewed, so that of several valid cookies the one issued first is the visitor's own and not one that
//! somebody planted later.

use super::code::{CODE_LENGTH, VisitorCode};
use crate::ids::WorkspaceId;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::borrow::Cow;

/// 400 days: the longest that browsers grant.
pub const MAX_AGE_SECONDS: u32 = 34_560_000;
const MAC_BYTES: usize = 16;
const DAY_MS: i64 = 86_400_000;

/// Signing keys by id. The last signs; all of them recognise.
#[derive(Clone)]
pub struct SigningKeys {
    keys: Vec<(u16, Hmac<Sha256>)>,
}

/// What a valid cookie says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub code: VisitorCode,
    /// Day of first issue, in days since 1970.
    pub day: u32,
}

impl Token {
    /// A token for a visitor seen for the first time at `now`.
    pub fn issue(code: VisitorCode, now: crate::time::UnixMs) -> Self {
        Self {
            code,
            day: u32::try_from(now.0.div_euclid(DAY_MS)).unwrap_or(0),
        }
    }
}

impl SigningKeys {
    /// Keys in the order in which they were made. There is always at least one.
    pub fn new(keys: impl IntoIterator<Item = (u16, [u8; 32])>) -> Self {
        let keys: Vec<_> = keys.into_iter().map(|(id, key)| (id, hmac(&key))).collect();
        assert!(
            !keys.is_empty(),
            "a server without a signing key could recognise nobody"
        );
        Self { keys }
    }

    /// The cookie value for a token, signed with the newest key.
    pub fn sign(&self, workspace: WorkspaceId, token: Token) -> String {
        let mut value = String::with_capacity(48);
        self.sign_onto(workspace, token, &mut value);
        value
    }

    /// Appends the cookie value to `out`.
    pub fn sign_onto(&self, workspace: WorkspaceId, token: Token, out: &mut String) {
        let (id, mac) = self.keys.last().expect("checked when made");
        let start = out.len();
        out.push_str(token.code.text(&mut [0; CODE_LENGTH]));
        let mut digits = itoa::Buffer::new();
        for number in [token.day, u32::from(*id)] {
            out.push('.');
            out.push_str(digits.format(number));
        }
        let tag = tag(mac, workspace, &out[start..]);
        out.push('.');
        URL_SAFE_NO_PAD.encode_string(&tag[..MAC_BYTES], out);
    }

    /// Reads one cookie value. Anything forged, cut or changed is simply no cookie.
    pub fn verify(&self, workspace: WorkspaceId, value: &str) -> Option<Token> {
        let (signed, mac_text) = value.rsplit_once('.')?;
        let mut parts = signed.split('.');
        let (code_text, day, id) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut mac_bytes = [0; MAC_BYTES + 2];
        let length = URL_SAFE_NO_PAD.decode_slice(mac_text, &mut mac_bytes).ok()?;
        if length != MAC_BYTES {
            return None;
        }
        let id: u16 = id.parse().ok()?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == id)?;
        keyed(key, workspace, signed)
            .verify_truncated_left(&mac_bytes[..MAC_BYTES])
            .ok()?;
        Some(Token {
            code: code_text.parse().ok()?,
            day: day.parse().ok()?,
        })
    }

    /// Of several cookies of one name, the valid one issued first (ties: the first sent).
    pub fn verify_first<'a>(&self, workspace: WorkspaceId, values: impl Iterator<Item = &'a str>) -> Option<Token> {
        values
            .filter_map(|value| self.verify(workspace, value))
            .min_by_key(|token| token.day)
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn keyed(mac: &Hmac<Sha256>, workspace: WorkspaceId, signed: &str) -> Hmac<Sha256> {
    let mut mac = mac.clone();
    mac.update(&workspace.0.to_be_bytes());
    mac.update(signed.as_bytes());
    mac
}

fn tag(mac: &Hmac<Sha256>, workspace: WorkspaceId, signed: &str) -> [u8; 32] {
    keyed(mac, workspace, signed).finalize().into_bytes().into()
}

/// The cookie's name. `__Host-` binds it to the host where the connection allows it; on a host that several
/// workspaces share, all but the first carry their id, so that each keeps its own visitor.
pub fn name(https: bool, workspace_suffix: Option<WorkspaceId>) -> Cow<'static, str> {
    let name = if https { "__Host-visitor_code" } else { "visitor_code" };
    match workspace_suffix {
        Some(workspace) => format!("{name}_{workspace}").into(),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORKSPACE: WorkspaceId = WorkspaceId(3);

    fn keys() -> SigningKeys {
        SigningKeys::new([(1, [1; 32]), (2, [2; 32])])
    }

    fn token(code: &str, day: u32) -> Token {
        Token {
            code: code.parse().unwrap(),
            day,
        }
    }

    #[test]
    fn a_signed_token_is_recognised() {
        let token = token("ABC1234", 20_000);
        assert_eq!(keys().verify(WORKSPACE, &keys().sign(WORKSPACE, token)), Some(token));
    }

    #[test]
    fn an_old_key_still_recognises_and_the_new_one_signs() {
        let old = SigningKeys::new([(1, [1; 32])]).sign(WORKSPACE, token("ABC1234", 7));
        assert_eq!(keys().verify(WORKSPACE, &old), Some(token("ABC1234", 7)));
        assert!(keys().sign(WORKSPACE, token("ABC1234", 7)).contains(".2."));
        assert_eq!(
            SigningKeys::new([(2, [2; 32])]).verify(WORKSPACE, &old),
            None,
            "a withdrawn key recognises nobody"
        );
    }

    #[test]
    fn a_cookie_of_another_workspace_is_no_cookie() {
        let value = keys().sign(WORKSPACE, token("ABC1234", 7));
        assert_eq!(keys().verify(WorkspaceId(4), &value), None);
    }

    #[test]
    fn of_several_the_valid_one_issued_first_wins() {
        let keys = keys();
        let (older, newer) = (token("ABC1234", 7), token("ZZZ9999", 8));
        let values = [
            "junk".to_owned(),
            keys.sign(WORKSPACE, newer),
            keys.sign(WORKSPACE, older),
        ];
        assert_eq!(
            keys.verify_first(WORKSPACE, values.iter().map(String::as_str)),
            Some(older)
        );
    }

    #[test]
    fn every_single_bit_counts() {
        let value = keys().sign(WORKSPACE, token("ABC1234", 20_000));
        for position in 0..value.len() {
            for bit in 0..8 {
                let mut bytes = value.clone().into_bytes();
                bytes[position] ^= 1 << bit;
                let Ok(forged) = String::from_utf8(bytes) else { continue };
                assert_eq!(keys().verify(WORKSPACE, &forged), None, "{forged}");
            }
            assert_eq!(keys().verify(WORKSPACE, &value[..position]), None);
        }
    }

    proptest! {
        #[test]
        fn no_forged_token_is_accepted(value in "[0-9A-Z]{7}\\.[0-9]{1,5}\\.[12]\\.[A-Za-z0-9_-]{22}") {
            prop_assert_eq!(keys().verify(WORKSPACE, &value), None);
        }

        #[test]
        fn any_text_is_safe_to_verify(value: String) {
            prop_assert_eq!(keys().verify(WORKSPACE, &value), None);
        }
    }
}
