//! Visits that were answered without the store, on their way into it.

use konektor_core::{
    click::Click,
    decide::degraded::Spooled,
    ids::{ClickId, WorkspaceId},
};
use std::ops::Range;

/// Visits of one segment of the spool, without a gap.
#[derive(Clone, Debug)]
pub struct ReplayBatch {
    /// Which segment: a random number from its header.
    pub segment: i64,
    /// The place of the first in its segment, from 0.
    pub first: u64,
    /// In the order in which they were answered.
    pub visits: Vec<Spooled>,
}

/// What a replay added.
#[derive(Debug, Default)]
pub struct Replayed {
    /// The click before the first of `clicks`.
    pub after: ClickId,
    /// Clicks of the visits that were not there yet.
    pub clicks: Vec<Click>,
    /// Visits that were: their batch was given up in its commit, which succeeded. Nobody has counted them yet.
    pub there: usize,
}

/// Visitor numbers of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberBlock {
    /// Whose.
    pub workspace: WorkspaceId,
    /// They belong to whoever reserved them.
    pub numbers: Range<u64>,
}
