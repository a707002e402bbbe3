//! `DELETE /sessions`

use crate::{
    api::{auth::SignedIn, error::ApiError, refusals::Refused},
    app::App,
};
use axum::{extract::State, http::StatusCode};
use konektor_store::Access;
use std::sync::Arc;

/// Ends all of the caller's sessions but this one.
#[utoipa::path(
    delete, path = "/sessions", operation_id = "revoke_other_sessions", tag = "session",
    responses((status = 204, description = "Ended."), Refused)
)]
pub async fn delete(SignedIn { session, .. }: SignedIn, State(app): State<Arc<App>>) -> Result<StatusCode, ApiError> {
    app.store.end_other_sessions(session.user.id, Some(session.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
