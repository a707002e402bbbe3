//! Who was sent to whom lately: so that somebody who comes back while the store is away gets the same agent.

use crate::ids::{AgentId, LeadId};
use foldhash::HashMap;
use std::collections::VecDeque;

/// Parts of the memory, at most. A map that grows to all of it takes 15 ms for its last step, for which visitors wait; so many small
/// ones take 0.2 ms each.
const PARTS: usize = 64;

/// A bounded memory of leads and the agents that they were last sent to. When it is full its oldest part goes at once, which
/// needs neither an order nor a clock.
#[derive(Debug)]
pub struct Owners {
    /// Oldest first. A lead may be in several; the newest holds.
    parts: VecDeque<HashMap<LeadId, AgentId>>,
    parts_most: usize,
    part_most: usize,
}

impl Owners {
    /// Remembers at most `most` leads, and never less than one.
    pub fn new(most: usize) -> Self {
        let part_most = most.div_ceil(PARTS).max(1);
        Self {
            parts: VecDeque::new(),
            parts_most: (most / part_most).max(1),
            part_most,
        }
    }

    /// Notes whom a lead was sent to.
    pub fn note(&mut self, lead: LeadId, agent: AgentId) {
        self.with_room_for(lead).insert(lead, agent);
    }

    fn with_room_for(&mut self, lead: LeadId) -> &mut HashMap<LeadId, AgentId> {
        let has_room = |part: &HashMap<_, _>| part.len() < self.part_most || part.contains_key(&lead);
        if !self.parts.back().is_some_and(has_room) {
            let mut next = match self.parts.len() < self.parts_most {
                true => HashMap::default(),
                false => self.parts.pop_front().unwrap_or_default(),
            };
            next.clear();
            self.parts.push_back(next);
        }
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }

    /// Whom a lead was last sent to.
    pub fn find(&self, lead: LeadId) -> Option<AgentId> {
        self.parts.iter().rev().find_map(|part| part.get(&lead)).copied()
    }

    /// Entries, of which a lead may have several.
    pub fn len(&self) -> usize {
        self.parts.iter().map(HashMap::len).sum()
    }

    /// Whether nobody is remembered.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{VisitorNumber, WorkspaceId};

    fn lead(number: u64) -> LeadId {
        LeadId {
            workspace: WorkspaceId(1),
            number: VisitorNumber(number),
        }
    }

    #[test]
    fn the_recent_are_remembered_and_the_memory_is_bounded() {
        let mut owners = Owners::new(1_000);
        for n in 0..100_000 {
            owners.note(lead(n), AgentId(n as i64));
            assert!(owners.len() <= 1_000);
        }
        assert!((99_050..100_000).all(|n| owners.find(lead(n)) == Some(AgentId(n as i64))));
        assert_eq!(owners.find(lead(1)), None);
    }

    #[test]
    fn a_small_memory_is_bounded_too() {
        for most in 1..200 {
            let mut owners = Owners::new(most);
            for n in 0..500 {
                owners.note(lead(n), AgentId(n as i64));
                assert!(owners.len() <= most, "{} of {most}", owners.len());
                assert_eq!(owners.find(lead(n)), Some(AgentId(n as i64)));
            }
        }
    }

    #[test]
    fn the_last_agent_counts() {
        let mut owners = Owners::new(2);
        owners.note(lead(1), AgentId(1));
        owners.note(lead(2), AgentId(1));
        owners.note(lead(1), AgentId(2));
        assert_eq!(owners.find(lead(1)), Some(AgentId(2)));
    }
}
