//! To which agent: the owner, a substitute, a turn, or what is left when nobody is on duty.

use super::{LeadRoute, Memory, SendTo, Stand};
use crate::{
    click::Why,
    ids::{AgentId, LeadId},
    rotation::{Candidate, LedgerKey, Rotation, Turns, learning::Arm, pick_by_hash},
    routing::{Agent, Rotator, Routing},
    schedule::{Duty, duty},
    time::UnixMs,
};
use std::{collections::BTreeMap, sync::Arc};

pub(super) struct Choice {
    pub(super) to: SendTo,
    pub(super) why: Why,
    /// The lead's route was changed and must be stored.
    pub(super) route_changed: bool,
}

impl Choice {
    fn keep(to: SendTo, why: Why) -> Self {
        Self {
            to,
            why,
            route_changed: false,
        }
    }
}

type Ledger = BTreeMap<LedgerKey, Turns>;

pub(super) fn choose(
    routing: &Routing,
    memory: &mut Memory,
    ledger: &mut Ledger,
    rotator: &Rotator,
    lead: LeadId,
    route: Option<&mut LeadRoute>,
    now: UnixMs,
) -> Choice {
    let mut turn = Turn {
        routing,
        memory,
        ledger,
        rotator,
        arm: rotator.arm(lead),
        now,
    };
    match route {
        None => {
            let (to, why) = turn.give(Why::Turn);
            Choice::keep(to, why)
        }
        Some(route) => turn.for_known_lead(lead, route),
    }
}

/// A choice that was made without the store.
pub(super) struct Taken {
    pub(super) why: Why,
    pub(super) is_turn: bool,
    /// The lead's route was changed and must be stored.
    pub(super) route_changed: bool,
}

/// Takes over that `agent` got this visitor, by the same rules: a new lead is their turn; so is one that has no owner here or
/// whose owner left, and they become the owner. Any other lead stays with its owner.
pub(super) fn take(
    routing: &Routing,
    memory: &mut Memory,
    ledger: &mut Ledger,
    rotator: &Rotator,
    (lead, route): (LeadId, Option<&mut LeadRoute>),
    agent: AgentId,
    now: UnixMs,
) -> Taken {
    let mut turn = Turn {
        routing,
        memory,
        ledger,
        rotator,
        arm: rotator.arm(lead),
        now,
    };
    let is_kept = |why| Taken {
        why,
        is_turn: false,
        route_changed: false,
    };
    let mut route_changed = false;
    if let Some(route) = route {
        let (own, why) = turn.owner_of(route);
        let owner = own.filter(|owner| turn.stays(*owner, route.pinned));
        if let Some(owner) = owner {
            let stand = route.others.get(&rotator.id).copied().unwrap_or_default();
            return is_kept(match () {
                () if owner == agent => why,
                () if stand.substitute == Some(agent) => Why::Substitute,
                () => Why::Degraded,
            });
        }
        turn.keep(route, agent);
        route_changed = true;
    }
    turn.take(agent);
    Taken {
        why: Why::Degraded,
        is_turn: true,
        route_changed,
    }
}

/// Gives a turn to whoever is next without `but`, as if they had left; `None`, and nothing is moved, if nobody else may get a
/// new lead now.
pub(super) fn next_but(
    routing: &Routing,
    memory: &mut Memory,
    ledger: &mut Ledger,
    rotator: &Rotator,
    lead: LeadId,
    but: Option<AgentId>,
    now: UnixMs,
) -> Option<AgentId> {
    let mut turn = Turn {
        routing,
        memory,
        ledger,
        rotator,
        arm: rotator.arm(lead),
        now,
    };
    let mut candidates = turn.candidates();
    candidates.retain(|candidate| Some(candidate.agent) != but);
    if candidates.is_empty() {
        return None;
    }
    let rotation = turn.memory.rotations.entry(rotator.id).or_default();
    let next = rotation.next_of(turn.arm, &candidates, now)?;
    turn.enter_turn(&candidates, next);
    Some(next)
}

/// One choice at one rotator.
struct Turn<'a> {
    routing: &'a Routing,
    memory: &'a mut Memory,
    ledger: &'a mut Ledger,
    rotator: &'a Rotator,
    /// By which of its shares the lead is given away.
    arm: Arm,
    now: UnixMs,
}

