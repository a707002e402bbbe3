//! API keys: `kn_` and 43 characters for 32 random bytes. The key is shown once and stored as its SHA-256.
//!
//! A plain hash is enough here: unlike a password, a key cannot be guessed, so nothing has to slow a guess down.
//! The prefix lets scanners of code and logs recognise a key that was left lying about.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

const PREFIX: &str = "kn_";
/// Characters of 32 bytes in base64url without padding.
const SECRET_CHARS: usize = 43;

/// A new key, and the hash that is stored of it.
///
/// # Panics
/// If the operating system has no random bytes to give; nothing that is secret could be made then.
pub fn make() -> (String, [u8; 32]) {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).expect("the operating system gives random bytes");
    let key = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(secret));
    let hash = hash(&key);
    (key, hash)
}

/// What is stored of a key, and what it is found by.
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// Whether a text has the form of a key. What has not needs no look into the database.
pub fn is_well_formed(text: &str) -> bool {
    let secret = text.strip_prefix(PREFIX);
    secret.is_some_and(|secret| {
        secret.len() == SECRET_CHARS
            && secret
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_32_random_bytes_and_is_found_by_its_hash() {
        let (key, stored) = make();
        let (other, _) = make();
        assert!(is_well_formed(&key), "{key}");
        assert_eq!(key.len(), 46);
        assert_ne!(key, other);
        assert_eq!(hash(&key), stored);
        assert_ne!(hash(&other), stored);
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_none() {
        let (key, _) = make();
        for text in [
            "",
            "kn_",
            &key[3..],
            &key[..45],
            &format!("{key}A"),
            &key.replace("kn_", "KN_"),
        ] {
            assert!(!is_well_formed(text), "{text}");
        }
    }
}
