//! What the recorder remembers between batches. All of it can be built anew from the store.

use super::{LeadId, Visit};
use crate::{
    flood::{Flood, FloodLimits},
    identity::{
        continuity::{ClickIdPrint, ClickIdUse, DOUBLE_TAP_WINDOW_MS, Recent},
        seen::SeenClickIds,
    },
    ids::{AgentId, ClickId, ClickIds, RotatorId, VisitorNumber, WorkspaceId},
    rotation::Rotation,
    routing::{Agent, Routing},
    time::{Day, UnixMs},
};
use foldhash::{HashMap, HashSet};
use std::{
    collections::{VecDeque, hash_map::Entry},
    ops::Range,
};

/// Days of an agent that are remembered: yesterday, today, tomorrow, and one that a clock jumped to.
const DAYS: usize = 4;
/// Uses that are not folded yet, where the fold keeps up: what it takes in a second at full speed.
const UNFOLDED_USUALLY: usize = 1 << 16;
/// Of those that are folded by now, how many are forgotten with a batch, and which share of all beside. A pass of the fold sets thousands
/// free at once, which takes a millisecond; so none waits for all of them.
const FORGOTTEN_AT_ONCE: usize = 256;
const SHARE_FORGOTTEN: usize = 16;
/// No longer than this, or somebody who comes again after the window would be found as of then.
const LINGERS_MS: i64 = 10_000;

/// The recorder's memory. It has one owner, so nothing in it is locked.
#[derive(Debug)]
pub struct Memory {
    pub(super) taps: Recent<LeadId>,
    pub(super) flood: Flood,
    pub(super) click_ids_made: ClickIds,
    /// Click IDs of clicks that the fold has not indexed yet.
    unfolded: HashMap<i64, ClickIdUse>,
    unfolded_order: VecDeque<(ClickId, i64)>,
    seen: Seen,
    pub(super) rotations: HashMap<RotatorId, Rotation>,
    /// New leads of agents with a cap, on days that were asked for; the latest asked last. Several, since clocks jump, and the
    /// day that one jumped to must not take the place of today.
    pub(super) turns: HashMap<AgentId, Vec<(Day, u32)>>,
    /// Each agent's day in a minute (minutes since 1970).
    days: HashMap<AgentId, (i64, Day)>,
    /// Visitor numbers reserved for this node.
    numbers: HashMap<WorkspaceId, Range<u64>>,
}

/// What is known of all click IDs that were ever used.
#[derive(Debug)]
enum Seen {
    /// Nothing, and nobody has asked yet: each is looked up.
    Unknown,
    /// Nothing, and there is nobody to tell.
    Unknowable,
    /// A filter of what is stored is being made; these came meanwhile.
    Awaited(Vec<i64>),
    /// Those that the filter denies need no look-up.
    Known(SeenClickIds),
}

/// What a batch needs to have loaded.
#[derive(Debug, Default)]
pub struct Keys {
    /// Leads by cookie, and those that memory points to.
    pub leads: HashSet<LeadId>,
    /// Click IDs to look up, with the leads behind them, and whose they are.
    pub click_ids: Vec<(WorkspaceId, ClickIdPrint)>,
    /// New numbers that may be needed, by workspace.
    pub numbers: HashMap<WorkspaceId, u64>,
}

impl Memory {
    /// An empty memory that goes on after `last_click`.
    pub fn new(last_click: ClickId, limits: FloodLimits) -> Self {
        Self {
            taps: Recent::new(DOUBLE_TAP_WINDOW_MS),
            flood: Flood::new(limits),
            click_ids_made: ClickIds::after(last_click),
            unfolded: HashMap::default(),
            unfolded_order: VecDeque::new(),
            seen: Seen::Unknown,
            rotations: HashMap::default(),
            turns: HashMap::default(),
            days: HashMap::default(),
            numbers: HashMap::default(),
        }
    }

    /// Gives no id up to `click` any more: a transaction that is not known to have failed may have used them. Those of another
    /// node are none that this one gives: a server that lost its place goes on at another one, under that one's number.
    pub fn go_on_after(&mut self, click: ClickId) {
        let last = self.click_ids_made.last();
        if click > last && click.node() == last.node() {
            self.click_ids_made = ClickIds::after(click);
        }
    }

    /// Sets a rotator's rotation, as stored.
    pub fn set_rotation(&mut self, rotator: RotatorId, rotation: Rotation) {
        self.rotations.insert(rotator, rotation);
    }

    /// A rotator's rotation, to be stored after a turn.
    pub fn rotation(&self, rotator: RotatorId) -> Option<&Rotation> {
        self.rotations.get(&rotator)
    }