impl<'a> Turn<'a> {
    fn for_known_lead(&mut self, lead: LeadId, route: &mut LeadRoute) -> Choice {
        let here = self.rotator.id;
        let stand = route.others.get(&here).copied().unwrap_or_default();
        let (owner, why) = match self.owner_of(route) {
            (Some(owner), why) => (owner, why),
            (None, why) => return self.give_and_keep(route, why),
        };
        let agent = self.routing.agent(owner).filter(|_| self.stays(owner, route.pinned));
        let Some(agent) = agent else {
            return self.give_and_keep(route, Why::Transfer);
        };
        // The cap does not count for an owner: these are not new leads.
        if matches!(duty(agent, 0, self.now), Duty::OnDuty | Duty::Capped) {
            let is_back = stand.substitute.is_some();
            if is_back {
                set_stand(
                    route,
                    here,
                    Stand {
                        substitute: None,
                        ..stand
                    },
                );
            }
            return Choice {
                to: SendTo::Agent(agent.clone()),
                why,
                route_changed: is_back,
            };
        }
        let candidates = self.candidates();
        if let Some(remembered) = stand.substitute.filter(|s| candidates.iter().any(|c| c.agent == *s))
            && let Some(substitute) = self.routing.agent(remembered)
        {
            return Choice::keep(SendTo::Agent(substitute.clone()), Why::Substitute);
        }
        // No turn is used, so rotation is not asked: the lead's number spreads substitutes by weight.
        if let Some(chosen) = pick_by_hash(&candidates, lead.number.0)
            && let Some(substitute) = self.routing.agent(chosen)
        {
            set_stand(
                route,
                here,
                Stand {
                    substitute: Some(chosen),
                    ..stand
                },
            );
            return Choice {
                to: SendTo::Agent(substitute.clone()),
                why: Why::Substitute,
                route_changed: true,
            };
        }
        match self.rotator.fallback {
            Some(_) => Choice::keep(SendTo::Fallback, Why::Fallback),
            None => Choice::keep(SendTo::Agent(agent.clone()), why),
        }
    }

    /// A lead's owner here and why it is them; without one, why somebody else becomes it.
    fn owner_of(&self, route: &LeadRoute) -> (Option<AgentId>, Why) {
        let here = self.rotator.id;
        let is_home = route.pinned || route.rotator == here;
        let own = match is_home {
            true => route.agent,
            false => route.others.get(&here).and_then(|stand| stand.agent),
        };
        if own.is_some() {
            return (own, Why::Owner);
        }
        match self.owner_elsewhere(route) {
            Some(owner) => (Some(owner), Why::OwnerElsewhere),
            None if is_home => (None, Why::Turn),
            None => (None, Why::OwnChoice),
        }
    }

    /// Whether an owner remains one: switched on, and a member here or set by hand.
    fn stays(&self, owner: AgentId, pinned: bool) -> bool {
        (pinned || self.is_member(owner)) && self.routing.agent(owner).is_some_and(|agent| agent.active)
    }

    /// The lead's owner at another rotator, if they work here too and have not left.
    fn owner_elsewhere(&self, route: &LeadRoute) -> Option<AgentId> {
        let owners = route
            .agent
            .into_iter()
            .chain(route.others.values().filter_map(|stand| stand.agent));
        owners
            .into_iter()
            .find(|owner| self.is_member(*owner) && self.routing.agent(*owner).is_some_and(|a| a.active))
    }

    fn give_and_keep(&mut self, route: &mut LeadRoute, reason: Why) -> Choice {
        let (to, why) = self.give(reason);
        let SendTo::Agent(agent) = &to else {
            return Choice::keep(to, why);
        };
        self.keep(route, agent.id);
        Choice {
            to,
            why,
            route_changed: true,
        }
    }

    /// Makes `agent` the lead's owner here.
    fn keep(&self, route: &mut LeadRoute, agent: AgentId) {
        let here = self.rotator.id;
        if route.pinned || route.rotator == here {
            route.agent = Some(agent);
            route.pinned = false;
            set_stand(route, here, Stand::default());
        } else {
            set_stand(
                route,
                here,
                Stand {
                    agent: Some(agent),
                    substitute: None,
                },
            );
        }
    }

    /// Counts a lead that was given without the rotation as the agent's turn.
    fn take(&mut self, agent: AgentId) {
        let candidates = self.candidates();
        let rotation = self.memory.rotations.entry(self.rotator.id).or_default();
        if rotation.take_of(self.arm, &candidates, agent, self.now) {
            self.enter_turn(&candidates, agent);
        } else {
            // Outside the rotation nobody is due more than they get.
            self.enter(agent, 1.0, 1);
        }
    }

    /// Enters a turn of the rotation: everybody's share, and whose it was.
    fn enter_turn(&mut self, candidates: &[Candidate], agent: AgentId) {
        let total: u32 = candidates.iter().map(|c| c.weight).sum();
        for candidate in candidates {
            let share = f64::from(candidate.weight) / f64::from(total);
            self.enter(candidate.agent, share, u32::from(candidate.agent == agent));
        }
    }

    /// Gives the lead to the next agent by rotation, or to what is left.
    fn give(&mut self, reason: Why) -> (SendTo, Why) {
        let candidates = self.candidates();
        let rotation = self.memory.rotations.entry(self.rotator.id).or_default();
        match next(self.routing, self.rotator, rotation, (self.arm, &candidates), self.now) {
            Next::InTurn(agent) => {
                self.enter_turn(&candidates, agent.id);
                (SendTo::Agent(agent.clone()), reason)
            }
            Next::Fallback => (SendTo::Fallback, Why::Fallback),
            Next::OffHours(agent) => {
                // Outside the rotation nobody is due more than they get.
                self.enter(agent.id, 1.0, 1);
                (SendTo::Agent(agent.clone()), Why::OffHours)
            }
            Next::Closed => (SendTo::Closed, Why::Closed),
        }
    }

