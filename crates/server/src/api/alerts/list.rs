//! `GET /alerts`

use super::{AlertPage, AlertView};
use crate::{
    api::{
        auth::Caller,
        body::Query,
        error::ApiError,
        page::{Page, PageQuery},
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Store;
use std::sync::Arc;

/// The alerts of the workspace that are not over, oldest first.
#[utoipa::path(
    get, path = "/alerts", operation_id = "list_alerts", tag = "alerts",
    params(PageQuery),
    responses((status = 200, description = "A page of alerts.", body = AlertPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<AlertPage>, ApiError> {
    let alerts = app.store.alerts(caller.workspace_id()).await?;
    let page = Page::of_all(alerts, &query, |alert| alert.id)?;
    Ok(Json(page.map(AlertView::from)))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use axum::http::Method;
    use serde_json::json;

    #[tokio::test]
    async fn an_alert_is_there_until_its_cause_is_gone() {
        let server = Server::start().await;
        assert!(server.get("/alerts").await.items("id").is_empty());
        let id = server.add_destination(meta()).await;
        server.hold(&id, "The token has expired.").await;
        let answer = server.get("/alerts").await;
        let wanted = json!({
            "id": "1", "kind": "destination_held", "message": "The token has expired.",
            "since": "2026-08-17T02:00:00.000Z", "destination_id": id, "webhook_id": null,
        });
        assert_eq!(answer.json, json!({ "items": [wanted], "next_cursor": null }));
        let (_, key) = server.add_workspace().await;
        assert!(
            server
                .ask(&key, Method::GET, "/alerts", None)
                .await
                .items("id")
                .is_empty()
        );
        server
            .patch(
                &format!("/destinations/{id}"),
                json!({ "credentials": { "access_token": "new" } }),
            )
            .await;
        assert!(server.get("/alerts").await.items("id").is_empty());
    }
}
