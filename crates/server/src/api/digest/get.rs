//! `GET /digest`

use super::{DigestSettingsView, view::view};
use crate::{
    api::{auth::Caller, error::ApiError, refusals::Refused},
    app::App,
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// When the digest is sent, to whom, and whether e-mails arrive.
#[utoipa::path(
    get, path = "/digest", operation_id = "get_digest", tag = "notices",
    responses((status = 200, description = "The settings.", body = DigestSettingsView), Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>) -> Result<Json<DigestSettingsView>, ApiError> {
    Ok(Json(view(&app, &caller.workspace).await?))
}
