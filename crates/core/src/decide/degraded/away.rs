//! Who is it, and to whom do they go, while nobody can ask the store?

use super::{Owners, Spooled, Told};
use crate::{
    click::RecognisedBy,
    decide::{PRESSED_AGAIN_WINDOW_MS, SendTo, Visit},
    flood::{Flood, FloodLimits},
    identity::continuity::{DOUBLE_TAP_WINDOW_MS, Recent, is_within},
    ids::{AgentId, LeadId, VisitorNumber, WorkspaceId},
    rotation::{Candidate, learning::Arm, pick_by_hash},
    routing::{Agent, Rotator, Routing},
    schedule::{Duty, duty},
    time::{Day, UnixMs},
};
use foldhash::{HashMap, HashSet};
use std::{ops::Range, sync::Arc};

/// What is known without the store: visitor numbers that were reserved beforehand, who was sent to whom lately, and the
/// visitors whose clicks wait to be recorded.
#[derive(Debug)]
pub struct Away {
    owners: Owners,
    numbers: HashMap<WorkspaceId, Range<u64>>,
    flood: Flood,
    taps: Recent<LeadId>,
    /// Leads with clicks that wait.
    leads: HashSet<LeadId>,
    /// Browsers with a click ID whose click waits, by [`crate::identity::continuity::ClickIdPrint::with_browser`].
    browsers: HashMap<i64, LeadId>,
    /// Pages whose button was pressed, by [`Visit::press`].
    pages: HashMap<i64, (LeadId, UnixMs)>,
    /// New leads of agents who have a daily cap, as last read from the ledger, and given since.
    turns: HashMap<AgentId, (Day, u32)>,
}

impl Away {
    /// Remembers the agents of `most` leads.
    pub fn new(most: usize, limits: FloodLimits) -> Self {
        Self {
            owners: Owners::new(most),
            numbers: HashMap::default(),
            flood: Flood::new(limits),
            taps: Recent::new(DOUBLE_TAP_WINDOW_MS),
            leads: HashSet::default(),
            browsers: HashMap::default(),
            pages: HashMap::default(),
            turns: HashMap::default(),
        }
    }

    /// Notes whom a lead was sent to while all was well.
    pub fn note(&mut self, lead: LeadId, agent: AgentId) {
        // What a visitor is told while the store is away is newer than what comes out of it now.
        if !self.leads.contains(&lead) {
            self.owners.note(lead, agent);
        }
    }

    /// The block of visitor numbers at hand.
    pub fn numbers(&self, workspace: WorkspaceId) -> Range<u64> {
        self.numbers.get(&workspace).cloned().unwrap_or(0..0)
    }

    /// Gives it a block of numbers that the store has reserved; what was left of an earlier one stays unused.
    pub fn set_numbers(&mut self, workspace: WorkspaceId, block: Range<u64>) {
        self.numbers.insert(workspace, block);
    }

    /// Sets how many new leads an agent has had on a day.
    pub fn set_turns(&mut self, agent: AgentId, day: Day, turns: u32) {
        self.turns.insert(agent, (day, turns));
    }

    /// Whether clicks of this visitor wait: then this one must wait behind them, or the lead that they make would be made
    /// a second time, by another agent's turn.
    pub fn waits(&self, workspace: WorkspaceId, visit: &Visit) -> bool {
        let by_cookie = visit.cookie.is_some_and(|number| {
            let lead = LeadId { workspace, number };
            self.leads.contains(&lead)
        });
        by_cookie || visit.cookie.is_none() && self.recognise(visit).is_some()
    }

    /// Chooses for a visit; `None` is a flood.
    pub fn choose(&mut self, routing: &Routing, rotator: &Rotator, visit: &Visit) -> Option<Told> {
        let workspace = rotator.workspace.id;
        self.taps.forget_old(visit.at);
        let (lead, by) = if let Some(number) = visit.cookie {
            (Some(LeadId { workspace, number }), RecognisedBy::Cookie)
        } else if let Some((lead, by)) = self.recognise(visit) {
            (Some(lead), by)
        } else if !self.flood.admit(visit.address, visit.click_id.is_some(), visit.at) {
            return None;
        } else {
            let number = self.numbers.get_mut(&workspace).and_then(Iterator::next);
            let number = number.map(VisitorNumber);
            (number.map(|number| LeadId { workspace, number }), RecognisedBy::New)
        };
        let owner = lead.and_then(|lead| self.owners.find(lead));
        let to = match owner.and_then(|owner| still_on_duty(routing, rotator, owner, visit.at)) {
            Some(owner) => SendTo::Agent(owner.clone()),
            None => self.by_hash(routing, rotator, visit, lead, by == RecognisedBy::New),
        };
        let pressed = visit.press.and_then(|press| self.pages.get(&press));
        let pressed_again =
            pressed.is_some_and(|(_, at)| lead.is_some() && is_within(visit.at, *at, PRESSED_AGAIN_WINDOW_MS));
        let tapped = by != RecognisedBy::Cookie && self.taps.find(visit.request_print, visit.at).is_some();
        let told = Told {
            lead,
            to,
            name: None,
            by,
            dup: tapped || pressed_again,
            click: None,
        };
        self.remember(visit, &told);
        Some(told)
    }

