//! `GET /webhooks`

use super::{WebhookPage, WebhookView};
use crate::{
    api::{
        auth::Caller,
        body::Query,
        error::ApiError,
        page::{Page, PageQuery},
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::WebhookStore;
use std::sync::Arc;

/// The webhooks of the workspace, in the order of their ids.
#[utoipa::path(
    get, path = "/webhooks", operation_id = "list_webhooks", tag = "webhooks",
    params(PageQuery),
    responses((status = 200, description = "A page of webhooks.", body = WebhookPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<WebhookPage>, ApiError> {
    let mut webhooks = app.store.webhooks(caller.workspace_id()).await?;
    webhooks.sort_by_key(|webhook| webhook.id);
    let now = app.clock.now();
    let page = Page::of_all(webhooks, &query, |webhook| webhook.id)?;
    Ok(Json(page.map(|webhook| WebhookView::new(webhook, now))))
}
