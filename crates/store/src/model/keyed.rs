//! Requests that come with an idempotency key.

use konektor_core::ids::WorkspaceId;

/// A request that is to be done once.
#[derive(Clone, Copy, Debug)]
pub struct KeyedRequest {
    /// Whose key it is: in another workspace the same key is another one.
    pub workspace: WorkspaceId,
    /// SHA-256 of the key.
    pub key: [u8; 32],
    /// SHA-256 of who asks for what.
    pub print: [u8; 32],
}

/// What is known of a request that comes with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It is the first one, and noted as under way.
    No,
    /// The first one is under way, or was cut off before its answer was known.
    UnderWay,
    /// The key was used for something else.
    OfAnother,
    /// The first one's answer, as it was kept.
    Answered(Vec<u8>),
}
