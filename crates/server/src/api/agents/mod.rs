//! Agents: the CS to whom visitors are handed.

pub mod create;
pub mod delete;
mod fields;
pub mod get;
pub mod list;
pub mod update;
mod view;

pub use view::{AgentPage, AgentView};

use super::{auth::Caller, error::ApiError};
use crate::app::App;
use konektor_core::{ids::AgentId, routing::Workspace};
use konektor_store::{Store, model::Agent};

const NOT_FOUND: ApiError = ApiError::NotFound("agent");

/// The agent with this id in the path.
async fn find(app: &App, workspace: &Workspace, id: &str) -> Result<Agent, ApiError> {
    let id: AgentId = id.parse().map_err(|_| NOT_FOUND)?;
    let agents = app.store.agents(workspace.id).await?;
    agents.into_iter().find(|agent| agent.id == id).ok_or(NOT_FOUND)
}

/// The agent with this id in the path, if the caller sees them: a CS sees themselves.
async fn find_visible(app: &App, caller: &Caller, id: &str) -> Result<Agent, ApiError> {
    let agent = find(app, &caller.workspace, id).await?;
    match caller.sees_leads_of(Some(agent.id)) {
        true => Ok(agent),
        false => Err(NOT_FOUND),
    }
}
