//! Tokens of sessions and invitations: 32 random bytes, of which the SHA-256 is stored. As with API keys a plain hash
//! is enough: nobody can guess what nothing slows down.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Characters of 32 bytes in base64url without padding.
const CHARS: usize = 43;

/// A new token, and the hash that is stored of it.
pub fn make() -> (String, [u8; 32]) {
    let token = BASE64_URL_SAFE_NO_PAD.encode(crate::secrets::random::<32>());
    let hash = hash(&token);
    (token, hash)
}

/// What is stored of a token, and what it is found by.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether a text has the form of a token. What has not needs no look into the database.
pub fn is_well_formed(text: &str) -> bool {
    text.len() == CHARS
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_form_and_differ() {
        let ((token, hashed), (other, _)) = (make(), make());
        assert!(is_well_formed(&token) && hash(&token) == hashed && token != other);
        assert!(
            !is_well_formed("") && !is_well_formed(&token[1..]) && !is_well_formed(&token.replace(&token[..1], " "))
        );
    }
}
