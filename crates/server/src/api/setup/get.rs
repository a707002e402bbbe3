//! `GET /setup`

use crate::{
    api::{error::ApiError, refusals::Refused},
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Access;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Whether the server waits to be set up.
#[derive(Serialize, ToSchema)]
pub struct SetupState {
    /// Nobody can sign in yet.
    needed: bool,
}

/// Whether the server waits for its first user.
#[utoipa::path(
    get, path = "/setup", operation_id = "get_setup", tag = "session",
    responses((status = 200, description = "Whether it does.", body = SetupState), Refused),
    security(())
)]
pub async fn get(State(app): State<Arc<App>>) -> Result<Json<SetupState>, ApiError> {
    let needed = !app.store.has_users().await?;
    Ok(Json(SetupState { needed }))
}
