//! To whom? Smooth weighted round robin with credits that are carried along.
//!
//! Every agent has a *credit*: what rotation owes them, counted in turns. Each turn pays every eligible agent
//! their share (weight ÷ sum of the eligible weights) and takes one turn from the one with the most credit.
//! So credits always sum to zero, over a full period of the weights everybody has exactly their share, and
//! nobody is ever a whole turn ahead of it.
//!
//! When the set of eligible agents or a weight changes, credits are carried over and shifted so that they
//! sum to zero again: a newcomer stands at the average; who just had a turn does not get another because a
//! colleague left, nor by switching off and on again.
//!
//! A rotator that learns has a second account of the same kind, for the leads that go on by the shares that people set: so each
//! of the two is exact by its own weights.

pub mod learning;

use crate::{
    ids::AgentId,
    time::{Day, UnixMs},
};
use learning::Arm;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Credit units in one weight. Carried credits are rounded to it; without a change nothing is ever rounded.
const SCALE: i64 = 1 << 20;

/// An agent who may get a turn now, and their weight (at least 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub agent: AgentId,
    /// Their weight in this rotator.
    pub weight: u32,
}

/// A rotator's rotation: stored in the transaction of the lead that moved it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// What one turn costs, in credit units: `SCALE` × the sum of eligible weights.
    turn: i64,
    /// Who was eligible at the last turn, with weights.
    eligible: Vec<(AgentId, u32)>,
    /// Credits of all agents ever seen here, in units of `turn`.
    credits: BTreeMap<AgentId, i64>,
    /// When each agent last had a turn.
    #[serde(default)]
    last_turn: BTreeMap<AgentId, UnixMs>,
    /// The account of the leads that are held out, at a rotator that learns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held_out: Option<Box<Rotation>>,
}

impl Rotation {
    /// Gives one turn from the account of such leads: see [`Rotation::next`].
    pub fn next_of(&mut self, arm: Arm, candidates: &[Candidate], now: UnixMs) -> Option<AgentId> {
        if arm == Arm::Shares {
            return self.next(candidates, now);
        }
        let agent = self.held_out.get_or_insert_default().next(candidates, now)?;
        self.last_turn.insert(agent, now);
        Some(agent)
    }

    /// Counts a turn in the account of such leads: see [`Rotation::take`].
    pub fn take_of(&mut self, arm: Arm, candidates: &[Candidate], agent: AgentId, now: UnixMs) -> bool {
        if arm == Arm::Shares {
            return self.take(candidates, agent, now);
        }
        self.last_turn.insert(agent, now);
        self.held_out.get_or_insert_default().take(candidates, agent, now)
    }

    /// Puts the account of held-out leads, if there is one, into the other: there are none any more, and what it owes is still
    /// owed.
    pub fn hold_nothing_out(&mut self) {
        if let Some(held_out) = self.held_out.take() {
            self.add_credits(held_out.turn, held_out.credits);
            // Both together may owe more than a turn: the next one brings them within their bounds.
            self.eligible.clear();
        }
    }

    /// Gives one turn. `candidates` are the eligible agents with weight above 0, in the order that breaks
    /// ties; `None` if there are none.
    pub fn next(&mut self, candidates: &[Candidate], now: UnixMs) -> Option<AgentId> {
        if candidates.is_empty() {
            return None;
        }
        self.meet(candidates);
        let mut best: Option<(i64, AgentId)> = None;
        for candidate in candidates {
            let credit = self.credits.entry(candidate.agent).or_default();
            *credit += i64::from(candidate.weight) * SCALE;
            if best.is_none_or(|(most, _)| *credit > most) {
                best = Some((*credit, candidate.agent));
            }
        }
        let (_, agent) = best?;
        *self.credits.get_mut(&agent)? -= self.turn;
        self.last_turn.insert(agent, now);
        Some(agent)
    }

