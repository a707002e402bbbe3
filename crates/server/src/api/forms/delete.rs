//! `DELETE /forms/{id}`

use super::{NOT_FOUND, find};
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
use konektor_store::Hooks;
use std::sync::Arc;

/// Removes a form hook: its address is no more. The leads that it made stay.
#[utoipa::path(
    delete, path = "/forms/{id}", operation_id = "delete_form", tag = "forms",
    params(("id" = String, Path)),
    responses((status = 204, description = "It is removed."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let form = find(&app, &caller.workspace, &id).await?;
    let now = app.clock.now();
    match app.store.remove_form(caller.workspace_id(), form.id, now).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::StatusCode;
    use serde_json::json;

    #[tokio::test]
    async fn a_removed_form_is_gone() {
        let server = Server::start().await;
        let form = server.post("/forms", json!({ "name": "x" })).await;
        let path = format!("/forms/{}", form.json["id"].as_str().unwrap());
        assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(server.delete(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(server.get(&path).await.status, StatusCode::NOT_FOUND);
        assert!(server.get("/forms").await.items("id").is_empty());
    }
}
