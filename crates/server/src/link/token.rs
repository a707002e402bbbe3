//! The signed token of a lead's link: which lead, for which agent, until when.
//!
//! `LEAD.AGENT.SECONDS.KEY.MAC`, the lead's id with its workspace in it. Nothing of it is secret but the MAC.

use crate::signed::Signer;
use konektor_core::{
    ids::{AgentId, LeadId},
    time::UnixMs,
};

/// How long one lasts.
pub const LASTS_MS: i64 = 24 * 60 * 60_000;

/// Signs and recognises them.
pub struct LinkTokens(Signer);

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkToken {
    /// Which lead.
    pub lead: LeadId,
    /// In whose name, for as long as the lead is theirs.
    pub agent: AgentId,
    /// Until then, to the second.
    pub until: UnixMs,
}

impl LinkTokens {
    /// Keys in the order in which they were made. There is always at least one.
    pub fn new(keys: impl IntoIterator<Item = (u16, [u8; 32])>) -> Self {
        Self(Signer::new(keys))
    }

    /// The token as it stands in the link.
    pub fn sign(&self, token: LinkToken) -> String {
        let LinkToken { lead, agent, until } = token;
        self.0
            .sign(&format!("{}.{agent}.{}", lead.packed(), until.0.div_euclid(1_000)))
    }

    /// What a token is good for now; `None` if it is forged or expired.
    pub fn verify(&self, text: &str, now: UnixMs) -> Option<LinkToken> {
        let mut parts = self.0.verify(text)?.split('.');
        let (lead, agent, until) = (parts.next()?, parts.next()?, parts.next()?);
        let seconds: i64 = until.parse().ok()?;
        let token = LinkToken {
            lead: LeadId::from_packed(lead.parse().ok()?),
            agent: agent.parse().ok()?,
            until: UnixMs(seconds.saturating_mul(1_000)),
        };
        (now < token.until).then_some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use konektor_core::ids::{VisitorNumber, WorkspaceId};

    const NOW: UnixMs = UnixMs(1_786_932_000_000);

    fn tokens() -> LinkTokens {
        LinkTokens::new([(1, [1; 32]), (2, [2; 32])])
    }

    fn token() -> LinkToken {
        LinkToken {
            lead: LeadId {
                workspace: WorkspaceId(3),
                number: VisitorNumber(77),
            },
            agent: AgentId(5),
            until: NOW.plus_ms(LASTS_MS),
        }
    }

    #[test]
    fn a_link_is_good_for_a_day() {
        let text = tokens().sign(token());
        assert_eq!(tokens().verify(&text, NOW), Some(token()));
        assert_eq!(tokens().verify(&text, NOW.plus_ms(LASTS_MS - 1)), Some(token()));
        assert_eq!(tokens().verify(&text, NOW.plus_ms(LASTS_MS)), None);
        let rotated = LinkTokens::new([(2, [2; 32]), (3, [3; 32])]);
        assert_eq!(rotated.verify(&text, NOW), Some(token()), "an older key recognises");
        assert_eq!(LinkTokens::new([(2, [4; 32])]).verify(&text, NOW), None);
    }

    #[test]
    fn no_change_of_it_opens_anything() {
        let text = tokens().sign(token());
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8_lossy(&changed).into_owned();
            assert_eq!(tokens().verify(&changed, NOW), None, "{changed}");
            assert_eq!(tokens().verify(&text[..at], NOW), None, "cut at {at}");
        }
        assert_eq!(tokens().verify(&format!("{text}A"), NOW), None);
    }
}
