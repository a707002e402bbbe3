//! `POST /webhooks`

use super::{WebhookView, fields::NewWebhook};
use crate::{
    api::{
        auth::Caller,
        body::Body,
        created::Created,
        edits,
        error::ApiError,
        refusals::{Conflicting, Refused, RefusedBody},
    },
    app::App,
    secrets,
    webhooks::secret::Secret,
};
use axum::extract::State;
use konektor_core::ids::WebhookId;
use konektor_store::WebhookStore;
use std::sync::Arc;

/// Bits of an id: programs that read JSON's numbers as floating point keep these exactly.
const ID_BITS: u32 = 53;
/// Most webhooks of a workspace: each has a sender, and each click is told to each.
const MOST: usize = 20;

/// Adds a webhook. From now on it is told of what happens, in messages as Standard Webhooks describes them. The answer
/// has the secret that they are signed with; it is not shown again.
#[utoipa::path(
    post, path = "/webhooks", operation_id = "create_webhook", tag = "webhooks",
    request_body = NewWebhook,
    responses(
        (status = 201, description = "The new webhook, with its secret.", body = WebhookView),
        Conflicting, RefusedBody, Refused
    )
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewWebhook>,
) -> Result<Created<WebhookView>, ApiError> {
    let (id, secret) = (random_id(), Secret::make());
    let fields = new.check(&app, secret.seal(&app.sealer, id))?;
    let (workspace, now) = (caller.workspace_id(), app.clock.now());
    let edit = edits::begin().await;
    if app.store.webhooks(workspace).await?.len() >= MOST {
        return Err(ApiError::Conflict(format!(
            "The workspace has {MOST} webhooks already. Remove one that is not needed."
        )));
    }
    let webhook = app.store.add_webhook(workspace, id, fields, now).await?;
    edit.take_effect(&app).await?;
    app.webhooks.webhooks_changed();
    Ok(Created {
        path: format!("webhooks/{id}"),
        body: WebhookView::new(webhook, now).with_secret(&secret),
    })
}

/// By chance, because its secret is sealed for it before the database has the row.
fn random_id() -> WebhookId {
    let random = u64::from_be_bytes(secrets::random()) >> (u64::BITS - ID_BITS);
    WebhookId(random.max(1) as i64)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::StatusCode;
    use serde_json::json;

    #[tokio::test]
    async fn a_webhook_shows_its_secret_once() {
        let server = Server::start().await;
        let new = json!({ "url": "https://example.com/hook", "events": ["click.recorded", "lead.created"] });
        let made = server.post("/webhooks", new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
        let (id, secret) = (made.json["id"].as_str().unwrap(), made.json["secret"].as_str().unwrap());
        assert_eq!(made.headers["location"], format!("/api/v1/webhooks/{id}"));
        assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
        let wanted = json!({
            "id": id, "created_at": "2026-08-17T02:00:00.000Z", "url": "https://example.com/hook",
            "events": ["lead.created", "click.recorded"], "active": true, "state": "ok", "failing_since": null,
            "previous_secret_until": null,
        });
        assert_eq!(server.get(&format!("/webhooks/{id}")).await.json, wanted);
        assert_eq!(server.get("/webhooks").await.json["items"], json!([wanted]));
        let bytes = secret.strip_prefix("whsec_").unwrap().as_bytes();
        for (file, content) in server.files() {
            assert!(!content.windows(bytes.len()).any(|part| part == bytes), "{file}");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_webhook_is_said_field_by_field() {
        let server = Server::start().await;
        for (new, field, says) in [
            (json!({ "url": "http://example.com/" }), "url", "Only https"),
            (json!({ "url": "https://localhost:22/" }), "url", "port"),
            (json!({ "url": "https://0x7f000001/" }), "url", "loopback"),
            (json!({ "url": "https://[::ffff:10.0.0.1]/" }), "url", "disguise"),
            (json!({ "url": "https://u:p@example.com/" }), "url", "user name"),
            (json!({ "url": "" }), "url", "https://example.com/path"),
            (
                json!({ "url": "https://example.com/", "events": [] }),
                "events",
                "at least one",
            ),
            (
                json!({ "url": "https://example.com/", "events": ["lead.created", "lead.lost"] }),
                "events[1]",
                "lead.created, lead.updated",
            ),
            (
                json!({ "url": "https://example.com/", "events": ["webhook.test"] }),
                "events[0]",
                "webhook.test",
            ),
            (
                json!({ "url": "https://example.com/", "secret": "x" }),
                "secret",
                "There is no field",
            ),
            (
                json!({ "url": "https://example.com/", "events": null }),
                "events",
                "leave it out",
            ),
            (json!({ "events": ["lead.created"] }), "url", "missing"),
        ] {
            let refused = server.post("/webhooks", new.clone()).await.refused();
            assert_eq!(refused[0].0, field, "{new}");
            assert!(refused[0].1.contains(says), "{new}: {}", refused[0].1);
        }
        assert!(server.get("/webhooks").await.items("id").is_empty());
    }

    #[tokio::test]
    async fn a_workspace_has_room_for_twenty() {
        let server = Server::start().await;
        for _ in 0..20 {
            let made = server.post("/webhooks", json!({ "url": "https://example.com/" })).await;
            assert_eq!(made.status, StatusCode::CREATED);
        }
        let refused = server.post("/webhooks", json!({ "url": "https://example.com/" })).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
    }
}
