//! `PATCH /webhooks/{id}`

use super::{NOT_FOUND, WebhookView, fields::WebhookPatch, find};
use crate::{
    api::{
        auth::Caller,
        body::{Body, Id},
        edits,
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::WebhookStore;
use std::sync::Arc;

/// Changes a webhook. `active: true` takes one up again that was given up.
#[utoipa::path(
    patch, path = "/webhooks/{id}", operation_id = "update_webhook", tag = "webhooks",
    params(("id" = String, Path)),
    request_body = WebhookPatch,
    responses((status = 200, description = "The webhook as it is now.", body = WebhookView), Missing, RefusedBody, Refused)
)]
pub async fn update(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(patch): Body<WebhookPatch>,
) -> Result<Json<WebhookView>, ApiError> {
    let edit = edits::begin().await;
    let webhook = find(&app, &caller.workspace, &id).await?;
    let (fields, revived) = patch.apply(&app, &webhook)?;
    let (workspace, now) = (caller.workspace_id(), app.clock.now());
    let webhook = app
        .store
        .set_webhook(workspace, webhook.id, fields, revived, now)
        .await?
        .ok_or(NOT_FOUND)?;
    if revived {
        app.live.alerts_changed(workspace);
    }
    edit.take_effect(&app).await?;
    app.webhooks.webhooks_changed();
    Ok(Json(WebhookView::new(webhook, now)))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::StatusCode;
    use konektor_store::{WebhookStore, model::WebhookHealth};
    use serde_json::json;

    async fn server_with_webhook() -> (Server, String) {
        let server = Server::start().await;
        let made = server.post("/webhooks", json!({ "url": "https://example.com/" })).await;
        let path = format!("/webhooks/{}", made.json["id"].as_str().unwrap());
        (server, path)
    }

    #[tokio::test]
    async fn what_is_absent_stays() {
        let (server, path) = server_with_webhook().await;
        let change = json!({ "events": ["delivery.failed"], "active": false });
        let changed = server.patch(&path, change).await.json;
        assert_eq!(
            (&changed["events"], &changed["active"], &changed["url"]),
            (
                &json!(["delivery.failed"]),
                &json!(false),
                &json!("https://example.com/")
            )
        );
        assert_eq!(server.patch(&path, json!({})).await.json, changed);
        for (change, field) in [
            (json!({ "url": "https://10.0.0.1/" }), "url"),
            (json!({ "url": null }), "url"),
            (json!({ "events": null }), "events"),
            (json!({ "state": "ok" }), "state"),
        ] {
            assert_eq!(
                server.patch(&path, change.clone()).await.refused()[0].0,
                field,
                "{change}"
            );
        }
        assert_eq!(server.get(&path).await.json, changed);
    }

    #[tokio::test]
    async fn one_that_was_given_up_is_taken_up_again_and_its_alert_ends() {
        let (server, path) = server_with_webhook().await;
        let id = path.rsplit('/').next().unwrap().to_owned();
        for (change, revives) in [
            (json!({ "events": ["lead.created"] }), false),
            (json!({ "active": true }), true),
            (json!({ "url": "https://example.com/new" }), true),
        ] {
            let message = "The webhook was switched off.".to_owned();
            let health = WebhookHealth::Disabled { message };
            let store = &server.app.store;
            store
                .set_webhook_health(id.parse().unwrap(), health, server.app.clock.now())
                .await
                .unwrap();
            let shown = server.get(&path).await.json;
            assert_eq!(
                (&shown["state"], &shown["failing_since"]),
                (&json!("disabled"), &json!("2026-08-17T02:00:00.000Z"))
            );
            let alerts = server.get("/alerts").await;
            assert_eq!(alerts.items("kind"), ["webhook_disabled"]);
            assert_eq!(
                (alerts.items("webhook_id"), alerts.items("destination_id")),
                (vec![json!(id)], vec![json!(null)])
            );
            let changed = server.patch(&path, change.clone()).await.json;
            assert_eq!(changed["state"] == "ok", revives, "{change}");
            assert_eq!(
                server.get("/alerts").await.items("kind").is_empty(),
                revives,
                "{change}"
            );
        }
    }

    #[tokio::test]
    async fn a_removed_webhook_is_gone() {
        let (server, path) = server_with_webhook().await;
        assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
        for answer in [server.get(&path).await, server.delete(&path).await] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
        assert!(server.get("/webhooks").await.items("id").is_empty());
    }
}
