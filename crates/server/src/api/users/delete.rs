//! `DELETE /users/{id}`

use super::{find, must_be_done};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        edits,
        error::ApiError,
        refusals::{Conflicting, Missing, Refused},
    },
    app::App,
};
use axum::{extract::State, http::StatusCode};
use konektor_store::Access;
use std::sync::Arc;

/// Removes somebody from the workspace: they are signed out of it at once, and an open invitation ends. The last owner
/// cannot be removed.
#[utoipa::path(
    delete, path = "/users/{id}", operation_id = "delete_user", tag = "users",
    params(("id" = String, Path)),
    responses((status = 204, description = "Removed."), Conflicting, Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let _edit = edits::begin().await;
    let member = find(&app, &caller, &id).await?;
    must_be_done(app.store.remove_member(caller.workspace_id(), member.user.id).await?)?;
    Ok(StatusCode::NO_CONTENT)
}
