//! What rotators that learn have learned, and from what: a part of the rotation ledger.

use crate::api::words::VerdictWord;
use konektor_core::{
    ids::{AgentId, RotatorId},
    rotation::learning::{Compared, Learned, Learner, Tally},
    routing::Share,
};
use konektor_store::model::Rotator;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// What a rotator has learned, as it stands now, whatever days the report is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotatorLearning {
    /// Which link.
    #[schema(example = "7")]
    rotator_id: String,
    /// Whether somebody froze the shares.
    frozen: bool,
    /// What came of looking at the leads; `null` before the first look.
    #[schema(required, value_type = Option<VerdictWord>)]
    verdict: Option<&'static str>,
    /// First day of the leads that count; `null` before the first look.
    #[schema(required, example = "2026-05-12")]
    from: Option<String>,
    /// Last day, included.
    #[schema(required, example = "2026-08-09")]
    to: Option<String>,
    /// A lead counts when it is so many days old, and as won if it was won by then.
    wait_days: u16,
    /// All agents' leads together.
    team: Wins,
    /// By agent, in the rotator's order; those who get no new leads are left out.
    agents: Vec<AgentLearning>,
    /// Whether it is worth it; `null` before shares were learned.
    #[schema(required)]
    compared: Option<Comparison>,
}

/// An agent's share, and why it is that.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentLearning {
    /// Who.
    agent_id: String,
    /// Their name.
    #[schema(example = "Rina")]
    agent: String,
    /// Their part of the leads as people set it, 0 to 1.
    #[schema(example = 0.333_333)]
    set_share: f64,
    /// Their part as it was learned, by which four in five leads are given; as set while there is too little to go by.
    #[schema(example = 0.448_12)]
    learned_share: f64,
    /// Leads that rotation gave to them, whoever has them now.
    #[schema(example = 412)]
    leads: u64,
    /// Of these, those that were won.
    #[schema(example = 66)]
    won: u64,
    /// What part of their leads they win, as far as can be told: pulled towards the team's by as much as chance may be in it. `null`
    /// while there are no leads.
    #[schema(required, example = 0.151_6)]
    rate: Option<f64>,
}

/// Leads and those that were won.
#[derive(Debug, Serialize, ToSchema)]
pub struct Wins {
    /// Leads.
    leads: u64,
    /// Of these.
    won: u64,
    /// The part that was won, 0 to 1; `null` of no leads.
    #[schema(required, example = 0.124)]
    rate: Option<f64>,
}

/// Leads that were given by learned shares beside those that went on by the set ones.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// The first whole day on which shares were learned.
    #[schema(example = "2026-07-01")]
    since: String,
    /// The last day whose leads count.
    #[schema(example = "2026-08-09")]
    to: String,
    /// By learned shares: four in five.
    learned: Wins,
    /// By the set ones: one in five.
    held_out: Wins,
    /// By how much more is won of the former, as a part of 1; `null` while there are too few leads.
    #[schema(required, example = 0.021)]
    difference: Option<f64>,
    /// By how much that may be off, 19 times in 20.
    #[schema(required, example = 0.018)]
    margin: Option<f64>,
}

impl RotatorLearning {
    /// Of a rotator; `None` if it does not learn.
    pub fn of(rotator: Rotator, names: &HashMap<AgentId, String>) -> Option<Self> {
        let settings = rotator.fields.learning?;
        let (learned, shares) = (rotator.learned, rotator.fields.agents);
        let learner = Learner::of(Some(settings), learned.as_ref(), &shares)?;
        let learned_weights = learner
            .weights
            .unwrap_or_else(|| shares.iter().map(|share| share.weight).collect());
        // Whoever was removed gets nothing, whatever their weight.
        let is_member = |share: &Share| share.weight > 0 && names.contains_key(&share.agent);
        let members: Vec<_> = shares
            .iter()
            .zip(learned_weights)
            .filter(|(share, _)| is_member(share))
            .collect();
        let set: u64 = members.iter().map(|(share, _)| u64::from(share.weight)).sum();
        let moved: u64 = members.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let part = |weight: u32, all: u64| rounded(f64::from(weight) / all as f64);
        let agent = |(share, moved_weight): (&Share, u32)| {
            let record = learned
                .as_ref()
                .and_then(|l| l.agents.iter().find(|record| record.agent == share.agent));
            let tally = record.map_or_else(Tally::default, |record| record.tally);
            AgentLearning {
                agent_id: share.agent.to_string(),
                agent: names.get(&share.agent).cloned().unwrap_or_default(),
                set_share: part(share.weight, set),
                learned_share: part(moved_weight, moved),
                leads: tally.leads,
                won: tally.won,
                rate: record
                    .filter(|_| tally.leads > 0)
                    .map(|record| f64::from(record.rate_millionths) / 1e6),
            }
        };
        Some(Self {
            rotator_id: rotator.id.to_string(),
            frozen: settings.frozen,
            verdict: learned.as_ref().map(|learned| learned.verdict.as_str()),
            from: learned.as_ref().map(|learned| learned.from.to_string()),
            to: learned.as_ref().map(|learned| learned.to.to_string()),
            wait_days: settings.wait_days,
            team: learned.as_ref().map(Learned::team).unwrap_or_default().into(),
            agents: members.into_iter().map(agent).collect(),
            compared: learned
                .as_ref()
                .and_then(|learned| learned.compared)
                .map(Comparison::from),
        })
    }

    /// Of all of a workspace's rotators, or of this one.
    pub fn of_all(rotators: Vec<Rotator>, only: Option<RotatorId>, names: &HashMap<AgentId, String>) -> Vec<Self> {
        let wanted = rotators
            .into_iter()
            .filter(|rotator| only.is_none_or(|only| rotator.id == only));
        wanted.filter_map(|rotator| Self::of(rotator, names)).collect()
    }
}

impl From<Tally> for Wins {
    fn from(tally: Tally) -> Self {
        Self {
            leads: tally.leads,
            won: tally.won,
            rate: tally.rate().map(rounded),
        }
    }
}

impl From<Compared> for Comparison {
    fn from(compared: Compared) -> Self {
        let difference = compared.difference();
        Self {
            since: compared.since.to_string(),
            to: compared.to.to_string(),
            learned: compared.learned.into(),
            held_out: compared.held_out.into(),
            difference: difference.map(|(difference, _)| rounded(difference)),
            margin: difference.map(|(_, margin)| rounded(margin)),
        }
    }
}

fn rounded(part: f64) -> f64 {
    (part * 1e6).round() / 1e6 + 0.0
}
