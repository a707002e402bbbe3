//! `DELETE /agents/{id}`

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

/// Removes an agent. Their leads move to others, each with its next click; their past stays in timelines and reports.
#[utoipa::path(
    delete, path = "/agents/{id}", operation_id = "delete_agent", tag = "agents",
    params(("id" = String, Path)),
    responses((status = 204, description = "Removed."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let edit = edits::begin().await;
    let agent = find(&app, &caller.workspace, &id).await?;
    if !app
        .store
        .remove_agent(caller.workspace_id(), agent.id, app.clock.now())
        .await?
    {
        return Err(NOT_FOUND);
    }
    edit.take_effect(&app).await?;
    app.delivery.status_changed();
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};

    #[tokio::test]
    async fn a_removed_agent_is_gone() {
        let server = Server::start().await;
        let id = server.add_agent("Ayu").await;
        let path = format!("/agents/{id}");
        let (_, key) = server.add_workspace().await;
        assert_eq!(
            server.ask(&key, Method::DELETE, &path, None).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(server.delete(&path).await.status, StatusCode::NOT_FOUND);
        assert!(server.get("/agents").await.items("id").is_empty());
    }
}
