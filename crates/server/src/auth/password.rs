//! Passwords: argon2id with the parameters that OWASP recommends (19 MiB, two passes, one lane), as a PHC string
//! that carries its own parameters and salt.
//!
//! Hashing takes tens of milliseconds on purpose: on a server, call it where it may block.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// Shortest password, in characters.
pub const MIN_CHARS: usize = 10;
/// Longest password, in bytes: beyond any passphrase, and too short to keep a server busy with.
pub const MAX_BYTES: usize = 1_024;

/// Why a password was refused, in words for the person who chose it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Easily guessed.
    #[error("the password has {0} characters; use at least {MIN_CHARS}, for instance three or four unrelated words")]
    TooShort(usize),
    /// Longer than any passphrase.
    #[error("the password has {0} bytes; at most {MAX_BYTES} are possible")]
    TooLong(usize),
    /// The system has no random bytes or no memory to give.
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
}

/// Hashes a password for keeping. Each call takes a salt of its own.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        return Err(PasswordError::TooShort(chars));
    }
    if password.len() > MAX_BYTES {
        return Err(PasswordError::TooLong(password.len()));
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|e| PasswordError::Hashing(e.to_string()))
}

/// Whether a password is the one that was hashed. `false` for a hash that cannot be read.
pub fn verify_password(password: &str, hash: &str) -> bool {
    // Nothing longer was ever accepted: an attacker's megabytes need not be hashed.
    let Some(hash) = PasswordHash::new(hash).ok().filter(|_| password.len() <= MAX_BYTES) else {
        return false;
    };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_kept_as_argon2id() {
        let hash = hash_password("kopi susu gula aren").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(
            hash,
            hash_password("kopi susu gula aren").unwrap(),
            "each has a salt of its own"
        );
        assert!(verify_password("kopi susu gula aren", &hash));
        assert!(!verify_password("kopi susu gula aret", &hash));
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert_eq!(hash_password("sembilan9"), Err(PasswordError::TooShort(9)));
        assert_eq!(hash_password(&"a".repeat(1_025)), Err(PasswordError::TooLong(1_025)));
        assert!(hash_password("sepuluh10!").is_ok(), "ten characters are enough");
    }

    #[test]
    fn an_unreadable_hash_fits_no_password() {
        assert!(!verify_password("kopi susu gula aren", ""));
        assert!(!verify_password("kopi susu gula aren", "$argon2id$v=19$m=19456"));
    }
}
