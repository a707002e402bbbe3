//! The ids of things. Newtypes, so that an agent's id can never be taken for a rotator's.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// A workspace: one business.
    WorkspaceId
);
id!(
    /// A CS with a WhatsApp number.
    AgentId
);
id!(
    /// A link `/wa/{slug}`.
    RotatorId
);
id!(
    /// Somebody who signs in.
    UserId
);
id!(
    /// A connection to an ad platform.
    DestinationId
);
id!(
    /// An event on its way to a destination.
    DeliveryId
);
id!(
    /// Where another program is told of what happens.
    WebhookId
);
id!(
    /// A form hook: where a form tool posts.
    FormId
);
id!(
    /// A click: time-ordered, see [`ClickIds`].
    ClickId
);

impl ClickId {
    /// An id that no click has: those that `node` makes at `at` or later are greater.
    pub fn before(node: i64, at: crate::time::UnixMs) -> Self {
        Self(at.0.clamp(0, (1 << 41) - 1) << SEQUENCE_BITS | node)
    }

    /// The node that made it.
    pub fn node(self) -> i64 {
        self.0 & ((1 << NODE_BITS) - 1)
    }

    /// When the click was made, by the clock that made its id.
    pub fn made_at(self) -> crate::time::UnixMs {
        crate::time::UnixMs(self.0 >> SEQUENCE_BITS)
    }
}

/// Bits of a click id below its milliseconds.
const SEQUENCE_BITS: u32 = 22;
/// The lowest of these are the node's that made it: so the clicks of several servers never have the same id.
pub const NODE_BITS: u32 = 10;

/// Bits of a visitor number: seven characters of five bits.
pub const NUMBER_BITS: u32 = 35;

/// The n-th visitor of a workspace. What people see of it is the visitor code, a permutation of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitorNumber(pub u64);

/// A lead: its workspace and the number of its first visitor. Both databases keep it as one ordered key, so
/// the leads of a workspace lie together, oldest first, and no further index finds a lead by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeadId {
    /// The owning workspace.
    pub workspace: WorkspaceId,
    /// The number of its first visitor.
    pub number: VisitorNumber,
}

impl LeadId {
    /// The workspace in the high bits, the number in the low 35.
    pub fn packed(self) -> i64 {
        (self.workspace.0 << NUMBER_BITS) | self.number.0 as i64
    }

    /// The inverse of [`LeadId::packed`].
    pub fn from_packed(packed: i64) -> Self {
        Self {
            workspace: WorkspaceId(packed >> NUMBER_BITS),
            number: VisitorNumber((packed & ((1 << NUMBER_BITS) - 1)) as u64),
        }
    }
}

/// Makes click ids: milliseconds in the high bits, a sequence, and the node in the low 10, always rising even when the
/// clock is set back, so that a click table is only ever appended to.
#[derive(Debug, Default)]
pub struct ClickIds {
    last: i64,
}

impl ClickIds {
    /// Continues after `last`, the greatest id that its node has made.
    pub fn after(last: ClickId) -> Self {
        Self { last: last.0 }
    }

    /// The latest id that was made.
    pub fn last(&self) -> ClickId {
        ClickId(self.last)
    }

    /// The next id at `now`.
    pub fn next(&mut self, now: crate::time::UnixMs) -> ClickId {
        let by_clock = ClickId::before(ClickId(self.last).node(), now).0;
        self.last = by_clock.max(self.last + (1 << NODE_BITS));
        ClickId(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixMs;

    #[test]
    fn two_nodes_never_make_the_same_click_id_and_each_ones_rise() {
        let mut nodes = [3, 4].map(|node| ClickIds::after(ClickId(node)));
        let mut made = Vec::new();
        for now in [5, 5, 4, 9] {
            for (ids, node) in nodes.iter_mut().zip([3, 4]) {
                let (before, id) = (ids.last(), ids.next(UnixMs(now)));
                assert!(id > before && id.node() == node);
                made.push(id);
            }
        }
        made.sort();
        made.dedup();
        assert_eq!(made.len(), 8);
        assert_eq!(nodes[0].last().made_at(), UnixMs(9));
    }
}
