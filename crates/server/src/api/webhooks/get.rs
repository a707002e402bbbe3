//! `GET /webhooks/{id}`

use super::{WebhookView, find};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// One webhook.
#[utoipa::path(
    get, path = "/webhooks/{id}", operation_id = "get_webhook", tag = "webhooks",
    params(("id" = String, Path)),
    responses((status = 200, description = "The webhook.", body = WebhookView), Missing, Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<WebhookView>, ApiError> {
    let webhook = find(&app, &caller.workspace, &id).await?;
    Ok(Json(WebhookView::new(webhook, app.clock.now())))
}
