//! One lead of several rows.

use crate::model::Lead;
use konektor_core::{fold::Tracking, ids::LeadId, lead::TrackingStatus};

/// A lead's deliveries, or those of several leads that are one, by what became of them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counted {
    pub(crate) tracking: Tracking,
    /// One of the pending ones waits for its destination to be repaired.
    pub(crate) is_held: bool,
}

impl Counted {
    /// The word for it.
    pub(crate) fn status(self) -> TrackingStatus {
        self.tracking.status(self.is_held)
    }
}

/// A row, and what of it does not show.
pub(crate) struct LeadRow {
    pub(crate) lead: Lead,
    pub(crate) merged_into: Option<LeadId>,
    pub(crate) counted: Counted,
}

impl LeadRow {
    /// Adds one that was merged into it: first touch is the earlier one, last touch the later one, and every click and
    /// every delivery counts.
    pub(crate) fn add(&mut self, member: Self) {
        let (lead, other) = (&mut self.lead, member.lead);
        lead.click_count += other.click_count;
        let firsts = [lead.first.take(), other.first].into_iter().flatten();
        lead.first = firsts.min_by_key(|click| click.id);
        let lasts = [lead.last.take(), other.last].into_iter().flatten();
        lead.last = lasts.max_by_key(|click| click.id);
        self.counted = Counted {
            tracking: self.counted.tracking + member.counted.tracking,
            is_held: self.counted.is_held || member.counted.is_held,
        };
    }
}
