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
    /// Among the first that anybody tries.
    #[error("this password is one of the most common; use another, for instance three or four unrelated words")]
    Common,
    /// The name that they sign in with.
    #[error("the password is the e-mail address; use another, for instance three or four unrelated words")]
    IsEmail,
    /// The system has no random bytes or no memory to give.
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
}

/// The most used passwords of ten characters and more, as lists of stolen ones have them; in lower case.
const COMMON: [&str; 32] = [
    "1234567890",
    "0123456789",
    "0987654321",
    "1234567891",
    "12345678910",
    "123456789a",
    "123456789q",
    "1234512345",
    "1111111111",
    "0000000000",
    "1122334455",
    "9876543210",
    "1q2w3e4r5t",
    "q1w2e3r4t5",
    "1qaz2wsx3edc",
    "qwertyuiop",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "asdfghjkl1",
    "abcdefghij",
    "abcd123456",
    "password12",
    "password123",
    "password1234",
    "passw0rd123",
    "iloveyou123",
    "adminadmin",
    "admin12345",
    "administrator",
    "indonesia123",
    "bismillah123",
];

/// Whether a password may be chosen by somebody with this e-mail address.
pub fn check(password: &str, email: &str) -> Result<(), PasswordError> {
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        return Err(PasswordError::TooShort(chars));
    }
    if password.len() > MAX_BYTES {
        return Err(PasswordError::TooLong(password.len()));
    }
    let plain = password.trim().to_lowercase();
    if plain == email {
        return Err(PasswordError::IsEmail);
    }
    let mut characters = plain.chars();
    let first = characters.next();
    if COMMON.contains(&plain.as_str()) || characters.all(|next| Some(next) == first) {
        return Err(PasswordError::Common);
    }
    Ok(())
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

    #[rstest::rstest]
    #[case("sembilan9", Some(PasswordError::TooShort(9)))]
    #[case("Password123", Some(PasswordError::Common))]
    #[case("1234567890", Some(PasswordError::Common))]
    #[case("zzzzzzzzzzzz", Some(PasswordError::Common))]
    #[case("Budi@Kopi-Susu.id", Some(PasswordError::IsEmail))]
    #[case("benar kuda baterai", None)]
    #[case("пароль-пароль", None)]
    fn what_everybody_tries_first_is_refused(#[case] password: &str, #[case] refused: Option<PasswordError>) {
        assert_eq!(check(password, "budi@kopi-susu.id").err(), refused);
    }

    #[test]
    fn an_unreadable_hash_fits_no_password() {
        assert!(!verify_password("kopi susu gula aren", ""));
        assert!(!verify_password("kopi susu gula aren", "$argon2id$v=19$m=19456"));
    }
}
