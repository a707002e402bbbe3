//! Destinations: connections to ad platforms.

pub mod create;
pub mod delete;
pub mod dry_run;
mod fields;
pub mod get;
pub mod list;
pub mod test;
pub mod update;
mod view;

pub use view::{DestinationPage, DestinationView};

use super::error::ApiError;
use crate::{app::App, seal::open_credentials};
use konektor_core::{ids::DestinationId, routing::Workspace};
use konektor_platforms::Connection;
use konektor_store::{Store, model::Destination};

const NOT_FOUND: ApiError = ApiError::NotFound("destination");

/// The destination with this id in the path.
async fn find(app: &App, workspace: &Workspace, id: &str) -> Result<Destination, ApiError> {
    let id: DestinationId = id.parse().map_err(|_| NOT_FOUND)?;
    let destinations = app.store.destinations(workspace.id).await?;
    let found = destinations.into_iter().find(|destination| destination.id == id);
    found.ok_or(NOT_FOUND)
}

/// What speaks to a destination's platform, or why nothing can.
fn connection(app: &App, destination: &Destination) -> Result<Connection, String> {
    let fields = &destination.fields;
    let credentials = open_credentials(app, destination)
        .map_err(|error| format!("The stored credentials cannot be used: {error}. Enter them again."))?;
    Connection::new(fields.platform, &fields.settings, &credentials).map_err(|error| error.to_string())
}
