//! `GET /workspace`

use super::WorkspaceView;
use crate::{
    api::{auth::Caller, error::ApiError, refusals::Refused},
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::ids::WorkspaceId;
use konektor_store::{Store, model::Workspace};
use std::sync::Arc;

/// The workspace.
#[utoipa::path(
    get, path = "/workspace", operation_id = "get_workspace", tag = "workspace",
    responses((status = 200, description = "The workspace.", body = WorkspaceView), Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>) -> Result<Json<WorkspaceView>, ApiError> {
    Ok(Json(read(&app, caller.workspace_id()).await?.into()))
}

/// The workspace as it is stored.
pub(super) async fn read(app: &App, id: WorkspaceId) -> Result<Workspace, ApiError> {
    let workspace = app.store.find_workspace(id).await?;
    workspace.ok_or(ApiError::Broken("a caller's workspace does not exist"))
}
