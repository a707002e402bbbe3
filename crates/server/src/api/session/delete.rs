//! `DELETE /session`

use crate::{
    api::{auth::SignedIn, client::Client, error::ApiError, refusals::Refused},
    app::App,
};
use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use konektor_store::Access;
use std::sync::Arc;

/// Signs out: this session ends, and its cookie is taken away.
#[utoipa::path(
    delete, path = "/session", operation_id = "delete_session", tag = "session",
    responses((status = 204, description = "Signed out."), Refused)
)]
pub async fn delete(
    SignedIn { session, .. }: SignedIn,
    client: Client,
    State(app): State<Arc<App>>,
) -> Result<(StatusCode, [(HeaderName, String); 1]), ApiError> {
    app.store.end_session(session.user.id, session.id).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, client.clear_cookie())]))
}
