//! Reports: sums over days. All of them are read from counters that the fold keeps, or from an index made for it: no
//! report looks at clicks.

pub mod agents;
pub mod arrived;
#[cfg(test)]
mod behind;
pub mod funnel;
pub mod learning;
mod money;
pub mod overview;
mod range;
pub mod recognition;
pub mod rotation;
pub mod rotators;
pub mod sales;
pub mod screening;
pub mod sources;

pub use range::ReportQuery;

use super::error::ApiError;
use crate::app::App;
use konektor_core::ids::{AgentId, WorkspaceId};
use konektor_store::Store;
use std::collections::HashMap;

/// The names of a workspace's agents; those that were removed have none.
async fn names_of_agents(app: &App, workspace: WorkspaceId) -> Result<HashMap<AgentId, String>, ApiError> {
    let agents = app.store.agents(workspace).await?;
    Ok(agents.into_iter().map(|agent| (agent.id, agent.fields.name)).collect())
}
