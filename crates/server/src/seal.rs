//! Credentials sealed at rest: XChaCha20-Poly1305 under a key that is not in the database. What is sealed for one row
//! opens for no other, so nobody who can write to the database can move a token to a destination of their own.

use crate::app::App;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use konektor_core::ids::DestinationId;
use konektor_platforms::{Fields, wire::STRUCK_OUT};
use konektor_store::model::Destination;

/// First byte of what is sealed: which way it was done.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEAD_BYTES: usize = 1 + 2 + NONCE_BYTES;

/// Seals with the newest key and opens with all.
pub struct Sealer {
    keys: Vec<(u16, XChaCha20Poly1305)>,
}

/// Why something does not open. It never says what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short, or of a later version.
    #[error("what is stored is not sealed as this version of Konektor does it")]
    Form,
    /// The key is not there.
    #[error("it was sealed with a key that this server does not have; was the secret key changed?")]
    Key,
    /// Changed, or another row's.
    #[error("it does not open; was the secret key changed, or the database?")]
    Changed,
}

impl Sealer {
    /// Keys by id, oldest first. There is always at least one.
    pub fn new(keys: impl IntoIterator<Item = (u16, [u8; 32])>) -> Self {
        let keys: Vec<_> = keys
            .into_iter()
            .map(|(id, key)| (id, XChaCha20Poly1305::new(&key.into())))
            .collect();
        assert!(!keys.is_empty(), "an installation has at least one salt");
        Self { keys }
    }

    /// Seals `plain` for the row that `row` names, such as `destinations/7`.
    pub fn seal(&self, row: &str, plain: &[u8]) -> Vec<u8> {
        let (id, key) = self.keys.last().expect("checked when made");
        let nonce: [u8; NONCE_BYTES] = crate::secrets::random();
        let payload = Payload {
            msg: plain,
            aad: row.as_bytes(),
        };
        let sealed = key
            .encrypt(&XNonce::from(nonce), payload)
            .expect("credentials are far from the cipher's limit");
        let mut out = Vec::with_capacity(HEAD_BYTES + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens what was sealed for that row.
    pub fn open(&self, row: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (head, sealed) = sealed.split_at_checked(HEAD_BYTES).ok_or(SealError::Form)?;
        let (&[version, high, low], nonce) = head.split_first_chunk().ok_or(SealError::Form)?;
        if version != VERSION {
            return Err(SealError::Form);
        }
        let id = u16::from_be_bytes([high, low]);
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| SealError::Form)?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == id).ok_or(SealError::Key)?;
        let payload = Payload {
            msg: sealed,
            aad: row.as_bytes(),
        };
        key.decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError::Changed)
    }

    /// Whether it was sealed with the newest key.
    pub fn is_newest(&self, sealed: &[u8]) -> bool {
        let newest = self.keys.last().map(|(id, _)| id.to_be_bytes());
        sealed.get(1..3).map(|id| [id[0], id[1]]) == newest
    }
}

/// The row for which a destination's credentials are sealed.
pub fn seal_row(id: DestinationId) -> String {
    format!("destinations/{id}")
}

/// A destination's credentials, as they were entered.
pub fn open_credentials(app: &App, destination: &Destination) -> Result<Fields, SealError> {
    let plain = app.sealer.open(&seal_row(destination.id), &destination.fields.sealed)?;
    serde_json::from_slice(&plain).map_err(|_| SealError::Form)
}

/// Credentials as a destination's row keeps them.
pub fn seal_credentials(sealer: &Sealer, id: DestinationId, credentials: &Fields) -> Vec<u8> {
    let plain = serde_json::to_vec(credentials).expect("text keys and values make JSON");
    sealer.seal(&seal_row(id), &plain)
}

/// The text with credentials struck out: platforms repeat a token that they refuse ("Malformed access token EAAB…").
pub fn strike_out(text: &str, credentials: &Fields) -> String {
    let secrets = credentials
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "client_id" | "service_account_json"))
        // Without the "Bearer " that was copied with it, as it is sent.
        .filter_map(|(_, value)| value.as_str()?.split_whitespace().last());
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret, STRUCK_OUT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_row_only() {
        let sealer = Sealer::new([(1, [1; 32])]);
        let sealed = sealer.seal("destinations/7", b"token");
        assert_eq!(sealer.open("destinations/7", &sealed).unwrap(), b"token");
        assert_eq!(sealer.open("destinations/8", &sealed), Err(SealError::Changed));
        assert!(!sealed.windows(5).any(|w| w == b"token"));
        assert_ne!(sealed, sealer.seal("destinations/7", b"token"), "nonces differ");
    }

    #[test]
    fn any_change_is_found() {
        let sealer = Sealer::new([(1, [1; 32])]);
        let sealed = sealer.seal("destinations/7", b"token");
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert!(sealer.open("destinations/7", &changed).is_err(), "byte {n}");
            assert!(sealer.open("destinations/7", &sealed[..n]).is_err(), "cut at {n}");
        }
    }

    #[test]
    fn a_new_key_seals_and_the_old_one_still_opens() {
        let old = Sealer::new([(1, [1; 32])]);
        let sealed = old.seal("destinations/7", b"token");
        let both = Sealer::new([(1, [1; 32]), (2, [2; 32])]);
        assert_eq!(both.open("destinations/7", &sealed).unwrap(), b"token");
        assert!(!both.is_newest(&sealed));
        assert!(both.is_newest(&both.seal("destinations/7", b"token")));
        let other = Sealer::new([(3, [3; 32])]);
        assert_eq!(other.open("destinations/7", &sealed), Err(SealError::Key));
    }

    #[test]
    fn a_credential_that_is_repeated_is_struck_out() {
        let credentials =
            serde_json::json!({ "access_token": " Bearer EAAB-1\n", "client_id": "Error", "app_secret": "" });
        let credentials: Fields = serde_json::from_value(credentials).unwrap();
        let text = strike_out("Error: EAAB-1 is no token, \"EAAB-1\"", &credentials);
        assert_eq!(text, "Error: [struck out] is no token, \"[struck out]\"");
    }
}
