//! Plain data of ad platforms: destinations, deliveries, what was said about them, alerts.

use konektor_core::{
    attribution::Platform,
    click::Click,
    event::{Consent, DeliveryState, EventId, Hold, Mapping, Trigger},
    ids::{DeliveryId, DestinationId, LeadId, WorkspaceId},
    time::UnixMs,
};
use serde::{Deserialize, Serialize};

/// What a destination consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct DestinationFields {
    /// One that there is an adapter for.
    pub platform: Platform,
    /// For people.
    pub name: String,
    /// The platform's settings, checked.
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// Credentials, sealed.
    pub sealed: Vec<u8>,
    /// Which events.
    pub mapping: Mapping,
    /// Of visitors who said nothing.
    pub consent: Consent,
    /// Off: its events wait.
    pub active: bool,
}

/// A destination.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// Its id.
    pub id: DestinationId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Since when.
    pub created_at: UnixMs,
    /// The rest.
    pub fields: DestinationFields,
    /// Why nothing is sent there.
    pub hold: Option<DestinationHold>,
}

/// Why nothing is sent to a destination until somebody repairs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationHold {
    /// What it waits for.
    pub kind: Hold,
    /// The platform's code.
    pub code: Option<String>,
    /// The platform's words.
    pub reason: String,
    /// Since when.
    pub since: UnixMs,
}

/// A delivery that is to be sent, with all that its event is made of.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: DeliveryId,
    /// The event's stable id.
    pub event_id: EventId,
    /// What made the event.
    pub trigger: Trigger,
    /// The platform's name of it.
    pub name: String,
    /// When it happened.
    pub at: UnixMs,
    /// Whether it may be told.
    pub consent: Consent,
    /// What was known of the lead when the event was made.
    pub details: EventDetails,
    /// The click that it is attributed to.
    pub click: Click,
    /// Whose.
    pub lead: LeadId,
    /// Attempts, this one included.
    pub attempts: u32,
    /// Not from then on.
    pub expires_at: UnixMs,
}

/// What an event of a status says of its lead, as it was then: so a retry says the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDetails {
    /// E.164 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// As given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Thousandths of the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// Deliveries that were claimed, and when there is more to do.
#[derive(Debug, Default)]
pub struct Claim {
    /// In the order in which they were due.
    pub deliveries: Vec<Claimed>,
    /// When the next pending one that was not claimed is due.
    pub next_due: Option<UnixMs>,
}

/// What came of a request to a platform.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// To which destination.
    pub destination: DestinationId,
    /// When it was answered or given up.
    pub at: UnixMs,
    /// HTTP status, if it was answered.
    pub status: Option<u16>,
    /// The platform's id of the request.
    pub trace: Option<String>,
    /// The answer's body, or what went wrong instead, without credentials; `None` if nothing was sent, and the answer
    /// before is still the last.
    pub response: Option<String>,
    /// When to ask what became of it.
    pub confirm_at: Option<UnixMs>,
    /// What it means for each delivery.
    pub settled: Vec<Settled>,
}

/// What an exchange means for a delivery.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Which.
    pub id: DeliveryId,
    /// What becomes of it.
    pub next: Next,
    /// The platform's code.
    pub code: Option<String>,
    /// In plain words; `None` keeps what is there, code too, of one that is sent again.
    pub reason: Option<String>,
    /// What was sent of it, credentials struck out; `None` keeps what is there.
    pub request: Option<String>,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The platform has it.
    Sent,
    /// The platform says that it counts.
    Confirmed,
    /// Never.
    Dropped,
    /// Too old.
    Expired,
    /// Once more at this time.
    Again(UnixMs),
    /// Once more at this time; this attempt is not counted, for it was not this event's fault.
    AgainUncounted(UnixMs),
}

/// A request whose events the platform has taken but not yet judged.
#[derive(Clone, Debug)]
pub struct Unconfirmed {
    /// The exchange's id.
    pub exchange: i64,
    /// The platform's id of the request.
    pub trace: String,
    /// How often it was asked already.
    pub tries: u32,
    /// Its deliveries that are `sent`.
    pub deliveries: Vec<DeliveryId>,
}

/// A delivery, as people see it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// To which destination.
    pub destination: DestinationId,
    /// Of which platform.
    pub platform: Platform,
    /// Of which lead.
    pub lead: LeadId,
    /// What made the event.
    pub trigger: Trigger,
    /// The platform's name of it.
    pub name: String,
    /// The event's stable id.
    pub event_id: EventId,
    /// When it happened.
    pub at: UnixMs,
    /// Not sent before.
    pub not_before: UnixMs,
    /// Not sent from then on.
    pub expires_at: UnixMs,
    /// How far it is; `held` where its destination is.
    pub state: DeliveryState,
    /// Next attempt, if it is pending.
    pub due: Option<UnixMs>,
    /// How often it was tried.
    pub attempts: u32,
    /// The platform's code.
    pub code: Option<String>,
    /// Why it is so, in plain words.
    pub reason: Option<String>,
    /// What was last sent of it, credentials struck out.
    pub request: Option<String>,
    /// The last answer.
    pub response: Option<DeliveryResponse>,
    /// When its state was last settled.
    pub settled_at: Option<UnixMs>,
}

/// The answer to the request that a delivery was last in.
#[derive(Clone, Debug)]
pub struct DeliveryResponse {
    /// When.
    pub at: UnixMs,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// The platform's id of the request.
    pub trace: Option<String>,
    /// Its body, or what went wrong.
    pub body: String,
}

/// Which deliveries.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// To this destination.
    pub destination: Option<DestinationId>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of this lead.
    pub lead: Option<LeadId>,
    /// Made by this.
    pub trigger: Option<Trigger>,
    /// Happened at or after.
    pub from: Option<UnixMs>,
    /// Happened before.
    pub to: Option<UnixMs>,
}

/// What came of asking for a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It is pending again.
    Pending,
    /// It is too old for its platform since then.
    TooOld(UnixMs),
    /// It is pending already.
    AlreadyPending,
    /// The platform has it, and would count it twice at worst.
    AlreadySent,
    /// It was not sent because the visitor refused, and that holds.
    NoConsent,
    /// Its destination is not there any more.
    DestinationRemoved,
    /// There is no such delivery.
    NotFound,
}

/// How a destination's deliveries stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DestinationStats {
    /// Waiting.
    pub pending: u64,
    /// Since when the oldest of them may be sent, or from when on; attempts do not move it.
    pub oldest_due: Option<UnixMs>,
    /// Taken or confirmed within the last 24 hours.
    pub sent_today: u64,
    /// Refused or expired within the last 24 hours.
    pub failed_today: u64,
    /// When the platform last took one.
    pub last_sent: Option<UnixMs>,
}

/// The alert that nothing is sent to a destination until somebody repairs it.
pub const DESTINATION_HELD: &str = "destination_held";
/// The alert that a destination has taken nothing for a while although something waits.
pub const DESTINATION_SILENT: &str = "destination_silent";

/// What somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its id.
    pub id: i64,
    /// Whose.
    pub workspace: WorkspaceId,
    /// [`DESTINATION_HELD`], [`DESTINATION_SILENT`].
    pub kind: String,
    /// The destination.
    pub subject: i64,
    /// In plain words.
    pub message: String,
    /// Since when.
    pub since: UnixMs,
}
