//! `POST /hooks/whatsapp/{token}`: what Meta signed is taken in, and answered 200 once it is stored. Meta sends again what
//! was answered otherwise, so only what can never be taken is refused.

use super::{find, message, opened};
use crate::{
    api::error::{ApiError, BODY_MAX_BYTES},
    hooks::{Hooks, taken},
};
use axum::{
    body::{Bytes, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use konektor_core::whatsapp::{self, Notification};
use konektor_store::{
    Hooks as _,
    model::{Whatsapp, WhatsappCounts},
};
use std::sync::Arc;

/// Meta puts up to a thousand changes into one post.
const MOST_BYTES: usize = 3 * 1024 * 1024;
const _: () = assert!(MOST_BYTES > BODY_MAX_BYTES);

/// Takes a notification.
pub async fn receive(
    State(hooks): State<Arc<Hooks>>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let connection = find(&hooks, token).await?;
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MOST_BYTES).await.map_err(|_| ApiError::TooLarge)?;
    // A task of its own: what was signed is taken, even if Meta does not wait for the answer.
    let taken = tokio::spawn(async move { take(&hooks, &connection, &head.headers, &body).await });
    taken
        .await
        .map_err(|_| ApiError::Broken("taking a WhatsApp notification panicked"))?
}

async fn take(hooks: &Hooks, connection: &Whatsapp, headers: &HeaderMap, body: &Bytes) -> Result<Response, ApiError> {
    let sealed = connection.fields.app_secret.as_deref();
    let secret = opened(hooks, connection.workspace, "app_secret", sealed)?;
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    if !secret.is_some_and(|secret| whatsapp::is_signed(&secret, signature, body)) {
        let refused = WhatsappCounts {
            refused: 1,
            ..WhatsappCounts::default()
        };
        count(hooks, connection, refused).await;
        return Err(ApiError::Forbidden(
            "X-Hub-Signature-256 does not fit the body and the app secret that is set in the dashboard.".to_owned(),
        ));
    }
    // Signed but unreadable: to refuse it would only bring it again.
    let notification = whatsapp::read(body).unwrap_or(Notification {
        others: 1,
        ..Notification::default()
    });
    let counts = take_messages(hooks, connection, notification).await?;
    count(hooks, connection, counts).await;
    Ok((StatusCode::OK, "ok\n").into_response())
}

async fn take_messages(
    hooks: &Hooks,
    connection: &Whatsapp,
    notification: Notification,
) -> Result<WhatsappCounts, ApiError> {
    let mut counts = WhatsappCounts {
        statuses: notification.statuses as u64,
        others: notification.others as u64,
        ..WhatsappCounts::default()
    };
    let workspace = hooks.app.routing.load().workspace(connection.workspace).cloned();
    let workspace = workspace.ok_or(ApiError::Broken("a WhatsApp number of a workspace that does not exist"))?;
    for message in notification.messages {
        // An app may have several numbers, of which the others are none of our business.
        if message.phone_number_id != connection.fields.phone_number_id {
            counts.others += 1;
            continue;
        }
        counts.messages += 1;
        if let Some(lead) = message::take(hooks, &workspace, &message).await? {
            taken::tell(&hooks.app, lead).await?;
        }
    }
    Ok(counts)
}

async fn count(hooks: &Hooks, connection: &Whatsapp, counts: WhatsappCounts) {
    let app = &hooks.app;
    for (outcome, n) in [
        ("message", counts.messages),
        ("status", counts.statuses),
        ("other", counts.others),
        ("refused", counts.refused),
    ] {
        metrics::counter!("konektor_whatsapp_total", "kind" => outcome).increment(n);
    }
    let counted = app.store.count_whatsapp(connection.workspace, counts, app.clock.now());
    if let Err(error) = counted.await {
        tracing::error!(%error, "what came from WhatsApp could not be counted");
    }
}