    /// Counts a turn that was given to `agent` without asking; `false` if they are not among the candidates. The others are
    /// owed it: they come first until it is made up for.
    pub fn take(&mut self, candidates: &[Candidate], agent: AgentId, now: UnixMs) -> bool {
        self.last_turn.insert(agent, now);
        if !candidates.iter().any(|candidate| candidate.agent == agent) {
            return false;
        }
        self.meet(candidates);
        for candidate in candidates {
            *self.credits.entry(candidate.agent).or_default() += i64::from(candidate.weight) * SCALE;
        }
        *self.credits.entry(agent).or_default() -= self.turn;
        true
    }

    /// Carries the credits over if others are eligible than at the last turn.
    fn meet(&mut self, candidates: &[Candidate]) {
        let unchanged = self.eligible.len() == candidates.len()
            && self
                .eligible
                .iter()
                .zip(candidates)
                .all(|(was, is)| *was == (is.agent, is.weight));
        if !unchanged {
            self.carry_over(candidates);
        }
    }

    /// Gives a turn outside the rotation (nobody is on duty): the one who waited longest, ties by order. A last turn that is still
    /// to come is of a clock that was wrong: as good as none, or they would wait until then.
    pub fn next_by_waiting(&mut self, agents: impl Iterator<Item = AgentId>, now: UnixMs) -> Option<AgentId> {
        let last = |agent: &AgentId| self.last_turn.get(agent).copied().filter(|at| *at <= now);
        let agent = agents.min_by_key(|agent| last(agent).unwrap_or(UnixMs(i64::MIN)))?;
        self.last_turn.insert(agent, now);
        Some(agent)
    }

    /// An agent's credit, in turns: positive is owed, never at or below −1 but for turns that were given
    /// without asking.
    pub fn credit(&self, agent: AgentId) -> f64 {
        let units = self.credits.get(&agent).copied().unwrap_or(0);
        if self.turn == 0 {
            0.0
        } else {
            units as f64 / self.turn as f64
        }
    }

    /// The rotations of several nodes as that of one: each agent is owed what they are owed at all of them together. Who was
    /// eligible is taken from the one that had the latest turn.
    pub fn together(rotations: impl IntoIterator<Item = Self>) -> Self {
        let latest = |rotation: &Self| rotation.last_turn.values().max().copied();
        let mut rotations: Vec<Self> = rotations.into_iter().collect();
        rotations.sort_by_key(latest);
        let Some(mut all) = rotations.pop() else {
            return Self::default();
        };
        let held_out = rotations.iter_mut().chain([&mut all]);
        let held_out: Vec<Self> = held_out.filter_map(|r| r.held_out.take()).map(|r| *r).collect();
        if !held_out.is_empty() {
            all.held_out = Some(Box::new(Self::together(held_out)));
        }
        for other in rotations {
            all.add_credits(other.turn, other.credits);
            for (agent, at) in other.last_turn {
                let last = all.last_turn.entry(agent).or_insert(at);
                *last = at.max(*last);
            }
        }
        all
    }

    /// Adds what another account owes, in units of its `turn`.
    fn add_credits(&mut self, turn: i64, credits: BTreeMap<AgentId, i64>) {
        if self.turn == 0 {
            self.turn = turn;
        }
        for (agent, credit) in credits {
            if turn != 0 {
                let credit = i128::from(credit) * i128::from(self.turn) / i128::from(turn);
                *self.credits.entry(agent).or_default() += credit as i64;
            }
        }
    }

    /// Forgets agents that `keep` refuses: those removed from the rotator, so that the state stays small.
    pub fn retain(&mut self, keep: impl Fn(AgentId) -> bool) {
        self.credits.retain(|agent, _| keep(*agent));
        self.last_turn.retain(|agent, _| keep(*agent));
        if let Some(held_out) = &mut self.held_out {
            held_out.credits.retain(|agent, _| keep(*agent));
        }
    }

