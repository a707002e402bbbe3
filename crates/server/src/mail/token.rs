//! The signed token by which somebody turns e-mails off without signing in.
//!
//! `WORKSPACE.USER.KIND.KEY.MAC`. It does not expire: people turn off what they find in an old letter, and it can do nothing
//! else.

use crate::signed::Signer;
use konektor_core::ids::{UserId, WorkspaceId};
use konektor_store::model::MailKind;

/// Signs and recognises them.
pub struct MailTokens(Signer);

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
        Self(Signer::new(keys))
    }

    /// The token as it stands in the address.
    pub fn sign(&self, token: MailToken) -> String {
        let MailToken { workspace, user, kind } = token;
        self.0.sign(&format!("{workspace}.{user}.{}", kind.as_str()))
    }

    /// What a token turns off; `None` if it is forged.
    pub fn verify(&self, text: &str) -> Option<MailToken> {
        let mut parts = self.0.verify(text)?.split('.');
        let (workspace, user, kind) = (parts.next()?, parts.next()?, parts.next()?);
        Some(MailToken {
            workspace: workspace.parse().ok()?,
            user: user.parse().ok()?,
            kind: MailKind::ALL.into_iter().find(|known| known.as_str() == kind)?,
        })
    }
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
