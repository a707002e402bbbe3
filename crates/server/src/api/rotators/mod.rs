//! Rotators: the links behind the ads.

pub mod create;
pub mod delete;
mod fallback;
mod fields;
pub mod get;
pub mod list;
mod page;
mod shares;
pub mod update;
mod view;

pub use view::{RotatorPage, RotatorView};

use super::error::ApiError;
use crate::app::App;
use konektor_core::{ids::RotatorId, routing::Workspace};
use konektor_store::{
    Store, StoreError,
    model::{Agent, Rotator},
};

const NOT_FOUND: ApiError = ApiError::NotFound("rotator");

/// What of the workspace a rotator is checked against and shown with.
struct Surroundings {
    agents: Vec<Agent>,
    hosts: Vec<String>,
}

impl Surroundings {
    async fn load(app: &App, workspace: &Workspace) -> Result<Self, StoreError> {
        let agents = app.store.agents(workspace.id).await?;
        let hosts = app.store.hosts(workspace.id).await?;
        Ok(Self { agents, hosts })
    }
}

/// The rotator with this id in the path.
async fn find(app: &App, workspace: &Workspace, id: &str) -> Result<Rotator, ApiError> {
    let id: RotatorId = id.parse().map_err(|_| NOT_FOUND)?;
    let rotators = app.store.rotators(workspace.id).await?;
    rotators.into_iter().find(|rotator| rotator.id == id).ok_or(NOT_FOUND)
}
