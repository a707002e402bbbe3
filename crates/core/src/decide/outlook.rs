//! What would come next at a rotator, asked without using a turn: for whoever edits a rotator or tries its link.
//!
//! It takes the rotation itself, on a copy of the credits, so that what is shown is what will happen.

use super::{
    SendTo,
    agent::{Next, next},
};
use crate::{
    ids::AgentId,
    rotation::{
        Candidate, Rotation,
        learning::{Arm, part_of},
    },
    routing::{Agent, Rotator, Routing},
    schedule::{Duty, duty},
    time::UnixMs,
};

/// How a rotator stands at a moment.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// Its agents, in its order.
    pub prospects: Vec<Prospect>,
    /// Whose turns come next, if all stay as eligible as they are; empty while nobody is.
    pub next: Vec<AgentId>,
    /// Where a new visitor would be sent.
    pub to: SendTo,
}

/// What an agent of a rotator may expect of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prospect {
    /// Who.
    pub agent: AgentId,
    /// Their weight, as people set it.
    pub weight: u32,
    /// Their part of the turns, 0 to 1: by the learned weights, where the rotator has any.
    pub share: f64,
    /// Why they get no turn; `None` if they do.
    pub passed: Option<Passed>,
}

/// Why an agent is passed over. Of several reasons the most lasting one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// Switched off.
    Off,
    /// Their weight is 0.
    NoWeight,
    /// Away for a time.
    Paused,
    /// Not in their working hours.
    OutsideHours,
    /// They had all the new leads that they take in a day.
    Capped,
}

/// How `rotator` stands at `now`, with the next `turns` turns. `rotation` is a copy of its credits; `turns_today` says
/// how many new leads an agent has had on their day. Of a rotator that learns it shows the turns by learned shares; the leads
/// that are held out come between them.
pub fn outlook(
    routing: &Routing,
    rotator: &Rotator,
    mut rotation: Rotation,
    turns_today: impl Fn(&Agent) -> u32,
    now: UnixMs,
    turns: usize,
) -> Outlook {
    let passed = |agent: AgentId, weight| {
        let Some(agent) = routing.agent(agent) else {
            return Some(Passed::Off);
        };
        match duty(agent, turns_today(agent), now) {
            Duty::Off => Some(Passed::Off),
            _ if weight == 0 => Some(Passed::NoWeight),
            Duty::Paused { .. } => Some(Passed::Paused),
            Duty::OutOfHours => Some(Passed::OutsideHours),
            Duty::Capped => Some(Passed::Capped),
            Duty::OnDuty => None,
        }
    };
    let mut prospects: Vec<_> = rotator
        .agents
        .iter()
        .map(|share| Prospect {
            agent: share.agent,
            weight: share.weight,
            share: 0.0,
            passed: passed(share.agent, share.weight),
        })
        .collect();
    let candidates: Vec<_> = rotator
        .shares(Arm::Shares)
        .zip(&prospects)
        .filter(|(_, prospect)| prospect.passed.is_none())
        .map(|(share, _)| Candidate {
            agent: share.agent,
            weight: share.weight,
        })
        .collect();
    for prospect in prospects.iter_mut().filter(|prospect| prospect.passed.is_none()) {
        prospect.share = part_of(&candidates, prospect.agent);
    }
    if rotator.learned().is_none() {
        rotation.hold_nothing_out();
    }
    let to = match next(routing, rotator, &mut rotation.clone(), (Arm::Shares, &candidates), now) {
        Next::InTurn(agent) | Next::OffHours(agent) => SendTo::Agent(agent.clone()),
        Next::Fallback => SendTo::Fallback,
        Next::Closed => SendTo::Closed,
    };
    let next = (0..turns).map_while(|_| rotation.next(&candidates, now)).collect();
    Outlook { prospects, next, to }
}