    /// Agents with a daily cap who may get a new lead by these visits, with their days of which it is not known how many they
    /// have had: to be told by [`Memory::set_turns`], and none until then.
    pub fn ask_turns(
        &mut self,
        routing: &Routing,
        visits: impl Iterator<Item = (RotatorId, UnixMs)>,
    ) -> Vec<(AgentId, Day)> {
        let mut asked = Vec::new();
        for (rotator, at) in visits {
            let shares = routing.rotator(rotator).map_or(&[][..], |rotator| &rotator.agents);
            for agent in shares.iter().filter_map(|share| routing.agent(share.agent)) {
                if agent.daily_cap.is_none() {
                    continue;
                }
                let day = self.day_of(agent, at);
                let days = self.turns.entry(agent.id).or_default();
                if days.iter().any(|(known, _)| *known == day) {
                    continue;
                }
                if days.len() == DAYS {
                    days.remove(0);
                }
                days.push((day, 0));
                asked.push((agent.id, day));
            }
        }
        asked
    }

    /// Sets how many new leads an agent has had on a day that was asked for.
    pub fn set_turns(&mut self, agent: AgentId, day: Day, turns: u32) {
        if let Some(known) = self.turns_of(agent, day) {
            *known = turns;
        }
    }

    /// Adds new leads of an agent on a day. Of one that nobody asked for they are read when it is asked for.
    pub(super) fn add_turns(&mut self, agent: AgentId, day: Day, turns: u32) {
        if let Some(known) = self.turns_of(agent, day) {
            *known += turns;
        }
    }

    fn turns_of(&mut self, agent: AgentId, day: Day) -> Option<&mut u32> {
        let days = self.turns.get_mut(&agent)?;
        days.iter_mut().find(|(known, _)| *known == day).map(|(_, turns)| turns)
    }

    /// Forgets how many new leads an agent has had, to be told anew by [`Memory::set_turns`]: other nodes give turns too.
    pub fn forget_turns(&mut self, agent: AgentId) {
        self.turns.remove(&agent);
    }

    /// The latest click id that was made.
    pub fn last_click(&self) -> ClickId {
        self.click_ids_made.last()
    }

    /// Gives the memory a block of reserved visitor numbers; what was left of an earlier one stays unused.
    pub fn set_numbers(&mut self, workspace: WorkspaceId, block: Range<u64>) {
        self.numbers.insert(workspace, block);
    }

    /// Gives up what is left of all blocks: a lead was made elsewhere with a later number, and who comes after it must come
    /// after it in the list.
    pub fn forget_numbers(&mut self) {
        self.numbers.clear();
    }

    /// How many reserved numbers are left.
    pub fn numbers_left(&self, workspace: WorkspaceId) -> u64 {
        self.numbers.get(&workspace).map_or(0, |block| block.end - block.start)
    }

    pub(super) fn next_number(&mut self, workspace: WorkspaceId) -> VisitorNumber {
        let number = self.numbers.get_mut(&workspace).and_then(Iterator::next);
        VisitorNumber(number.expect("the recorder reserves a number for every visit of a batch"))
    }

    /// Remembers a click ID until the fold has indexed it.
    pub fn remember_click_id(&mut self, print: ClickIdPrint, known: ClickIdUse, click: ClickId) {
        // The click ID's own entry stays that of its first user; another browser's use is found by its own.
        let key = match self.unfolded.get(&print.click_id) {
            Some(first) if first.with_browser != print.with_browser => print.with_browser,
            _ => print.click_id,
        };
        if let Entry::Vacant(free) = self.unfolded.entry(key) {
            free.insert(known);
            self.unfolded_order.push_back((click, key));
            match &mut self.seen {
                Seen::Unknown | Seen::Unknowable => {}
                Seen::Awaited(meanwhile) => meanwhile.push(key),
                Seen::Known(seen) => seen.add(key),
            }
        }
    }

    pub(super) fn find_click_id(&self, key: i64) -> Option<ClickIdUse> {
        self.unfolded.get(&key).copied()
    }

    /// Whether a filter of all click IDs should be made: nobody has asked yet. Those that are folded from here on may be missing
    /// in it, so they are noted until [`Memory::set_seen`].
    pub fn await_seen(&mut self) -> bool {
        let wanted = matches!(self.seen, Seen::Unknown);
        if wanted {
            self.seen = Seen::Awaited(self.unfolded.keys().copied().collect());
        }
        wanted
    }

