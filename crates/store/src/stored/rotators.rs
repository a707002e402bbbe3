//! What of a rotator is stored as words and as JSON.

use super::values::{json_text, read_json};
use crate::{Result, model::RotatorFields};
use konektor_core::{
    ids::AgentId,
    routing::{Mode, Share},
};
use serde::{Deserialize, Serialize};

/// How an agent's share is kept in a rotator's row.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct StoredShare {
    agent_id: AgentId,
    weight: u32,
}

/// Columns that are JSON.
pub(crate) struct Json {
    pub(crate) agents: String,
    pub(crate) page: Option<String>,
    pub(crate) learning: Option<String>,
}

impl Json {
    /// Those of a rotator.
    pub(crate) fn of(fields: &RotatorFields) -> Result<Self> {
        let shares = fields.agents.iter().map(|share| StoredShare {
            agent_id: share.agent,
            weight: share.weight,
        });
        let learning = fields.learning.as_ref();
        let learning = learning.map(|learning| json_text("rotators.learning", learning));
        Ok(Self {
            agents: json_text("rotators.agents", &shares.collect::<Vec<_>>())?,
            page: fields.page.as_ref().map(ToString::to_string),
            learning: learning.transpose()?,
        })
    }
}

/// Who is in a rotator.
pub(crate) fn read_shares(json: &str) -> Result<Vec<Share>> {
    let shares: Vec<StoredShare> = read_json("rotators.agents", json)?;
    let share = |share: StoredShare| Share {
        agent: share.agent_id,
        weight: share.weight,
    };
    Ok(shares.into_iter().map(share).collect())
}

/// What a mode is stored as.
pub(crate) fn mode_text(mode: Mode) -> &'static str {
    match mode {
        Mode::Redirect => "redirect",
        Mode::Page => "page",
    }
}

/// The mode that is stored.
pub(crate) fn read_mode(text: &str) -> Mode {
    if text == mode_text(Mode::Page) {
        Mode::Page
    } else {
        Mode::Redirect
    }
}