    /// Takes the credits over into a new set of eligible agents.
    fn carry_over(&mut self, candidates: &[Candidate]) {
        let turn = SCALE * candidates.iter().map(|c| i64::from(c.weight)).sum::<i64>();
        if self.turn != 0 {
            let (from, to) = (i128::from(self.turn), i128::from(turn));
            for credit in self.credits.values_mut() {
                *credit = (i128::from(*credit) * to / from) as i64;
            }
        }
        self.turn = turn;
        self.eligible = candidates.iter().map(|c| (c.agent, c.weight)).collect();

        let known: Vec<i64> = candidates
            .iter()
            .filter_map(|c| self.credits.get(&c.agent).copied())
            .collect();
        let average = known.iter().sum::<i64>() / (known.len().max(1) as i64);
        let mut credits: Vec<i64> = candidates
            .iter()
            .map(|c| self.credits.get(&c.agent).copied().unwrap_or(average))
            .collect();
        // Shift to sum zero. What is owed may be at most one turn, and less than one may be overdrawn: whoever
        // hits a bound passes the rest of the shift on to the others.
        let (least, most) = (1 - turn, turn);
        for _ in 0..credits.len() {
            let excess: i64 = credits.iter().sum();
            if excess == 0 {
                break;
            }
            let free: Vec<usize> = (0..credits.len())
                .filter(|&i| {
                    if excess > 0 {
                        credits[i] > least
                    } else {
                        credits[i] < most
                    }
                })
                .collect();
            if free.is_empty() {
                break;
            }
            let (share, mut rest) = (excess / free.len() as i64, excess % free.len() as i64);
            for i in free {
                let step = share + rest.signum();
                rest -= rest.signum();
                credits[i] = (credits[i] - step).clamp(least, most);
            }
        }
        self.credits.extend(candidates.iter().map(|c| c.agent).zip(credits));
    }
}

/// An agent by weight without a turn, the same for the same `hash`: for substitutes and for requests that
/// are not counted.
pub fn pick_by_hash(candidates: &[Candidate], hash: u64) -> Option<AgentId> {
    let total: u64 = candidates.iter().map(|c| u64::from(c.weight)).sum();
    // Neighbouring numbers must not mean neighbouring agents (Fibonacci hashing).
    let mut point = (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32).checked_rem(total)?;
    for candidate in candidates {
        match point.checked_sub(u64::from(candidate.weight)) {
            Some(rest) => point = rest,
            None => return Some(candidate.agent),
        }
    }
    None
}

/// A line of the rotation ledger: what a day's turns at a rotator owed an agent and gave them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Turns {
    /// Turns given.
    pub given: u32,
    /// Sum of the agent's share over the turns for which they were eligible.
    pub due: f64,
}

