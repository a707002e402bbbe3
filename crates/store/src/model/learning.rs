//! What shares are learned from.

use konektor_core::{ids::AgentId, rotation::learning::Tally};

/// Leads that rotation gave to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// Whom.
    pub agent: AgentId,
    /// By the shares that people set, at a rotator that learns.
    pub held_out: bool,
    /// How many, and how many of them were won in time.
    pub tally: Tally,
}
