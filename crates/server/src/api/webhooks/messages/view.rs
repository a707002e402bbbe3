//! A message as the API shows it.

use crate::api::{
    page::Page,
    time::Time,
    words::{ClosedList, Words},
};
use konektor_core::webhook::EventKind;
use konektor_store::model::{Message, MessageAttempt, MessageState};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A message to a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookMessage)]
pub struct MessageView {
    /// Its id, which the receiver gets as `webhook-id`: the same in each attempt.
    #[schema(example = "kn-1S1XK5GZ00000-click")]
    id: String,
    /// What it is about; `webhook.test` for a test.
    #[schema(value_type = String, example = "click.recorded")]
    event: EventKind,
    /// When that happened.
    at: Time,
    /// How far it is.
    #[schema(value_type = MessageStateWord)]
    state: State,
    /// All attempts, oldest first.
    attempts: Vec<AttemptView>,
    /// When it is tried next; `null` if it does not wait.
    #[schema(required)]
    next_attempt_at: Option<Time>,
    /// What is sent: `type`, `timestamp` and `data`. `null` before the first attempt.
    #[schema(required, value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    payload: Option<serde_json::Value>,
}

/// A try to send a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
struct AttemptView {
    /// When it began.
    at: Time,
    /// HTTP status of the answer; `null` if there was none.
    #[schema(required, example = 200)]
    status: Option<u16>,
    /// What went wrong, in words; `null` if nothing did.
    #[schema(required)]
    error: Option<String>,
    /// How long it took.
    #[schema(example = 84)]
    duration_ms: u32,
}

/// A page of the list.
pub type MessagePage = Page<MessageView>;

/// How far a message is.
#[derive(Clone, Copy, Debug)]
pub struct State(pub MessageState);

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

/// Schema of [`State`].
pub type MessageStateWord = Words<State>;

impl ClosedList for State {
    const NAME: &'static str = "WebhookMessageState";
    const ABOUT: &'static str = "How far a message is. `pending`: it waits for an attempt. `sent`: the receiver took it. \
                                 `failed`: it was given up after the last attempt.";
    fn all() -> Vec<Self> {
        MessageState::ALL.map(Self).into()
    }
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        Self {
            id: message.id.to_string(),
            event: message.kind,
            at: Time(message.at),
            state: State(message.state),
            attempts: message.attempts.into_iter().map(AttemptView::from).collect(),
            next_attempt_at: message.due.map(Time),
            payload: message.payload.and_then(|payload| serde_json::from_str(&payload).ok()),
        }
    }
}

impl From<MessageAttempt> for AttemptView {
    fn from(attempt: MessageAttempt) -> Self {
        Self {
            at: Time(attempt.at),
            status: attempt.status,
            error: attempt.error,
            duration_ms: attempt.duration_ms,
        }
    }
}
