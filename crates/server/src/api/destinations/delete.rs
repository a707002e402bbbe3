//! `DELETE /destinations/{id}`

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

/// Removes a destination and its credentials. What waits for it is not sent any more; what was sent stays in the list of
/// deliveries.
#[utoipa::path(
    delete, path = "/destinations/{id}", operation_id = "delete_destination", tag = "destinations",
    params(("id" = String, Path)),
    responses((status = 204, description = "Removed."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let edit = edits::begin().await;
    let destination = find(&app, &caller.workspace, &id).await?;
    let (workspace, now) = (caller.workspace_id(), app.clock.now());
    if !app.store.remove_destination(workspace, destination.id, now).await? {
        return Err(NOT_FOUND);
    }
    app.live.alerts_changed(workspace);
    edit.take_effect(&app).await?;
    app.delivery.destinations_changed();
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use axum::http::StatusCode;
    use konektor_store::{Store, model::Next};
    use serde_json::json;

    #[tokio::test]
    async fn a_removed_destination_is_gone_and_its_past_stays() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let id = server.add_destination(meta()).await;
        server
            .record(
                (0..2)
                    .map(|n| server.visit(&promo, &format!("fbclid=F{n}"), n))
                    .collect(),
            )
            .await;
        server.set_clock(1_000);
        server.settle(&id, &[Next::Sent]).await;
        server.hold(&id, "The token has expired.").await;
        let path = format!("/destinations/{id}");
        assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(server.delete(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(server.get(&path).await.status, StatusCode::NOT_FOUND);
        assert!(server.get("/destinations").await.items("id").is_empty());
        assert!(
            server.get("/alerts").await.items("id").is_empty(),
            "nobody can repair it any more"
        );
        let deliveries = server.get("/deliveries").await;
        assert_eq!(deliveries.items("state"), ["dropped", "sent"]);
        assert_eq!(deliveries.items("code"), [json!("destination_removed"), json!(null)]);
        assert_eq!(deliveries.items("platform"), ["meta", "meta"]);
        assert!(server.app.store.all_destinations().await.unwrap().is_empty());
        server.record(vec![server.visit(&promo, "fbclid=G", 2_000)]).await;
        assert_eq!(server.get("/deliveries").await.items("id").len(), 2);
    }
}
