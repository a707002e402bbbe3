//! Rotation that learns: shares move towards the agents who win more of a rotator's leads.
//!
//! It only changes *weights*: whose turn it is stays with [`Rotation`](super::Rotation), exact by the weights of the day. What
//! is learned follows from stored facts alone (how many leads each agent was given, and won), so every server comes to the same.
//!
//! Three guard rails. Nobody falls below a part of the share that people set for them, nor rises above twice of it. One lead in
//! five, chosen by its number, goes on by the set shares, so that it shows whether learning is worth it. And who wants the
//! shares to stay as they are freezes them.
//!
//! A lead counts for whom rotation gave it to, whoever has it now: what shares decide is who is *given* a lead.

mod estimate;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use super::Candidate;
use crate::{
    ids::{AgentId, LeadId, RotatorId},
    routing::Share,
    time::Day,
};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// One lead in so many goes on by the shares that people set.
pub const HELD_OUT_ONE_IN: i64 = 5;
/// Nobody gets more than so many times the share that people set.
pub const MOST: f64 = 2.0;
/// What learned weights add up to, so that a part of the smallest share is still a number.
const WHOLE: f64 = 1_000_000.0;
/// Leads of each of two agents, at least, before anything moves.
pub const LEAST_LEADS: u64 = 20;
/// Leads that were won, of all agents together, before anything moves.
pub const LEAST_WON: u64 = 20;

/// How a rotator learns, as people set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learning {
    /// Nobody gets less than this part of their set share, in percent.
    pub least_percent: u8,
    /// The leads of so many days count.
    pub window_days: u16,
    /// A lead counts when it is so many days old, and as won if it was won by then: else the agents with the younger leads would
    /// seem to win less.
    pub wait_days: u16,
    /// Shares stay as they are.
    pub frozen: bool,
}

impl Default for Learning {
    fn default() -> Self {
        Self {
            least_percent: 50,
            window_days: 90,
            wait_days: 7,
            frozen: false,
        }
    }
}

impl Learning {
    /// The first and the last day of the leads that count on `today`.
    pub fn window(&self, today: Date) -> (Date, Date) {
        // The last moment of a day is a day younger than its first.
        let last = today.saturating_sub((i32::from(self.wait_days) + 1).days());
        (last.saturating_sub((i32::from(self.window_days) - 1).days()), last)
    }
}

/// How many leads, and how many of them were won.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Leads.
    pub leads: u64,
    /// Of these.
    pub won: u64,
}

impl Tally {
    /// The part that was won; `None` of no leads.
    pub fn rate(self) -> Option<f64> {
        (self.leads > 0).then(|| self.won as f64 / self.leads as f64)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.leads += more.leads;
        self.won += more.won;
    }
}

/// An agent's leads that count, and what is made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecord {
    /// Who.
    pub agent: AgentId,
    /// Their leads.
    #[serde(flatten)]
    pub tally: Tally,
    /// What part of their leads they win, as far as can be told, in millionths: their own rate, pulled towards the team's by as
    /// much as chance may be in it.
    pub rate_millionths: u32,
}

/// What came of looking at the leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There are no two agents to choose between.
    OneAgent,
    /// Too few leads are old enough: set shares are used.
    FewLeads,
    /// Too few of them were won: set shares are used.
    FewWon,
    /// The agents differ by no more than chance lets equal ones differ: shares are the set ones.
    NoDifference,
    /// Shares follow what the agents win.
    Moved,
}

impl Verdict {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneAgent => "one_agent",
            Self::FewLeads => "few_leads",
            Self::FewWon => "few_won",
            Self::NoDifference => "no_difference",
            Self::Moved => "moved",
        }
    }

    /// Whether there is enough to go by.
    pub fn is_enough(self) -> bool {
        matches!(self, Self::NoDifference | Self::Moved)
    }
}

/// Leads by learned shares beside those held out, since there are any of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The first day on which shares were learned.
    pub since: Day,
    /// The last day whose leads count.
    pub to: Day,
    /// Leads given by learned shares.
    pub learned: Tally,
    /// Leads given by the set ones.
    pub held_out: Tally,
}

impl Compared {
    /// By how much more of its leads the first group wins, and how far that may be off (19 times in 20), both as parts of 1.
    /// `None` while a group has too few leads to say anything.
    pub fn difference(&self) -> Option<(f64, f64)> {
        if self.learned.leads.min(self.held_out.leads) < LEAST_LEADS {
            return None;
        }
        let (learned, held_out) = (self.learned.rate()?, self.held_out.rate()?);
        let variance = |rate: f64, tally: Tally| rate * (1.0 - rate) / tally.leads as f64;
        let error = (variance(learned, self.learned) + variance(held_out, self.held_out)).sqrt();
        Some((learned - held_out, 1.96 * error))
    }
}

/// What was learned at a rotator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// First day of the leads that count.
    pub from: Day,
    /// Last day, included.
    pub to: Day,
    /// What came of it.
    pub verdict: Verdict,
    /// By agent, in the rotator's order; those who get no new leads are left out.
    pub agents: Vec<AgentRecord>,
    /// How the learned shares do; `None` before there were any.
    pub compared: Option<Compared>,
}

