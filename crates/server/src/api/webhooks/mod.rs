//! Webhooks: other programs that are told of what happens.

pub mod create;
pub mod delete;
mod fields;
pub mod get;
pub mod list;
pub mod messages;
pub mod secret;
pub mod test;
pub mod update;
mod view;

pub use view::{WebhookPage, WebhookView};

use super::error::ApiError;
use crate::app::App;
use konektor_core::{ids::WebhookId, routing::Workspace};
use konektor_store::{WebhookStore, model::Webhook};

const NOT_FOUND: ApiError = ApiError::NotFound("webhook");

/// The webhook with this id in the path.
async fn find(app: &App, workspace: &Workspace, id: &str) -> Result<Webhook, ApiError> {
    let id: WebhookId = id.parse().map_err(|_| NOT_FOUND)?;
    let webhooks = app.store.webhooks(workspace.id).await?;
    let found = webhooks.into_iter().find(|webhook| webhook.id == id);
    found.ok_or(NOT_FOUND)
}
