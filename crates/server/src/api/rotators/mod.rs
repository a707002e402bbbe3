//! Rotators: the links behind the ads.

pub mod create;
pub mod delete;
mod fallback;
mod fields;
pub mod get;
mod learning;
pub mod list;
mod page;
pub mod preview;
mod shares;
mod standing;
pub mod test_link;
pub mod update;
mod view;
mod warnings;

pub use view::{RotatorPage, RotatorView};

use super::error::ApiError;
use crate::{app::App, click::outlook::TurnsToday};
use konektor_core::{
    ids::RotatorId,
    routing::{Routing, Workspace},
    time::UnixMs,
};
use konektor_store::{
    Store, StoreError,
    model::{Agent, Rotator},
};
use std::sync::Arc;

const NOT_FOUND: ApiError = ApiError::NotFound("rotator");

/// What of the workspace a rotator is checked against and shown with.
struct Surroundings {
    workspace: Arc<Workspace>,
    agents: Vec<Agent>,
    hosts: Vec<String>,
    /// By which visitors are routed.
    routing: Arc<Routing>,
    turns_today: TurnsToday,
    now: UnixMs,
}

impl Surroundings {
    async fn load(app: &App, workspace: &Arc<Workspace>) -> Result<Self, StoreError> {
        let now = app.clock.now();
        Ok(Self {
            workspace: workspace.clone(),
            agents: app.store.agents(workspace.id).await?,
            hosts: app.store.hosts(workspace.id).await?,
            routing: app.routing.load_full(),
            turns_today: TurnsToday::load(app, workspace.id, now).await?,
            now,
        })
    }

    /// The addresses that a rotator is reached at.
    fn links(&self, app: &App, rotator: &Rotator) -> Vec<String> {
        let own = self.hosts.iter().map(|host| format!("https://{host}"));
        let bases = rotator
            .on_public_host
            .then(|| app.settings.base_url())
            .into_iter()
            .chain(own);
        bases.map(|base| format!("{base}/wa/{}", rotator.fields.slug)).collect()
    }

    /// Whether a rotator, saved or not, would be refused this slug: as [`Store::add_rotator`] decides, beforehand.
    fn is_slug_taken(&self, slug: &str, rotator: Option<RotatorId>) -> bool {
        let workspace = self.workspace.id;
        let own = self.routing.find_rotator(workspace, slug);
        let public = self.routing.find_public_rotator(slug);
        own.is_some_and(|own| Some(own.id) != rotator)
            || self.hosts.is_empty() && public.is_some_and(|public| public.workspace.id != workspace)
    }
}

/// The rotator with this id in the path.
async fn find(app: &App, workspace: &Workspace, id: &str) -> Result<Rotator, ApiError> {
    let id: RotatorId = id.parse().map_err(|_| NOT_FOUND)?;
    let rotators = app.store.rotators(workspace.id).await?;
    rotators.into_iter().find(|rotator| rotator.id == id).ok_or(NOT_FOUND)
}
