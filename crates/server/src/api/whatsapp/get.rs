//! `GET /whatsapp`

use super::{NOT_FOUND, WhatsappView};
use crate::{
    api::{
        auth::Caller,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Hooks;
use std::sync::Arc;

/// The workspace's number at WhatsApp's Cloud API.
#[utoipa::path(
    get, path = "/whatsapp", operation_id = "get_whatsapp", tag = "whatsapp",
    responses((status = 200, description = "The connection.", body = WhatsappView), Missing, Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>) -> Result<Json<WhatsappView>, ApiError> {
    let whatsapp = app.store.whatsapp(caller.workspace_id()).await?.ok_or(NOT_FOUND)?;
    Ok(Json(WhatsappView::new(&app, whatsapp)))
}
