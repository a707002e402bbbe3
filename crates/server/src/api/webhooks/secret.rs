//! `POST /webhooks/{id}/secret`

use super::{NOT_FOUND, WebhookView, find};
use crate::{
    api::{
        auth::Caller,
        body::{Body, Id},
        checks::Checks,
        edits,
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
    webhooks::secret::Secret,
};
use axum::{Json, extract::State};
use konektor_store::{WebhookStore, model::PreviousSecret};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

const OVERLAP_HOURS: u32 = 24;
const OVERLAP_MOST_HOURS: u32 = 7 * 24;
const HOUR_MS: i64 = 3_600_000;

/// How to replace a secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// For how long messages are signed with the old secret too. 0: not at all, for a secret that got around.
    #[schema(minimum = 0, maximum = 168, default = 24)]
    overlap_hours: Option<u32>,
}

/// Gives a webhook another secret, which the answer shows this once. For some time messages have two signatures, one of
/// each secret, so that the receiver can be changed over without losing any.
#[utoipa::path(
    post, path = "/webhooks/{id}/secret", operation_id = "rotate_webhook_secret", tag = "webhooks",
    params(("id" = String, Path)),
    request_body = Option<Rotation>,
    responses((status = 200, description = "The webhook, with its new secret.", body = WebhookView), Missing, RefusedBody, Refused)
)]
pub async fn rotate(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    body: Option<Body<Rotation>>,
) -> Result<Json<WebhookView>, ApiError> {
    let rotation = body.map(|Body(rotation)| rotation).unwrap_or_default();
    let hours = rotation.overlap_hours.unwrap_or(OVERLAP_HOURS);
    let edit = edits::begin().await;
    let webhook = find(&app, &caller.workspace, &id).await?;
    let mut checks = Checks::default();
    if hours > OVERLAP_MOST_HOURS {
        checks.refuse("overlap_hours", format!("Use 0 to {OVERLAP_MOST_HOURS} hours."));
    }
    checks.finish()?;
    let (secret, now) = (Secret::make(), app.clock.now());
    let mut fields = webhook.fields;
    let sealed = std::mem::replace(&mut fields.secret, secret.seal(&app.sealer, webhook.id));
    let until = now.plus_ms(i64::from(hours) * HOUR_MS);
    fields.previous = (hours > 0).then_some(PreviousSecret { sealed, until });
    let webhook = app
        .store
        .set_webhook(caller.workspace_id(), webhook.id, fields, false, now)
        .await?
        .ok_or(NOT_FOUND)?;
    edit.take_effect(&app).await?;
    app.webhooks.webhooks_changed();
    Ok(Json(WebhookView::new(webhook, now).with_secret(&secret)))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use serde_json::json;

    #[tokio::test]
    async fn a_new_secret_leaves_the_old_one_some_time() {
        let server = Server::start().await;
        let made = server
            .post("/webhooks", json!({ "url": "https://example.com/" }))
            .await
            .json;
        let path = format!("/webhooks/{}/secret", made["id"].as_str().unwrap());
        let rotated = server.ask(&server.key, Method::POST, &path, None).await.json;
        assert_ne!(rotated["secret"], made["secret"]);
        assert_eq!(rotated["previous_secret_until"], "2026-08-18T02:00:00.000Z");
        let at_once = server.post(&path, json!({ "overlap_hours": 0 })).await.json;
        assert_eq!(at_once["previous_secret_until"], json!(null));
        assert_eq!(
            server.post(&path, json!({ "overlap_hours": 169 })).await.refused()[0].0,
            "overlap_hours"
        );
    }
}
