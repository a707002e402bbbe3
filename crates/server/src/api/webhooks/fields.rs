//! What may be said about a webhook, and when it is refused.

use super::view::WebhookEventWord;
use crate::{
    api::{body::not_null, checks::Checks, error::ApiError},
    app::App,
    webhooks::target::Target,
};
use konektor_core::webhook::{EventKind, EventKinds};
use konektor_store::model::{Webhook, WebhookFields};
use serde::Deserialize;
use utoipa::ToSchema;

/// A webhook to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where messages are sent: an address of the public internet, by https.
    #[schema(example = "https://example.com/konektor", max_length = 2000)]
    url: String,
    /// Of what it is told; absent for everything.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Vec<WebhookEventWord>, required = false, example = json!(["lead.created", "lead.updated"]))]
    events: Option<Vec<String>>,
    /// Switched on.
    #[serde(default = "yes")]
    #[schema(default = true)]
    active: bool,
}

/// What to change of a webhook. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    /// Where messages are sent, those that wait too. Another address ends a failure.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, max_length = 2000)]
    url: Option<String>,
    /// Of what it is told.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = Vec<WebhookEventWord>, required = false)]
    events: Option<Vec<String>>,
    /// Switched on; `true` also takes up one again that was given up. Off: no messages are made for it, and those that wait
    /// are kept.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    active: Option<bool>,
}

fn yes() -> bool {
    true
}

impl NewWebhook {
    /// The webhook's fields with this secret, sealed.
    pub(super) fn check(self, app: &App, secret: Vec<u8>) -> Result<WebhookFields, ApiError> {
        let mut checks = Checks::default();
        let url = url(&self.url, app, &mut checks);
        let events = match self.events {
            Some(words) => events(&words, &mut checks),
            None => EventKinds::all(),
        };
        checks.finish()?;
        Ok(WebhookFields {
            url,
            events,
            active: self.active,
            secret,
            previous: None,
        })
    }
}

impl WebhookPatch {
    /// The webhook's fields after the change, and whether it counts as well again.
    pub(super) fn apply(self, app: &App, webhook: &Webhook) -> Result<(WebhookFields, bool), ApiError> {
        let mut checks = Checks::default();
        let mut fields = webhook.fields.clone();
        if let Some(text) = self.url {
            fields.url = url(&text, app, &mut checks);
        }
        if let Some(words) = self.events {
            fields.events = events(&words, &mut checks);
        }
        checks.finish()?;
        fields.active = self.active.unwrap_or(fields.active);
        let revived = self.active == Some(true) || fields.url != webhook.fields.url;
        Ok((fields, revived))
    }
}

fn url(text: &str, app: &App, checks: &mut Checks) -> String {
    let text = text.trim();
    checks.ok("url", Target::parse(text, app.webhooks.transport.guard()));
    text.to_owned()
}

fn events(words: &[String], checks: &mut Checks) -> EventKinds {
    let mut kinds = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let field = format!("events[{n}]");
        // The kind of tests can be read, but not asked for.
        match crate::api::words::parse::<EventKind>("event", word) {
            Ok(kind) => kinds.push(kind),
            Err(error) => checks.refuse(field, error),
        }
    }
    if words.is_empty() {
        checks.refuse(
            "events",
            "Name at least one event, or leave the field out for all of them.",
        );
    }
    kinds.into_iter().collect()
}