    /// Remembers what a visitor was told: they come back to the same agent, and under the same code.
    pub fn remember(&mut self, visit: &Visit, told: &Told) {
        let Some(lead) = told.lead else { return };
        if let SendTo::Agent(agent) = &told.to {
            self.owners.note(lead, agent.id);
        }
        self.leads.insert(lead);
        if visit.cookie.is_none() {
            self.taps.insert(visit.request_print, visit.at, lead);
        }
        if let Some(print) = visit.click_id {
            self.browsers.insert(print.with_browser, lead);
        }
        if let Some(press) = visit.press {
            self.pages.insert(press, (lead, visit.at));
        }
    }

    /// Remembers a visit that was spooled before a restart.
    pub fn remember_spooled(&mut self, spooled: &Spooled) {
        let Some(lead) = spooled.lead() else { return };
        if let Some(agent) = spooled.agent {
            self.owners.note(lead, agent);
        }
        self.leads.insert(lead);
        if let Some(print) = spooled.print {
            self.browsers.insert(print.with_browser, lead);
        }
        if let Some(press) = spooled.facts.press {
            self.pages.insert(press, (lead, spooled.at));
        }
    }

    /// All clicks that waited are recorded: the store knows their visitors.
    pub fn none_wait(&mut self) {
        self.leads.clear();
        self.browsers.clear();
        self.pages.clear();
    }

    fn recognise(&self, visit: &Visit) -> Option<(LeadId, RecognisedBy)> {
        let by_page = visit.press.and_then(|press| self.pages.get(&press));
        if let Some((lead, _)) = by_page {
            return Some((*lead, RecognisedBy::DoubleTap));
        }
        let by_click_id = visit
            .click_id
            .and_then(|print| self.browsers.get(&print.with_browser).copied());
        let by_tap = || self.taps.find(visit.request_print, visit.at);
        by_click_id
            .map(|lead| (lead, RecognisedBy::ClickId))
            .or_else(|| by_tap().map(|lead| (lead, RecognisedBy::DoubleTap)))
    }

    /// By weight over those who may get a lead now, the same for the same visitor.
    fn by_hash(
        &mut self,
        routing: &Routing,
        rotator: &Rotator,
        visit: &Visit,
        lead: Option<LeadId>,
        is_new: bool,
    ) -> SendTo {
        let now = visit.at;
        let arm = lead.map_or(Arm::Shares, |lead| rotator.arm(lead));
        let members = rotator.shares(arm).filter(|share| share.weight > 0);
        let members = members.filter_map(|share| Some((routing.agent(share.agent)?, share.weight)));
        let candidates: Vec<_> = members
            .filter(|(agent, _)| {
                let turns = if is_new { self.turns_on_day(agent, now) } else { 0 };
                duty(agent, turns, now) == Duty::OnDuty
            })
            .map(|(agent, weight)| Candidate {
                agent: agent.id,
                weight,
            })
            .collect();
        let hash = lead.map_or(visit.request_print as u64, |lead| lead.number.0);
        let chosen = pick_by_hash(&candidates, hash).and_then(|agent| routing.agent(agent));
        if let Some(agent) = chosen {
            if is_new {
                self.count_turn(agent, now);
            }
            return SendTo::Agent(agent.clone());
        }
        if rotator.fallback.is_some() {
            return SendTo::Fallback;
        }
        let off_duty: Vec<_> = rotator
            .agents
            .iter()
            .filter(|share| share.weight > 0 && routing.agent(share.agent).is_some_and(|agent| agent.active))
            .map(|share| Candidate {
                agent: share.agent,
                weight: share.weight,
            })
            .collect();
        let chosen = pick_by_hash(&off_duty, hash).and_then(|agent| routing.agent(agent));
        chosen.cloned().map_or(SendTo::Closed, SendTo::Agent)
    }

    fn turns_on_day(&self, agent: &Agent, now: UnixMs) -> u32 {
        // A calendar is only asked for those who have a cap.
        if agent.daily_cap.is_none() {
            return 0;
        }
        let today = now.day_in(&agent.time_zone);
        let known = self.turns.get(&agent.id).filter(|(day, _)| *day == today);
        known.map_or(0, |(_, turns)| *turns)
    }

    fn count_turn(&mut self, agent: &Agent, now: UnixMs) {
        if agent.daily_cap.is_some() {
            let turns = self.turns_on_day(agent, now) + 1;
            self.turns.insert(agent.id, (now.day_in(&agent.time_zone), turns));
        }
    }
}

/// The agent that a lead had, if they work here and are on duty. The cap does not count: this is no new lead.
fn still_on_duty<'r>(routing: &'r Routing, rotator: &Rotator, owner: AgentId, now: UnixMs) -> Option<&'r Arc<Agent>> {
    let is_member = rotator.agents.iter().any(|share| share.agent == owner);
    let agent = routing.agent(owner).filter(|agent| is_member && agent.active)?;
    matches!(duty(agent, 0, now), Duty::OnDuty | Duty::Capped).then_some(agent)
}
