//! Who takes a rotator's leads, and in which part.

use crate::api::checks::Checks;
use konektor_core::{ids::AgentId, routing::Share};
use konektor_store::model::Agent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const WEIGHT_MAX: u32 = 1_000;
const AGENTS_MAX: usize = 500;

/// An agent's part of the new leads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Share)]
pub struct ShareView {
    /// Who.
    #[schema(example = "3")]
    pub agent_id: String,
    /// Their part; 0 keeps their leads and gives them no new ones.
    pub weight: u32,
}

/// An agent's part of the new leads, to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShare {
    /// Who.
    #[schema(example = "3")]
    agent_id: String,
    /// Their part; 0 keeps their leads and gives them no new ones.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 1000, default = 1)]
    // Wide, so that −1 is refused in words that say what is possible.
    weight: i64,
}

fn one() -> i64 {
    1
}

impl From<Share> for ShareView {
    fn from(share: Share) -> Self {
        Self {
            agent_id: share.agent.to_string(),
            weight: share.weight,
        }
    }
}

/// The shares, checked: each agent exists and is named once.
pub fn check(new: Vec<NewShare>, agents: &[Agent], checks: &mut Checks) -> Vec<Share> {
    if new.len() > AGENTS_MAX {
        checks.refuse(
            "agents",
            format!("There are {} agents; at most {AGENTS_MAX} are possible.", new.len()),
        );
        return Vec::new();
    }
    let mut shares: Vec<Share> = Vec::with_capacity(new.len());
    for (position, NewShare { agent_id, weight }) in new.into_iter().enumerate() {
        let agent = agent_id
            .parse::<AgentId>()
            .ok()
            .filter(|id| agents.iter().any(|agent| agent.id == *id));
        let Some(agent) = agent else {
            let agent_id: String = agent_id.chars().take(40).collect();
            checks.refuse(
                format!("agents[{position}].agent_id"),
                format!("There is no agent \"{agent_id}\"."),
            );
            continue;
        };
        if shares.iter().any(|share| share.agent == agent) {
            let message =
                format!("The agent {agent} is named twice. Name each once, with the weight they should have.");
            checks.refuse(format!("agents[{position}].agent_id"), message);
            continue;
        }
        match u32::try_from(weight) {
            Ok(weight @ 0..=WEIGHT_MAX) => shares.push(Share { agent, weight }),
            _ => {
                let message = format!(
                    "The weight {weight} is not possible. Use 0 (keeps their leads, gets no new ones) to {WEIGHT_MAX}."
                );
                checks.refuse(format!("agents[{position}].weight"), message);
            }
        }
    }
    shares
}
