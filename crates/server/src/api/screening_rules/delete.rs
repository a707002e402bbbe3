//! `DELETE /screening-rules/{id}`

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
use konektor_store::Store;
use std::sync::Arc;

const NOT_FOUND: ApiError = ApiError::NotFound("rule");

/// Takes a rule back. What counted by it stays.
#[utoipa::path(
    delete, path = "/screening-rules/{id}", operation_id = "delete_screening_rule", tag = "reports",
    params(("id" = String, Path)),
    responses((status = 204, description = "Removed."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let id = id.parse().map_err(|_| NOT_FOUND)?;
    let edit = edits::begin().await;
    if !app.store.remove_screening_rule(caller.workspace_id(), id).await? {
        return Err(NOT_FOUND);
    }
    edit.take_effect(&app).await?;
    Ok(StatusCode::NO_CONTENT)
}
