//! The server's secret and the keys made from it. It is kept outside the database, so that a copy of the
//! database alone signs no cookies.

use crate::{click::test_link::TestLinks, link::token::LinkTokens, mail::token::MailTokens, seal::Sealer};
use hmac::{Hmac, KeyInit, Mac};
use konektor_core::{
    identity::{cookie::SigningKeys, visitor_token::VisitorTokens},
    page::token::PageTokens,
};
use konektor_store::model::Installation;
use sha2::Sha256;
use std::{
    fs::OpenOptions,
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Name of the key file in the data directory.
pub const KEY_FILE: &str = "secret.key";

/// 32 random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

/// The secret as set, else from the key file, which is made (readable by its owner alone) if it is not there.
pub fn secret_key(set: Option<[u8; 32]>, data: &Path) -> Result<[u8; 32], SecretError> {
    if let Some(key) = set {
        return Ok(key);
    }
    let path = data.join(KEY_FILE);
    let error = |reason: String| SecretError::KeyFile {
        path: path.display().to_string(),
        reason,
    };
    let not_writable = |e: io::Error| SecretError::NotWritable {
        path: data.display().to_string(),
        reason: e.to_string(),
    };
    match OpenOptions::new().read(true).open(&path) {
        Ok(mut file) => {
            let mut hex = String::new();
            file.read_to_string(&mut hex).map_err(|e| error(e.to_string()))?;
            parse(hex.trim()).ok_or_else(|| error("it must hold 64 hexadecimal digits".to_owned()))
        }
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            std::fs::create_dir_all(data).map_err(not_writable)?;
            let key: [u8; 32] = random();
            let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            // Whole or not at all: a crash in between must not leave an empty file that the next start refuses.
            let new = data.join(format!("{KEY_FILE}.{}", std::process::id()));
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&new)
                .map_err(not_writable)?;
            let written = writeln!(file, "{hex}").and_then(|()| file.sync_all());
            // A link, not a rename: if another process made the file meanwhile, that one is the key.
            let placed = written.and_then(|()| std::fs::hard_link(&new, &path));
            std::fs::remove_file(&new).map_err(|e| error(e.to_string()))?;
            match placed {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return secret_key(None, data),
                other => other.map_err(|e| error(e.to_string()))?,
            }
            Ok(key)
        }
        Err(e) => Err(error(e.to_string())),
    }
}

/// Reads 64 hexadecimal digits.
pub fn parse(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (byte, digits) in key.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}

/// The keys that sign visitor cookies: made from the secret and the salts in the database.
pub fn signing_keys(secret: &[u8; 32], installation: &Installation) -> SigningKeys {
    SigningKeys::new(derived(secret, installation, b"konektor visitor cookie"))
}

/// Seals what must not be readable in the database: made from the same salts, by another derivation.
pub fn sealer(secret: &[u8; 32], installation: &Installation) -> Sealer {
    Sealer::new(derived(secret, installation, b"konektor sealed credentials"))
}

/// Signs and recognises test links: from the same salts, by a derivation of their own, so that no test link is a
/// cookie and no cookie a test link.
pub fn test_links(secret: &[u8; 32], installation: &Installation) -> TestLinks {
    TestLinks::new(derived(secret, installation, b"konektor test link"))
}

/// Signs and recognises visitor tokens: by a derivation of their own beside a domain of their own.
pub fn visitor_tokens(secret: &[u8; 32], installation: &Installation) -> VisitorTokens {
    VisitorTokens::new(derived(secret, installation, b"konektor visitor token"))
}

/// Signs the pages of rotators in page mode, and recognises them.
pub fn page_tokens(secret: &[u8; 32], installation: &Installation) -> PageTokens {
    PageTokens::new(derived(secret, installation, b"konektor page form"))
}

/// Signs the links by which agents change their leads without an account.
pub fn link_tokens(secret: &[u8; 32], installation: &Installation) -> LinkTokens {
    LinkTokens::new(derived(secret, installation, b"konektor lead link"))
}

/// Signs the addresses in letters by which they are turned off.
pub fn mail_tokens(secret: &[u8; 32], installation: &Installation) -> MailTokens {
    MailTokens::new(derived(secret, installation, b"konektor mail off"))
}

/// Tells one secret from another, and nothing else of it: for backups, which must not be restored beside another key.
pub fn key_check(secret: &[u8; 32], installation: &Installation) -> [u8; 32] {
    // Of the first salt: those that are added later change nothing.
    derived(secret, installation, b"konektor backup key check")
        .next()
        .map_or([0; 32], |(_, check)| check)
}

/// The secret as set, else from the key file; `None` if there is neither. Nothing is made.
pub fn find_secret_key(set: Option<[u8; 32]>, data: &Path) -> Result<Option<[u8; 32]>, SecretError> {
    if set.is_none() && !data.join(KEY_FILE).exists() {
        return Ok(None);
    }
    secret_key(set, data).map(Some)
}

/// A key of each salt, for one purpose.
fn derived(secret: &[u8; 32], installation: &Installation, purpose: &[u8]) -> impl Iterator<Item = (u16, [u8; 32])> {
    installation.signing_salts.iter().map(move |(id, salt)| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        mac.update(purpose);
        mac.update(salt);
        (*id, mac.finalize().into_bytes().into())
    })
}

/// There is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key file is there and cannot be used.
    #[error("the key file {path} cannot be used: {reason}; restore it, or set KONEKTOR_SECRET_KEY")]
    KeyFile {
        /// Which.
        path: String,
        /// Why not.
        reason: String,
    },
    /// It is not there and cannot be made.
    #[error(
        "cannot write to {path}: {reason}; give the user that runs konektor write access, or set KONEKTOR_DATA to another directory"
    )]
    NotWritable {
        /// The data directory.
        path: String,
        /// What the operating system said.
        reason: String,
    },
}