    /// Takes the filter of all click IDs that were stored when it was asked for, or later. `None`: there is none to be had.
    pub fn set_seen(&mut self, seen: Option<SeenClickIds>) {
        self.seen = match (&self.seen, seen) {
            (Seen::Awaited(meanwhile), Some(mut seen)) => {
                meanwhile.iter().for_each(|print| seen.add(*print));
                Seen::Known(seen)
            }
            _ => Seen::Unknowable,
        };
    }

    /// What the filter of all click IDs takes.
    pub fn seen_bytes(&self) -> usize {
        match &self.seen {
            Seen::Known(seen) => seen.bytes(),
            _ => 0,
        }
    }

    /// Whether it is sure that nobody has ever used this click ID.
    pub(super) fn is_first_use(&self, print: ClickIdPrint) -> bool {
        self.find_click_id(print.click_id).is_none() && !self.may_have_seen(print)
    }

    /// `false`: nobody has ever used this click ID.
    fn may_have_seen(&self, print: ClickIdPrint) -> bool {
        match &self.seen {
            Seen::Unknown | Seen::Unknowable | Seen::Awaited(_) => true,
            Seen::Known(seen) => seen.may_have(print.click_id),
        }
    }

    /// The agent's day at `now`. A calendar costs a microsecond, so a day is looked up once a minute.
    pub(super) fn day_of(&mut self, agent: &Agent, now: UnixMs) -> Day {
        let minute = now.0.div_euclid(60_000);
        let (known, day) = self.days.entry(agent.id).or_insert((i64::MIN, Day(0)));
        if *known != minute {
            (*known, *day) = (minute, now.day_in(&agent.time_zone));
        }
        *day
    }

    /// New leads of an agent on their day at `now`.
    pub(super) fn turns_on_day(&mut self, agent: &Agent, now: UnixMs) -> u32 {
        let today = self.day_of(agent, now);
        self.turns_of(agent.id, today).copied().unwrap_or(0)
    }

    /// Forgets what is out of its window, and some of what is indexed by the fold, which has come as far as `folded`.
    pub fn forget_old(&mut self, now: UnixMs, folded: ClickId) {
        self.taps.forget_old(now);
        let at_once = FORGOTTEN_AT_ONCE + self.unfolded_order.len() / SHARE_FORGOTTEN;
        for n in 0.. {
            let goes = |(click, _): &mut (ClickId, i64)| {
                *click <= folded && (n < at_once || now.since(click.made_at()) > LINGERS_MS)
            };
            let Some((_, key)) = self.unfolded_order.pop_front_if(goes) else {
                break;
            };
            self.unfolded.remove(&key);
        }
        // When the fold has caught up after a rush, what the rush took is given back.
        let most = 4 * self.unfolded_order.len().max(UNFOLDED_USUALLY);
        if self.unfolded_order.capacity() > most {
            self.unfolded.shrink_to(most / 2);
            self.unfolded_order.shrink_to(most / 2);
        }
    }

    /// Uses that are not indexed yet: of the click ID, and by this browser.
    fn uses_of(&self, print: ClickIdPrint) -> [Option<ClickIdUse>; 2] {
        [print.click_id, print.with_browser].map(|key| self.find_click_id(key))
    }

    /// The click ID, or the press, of which the store has to be asked for this visit who used it first, though a filter is there
    /// that knows nearly all that are new. While there is none, that would be every visit's.
    pub fn has_to_ask(&self, visit: &Visit) -> Option<ClickIdPrint> {
        if !matches!(self.seen, Seen::Known(_)) {
            return None;
        }
        let press = visit.press.map(ClickIdPrint::of_press);
        let click_id = visit.click_id.filter(|_| visit.cookie.is_none());
        // Nearly all are new, so the filter is asked first.
        let has_to = |print: &ClickIdPrint| self.may_have_seen(*print) && !is_enough(self.uses_of(*print), *print);
        press.filter(has_to).or_else(|| click_id.filter(has_to))
    }

    /// What must be loaded before these visits can be decided.
    pub fn keys(&self, routing: &Routing, visits: &[Visit]) -> Keys {
        let mut keys = Keys::default();
        for visit in visits {
            let Some(rotator) = routing.rotator(visit.rotator) else {
                continue;
            };
            let workspace = rotator.workspace.id;
            *keys.numbers.entry(workspace).or_default() += 1;
            if let Some(press) = visit.press {
                self.add_uses(ClickIdPrint::of_press(press), workspace, &mut keys);
            }
            if let Some(number) = visit.cookie {
                keys.leads.insert(LeadId { workspace, number });
                continue;
            }
            keys.leads.extend(self.taps.find(visit.request_print, visit.at));
            if let Some(print) = visit.click_id {
                self.add_uses(print, workspace, &mut keys);
            }
        }
        keys
    }

