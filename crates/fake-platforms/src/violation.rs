//! What no sender should do, whether or not a platform would notice.

use crate::{
    checks,
    endpoint::{Endpoint, Platform},
};
use std::fmt;

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ViolationKind {
    /// The SHA-256 of nothing was sent: an absent value was hashed.
    HashOfNothing,
    /// A credential stood in the address, where proxies log it.
    TokenInUrl,
    /// A visitor's address was one that no visitor has: the server's own, or a proxy's.
    PrivateAddress,
    /// Something was hashed that a platform needs plain.
    HashedThatMustBePlain,
    /// Personal data was sent plain that a platform wants hashed.
    PlainThatMustBeHashed,
    /// An event lies in the future on a platform that has no rule about it.
    InTheFuture,
    /// Data of a person who refused was sent (Google is told of the refusal, and the click id).
    DataDespiteRefusal,
    /// A text with nothing in it was sent rather than left out.
    EmptyValue,
    /// The address exists on no platform.
    UnknownAddress,
}

/// Something that was wrong, without the value that it was wrong with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where to; `None` if the address belongs to no endpoint.
    pub endpoint: Option<Endpoint>,
    /// In which request to this endpoint.
    pub request: u64,
    /// What.
    pub kind: ViolationKind,
    /// In which field, or where else.
    pub field: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = self
            .endpoint
            .map_or("nowhere", |endpoint| Platform::as_str(endpoint.platform()));
        write!(f, "{:?} to {to}, request {}: {}", self.kind, self.request, self.field)
    }
}

/// Violations that the rules of one request come across.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub Vec<(ViolationKind, String)>);

impl Notes {
    pub(crate) fn add(&mut self, kind: ViolationKind, field: impl Into<String>) {
        self.0.push((kind, field.into()));
    }

    /// Looks at a visitor's address.
    pub(crate) fn address(&mut self, field: &str, address: &str) {
        match address.parse() {
            Ok(ip) if checks::is_private(ip) => self.add(ViolationKind::PrivateAddress, field),
            Ok(_) => {}
            Err(_) => self.plain(field, address),
        }
    }

    /// Looks at a value that must be plain.
    pub(crate) fn plain(&mut self, field: &str, value: &str) {
        if checks::looks_hashed(value) {
            self.add(ViolationKind::HashedThatMustBePlain, field);
        } else if value.trim().is_empty() {
            self.add(ViolationKind::EmptyValue, field);
        }
    }
}
