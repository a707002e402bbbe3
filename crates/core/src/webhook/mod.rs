//! Webhooks: what other programs are told, derived from what was committed.
//!
//! The fold asks here which messages a click or a change of a lead makes, and stores them in the transaction of its
//! watermark. A message's id follows from what it is about, so a fold that is done again makes the same one. Who may be
//! reached is in [`address`], when to try again in [`retry`]; what a message says is made by the server.

mod absence;
pub mod address;
mod message;
pub mod retry;

pub use absence::{Absence, Standing, absence};
pub use message::{
    AgentAbsence, Hold, LeadChange, MessageId, NewMessage, of_absences, of_changes, of_clicks, of_digest, of_holds,
    of_untouched,
};

use crate::{
    ids::{WebhookId, WorkspaceId},
    lead::UnknownWord,
    time::UnixMs,
};
use serde::{Serialize, Serializer};
use std::str::FromStr;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A person clicked who was not known.
    LeadCreated,
    /// Somebody or something changed a lead. A click alone is no such change.
    LeadUpdated,
    /// A click was counted.
    ClickRecorded,
    /// An event for an ad platform was given up, or waits until somebody repairs its destination.
    DeliveryFailed,
    /// An agent who gets leads was switched off, paused or removed.
    AgentUnavailable,
    /// Nobody answers a lead: its agent was reminded, or another agent has it now.
    LeadUntouched,
    /// A day's or week's digest.
    Digest,
    /// Somebody tries the webhook out. Nobody can ask for it.
    Test,
}

impl EventKind {
    /// Those that a webhook can ask for.
    pub const ALL: [Self; 7] = [
        Self::LeadCreated,
        Self::LeadUpdated,
        Self::ClickRecorded,
        Self::DeliveryFailed,
        Self::AgentUnavailable,
        Self::LeadUntouched,
        Self::Digest,
    ];

    /// As messages and the API name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeadCreated => "lead.created",
            Self::LeadUpdated => "lead.updated",
            Self::ClickRecorded => "click.recorded",
            Self::DeliveryFailed => "delivery.failed",
            Self::AgentUnavailable => "agent.unavailable",
            Self::LeadUntouched => "lead.untouched",
            Self::Digest => "digest",
            Self::Test => "webhook.test",
        }
    }
}

impl FromStr for EventKind {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = Self::ALL.into_iter().chain([Self::Test]);
        all.find(|kind| kind.as_str() == text).ok_or_else(|| UnknownWord {
            what: "kind of message",
            word: text.chars().take(40).collect(),
            known: Self::ALL.map(Self::as_str).join(", "),
        })
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Which kinds a webhook asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventKinds(u8);

impl EventKinds {
    /// All of them.
    pub fn all() -> Self {
        EventKind::ALL.into_iter().collect()
    }

    /// Whether this kind is among them.
    pub fn contains(self, kind: EventKind) -> bool {
        self.0 & bit(kind) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In the order of [`EventKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<EventKind> for EventKinds {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | bit(kind)))
    }
}

fn bit(kind: EventKind) -> u8 {
    1 << kind as u8
}

/// A webhook as far as the fold needs to know it. One that is switched off or disabled is not in the snapshot: nothing
/// is kept for it.
#[derive(Clone, Debug)]
pub struct WebhookRoute {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// What it asks for.
    pub events: EventKinds,
    /// What happened before is not told.
    pub created_at: UnixMs,
}

impl WebhookRoute {
    /// Whether it is told of something of this kind that happened then.
    pub fn wants(&self, kind: EventKind, at: UnixMs) -> bool {
        self.created_at <= at && self.events.contains(kind)
    }
}
