//! The signed token by which somebody turns e-mails off without signing in.
//!
//! `WORKSPACE.USER.KIND.KEY.MAC`. It does not expire: people turn off what they find in an old letter, and it can do nothing
//! else.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use konektor_core::ids::{UserId, WorkspaceId};
use konektor_store::model::MailKind;
use sha2::Sha256;

const MAC_BYTES: usize = 16;

/// Keys by id. The last signs; all of them recognise.
pub struct MailTokens {
    keys: Vec<(u16, Hmac<Sha256>)>,
}

/// What a token turns off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailToken {
    /// Of which workspace.
    pub workspace: WorkspaceId,
    /// For whom.
    pub user: UserId,
    /// Which letters.
    pub kind: MailKind,
}

impl MailTokens {
    /// Keys in the order in which they were made. There is always at least one.
    pub fn new(keys: impl IntoIterator<Item = (u16, [u8; 32])>) -> Self {
        let hmac = |key: [u8; 32]| Hmac::new_from_slice(&key).expect("HMAC takes keys of any length");
        let keys: Vec<_> = keys.into_iter().map(|(id, key)| (id, hmac(key))).collect();
        assert!(!keys.is_empty(), "an installation has at least one salt");
        Self { keys }
    }

    /// The token as it stands in the address.
    pub fn sign(&self, token: MailToken) -> String {
        let (id, key) = self.keys.last().expect("checked when made");
        let MailToken { workspace, user, kind } = token;
        let signed = format!("{workspace}.{user}.{}.{id}", kind.as_str());
        let tag = keyed(key, &signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&tag[..MAC_BYTES]))
    }

    /// What a token turns off; `None` if it is forged.
    pub fn verify(&self, text: &str) -> Option<MailToken> {
        let (signed, mac_text) = text.rsplit_once('.')?;
        let mut parts = signed.split('.');
        let (workspace, user, kind, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let mut mac = [0; MAC_BYTES + 2];
        let length = URL_SAFE_NO_PAD.decode_slice(mac_text, &mut mac).ok()?;
        let mac = mac.get(..length).filter(|mac| mac.len() == MAC_BYTES)?;
        let id: u16 = id.parse().ok()?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == id)?;
        keyed(key, signed).verify_truncated_left(mac).ok()?;
        Some(MailToken {
            workspace: workspace.parse().ok()?,
            user: user.parse().ok()?,
            kind: MailKind::ALL.into_iter().find(|known| known.as_str() == kind)?,
        })
    }
}

fn keyed(key: &Hmac<Sha256>, signed: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_what_it_says_and_no_change_of_it_for_anything() {
        let tokens = MailTokens::new([(1, [1; 32]), (2, [2; 32])]);
        let token = MailToken {
            workspace: WorkspaceId(3),
            user: UserId(77),
            kind: MailKind::Reminder,
        };
        let text = tokens.sign(token);
        assert_eq!(tokens.verify(&text), Some(token));
        assert_eq!(MailTokens::new([(2, [2; 32]), (3, [3; 32])]).verify(&text), Some(token));
        assert_eq!(MailTokens::new([(2, [4; 32])]).verify(&text), None);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            assert_eq!(tokens.verify(&String::from_utf8_lossy(&changed)), None);
            assert_eq!(tokens.verify(&text[..at]), None, "cut at {at}");
        }
    }
}
