//! `POST /webhooks/{id}/messages/{message}/replay`

use super::MessageView;
use crate::{
    api::{
        auth::Caller,
        body::Ids,
        error::ApiError,
        refusals::{Conflicting, Missing, Refused},
        webhooks::find,
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::webhook::MessageId;
use konektor_store::{WebhookStore, model::MessageReplay};
use std::sync::Arc;

const NOT_FOUND: ApiError = ApiError::NotFound("message");

/// Sends a message once more that was sent or given up: the same payload under the same id, so that a receiver who has it
/// already knows it again.
#[utoipa::path(
    post, path = "/webhooks/{id}/messages/{message}/replay", operation_id = "replay_webhook_message", tag = "webhooks",
    params(("id" = String, Path), ("message" = String, Path)),
    responses(
        (status = 200, description = "The message, which waits to be sent.", body = MessageView),
        Missing, Conflicting, Refused
    )
)]
pub async fn replay(
    caller: Caller,
    State(app): State<Arc<App>>,
    Ids(id, message): Ids,
) -> Result<Json<MessageView>, ApiError> {
    let webhook = find(&app, &caller.workspace, &id).await?;
    let (store, message) = (&app.store, MessageId::stored(message));
    store
        .find_message(webhook.id, message.clone())
        .await?
        .ok_or(NOT_FOUND)?;
    if !webhook.fields.active || webhook.disabled_at.is_some() {
        let why = "The webhook is switched off, so nothing is sent. Switch it on, then replay the message.";
        return Err(ApiError::Conflict(why.to_owned()));
    }
    match store
        .replay_message(webhook.id, message.clone(), app.clock.now())
        .await?
    {
        MessageReplay::Pending => {}
        MessageReplay::AlreadyPending => {
            return Err(ApiError::Conflict("It is waiting to be sent already.".to_owned()));
        }
        MessageReplay::NotFound => return Err(NOT_FOUND),
    }
    app.webhooks.wake(webhook.id);
    let message = store.find_message(webhook.id, message).await?.ok_or(NOT_FOUND)?;
    Ok(Json(message.into()))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use konektor_store::{
        WebhookStore,
        model::{MessageAttempt, NextMessage, SettledMessage},
    };
    use serde_json::json;

    #[tokio::test]
    async fn what_was_given_up_is_sent_once_more_under_its_id() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let new = json!({ "url": "https://example.com/", "events": ["lead.created"] });
        let made = server.post("/webhooks", new).await.json;
        let id = made["id"].as_str().unwrap();
        let path = format!("/webhooks/{id}/messages");
        server.record(vec![server.visit(&promo, "", 1)]).await;
        server.set_clock(1_000);
        let message = server.get(&path).await.items("id")[0].as_str().unwrap().to_owned();
        let replay = async |message: &str| {
            let path = format!("{path}/{message}/replay");
            server.ask(&server.key, Method::POST, &path, None).await
        };
        assert_eq!(replay(&message).await.status, StatusCode::CONFLICT, "it waits");
        assert_eq!(replay("kn-0-lead").await.status, StatusCode::NOT_FOUND);

        let (store, now) = (&server.app.store, server.app.clock.now());
        let claim = store.claim_messages(id.parse().unwrap(), now, now, 1).await.unwrap();
        let settled = SettledMessage {
            row: claim.messages[0].row,
            attempt: MessageAttempt {
                at: now,
                status: Some(500),
                error: Some("The receiver answered 500.".to_owned()),
                duration_ms: 7,
            },
            next: NextMessage::Failed,
        };
        store.settle_messages(vec![settled]).await.unwrap();
        let failed = server.get(&path).await.json["items"][0].clone();
        assert_eq!(
            (&failed["state"], &failed["next_attempt_at"]),
            (&json!("failed"), &json!(null))
        );
        let attempt = json!({
            "at": "2026-08-17T02:00:01.000Z", "status": 500, "error": "The receiver answered 500.", "duration_ms": 7,
        });
        assert_eq!(failed["attempts"], json!([attempt]));

        let off = format!("/webhooks/{id}");
        server.patch(&off, json!({ "active": false })).await;
        assert_eq!(
            replay(&message).await.status,
            StatusCode::CONFLICT,
            "it is switched off"
        );
        server.patch(&off, json!({ "active": true })).await;
        let again = replay(&message).await;
        assert_eq!(again.status, StatusCode::OK, "{}", again.json);
        assert_eq!(
            (&again.json["id"], &again.json["state"], &again.json["next_attempt_at"]),
            (&json!(message), &json!("pending"), &json!("2026-08-17T02:00:01.000Z"))
        );
        assert_eq!(again.json["attempts"], json!([attempt]), "what was tried stays");
    }
}