    /// Enters a turn into the ledger and the agent's day.
    fn enter(&mut self, agent: AgentId, due: f64, given: u32) {
        let Some(agent) = self.routing.agent(agent) else { return };
        let day = self.memory.day_of(agent, self.now);
        let line = self
            .ledger
            .entry(LedgerKey {
                rotator: self.rotator.id,
                agent: agent.id,
                day,
            })
            .or_default();
        line.due += due;
        line.given += given;
        if given > 0 {
            self.memory.add_turns(agent.id, day, given);
        }
    }

    fn is_member(&self, agent: AgentId) -> bool {
        self.rotator.agents.iter().any(|share| share.agent == agent)
    }

    /// Who may get a new lead now.
    fn candidates(&mut self) -> Vec<Candidate> {
        let (memory, now) = (&mut *self.memory, self.now);
        let members = self.rotator.shares(self.arm).filter(|share| share.weight > 0);
        let agents = members.filter_map(|share| Some((self.routing.agent(share.agent)?, share.weight)));
        agents
            .filter(|(agent, _)| {
                // The day, which takes a calendar, is only looked up for those who have a cap.
                let turns_today = if agent.daily_cap.is_some() {
                    memory.turns_on_day(agent, now)
                } else {
                    0
                };
                duty(agent, turns_today, now) == Duty::OnDuty
            })
            .map(|(agent, weight)| Candidate {
                agent: agent.id,
                weight,
            })
            .collect()
    }
}

/// Where a new lead goes.
pub(super) enum Next<'r> {
    /// To the one whose turn it is.
    InTurn(&'r Arc<Agent>),
    /// Nobody is eligible: to the rotator's fallback.
    Fallback,
    /// Nor is there a fallback: to somebody who is off duty.
    OffHours(&'r Arc<Agent>),
    /// To nobody.
    Closed,
}

/// Moves the rotation on by a new lead. `candidates` are those who may get one now, with the weights for such leads.
pub(super) fn next<'r>(
    routing: &'r Routing,
    rotator: &Rotator,
    rotation: &mut Rotation,
    (arm, candidates): (Arm, &[Candidate]),
    now: UnixMs,
) -> Next<'r> {
    if rotator.learned().is_none() {
        rotation.hold_nothing_out();
    }
    if let Some(next) = rotation.next_of(arm, candidates, now)
        && let Some(agent) = routing.agent(next)
    {
        return Next::InTurn(agent);
    }
    if rotator.fallback.is_some() {
        return Next::Fallback;
    }
    let members = rotator
        .agents
        .iter()
        .filter_map(|share| Some((routing.agent(share.agent)?, share.weight)));
    let switched_on = members.filter(|(agent, weight)| agent.active && *weight > 0);
    let next = rotation.next_by_waiting(switched_on.map(|(agent, _)| agent.id), now);
    next.and_then(|next| routing.agent(next))
        .map_or(Next::Closed, Next::OffHours)
}

fn set_stand(route: &mut LeadRoute, rotator: crate::ids::RotatorId, stand: Stand) {
    if stand == Stand::default() {
        route.others.remove(&rotator);
    } else {
        route.others.insert(rotator, stand);
    }
}

/// The agents who may get a new lead at `rotator` now, without regard to caps: for requests that use no turn.
pub fn on_duty(routing: &Routing, rotator: &Rotator, now: UnixMs) -> Vec<Candidate> {
    let members = rotator
        .agents
        .iter()
        .filter_map(|share| Some((routing.agent(share.agent)?, share.weight)));
    members
        .filter(|(agent, weight)| *weight > 0 && matches!(duty(agent, 0, now), Duty::OnDuty | Duty::Capped))
        .map(|(agent, weight)| Candidate {
            agent: agent.id,
            weight,
        })
        .collect()
}

/// Where a request that is not counted goes: the same kind of answer as a person's, without a turn. `hash`
/// spreads such requests over the agents.
pub fn without_a_turn(routing: &Routing, rotator: &Rotator, hash: u64, now: UnixMs) -> SendTo {
    let find = |agent: AgentId| routing.agent(agent).cloned().map(SendTo::Agent);
    if let Some(to) = pick_by_hash(&on_duty(routing, rotator, now), hash).and_then(find) {
        return to;
    }
    if rotator.fallback.is_some() {
        return SendTo::Fallback;
    }
    let mut switched_on = rotator
        .agents
        .iter()
        .filter_map(|share| routing.agent(share.agent))
        .filter(|a| a.active);
    switched_on.next().cloned().map_or(SendTo::Closed, SendTo::Agent)
}

/// When somebody at `rotator` is back, as far as working hours and pauses tell.
pub fn back_at(routing: &Routing, rotator: &Rotator, now: UnixMs) -> Option<UnixMs> {
    let agents = rotator.agents.iter().filter_map(|share| routing.agent(share.agent));
    agents.filter_map(|agent| crate::schedule::back_at(agent, now)).min()
}
