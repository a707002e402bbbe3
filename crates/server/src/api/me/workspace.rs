//! `POST /me/workspace`

use super::{UserMe, of_session};
use crate::{
    api::{
        auth::SignedIn,
        body::Body,
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Access;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Where to go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceChoice {
    /// One of the workspaces that the caller is in.
    #[schema(example = "2")]
    workspace_id: String,
}

/// Lets this session look at another workspace. Other sessions stay where they are.
#[utoipa::path(
    post, path = "/me/workspace", operation_id = "switch_workspace", tag = "about",
    request_body = WorkspaceChoice,
    responses((status = 200, description = "The caller, there.", body = UserMe), Missing, RefusedBody, Refused)
)]
pub async fn switch(
    SignedIn { session, .. }: SignedIn,
    State(app): State<Arc<App>>,
    Body(choice): Body<WorkspaceChoice>,
) -> Result<Json<UserMe>, ApiError> {
    const NOT_FOUND: ApiError = ApiError::NotFound("workspace");
    let workspace = choice.workspace_id.parse().map_err(|_| NOT_FOUND)?;
    if !app.store.switch_session(session.id, workspace).await? {
        return Err(NOT_FOUND);
    }
    of_session(&app, &session.user, workspace).await.map(Json)
}
