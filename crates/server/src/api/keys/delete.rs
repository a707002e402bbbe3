//! `DELETE /keys/{id}`

use crate::{
    api::{
        auth::Caller,
        body::Id,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{extract::State, http::StatusCode};
use konektor_store::Access;
use std::sync::Arc;

/// Revokes an API key, at once. A key may revoke itself.
#[utoipa::path(
    delete, path = "/keys/{id}", operation_id = "delete_key", tag = "keys",
    params(("id" = String, Path)),
    responses((status = 204, description = "Revoked."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let not_found = ApiError::NotFound("key");
    let Ok(id) = id.parse() else { return Err(not_found) };
    match app
        .store
        .revoke_api_key(caller.workspace_id(), id, app.clock.now())
        .await?
    {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(not_found),
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    #[tokio::test]
    async fn a_revoked_key_opens_nothing() {
        let server = Server::start().await;
        let new = server
            .post("/keys", json!({ "name": "x", "scopes": ["read"] }))
            .await
            .json;
        let path = format!("/keys/{}", new["id"].as_str().unwrap());
        let (_, foreign) = server.add_workspace().await;
        assert_eq!(
            server.ask(&foreign, Method::DELETE, &path, None).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(server.delete(&path).await.status, StatusCode::NOT_FOUND);
        let answer = server
            .ask(new["key"].as_str().unwrap(), Method::GET, "/agents", None)
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(server.get("/keys").await.items("name"), ["test"]);
    }
}
