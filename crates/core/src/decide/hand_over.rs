//! Leads that nobody answers go to somebody else: by a turn of the rotation, as if their agent had left it.

use super::{Decisions, LeadState, Loaded, Memory, agent};
use crate::{
    ids::{AgentId, LeadId, RotatorId},
    routing::Routing,
    time::UnixMs,
};

/// A lead to hand over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// Which.
    pub lead: LeadId,
    /// Whose it is: anybody but them.
    pub from: Option<AgentId>,
    /// The link whose rotation says who is next: the one where the lead was born.
    pub rotator: RotatorId,
}

/// Gives each lead to the next agent who may get a new one now, and makes them its owner at every link. Their turn counts as
/// any other; who loses the lead keeps the turn that they had. Where nobody else is there the lead stays, and nothing moves.
pub fn hand_over(
    routing: &Routing,
    memory: &mut Memory,
    mut loaded: Loaded,
    wanted: &[HandOver],
    now: UnixMs,
) -> (Decisions, Vec<(HandOver, AgentId)>) {
    let mut decisions = Decisions {
        after: memory.click_ids_made.last(),
        ..Decisions::default()
    };
    let mut moved = Vec::new();
    for over in wanted {
        let Some(rotator) = routing.rotator(over.rotator) else {
            continue;
        };
        let Some(LeadState::Known(mut route)) = loaded.leads.remove(&over.lead) else {
            continue;
        };
        let ledger = &mut decisions.ledger;
        let Some(to) = agent::next_but(routing, memory, ledger, rotator, over.lead, over.from, now) else {
            continue;
        };
        route.agent = Some(to);
        // Owners at other links and substitutes are as silent as the agent was.
        route.others.clear();
        decisions.rotators.insert(rotator.id);
        decisions.routes.insert(over.lead.packed(), (over.lead, route));
        moved.push((*over, to));
    }
    (decisions, moved)
}
