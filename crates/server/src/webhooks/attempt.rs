//! One attempt to send one message.

use super::secret::Secrets;
use crate::app::App;
use konektor_core::webhook::MessageId;
use konektor_store::model::MessageAttempt;
use std::time::Duration;

/// What an attempt was, and what the receiver asks for.
#[derive(Debug)]
pub struct Attempted {
    /// As it is written down.
    pub attempt: MessageAttempt,
    /// How long the receiver asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl Attempted {
    /// Whether the receiver took the message.
    pub fn is_taken(&self) -> bool {
        self.attempt.error.is_none()
    }

    /// Whether the receiver wants no more messages, ever.
    pub fn is_gone(&self) -> bool {
        self.attempt.status == Some(410)
    }
}

/// Signs and posts a message, now.
pub async fn attempt(app: &App, url: &str, secrets: &Secrets, id: &MessageId, payload: String) -> Attempted {
    let at = app.clock.now();
    let headers = secrets.headers(id, &payload, at);
    let posted = app.webhooks.transport.post(url, headers, payload).await;
    let attempt = MessageAttempt {
        at,
        status: posted.status,
        error: posted.error,
        duration_ms: u32::try_from(posted.duration.as_millis()).unwrap_or(u32::MAX),
    };
    Attempted {
        attempt,
        retry_after: posted.retry_after,
    }
}
