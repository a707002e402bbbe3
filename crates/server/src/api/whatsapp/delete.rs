//! `DELETE /whatsapp`

use super::NOT_FOUND;
use crate::{
    api::{
        auth::Caller,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{extract::State, http::StatusCode};
use konektor_store::Hooks;
use std::sync::Arc;

/// Ends the connection: its address is no more. What was learnt of leads stays.
#[utoipa::path(
    delete, path = "/whatsapp", operation_id = "delete_whatsapp", tag = "whatsapp",
    responses((status = 204, description = "It is ended."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>) -> Result<StatusCode, ApiError> {
    match app.store.remove_whatsapp(caller.workspace_id()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(NOT_FOUND),
    }
}
