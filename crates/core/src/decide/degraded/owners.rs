//! Who was sent to whom lately: so that somebody who comes back while the store is away gets the same agent.

use crate::ids::{AgentId, LeadId};
use foldhash::HashMap;

/// A bounded memory of leads and the agents that they were last sent to. When it is full the older half goes at once, which
/// needs neither an order nor a clock.
#[derive(Debug)]
pub struct Owners {
    recent: HashMap<LeadId, AgentId>,
    older: HashMap<LeadId, AgentId>,
    half: usize,
}

impl Owners {
    /// Remembers `most` leads.
    pub fn new(most: usize) -> Self {
        Self {
            recent: HashMap::default(),
            older: HashMap::default(),
            half: most.div_ceil(2),
        }
    }

    /// Notes whom a lead was sent to.
    pub fn note(&mut self, lead: LeadId, agent: AgentId) {
        if self.recent.len() >= self.half && !self.recent.contains_key(&lead) {
            // Both keep their room: to grow to it again would take milliseconds.
            std::mem::swap(&mut self.older, &mut self.recent);
            self.recent.clear();
        }
        self.recent.insert(lead, agent);
    }

    /// Whom a lead was last sent to.
    pub fn find(&self, lead: LeadId) -> Option<AgentId> {
        self.recent.get(&lead).or_else(|| self.older.get(&lead)).copied()
    }

    /// Leads remembered.
    pub fn len(&self) -> usize {
        self.recent.len() + self.older.len()
    }

    /// Whether nobody is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
        assert!((99_500..100_000).all(|n| owners.find(lead(n)) == Some(AgentId(n as i64))));
        assert_eq!(owners.find(lead(1)), None);
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
