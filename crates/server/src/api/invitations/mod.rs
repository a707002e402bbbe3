//! Invitations: links that let somebody in, once.

pub mod accept;

/// An invitation that is not taken by then ends.
pub const INVITATION_MS: i64 = 7 * 86_400_000;
