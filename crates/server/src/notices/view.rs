//! A digest as programs get it.

use crate::{api::time::Time, app::App};
use konektor_core::{
    digest::{Compared, Facts},
    routing::Workspace,
    time::Day,
};
use konektor_store::model::Digest;
use serde::Serialize;

/// The data of a `digest` message.
#[derive(Serialize)]
pub struct DigestView {
    id: String,
    workspace_id: String,
    workspace_name: String,
    frequency: &'static str,
    from: String,
    to: String,
    time_zone: Option<String>,
    leads: ComparedView,
    clicks: ComparedView,
    chats: ComparedView,
    won: ComparedView,
    sources: Vec<SourceView>,
    held_destinations: Vec<HeldView>,
    unanswered: UnansweredView,
}

#[derive(Serialize)]
struct ComparedView {
    now: u64,
    before: u64,
    change_percent: Option<i64>,
}

#[derive(Serialize)]
struct SourceView {
    source: String,
    leads: u64,
    clicks: u64,
}

#[derive(Serialize)]
struct HeldView {
    name: String,
    platform: &'static str,
    reason: String,
    since: Time,
    waiting: u64,
}

#[derive(Serialize)]
struct UnansweredView {
    leads: u64,
    agents: Vec<WaitingView>,
}

#[derive(Serialize)]
struct WaitingView {
    agent_id: Option<String>,
    agent_name: Option<String>,
    leads: u64,
    oldest_since: Time,
}

impl From<Compared> for ComparedView {
    fn from(compared: Compared) -> Self {
        Self {
            now: compared.now,
            before: compared.before,
            change_percent: compared.percent(),
        }
    }
}

impl DigestView {
    /// Of a digest and what is to be said.
    pub fn new(app: &App, workspace: &Workspace, digest: &Digest, facts: Facts) -> Self {
        let date = |day: Day| day.date().map(|date| date.to_string()).unwrap_or_default();
        let routing = app.routing.load();
        Self {
            id: digest.id.to_string(),
            workspace_id: workspace.id.to_string(),
            workspace_name: workspace.name.clone(),
            frequency: digest.frequency.as_str(),
            from: date(digest.first),
            to: date(digest.last),
            time_zone: workspace.time_zone.iana_name().map(str::to_owned),
            leads: facts.leads.into(),
            clicks: facts.clicks.into(),
            chats: facts.chats.into(),
            won: facts.won.into(),
            unanswered: UnansweredView {
                leads: facts.unanswered(),
                agents: facts
                    .waiting
                    .iter()
                    .map(|waiting| WaitingView {
                        agent_id: waiting.agent.map(|agent| agent.to_string()),
                        agent_name: waiting
                            .agent
                            .and_then(|agent| routing.agent(agent))
                            .map(|agent| agent.name.clone()),
                        leads: waiting.leads,
                        oldest_since: Time(waiting.oldest),
                    })
                    .collect(),
            },
            sources: facts
                .sources
                .into_iter()
                .map(|source| SourceView {
                    source: source.name,
                    leads: source.leads,
                    clicks: source.clicks,
                })
                .collect(),
            held_destinations: facts
                .held
                .into_iter()
                .map(|held| HeldView {
                    name: held.name,
                    platform: held.platform.as_str(),
                    reason: held.reason,
                    since: Time(held.since),
                    waiting: held.waiting,
                })
                .collect(),
        }
    }
}
