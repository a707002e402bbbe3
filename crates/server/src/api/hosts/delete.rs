//! `DELETE /hosts/{host}`

use crate::{
    api::{
        auth::Caller,
        body::Id,
        edits,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
    click::host::normalised,
};
use axum::{extract::State, http::StatusCode};
use konektor_store::Store;
use std::sync::Arc;

/// Removes a host name. Links on it stop working.
#[utoipa::path(
    delete, path = "/hosts/{host}", operation_id = "delete_host", tag = "hosts",
    params(("host" = String, Path)),
    responses((status = 204, description = "Removed."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(host): Id) -> Result<StatusCode, ApiError> {
    let edit = edits::begin().await;
    if !app
        .store
        .remove_host(caller.workspace_id(), normalised(&host).into_owned())
        .await?
    {
        return Err(ApiError::NotFound("host"));
    }
    edit.take_effect(&app).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    #[tokio::test]
    async fn a_removed_host_is_gone_and_free_for_others() {
        let server = Server::start().await;
        server.post("/hosts", json!({ "host": "wa.brand.com" })).await;
        let (_, key) = server.add_workspace().await;
        let path = "/hosts/wa.brand.com";
        let foreign = server.ask(&key, Method::DELETE, path, None).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        assert_eq!(
            server.delete("/hosts/WA.brand.com").await.status,
            StatusCode::NO_CONTENT
        );
        assert_eq!(server.delete(path).await.json, foreign.json);
        assert_eq!(server.app.routing.load().workspace_of_host("wa.brand.com"), None);
        let taken = server
            .ask(&key, Method::POST, "/hosts", Some(json!({ "host": "wa.brand.com" })))
            .await;
        assert_eq!(taken.status, StatusCode::CREATED);
    }
}
