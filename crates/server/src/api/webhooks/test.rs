//! `POST /webhooks/{id}/test`

use super::{find, messages::MessageView};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        error::ApiError,
        refusals::{Conflicting, Missing, Refused},
    },
    app::App,
    webhooks::{attempt::attempt, payload, random_id, secret::Secrets},
};
use axum::{Json, extract::State};
use konektor_store::{
    WebhookStore,
    model::{NextMessage, SettledMessage},
};
use std::sync::Arc;

/// How long the sender leaves the message alone: if this server ends in between, it sends it later.
const LEASE_MS: i64 = 60_000;

/// Sends the receiver a message of the type `webhook.test`, now and once, and shows what came of it. Whether the webhook is
/// switched on plays no part, and how it does is not changed.
#[utoipa::path(
    post, path = "/webhooks/{id}/test", operation_id = "test_webhook", tag = "webhooks",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The message with its attempt.", body = MessageView),
        Missing, Conflicting, Refused
    )
)]
pub async fn test(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<MessageView>, ApiError> {
    let webhook = find(&app, &caller.workspace, &id).await?;
    let secrets = Secrets::open(&app, &webhook)
        .map_err(|error| ApiError::Conflict(format!("Its secret cannot be used: {error}. Give it a new one.")))?;
    let (now, message) = (app.clock.now(), random_id());
    let payload = payload::test_body(now, &webhook.id.to_string()).ok_or(ApiError::Broken("a test message"))?;
    let row = app
        .store
        .add_test_message(webhook.id, message.clone(), payload.clone(), now, now.plus_ms(LEASE_MS))
        .await?;
    let attempted = attempt(&app, &webhook.fields.url, &secrets, &message, payload).await;
    let next = match attempted.is_taken() {
        true => NextMessage::Sent,
        false => NextMessage::Failed,
    };
    let settled = SettledMessage {
        row,
        attempt: attempted.attempt,
        next,
    };
    app.store.settle_messages(vec![settled]).await?;
    let message = app.store.find_message(webhook.id, message).await?;
    message
        .map(|message| Json(message.into()))
        .ok_or(ApiError::Broken("a test message is not there any more"))
}
