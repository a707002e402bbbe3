//! What a digest says: numbers beside those of the period before, where leads came from, what is held, and who waits.

use crate::{attribution::Platform, ids::AgentId, reminder::Untouched, time::UnixMs};
use std::{cmp::Reverse, collections::BTreeMap};

/// Sources that are named; the rest is one look at the reports away.
pub const MOST_SOURCES: usize = 6;

/// A number, and what it was in the period before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Now.
    pub now: u64,
    /// As many days before.
    pub before: u64,
}

impl Compared {
    /// By how many percent it has changed; `None` where there was nothing before, which no percentage describes.
    pub fn percent(self) -> Option<i64> {
        let (now, before) = (self.now as f64, self.before as f64);
        (self.before > 0).then(|| ((now - before) / before * 100.0).round() as i64)
    }
}

/// Where leads came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `utm_source`; empty for clicks that had none.
    pub name: String,
    /// New leads.
    pub leads: u64,
    /// Clicks.
    pub clicks: u64,
}

/// A destination that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What it is called.
    pub name: String,
    /// Which platform.
    pub platform: Platform,
    /// The platform's words.
    pub reason: String,
    /// Since when.
    pub since: UnixMs,
    /// Events that wait there.
    pub waiting: u64,
}

/// Leads of one agent that nobody has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Whose; `None` for leads that only a fallback took.
    pub agent: Option<AgentId>,
    /// How many.
    pub leads: u64,
    /// Since when the oldest of them waits.
    pub oldest: UnixMs,
}

/// All that a digest is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// New leads.
    pub leads: Compared,
    /// Clicks, those of leads who came back included.
    pub clicks: Compared,
    /// Chats that have started, of the leads that came in the period.
    pub chats: Compared,
    /// Sales that were made in the period.
    pub won: Compared,
    /// The sources with the most new leads, at most [`MOST_SOURCES`].
    pub sources: Vec<Source>,
    /// Destinations that are held now.
    pub held: Vec<Held>,
    /// Leads that are unanswered now, whoever has most first.
    pub waiting: Vec<Waiting>,
}

impl Facts {
    /// Leads that nobody has answered.
    pub fn unanswered(&self) -> u64 {
        self.waiting.iter().map(|waiting| waiting.leads).sum()
    }

    /// Whether there is nothing to report and nothing to do. It is sent all the same: silence would look like a fault.
    pub fn is_quiet(&self) -> bool {
        self.clicks.now == 0 && self.leads.now == 0 && self.held.is_empty() && self.waiting.is_empty()
    }
}

/// Unanswered leads by agent, whoever has most first; of equals, whoever lets somebody wait for longer.
pub fn waiting(untouched: &[Untouched]) -> Vec<Waiting> {
    let mut by_agent: BTreeMap<Option<AgentId>, Waiting> = BTreeMap::new();
    for lead in untouched {
        let agent = by_agent.entry(lead.agent).or_insert(Waiting {
            agent: lead.agent,
            leads: 0,
            oldest: lead.since,
        });
        agent.leads += 1;
        agent.oldest = agent.oldest.min(lead.since);
    }
    let mut all: Vec<_> = by_agent.into_values().collect();
    all.sort_by_key(|waiting| (Reverse(waiting.leads), waiting.oldest));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{LeadId, RotatorId, VisitorNumber, WorkspaceId};
    use rstest::rstest;

    #[rstest]
    #[case(12, 10, Some(20))]
    #[case(5, 10, Some(-50))]
    #[case(0, 3, Some(-100))]
    #[case(10, 10, Some(0))]
    #[case(2, 3, Some(-33))]
    #[case(7, 0, None)]
    fn a_change_is_told_in_percent_where_there_is_something_to_compare_with(
        #[case] now: u64,
        #[case] before: u64,
        #[case] percent: Option<i64>,
    ) {
        assert_eq!(Compared { now, before }.percent(), percent);
    }

    #[test]
    fn whoever_lets_most_people_wait_comes_first() {
        let lead = |number: u64, agent: Option<i64>, since: i64| Untouched {
            lead: LeadId {
                workspace: WorkspaceId(1),
                number: VisitorNumber(number),
            },
            agent: agent.map(AgentId),
            rotator: RotatorId(1),
            since: UnixMs(since),
            reminded: false,
            handed_over: false,
        };
        let leads = [
            lead(1, Some(1), 50),
            lead(2, Some(2), 40),
            lead(3, Some(2), 60),
            lead(4, None, 10),
            lead(5, Some(3), 20),
        ];
        let told: Vec<_> = waiting(&leads)
            .iter()
            .map(|waiting| (waiting.agent.map(|agent| agent.0), waiting.leads, waiting.oldest.0))
            .collect();
        assert_eq!(
            told,
            [(Some(2), 2, 40), (None, 1, 10), (Some(3), 1, 20), (Some(1), 1, 50)]
        );
        assert!(waiting(&[]).is_empty());
    }
}