    /// Adds whoever is known to have used it, and the click ID itself if the store has to be asked, too.
    fn add_uses(&self, print: ClickIdPrint, workspace: WorkspaceId, keys: &mut Keys) {
        let known = self.uses_of(print);
        keys.leads.extend(known.iter().flatten().map(|known| known.lead));
        if !is_enough(known, print) && self.may_have_seen(print) {
            keys.click_ids.push((workspace, print));
        }
    }
}

/// Whether these uses tell all that the store could: who came by the click ID first, and that this browser has.
fn is_enough(known: [Option<ClickIdUse>; 2], print: ClickIdPrint) -> bool {
    let is_this_browsers = |known: &ClickIdUse| known.with_browser == print.with_browser;
    known[0].is_some() && known.iter().flatten().any(is_this_browsers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(n: i64) -> (ClickIdPrint, ClickIdUse) {
        let lead = LeadId {
            workspace: WorkspaceId(1),
            number: VisitorNumber(n as u64),
        };
        let print = ClickIdPrint {
            click_id: n << 40 | n,
            with_browser: !(n << 40 | n),
        };
        let known = ClickIdUse {
            lead,
            with_browser: print.with_browser,
            at: UnixMs(0),
        };
        (print, known)
    }

    #[test]
    fn a_server_that_comes_to_another_place_keeps_that_ones_number() {
        let later = |node| ClickId::before(node, UnixMs(1_000));
        let mut memory = Memory::new(ClickId::before(2, UnixMs(1)), FloodLimits::default());
        memory.go_on_after(later(7));
        assert_eq!(memory.last_click(), ClickId::before(2, UnixMs(1)));
        memory.go_on_after(later(2));
        assert_eq!(memory.last_click(), later(2));
    }

    #[test]
    fn what_a_pass_of_the_fold_has_indexed_is_forgotten_in_parts_but_soon() {
        let at = UnixMs(1_000_000);
        let (mut memory, click) = (Memory::new(ClickId(0), FloodLimits::default()), ClickId::before(0, at));
        let all = (0..10_000).map(used);
        for (print, known) in all.clone() {
            memory.remember_click_id(print, known, click);
        }
        let held = |memory: &Memory| {
            let is_held = |(print, _): &(ClickIdPrint, _)| memory.find_click_id(print.click_id).is_some();
            all.clone().filter(is_held).count()
        };
        memory.forget_old(at, ClickId(click.0 - 1));
        assert_eq!(held(&memory), 10_000, "they are not folded");
        memory.forget_old(at, click);
        assert_eq!(held(&memory), 10_000 - FORGOTTEN_AT_ONCE - 10_000 / SHARE_FORGOTTEN);
        memory.forget_old(at.plus_ms(LINGERS_MS + 1), click);
        assert_eq!(held(&memory), 0);
    }

    #[test]
    fn a_click_id_is_not_looked_up_once_it_is_known_that_nobody_has_used_it() {
        let mut memory = Memory::new(ClickId(0), FloodLimits::default());
        let [stored, unfolded, meanwhile, later, new] = [1, 2, 3, 4, 5].map(used);
        memory.remember_click_id(unfolded.0, unfolded.1, ClickId(1));
        assert!(memory.may_have_seen(new.0), "nothing is known yet");
        assert!(!memory.is_first_use(new.0), "so it may have been used");

        assert!(memory.await_seen() && !memory.await_seen(), "it is asked for once");
        memory.remember_click_id(meanwhile.0, meanwhile.1, ClickId(2));
        assert!(memory.may_have_seen(new.0), "and not here yet");
        let mut seen = SeenClickIds::with_room_for(1);
        seen.add(stored.0.click_id);
        memory.set_seen(Some(seen));
        memory.remember_click_id(later.0, later.1, ClickId(3));

        // Folded, and so forgotten here.
        memory.forget_old(UnixMs(0), ClickId(3));
        for (print, _) in [stored, unfolded, meanwhile, later] {
            assert!(memory.may_have_seen(print));
        }
        assert!(!memory.may_have_seen(new.0));
        assert!(memory.is_first_use(new.0) && !memory.is_first_use(stored.0));
        memory.remember_click_id(new.0, new.1, ClickId(4));
        assert!(!memory.is_first_use(new.0), "it has been used now");
        assert!(!memory.await_seen(), "it is there");
        memory.set_seen(None);
        assert!(memory.may_have_seen(new.0) && !memory.await_seen(), "nobody can tell");
    }
}
