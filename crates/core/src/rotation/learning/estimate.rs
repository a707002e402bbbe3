//! What part of their leads agents win, as far as can be told from the leads that they have had.
//!
//! A rate of few leads is mostly chance, so each agent's is pulled towards the team's: their rate is that of their own leads
//! and some more at the team's rate (the mean of a beta posterior). How many more follows from the team itself: if the agents
//! differ by no more than equal ones would, it is infinitely many, and all rates are the team's. Only sums, products and
//! quotients are used, which are the same on every machine.

use super::{AgentRecord, LEAST_LEADS, LEAST_WON, Tally, Verdict};
use crate::ids::AgentId;

/// Leads at the team's rate that each agent has beside their own, at least.
const LEAST_PRIOR: f64 = 100.0;
/// How much more than equal agents they have to differ before it is believed.
const DOUBT: f64 = 1.5;

/// The verdict, and each agent's record in the order given.
pub(super) fn estimate(tallies: &[(AgentId, Tally)]) -> (Verdict, Vec<AgentRecord>) {
    let mut team = Tally::default();
    tallies.iter().for_each(|(_, tally)| team += *tally);
    let mean = team.rate().unwrap_or(0.0);
    let prior = prior(tallies, team);
    let record = |&(agent, tally): &(AgentId, Tally)| {
        let rate = match prior {
            Some(prior) => (tally.won as f64 + prior * mean) / (tally.leads as f64 + prior),
            None => mean,
        };
        AgentRecord {
            agent,
            tally,
            rate_millionths: (rate * 1e6).round() as u32,
        }
    };
    let with_leads = tallies.iter().filter(|(_, tally)| tally.leads >= LEAST_LEADS).count();
    let verdict = match (tallies.len(), prior) {
        (0 | 1, _) => Verdict::OneAgent,
        _ if with_leads < 2 => Verdict::FewLeads,
        _ if team.won < LEAST_WON => Verdict::FewWon,
        (_, None) => Verdict::NoDifference,
        (_, Some(_)) => Verdict::Moved,
    };
    (verdict, tallies.iter().map(record).collect())
}

/// How many leads at the team's rate each agent has beside their own; `None` is infinitely many.
fn prior(tallies: &[(AgentId, Tally)], team: Tally) -> Option<f64> {
    let mean = team.rate()?;
    // Of a single lead, won or not.
    let variance = mean * (1.0 - mean);
    if variance <= 0.0 {
        return None;
    }
    let leads = |tally: &Tally| tally.leads as f64;
    let with_leads = || tallies.iter().map(|(_, tally)| tally).filter(|tally| tally.leads > 0);
    // How far they are from the mean, in units of chance: of equal agents it is about their number less one.
    let mut distance = 0.0;
    for tally in with_leads() {
        let off = tally.won as f64 / leads(tally) - mean;
        distance += leads(tally) * off * off / variance;
    }
    let squares: f64 = with_leads().map(|tally| leads(tally) * leads(tally)).sum();
    let spread = team.leads as f64 - squares / team.leads as f64;
    let by_chance = DOUBT * (with_leads().count() as f64 - 1.0);
    if distance <= by_chance || spread <= 0.0 {
        return None;
    }
    // The variance between the agents themselves (by moments), and the prior of that variance.
    let between = (distance - by_chance) * variance / spread;
    Some((variance / between - 1.0).max(LEAST_PRIOR))
}
