//! A webhook as the API shows it. Its secret is shown once, when it is made.

use crate::{
    api::{
        page::Page,
        time::Time,
        words::{ClosedList, Words},
    },
    webhooks::secret::Secret,
};
use konektor_core::{time::UnixMs, webhook::EventKind};
use konektor_store::model::Webhook;
use serde::Serialize;
use utoipa::ToSchema;

/// Another program that is told of what happens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// Its id.
    #[schema(example = "4503599627370496")]
    pub(super) id: String,
    /// Since when. What happened before is not told.
    created_at: Time,
    /// Where messages are sent.
    #[schema(example = "https://example.com/konektor")]
    url: String,
    /// Of what it is told.
    #[schema(value_type = Vec<WebhookEventWord>)]
    events: Vec<EventKind>,
    /// Switched on. While it is off, no messages are made for it.
    active: bool,
    /// `failing`: the latest attempts failed, and are made again. `disabled`: given up after five days of it; `active: true`
    /// switches it on again. Else `ok`.
    #[schema(value_type = WebhookStateWord)]
    state: State,
    /// Since when no attempt has succeeded; `null` if the latest did.
    #[schema(required)]
    failing_since: Option<Time>,
    /// Until when messages are also signed with the secret before; `null` if there is none.
    #[schema(required)]
    previous_secret_until: Option<Time>,
    /// What messages are signed with, as Standard Webhooks libraries take it. Only in the answer that made it; it is never
    /// shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: Option<String>,
}

/// A page of the list.
pub type WebhookPage = Page<WebhookView>;

/// How a webhook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Well.
    Ok,
    /// Its receiver does not take what it is sent.
    Failing,
    /// It was given up.
    Disabled,
}

/// Schema of [`State`].
pub type WebhookStateWord = Words<State>;
/// Schema of [`EventKind`], as far as somebody can ask for it.
pub type WebhookEventWord = Words<EventKind>;

impl ClosedList for State {
    const NAME: &'static str = "WebhookState";
    const ABOUT: &'static str = "How a webhook does.";
    fn all() -> Vec<Self> {
        vec![Self::Ok, Self::Failing, Self::Disabled]
    }
}

impl ClosedList for EventKind {
    const NAME: &'static str = "WebhookEvent";
    const ABOUT: &'static str = "What messages are about.";
    fn all() -> Vec<Self> {
        Self::ALL.into()
    }
}

impl WebhookView {
    /// Shows a webhook.
    pub(super) fn new(webhook: Webhook, now: UnixMs) -> Self {
        let state = match (webhook.disabled_at, webhook.failing_since) {
            (Some(_), _) => State::Disabled,
            (None, Some(_)) => State::Failing,
            (None, None) => State::Ok,
        };
        let fields = webhook.fields;
        let previous = fields.previous.map(|previous| previous.until);
        Self {
            id: webhook.id.to_string(),
            created_at: Time(webhook.created_at),
            url: fields.url,
            events: fields.events.iter().collect(),
            active: fields.active,
            state,
            failing_since: webhook.failing_since.map(Time),
            previous_secret_until: previous.filter(|until| now < *until).map(Time),
            secret: None,
        }
    }

    /// Shows it with its secret, this once.
    pub(super) fn with_secret(self, secret: &Secret) -> Self {
        Self {
            secret: Some(secret.reveal()),
            ..self
        }
    }
}
