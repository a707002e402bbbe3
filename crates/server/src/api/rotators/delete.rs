//! `DELETE /rotators/{id}`

use super::{NOT_FOUND, find};
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

/// Removes a rotator. Its links stop working; its leads stay, and its slug can be used again.
#[utoipa::path(
    delete, path = "/rotators/{id}", operation_id = "delete_rotator", tag = "rotators",
    params(("id" = String, Path)),
    responses((status = 204, description = "Removed."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let edit = edits::begin().await;
    let rotator = find(&app, &caller.workspace, &id).await?;
    if !app
        .store
        .remove_rotator(caller.workspace_id(), rotator.id, app.clock.now())
        .await?
    {
        return Err(NOT_FOUND);
    }
    edit.take_effect(&app).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};

    #[tokio::test]
    async fn a_removed_rotator_is_gone_and_its_slug_is_free() {
        let server = Server::start().await;
        let path = format!("/rotators/{}", server.add_rotator("promo", &[]).await);
        let (_, key) = server.add_workspace().await;
        assert_eq!(
            server.ask(&key, Method::DELETE, &path, None).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(server.delete(&path).await.status, StatusCode::NOT_FOUND);
        assert!(server.app.routing.load().find_public_rotator("promo").is_none());
        server.add_rotator("promo", &[]).await;
    }
}
