//! `DELETE /sessions/{id}`

use crate::{
    api::{
        auth::SignedIn,
        body::Id,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{extract::State, http::StatusCode};
use konektor_store::Access;
use std::sync::Arc;

/// Ends one of the caller's own sessions, at once.
#[utoipa::path(
    delete, path = "/sessions/{id}", operation_id = "revoke_session", tag = "session",
    params(("id" = String, Path)),
    responses((status = 204, description = "Ended."), Missing, Refused)
)]
pub async fn delete(
    SignedIn { session, .. }: SignedIn,
    State(app): State<Arc<App>>,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    const NOT_FOUND: ApiError = ApiError::NotFound("session");
    let id = id.parse().map_err(|_| NOT_FOUND)?;
    match app.store.end_session(session.user.id, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(NOT_FOUND),
    }
}
