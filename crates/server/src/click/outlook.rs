//! How a rotator stands, as far as the store knows: what the recorder has in memory it has written down too, with each
//! turn, so nobody has to ask the recorder.

use crate::app::App;
use konektor_core::{
    decide::{Outlook, outlook},
    ids::{AgentId, RotatorId, WorkspaceId},
    rotation::Rotation,
    routing::{Agent, Rotator, Routing},
    time::{Day, UnixMs},
};
use konektor_store::{Store, StoreError, model::ReportRange};
use std::collections::HashMap;

const DAY_MS: i64 = 86_400_000;

/// New leads of a workspace's agents on the days that it may be now, somewhere.
#[derive(Debug)]
pub struct TurnsToday {
    by_day: HashMap<(AgentId, Day), u32>,
    now: UnixMs,
}

impl TurnsToday {
    /// Reads them from the ledger.
    pub async fn load(app: &App, workspace: WorkspaceId, now: UnixMs) -> Result<Self, StoreError> {
        let day = |ms| now.plus_ms(ms).day_in(&jiff::tz::TimeZone::UTC);
        let range = ReportRange {
            from: day(-DAY_MS),
            to: day(DAY_MS),
            rotator: None,
        };
        let mut by_day: HashMap<_, u32> = HashMap::new();
        for line in app.store.ledger(workspace, range).await? {
            *by_day.entry((line.agent, line.day)).or_default() += line.given;
        }
        Ok(Self { by_day, now })
    }

    /// How `rotator` stands, with the next `turns` turns; `rotation` is a copy of its credits.
    pub fn outlook(&self, routing: &Routing, rotator: &Rotator, rotation: Rotation, turns: usize) -> Outlook {
        outlook(routing, rotator, rotation, |agent| self.of(agent), self.now, turns)
    }

    /// New leads of an agent of the workspace today, if there were any.
    pub fn find(&self, agent: &Agent) -> Option<u32> {
        let today = (agent.id, self.now.day_in(&agent.time_zone));
        self.by_day.get(&today).copied()
    }

    fn of(&self, agent: &Agent) -> u32 {
        self.find(agent).unwrap_or(0)
    }
}

/// The credits of a rotator; of a new one there are none.
pub async fn rotation(app: &App, rotator: Option<RotatorId>) -> Result<Rotation, StoreError> {
    match rotator {
        Some(rotator) => app.store.rotation(rotator).await,
        None => Ok(Rotation::default()),
    }
}

/// How a rotator stands now.
pub async fn of_rotator(app: &App, routing: &Routing, rotator: &Rotator, now: UnixMs) -> Result<Outlook, StoreError> {
    let turns = TurnsToday::load(app, rotator.workspace.id, now).await?;
    let rotation = rotation(app, Some(rotator.id)).await?;
    Ok(turns.outlook(routing, rotator, rotation, 0))
}
