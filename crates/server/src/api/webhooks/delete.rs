//! `DELETE /webhooks/{id}`

use super::{NOT_FOUND, find};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        edits,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{extract::State, http::StatusCode};
use konektor_store::WebhookStore;
use std::sync::Arc;

/// Removes a webhook, its secret and its messages.
#[utoipa::path(
    delete, path = "/webhooks/{id}", operation_id = "delete_webhook", tag = "webhooks",
    params(("id" = String, Path)),
    responses((status = 204, description = "Removed."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let edit = edits::begin().await;
    let webhook = find(&app, &caller.workspace, &id).await?;
    let (workspace, now) = (caller.workspace_id(), app.clock.now());
    if !app.store.remove_webhook(workspace, webhook.id, now).await? {
        return Err(NOT_FOUND);
    }
    app.live.alerts_changed(workspace);
    edit.take_effect(&app).await?;
    app.webhooks.webhooks_changed();
    Ok(StatusCode::NO_CONTENT)
}
