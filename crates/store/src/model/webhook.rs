//! Plain data of webhooks: where other programs are told, the messages to them, the attempts.

use super::{Agent, Delivery, Lead};
use konektor_core::{
    click::Click,
    ids::{LeadId, RotatorId, WebhookId, WorkspaceId},
    time::UnixMs,
    webhook::{Absence, EventKind, EventKinds, MessageId},
};
use serde::{Deserialize, Serialize};

/// What a webhook consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookFields {
    /// Where messages are sent, as it was given.
    pub url: String,
    /// Which ones.
    pub events: EventKinds,
    /// Off: no messages are made for it, and what waits is kept.
    pub active: bool,
    /// Its secret, sealed.
    pub secret: Vec<u8>,
    /// The secret before it.
    pub previous: Option<PreviousSecret>,
}

/// A secret that was replaced: for a time messages are signed with it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousSecret {
    /// Sealed.
    pub sealed: Vec<u8>,
    /// Until when.
    pub until: UnixMs,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Since when. What happened before is not told.
    pub created_at: UnixMs,
    /// The rest.
    pub fields: WebhookFields,
    /// Since when no attempt has succeeded.
    pub failing_since: Option<UnixMs>,
    /// Since when it is given up.
    pub disabled_at: Option<UnixMs>,
}

/// How a webhook does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookHealth {
    /// An attempt succeeded.
    Ok,
    /// One failed.
    Failing,
    /// It is given up; the alert [`WEBHOOK_DISABLED`] says so in these words.
    Disabled {
        /// The words.
        message: String,
    },
}

/// The alert that a webhook was given up.
pub const WEBHOOK_DISABLED: &str = "webhook_disabled";

/// A message that is to be sent.
#[derive(Clone, Debug)]
pub struct ClaimedMessage {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: MessageId,
    /// What it is about.
    pub subject: MessageSubject,
    /// When that happened.
    pub at: UnixMs,
    /// Attempts of this round so far.
    pub tries: u32,
    /// What is sent; `None` before the first attempt.
    pub payload: Option<String>,
}

/// Messages that were claimed, and when there is more to do.
#[derive(Debug, Default)]
pub struct MessageClaim {
    /// In the order in which they were due.
    pub messages: Vec<ClaimedMessage>,
    /// When the next one that was not claimed is due.
    pub next_due: Option<UnixMs>,
}

/// What a message is about, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageSubject {
    /// Of which kind.
    pub kind: EventKind,
    /// Whom it is about.
    pub lead: Option<LeadId>,
    /// The click, the first change, the delivery, the absence, the reminder, or the digest.
    pub first: i64,
    /// The last change; else the same.
    pub last: i64,
}

/// What a message is about.
#[derive(Clone, Debug)]
pub enum MessageData {
    /// A new lead.
    Created(Box<Lead>),
    /// A lead with what was changed of it.
    Updated(Box<Lead>, Vec<Edited>),
    /// A click.
    Click(Box<Click>),
    /// A delivery, without what was sent and answered.
    Delivery(Box<Delivery>),
    /// An agent who is not available.
    Absence(Box<AbsentAgent>),
    /// A lead that nobody answers.
    Untouched(Box<super::UntouchedLead>),
    /// A digest: which days, of what it says is made when it is sent.
    Digest(super::Digest),
}

/// A change of one field of a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Which field.
    pub field: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
    /// Who or what: `key:3`, `user:1`.
    pub by: String,
}

/// An agent who is not available, with where they are missed.
#[derive(Clone, Debug, PartialEq)]
pub struct AbsentAgent {
    /// As they are now.
    pub agent: Agent,
    /// Why.
    pub why: Absence,
    /// Rotators that gave them leads.
    pub rotators: Vec<ShortRotator>,
}

/// A rotator that lacks an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortRotator {
    /// Its id.
    pub id: RotatorId,
    /// Its link.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Agents with a share in it who were left, apart from hours and caps.
    pub available: u32,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// It waits for an attempt.
    Pending,
    /// The receiver took it.
    Sent,
    /// It was given up.
    Failed,
}

impl MessageState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Sent, Self::Failed];

    /// As stored and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// A message, as people see it.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its row, by which a list goes on.
    pub row: i64,
    /// Its id.
    pub id: MessageId,
    /// What it is about.
    pub kind: EventKind,
    /// When that happened.
    pub at: UnixMs,
    /// How far it is.
    pub state: MessageState,
    /// Next attempt, if it is pending.
    pub due: Option<UnixMs>,
    /// Attempts, oldest first.
    pub attempts: Vec<MessageAttempt>,
    /// What is sent; `None` before the first attempt.
    pub payload: Option<String>,
}

/// One try to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageAttempt {
    /// When it began.
    pub at: UnixMs,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u32,
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub struct SettledMessage {
    /// The message's row.
    pub row: i64,
    /// The attempt.
    pub attempt: MessageAttempt,
    /// What becomes of the message.
    pub next: NextMessage,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextMessage {
    /// The receiver has it.
    Sent,
    /// It is given up.
    Failed,
    /// Once more at this time.
    Again(UnixMs),
}

/// Which messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageFilter {
    /// In this state.
    pub state: Option<MessageState>,
    /// About this.
    pub kind: Option<EventKind>,
}

/// What came of asking for a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageReplay {
    /// It is pending again.
    Pending,
    /// It is pending already.
    AlreadyPending,
    /// There is no such message.
    NotFound,
}
