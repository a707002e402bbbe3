//! The connection with WhatsApp as the API shows it. Its secrets are never shown.

use crate::{api::time::Time, app::App};
use konektor_store::model::Whatsapp;
use serde::Serialize;
use utoipa::ToSchema;

/// A workspace's number at WhatsApp's Cloud API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Whatsapp)]
pub struct WhatsappView {
    /// Meta's id of the number. Messages to other numbers are left alone.
    #[schema(example = "106540352242922")]
    phone_number_id: String,
    /// The callback URL to enter at Meta.
    #[schema(example = "https://go.example.com/hooks/whatsapp/…")]
    url: String,
    /// Whether there is an app secret. Without one nothing is taken.
    has_app_secret: bool,
    /// Whether there is a verify token. Without one Meta cannot verify the URL.
    has_verify_token: bool,
    /// Since when.
    created_at: Time,
    /// When something last came.
    #[schema(required)]
    last_received_at: Option<Time>,
    /// Messages of people that came.
    messages: u64,
    /// Notices that a message was sent, delivered or read; nothing is done with them.
    statuses: u64,
    /// Other things, and messages to other numbers; nothing is done with them.
    others: u64,
    /// Posts that were refused because the signature does not fit the app secret.
    refused: u64,
}

impl WhatsappView {
    /// Shows a connection.
    pub(super) fn new(app: &App, whatsapp: Whatsapp) -> Self {
        let (fields, counts) = (whatsapp.fields, whatsapp.counts);
        Self {
            phone_number_id: fields.phone_number_id,
            url: format!("{}/hooks/whatsapp/{}", app.settings.base_url(), whatsapp.token),
            has_app_secret: fields.app_secret.is_some(),
            has_verify_token: fields.verify_token.is_some(),
            created_at: Time(whatsapp.created_at),
            last_received_at: whatsapp.last_received_at.map(Time),
            messages: counts.messages,
            statuses: counts.statuses,
            others: counts.others,
            refused: counts.refused,
        }
    }
}
