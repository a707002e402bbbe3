//! What was taught about who is a person.

use konektor_core::{ids::WorkspaceId, screening::taught::Rule, time::UnixMs};

/// Most rules of a workspace: each is looked at for every request that is not counted.
pub const RULES_MOST: usize = 200;

/// A rule as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreeningRule {
    /// Its id.
    pub id: i64,
    /// Whose.
    pub workspace: WorkspaceId,
    /// What it says.
    pub rule: Rule,
    /// When it was made.
    pub created_at: UnixMs,
    /// By whom: `user:1`, `key:3`.
    pub created_by: String,
}
