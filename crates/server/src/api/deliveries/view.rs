//! A delivery as the API shows it.

use super::Waiting;
use crate::api::{
    page::Page,
    time::Time,
    words::{DeliveryStateWord, DestinationPlatform, DestinationPlatformWord, EventTrigger, EventTriggerWord},
};
use konektor_core::{event::DeliveryState, identity::code::CodeKey};
use konektor_store::model::{Delivery, DeliveryResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// An event on its way to an ad platform.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Its id.
    #[schema(example = "812")]
    id: String,
    /// To which destination.
    destination_id: String,
    /// Of which platform.
    #[schema(value_type = DestinationPlatformWord)]
    platform: DestinationPlatform,
    /// Of which lead.
    lead_id: String,
    /// Its visitor code.
    #[schema(example = "7QK3M9D")]
    lead_code: String,
    /// What made the event.
    #[schema(value_type = EventTriggerWord)]
    event: EventTrigger,
    /// What the platform calls it.
    #[schema(example = "Contact")]
    event_name: String,
    /// By which the platform knows it again: the same in each attempt.
    #[schema(example = "kn-1S1XK5GZ00000-click")]
    event_id: String,
    /// When it happened.
    at: Time,
    /// It is not sent before.
    not_before: Time,
    /// It is not sent from then on.
    expires_at: Time,
    /// How far it is.
    #[schema(value_type = DeliveryStateWord)]
    state: DeliveryState,
    /// When that was settled; `null` while it waits.
    #[schema(required)]
    settled_at: Option<Time>,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next; `null` if it does not wait.
    #[schema(required)]
    next_attempt: Option<Time>,
    /// The platform's code, or ours.
    #[schema(required, example = "100/2804003")]
    code: Option<String>,
    /// Why it is so, in plain words.
    #[schema(required)]
    reason: Option<String>,
    /// What was last sent of it, credentials struck out; `null` if nothing was, and in pages of more than 50.
    #[schema(required)]
    request: Option<String>,
    /// The answer to that, which may be about other events of the same request too; `null` if there was none, and in
    /// pages of more than 50.
    #[schema(required)]
    response: Option<ResponseView>,
}

/// A platform's answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryResponse)]
struct ResponseView {
    /// When it came, or was given up.
    at: Time,
    /// HTTP status; `null` if there was no answer.
    #[schema(required, example = 200)]
    status: Option<u16>,
    /// By which the platform's support finds the request.
    #[schema(required)]
    trace: Option<String>,
    /// Its body, or what went wrong instead.
    body: String,
}

/// A page of the list.
pub type DeliveryPage = Page<DeliveryView>;

impl DeliveryView {
    /// Shows a delivery of the workspace whose code key this is.
    pub fn new(delivery: Delivery, key: &CodeKey, waiting: &Waiting) -> Self {
        let reason = waiting.reason(&delivery);
        Self {
            id: delivery.id.to_string(),
            destination_id: delivery.destination.to_string(),
            platform: DestinationPlatform(delivery.platform),
            lead_id: delivery.lead.packed().to_string(),
            lead_code: key.code(delivery.lead.number).to_string(),
            event: EventTrigger(delivery.trigger),
            event_name: delivery.name,
            event_id: delivery.event_id.to_string(),
            at: Time(delivery.at),
            not_before: Time(delivery.not_before),
            expires_at: Time(delivery.expires_at),
            state: delivery.state,
            settled_at: delivery.settled_at.map(Time),
            attempts: delivery.attempts,
            next_attempt: delivery.due.map(Time),
            code: delivery.code,
            reason,
            request: delivery.request,
            response: delivery.response.map(ResponseView::from),
        }
    }
}

impl From<DeliveryResponse> for ResponseView {
    fn from(response: DeliveryResponse) -> Self {
        Self {
            at: Time(response.at),
            status: response.status,
            trace: response.trace,
            body: response.body,
        }
    }
}
