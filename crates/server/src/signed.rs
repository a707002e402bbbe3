//! Texts that this installation has signed, for addresses that open something without signing in.
//!
//! `WHAT.KEY.MAC`: what is signed is for everybody to read, and the key's id says which of several keys it was.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const MAC_BYTES: usize = 16;

/// Keys by id. The last signs; all of them recognise.
pub struct Signer {
    keys: Vec<(u16, Hmac<Sha256>)>,
}

impl Signer {
    /// Keys in the order in which they were made. There is always at least one. Each use has keys of its own, so that what
    /// was signed for one opens nothing at another.
    pub fn new(keys: impl IntoIterator<Item = (u16, [u8; 32])>) -> Self {
        let hmac = |key: [u8; 32]| Hmac::new_from_slice(&key).expect("HMAC takes keys of any length");
        let keys: Vec<_> = keys.into_iter().map(|(id, key)| (id, hmac(key))).collect();
        assert!(!keys.is_empty(), "an installation has at least one salt");
        Self { keys }
    }

    /// What is said, with the key's id and the MAC.
    pub fn sign(&self, what: &str) -> String {
        let (id, key) = self.keys.last().expect("checked when made");
        let signed = format!("{what}.{id}");
        let tag = keyed(key, &signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&tag[..MAC_BYTES]))
    }

    /// What was signed; `None` if it is forged.
    pub fn verify<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (signed, mac_text) = text.rsplit_once('.')?;
        let (what, id) = signed.rsplit_once('.')?;
        let mut mac = [0; MAC_BYTES + 2];
        let length = URL_SAFE_NO_PAD.decode_slice(mac_text, &mut mac).ok()?;
        let mac = mac.get(..length).filter(|mac| mac.len() == MAC_BYTES)?;
        let id: u16 = id.parse().ok()?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == id)?;
        keyed(key, signed).verify_truncated_left(mac).ok()?;
        Some(what)
    }
}

fn keyed(key: &Hmac<Sha256>, signed: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(signed.as_bytes());
    mac
}