/// Whose line of the ledger: rotator and agent are given by the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LedgerKey {
    /// At which rotator.
    pub rotator: crate::ids::RotatorId,
    /// Whose.
    pub agent: AgentId,
    /// The agent's day.
    pub day: Day,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixMs = UnixMs(0);

    fn candidates(weights: &[u32]) -> Vec<Candidate> {
        weights
            .iter()
            .zip(1..)
            .map(|(&weight, id)| Candidate {
                agent: AgentId(id),
                weight,
            })
            .collect()
    }

    fn sequence(weights: &[u32], turns: usize) -> String {
        let (mut rotation, candidates) = (Rotation::default(), candidates(weights));
        (0..turns)
            .map(|_| char::from(b'a' + (rotation.next(&candidates, NOW).unwrap().0 - 1) as u8))
            .collect()
    }

    #[test]
    fn turns_are_spread_smoothly() {
        assert_eq!(sequence(&[1, 1, 1], 7), "abcabca");
        assert_eq!(sequence(&[5, 1, 1], 14), "aabacaaaabacaa");
        assert_eq!(sequence(&[2, 1], 6), "abaaba");
    }

    #[test]
    fn nobody_is_eligible() {
        assert_eq!(Rotation::default().next(&[], NOW), None);
    }

    #[test]
    fn who_just_had_a_turn_gets_no_other_because_a_colleague_left() {
        let (mut rotation, all) = (Rotation::default(), candidates(&[1, 1, 1]));
        assert_eq!(rotation.next(&all, NOW), Some(AgentId(1)));
        assert_eq!(rotation.next(&all[..2], NOW), Some(AgentId(2)), "agent 3 went home");
        assert_eq!(rotation.next(&all[..2], NOW), Some(AgentId(1)));
    }

    #[test]
    fn switching_off_and_on_wins_nothing() {
        let (mut rotation, all) = (Rotation::default(), candidates(&[1, 1, 1]));
        let mut given = [0; 3];
        for round in 0..3_000 {
            // Agent 1 leaves for a moment after each of their turns.
            let eligible = if round % 3 == 1 { &all[1..] } else { &all[..] };
            given[rotation.next(eligible, NOW).unwrap().0 as usize - 1] += 1;
        }
        assert!(given[0] <= 1_000, "{given:?}");
    }

    #[test]
    fn the_state_survives_being_stored() {
        let all = candidates(&[3, 2, 2]);
        let (mut straight, mut stored) = (Rotation::default(), Rotation::default());
        for _ in 0..50 {
            stored = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
            assert_eq!(straight.next(&all, NOW), stored.next(&all, NOW));
        }
    }

    #[test]
    fn the_account_of_held_out_leads_is_exact_by_its_own_weights() {
        let (mut rotation, learned, set) = (Rotation::default(), candidates(&[3, 1]), candidates(&[1, 1]));
        let mut given = [[0; 2]; 2];
        for turn in 0..400_usize {
            let arm = [Arm::Shares, Arm::HeldOut][usize::from(turn % 5 == 0)];
            let by = [&learned, &set][usize::from(arm == Arm::HeldOut)];
            let next = rotation.next_of(arm, by, NOW).unwrap();
            given[usize::from(arm == Arm::HeldOut)][next.0 as usize - 1] += 1;
            rotation = serde_json::from_str(&serde_json::to_string(&rotation).unwrap()).unwrap();
        }
        assert_eq!(given, [[240, 80], [40, 40]]);
    }

    #[test]
    fn when_nothing_is_held_out_any_more_what_was_owed_is_still_owed() {
        let (mut rotation, all) = (Rotation::default(), candidates(&[1, 1, 1]));
        let arms = [Arm::Shares, Arm::HeldOut, Arm::HeldOut, Arm::Shares];
        let first = arms.map(|arm| rotation.next_of(arm, &all, NOW).unwrap().0);
        assert_eq!(first, [1, 1, 2, 2], "each account begins with the first");
        rotation.hold_nothing_out();
        let then: Vec<_> = (0..2).map(|_| rotation.next(&all, NOW).unwrap().0).collect();
        assert_eq!(then, [3, 3], "who had nothing of either comes first");
        rotation.hold_nothing_out();
        let credits = [1, 2, 3].map(|agent| rotation.credit(AgentId(agent)));
        assert!(credits.iter().all(|credit| credit.abs() < 1e-6), "{credits:?}");
    }

    #[test]
    fn the_accounts_of_several_servers_are_one_each() {
        let all = candidates(&[1, 1]);
        let [mut one, mut other] = [Rotation::default(), Rotation::default()];
        one.next_of(Arm::HeldOut, &all, UnixMs(1));
        one.next_of(Arm::Shares, &all, UnixMs(2));
        other.next_of(Arm::HeldOut, &all, UnixMs(3));
        let mut both = Rotation::together([one, other]);
        assert_eq!(both.next_of(Arm::HeldOut, &all, NOW), Some(AgentId(2)));
        assert_eq!(both.next_of(Arm::HeldOut, &all, NOW), Some(AgentId(2)), "owed at both");
        assert_eq!(both.next_of(Arm::Shares, &all, NOW), Some(AgentId(2)));
    }

    #[test]
    fn off_hours_the_one_who_waited_longest_is_next() {
        let mut rotation = Rotation::default();
        let agents = || [AgentId(1), AgentId(2), AgentId(3)].into_iter();
        let order: Vec<_> = (0..6)
            .map(|i| rotation.next_by_waiting(agents(), UnixMs(i)).unwrap().0)
            .collect();
        assert_eq!(order, [1, 2, 3, 1, 2, 3]);
        // The clock stood in 2100 for two of them, and is right again: they wait no longer than the third.
        for _ in 0..2 {
            rotation.next_by_waiting(agents(), UnixMs(4_102_444_800_000));
        }
        let order: Vec<_> = (6..12)
            .map(|i| rotation.next_by_waiting(agents(), UnixMs(i)).unwrap().0)
            .collect();
        assert_eq!(order, [1, 2, 3, 1, 2, 3]);
    }

    proptest! {
        #[test]
        fn exact_over_each_full_period(weights in prop::collection::vec(1_u32..12, 1..8)) {
            let (mut rotation, all) = (Rotation::default(), candidates(&weights));
            let period: u32 = weights.iter().sum();
            for _ in 0..3 {
                let mut given = vec![0; weights.len()];
                for _ in 0..period {
                    given[rotation.next(&all, NOW).unwrap().0 as usize - 1] += 1;
                }
                prop_assert_eq!(&given, &weights);
            }
        }

        #[test]
        fn never_a_whole_turn_ahead_of_the_fair_share(weights in prop::collection::vec(1_u32..1_000, 1..12)) {
            let (mut rotation, all) = (Rotation::default(), candidates(&weights));
            let total: u32 = weights.iter().sum();
            let mut given = vec![0.0; weights.len()];
            for turn in 1..=500 {
                given[rotation.next(&all, NOW).unwrap().0 as usize - 1] += 1.0;
                for (given, weight) in given.iter().zip(&weights) {
                    prop_assert!(given - f64::from(turn) * f64::from(*weight) / f64::from(total) < 1.0);
                }
            }
        }

        /// Whatever comes and goes: only eligible agents are picked, credits stay within one turn overdrawn
        /// and sum to zero, and while a set stays, nobody is a whole turn ahead of where they stood.
        #[test]
        fn bounds_hold_while_agents_come_and_go(
            weights in prop::collection::vec(1_u32..20, 2..8),
            steps in prop::collection::vec((any::<u8>(), 1_usize..40), 1..40),
        ) {
            let (mut rotation, all) = (Rotation::default(), candidates(&weights));
            for (mask, turns) in steps {
                let eligible: Vec<_> =
                    all.iter().copied().filter(|c| mask >> (c.agent.0 - 1) & 1 == 1).collect();
                for _ in 0..turns {
                    let Some(picked) = rotation.next(&eligible, NOW) else { break };
                    prop_assert!(eligible.iter().any(|c| c.agent == picked));
                    let credits: Vec<_> = eligible.iter().map(|c| rotation.credit(c.agent)).collect();
                    prop_assert!(credits.iter().all(|&credit| credit > -1.0), "{:?}", credits);
                    prop_assert!(credits.iter().sum::<f64>().abs() < 1e-6, "{:?}", credits);
                }
            }
        }

        /// Two agents of equal weight who are both always there stay within two turns of one another, however
        /// the others come and go.
        #[test]
        fn equals_stay_equal(steps in prop::collection::vec(any::<u8>(), 1..400)) {
            let (mut rotation, all) = (Rotation::default(), candidates(&[1; 6]));
            let mut given = [0_i32; 6];
            for mask in steps {
                let eligible: Vec<_> =
                    all.iter().copied().filter(|c| c.agent.0 <= 2 || mask >> c.agent.0 & 1 == 1).collect();
                given[rotation.next(&eligible, NOW).unwrap().0 as usize - 1] += 1;
                prop_assert!((given[0] - given[1]).abs() <= 1, "{:?}", given);
            }
        }
    }
}