impl Learned {
    /// What follows from the leads of these days. `tally` says what each agent's leads came to.
    pub fn of(days: (Day, Day), shares: &[Share], tally: impl Fn(AgentId) -> Tally) -> Self {
        let members = shares.iter().filter(|share| share.weight > 0);
        let tallies: Vec<_> = members.map(|share| (share.agent, tally(share.agent))).collect();
        let (verdict, agents) = estimate::estimate(&tallies);
        Self {
            from: days.0,
            to: days.1,
            verdict,
            agents,
            compared: None,
        }
    }

    /// All agents' leads together.
    pub fn team(&self) -> Tally {
        let mut team = Tally::default();
        self.agents.iter().for_each(|record| team += record.tally);
        team
    }

    /// The learned weights of `shares`, in their order; `None` while there is too little to go by. They are computed from the
    /// shares of the moment, so what people change takes effect at once, and a newcomer has the team's rate.
    pub fn weights(&self, learning: &Learning, shares: &[Share]) -> Option<Vec<u32>> {
        let total: f64 = shares.iter().map(|share| f64::from(share.weight)).sum();
        let team = self.team().rate()?;
        if !self.verdict.is_enough() || total <= 0.0 {
            return None;
        }
        let better = |agent: AgentId| {
            let record = self.agents.iter().find(|record| record.agent == agent);
            record.map_or(1.0, |record| f64::from(record.rate_millionths.max(1)) / 1e6 / team)
        };
        // Squared: in proportion alone, most of what there is to gain would stay where it was.
        let wanted = |share: &Share| f64::from(share.weight) / total * better(share.agent) * better(share.agent);
        let (set, wanted): (Vec<f64>, Vec<f64>) = shares
            .iter()
            .map(|share| (f64::from(share.weight) / total, wanted(share)))
            .unzip();
        let parts = within_guard_rails(&set, &wanted, f64::from(learning.least_percent) / 100.0);
        let weight = |(part, share): (f64, &Share)| match share.weight {
            0 => 0,
            _ => ((part * WHOLE).round() as u32).max(1),
        };
        Some(parts.into_iter().zip(shares).map(weight).collect())
    }
}

/// Parts of 1 in proportion to `wanted`, as far as nobody falls below `least` times or rises above [`MOST`] times their set part.
fn within_guard_rails(set: &[f64], wanted: &[f64], least: f64) -> Vec<f64> {
    let at = |scale: f64| -> Vec<f64> {
        let part = |(set, wanted): (&f64, &f64)| (scale * wanted).clamp(set * least, set * MOST);
        set.iter().zip(wanted).map(part).collect()
    };
    // What they add up to rises with the scale, from less than 1 to more: halved until nothing is left between.
    let (mut low, mut high) = (0.0, 1.0);
    while at(high).iter().sum::<f64>() < 1.0 {
        high *= 2.0;
    }
    for _ in 0..64 {
        let middle = (low + high) / 2.0;
        match at(middle).iter().sum::<f64>() < 1.0 {
            true => low = middle,
            false => high = middle,
        }
    }
    at(high)
}

/// By which of a rotator's shares a lead is given away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// By its shares of the day: the learned ones, where it learns.
    Shares,
    /// By those that people set, at a rotator that learns.
    HeldOut,
}

/// What a learning rotator's lead is held out by: also written in SQL, which has neither shifts nor wrapping products.
pub mod held_out {
    use super::RotatorId;

    /// A prime; a product of two numbers below it fits 64 bits.
    pub const PRIME: i64 = 2_147_483_647;
    /// Spreads neighbouring numbers.
    pub const FACTOR: i64 = 1_385_320_287;

    /// Holds out other leads at each rotator.
    pub fn salt(rotator: RotatorId) -> i64 {
        rotator.0.rem_euclid(PRIME) * 41_358 % PRIME
    }
}

/// Whether a lead is one of those that go on by the set shares. By its number alone: not kept anywhere, the same at all times,
/// and nothing that anybody could choose.
pub fn is_held_out(rotator: RotatorId, lead: LeadId) -> bool {
    let spread = (lead.number.0 as i64 % held_out::PRIME) * held_out::FACTOR + held_out::salt(rotator);
    spread % held_out::PRIME % HELD_OUT_ONE_IN == 0
}

/// What a rotator that learns has of it in the routing snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learner {
    /// How it learns.
    pub settings: Learning,
    /// Its learned weights, in the order of its agents; `None` while the set ones are used.
    pub weights: Option<Vec<u32>>,
}

impl Learner {
    /// What follows from what is stored of a rotator.
    pub fn of(settings: Option<Learning>, learned: Option<&Learned>, shares: &[Share]) -> Option<Box<Self>> {
        let settings = settings?;
        let weights = learned.and_then(|learned| learned.weights(&settings, shares));
        Some(Box::new(Self { settings, weights }))
    }
}

/// An agent's part of all turns: of 1.
pub fn part_of(candidates: &[Candidate], agent: AgentId) -> f64 {
    let total: f64 = candidates.iter().map(|candidate| f64::from(candidate.weight)).sum();
    let own = candidates.iter().find(|candidate| candidate.agent == agent);
    own.map_or(0.0, |own| f64::from(own.weight) / total)
}
