//! Plain data that goes in and out of the store.

mod delivery;
mod hooks;
mod identity;
mod keyed;
mod lead;
mod learning;
mod notices;
mod people;
mod privacy;
mod replay;
mod reports;
mod screening;
mod webhook;

pub use delivery::*;
pub use hooks::*;
pub use identity::*;
pub use keyed::*;
pub use lead::*;
pub use learning::*;
pub use notices::*;
pub use people::*;
pub use privacy::*;
pub use replay::*;
pub use reports::*;
pub use screening::*;
pub use webhook::*;

use konektor_core::{
    ids::{AgentId, ClickId, DestinationId, LeadId, RotatorId, WebhookId, WorkspaceId},
    rotation::learning::{Learned, Learning},
    routing::{Mode, Share},
    schedule::Hours,
    time::UnixMs,
};

/// What an installation's keys are made from.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Keys the fingerprints of requests and click IDs.
    pub fingerprint_key: [u8; 16],
    /// Salts of the signing keys, oldest first.
    pub signing_salts: Vec<(u16, [u8; 32])>,
}

/// A workspace to add.
#[derive(Clone, Debug)]
pub struct NewWorkspace {
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// IANA name, checked.
    pub time_zone: String,
    /// 16 random bytes.
    pub code_key: [u8; 16],
}

/// A workspace.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217; `None` is the country's.
    pub currency: Option<String>,
    /// Nothing is kept of visitors who did not consent.
    pub is_strict: bool,
}

/// An API key to add.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Whose.
    pub workspace: WorkspaceId,
    /// For people.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// `read`, `write`.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires_at: Option<UnixMs>,
}

/// An API key, without the key.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: i64,
    /// Whose.
    pub workspace: WorkspaceId,
    /// For people.
    pub name: String,
    /// `read`, `write`.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it ends.
    pub expires_at: Option<UnixMs>,
}

/// What an agent consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentFields {
    /// Shown to visitors.
    pub name: String,
    /// E.164 digits, checked.
    pub phone: String,
    /// Switched on.
    pub active: bool,
    /// Away until then.
    pub paused_until: Option<UnixMs>,
    /// `None` is always.
    pub hours: Option<Hours>,
    /// IANA name, checked; `None` is the workspace's.
    pub time_zone: Option<String>,
    /// Most new leads a day.
    pub daily_cap: Option<u32>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// Their id.
    pub id: AgentId,
    /// Since when.
    pub created_at: UnixMs,
    /// The rest.
    pub fields: AgentFields,
}

/// What a rotator consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct RotatorFields {
    /// `[a-z0-9-]`, checked.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Redirect or page.
    pub mode: Mode,
    /// The WhatsApp text, checked.
    pub message: String,
    /// `wa.me` or `api`.
    pub target: String,
    /// A phone number's digits, or an `https` address.
    pub fallback: Option<String>,
    /// The page's settings, as JSON.
    pub page: Option<serde_json::Value>,
    /// Agents of the same workspace, with weights, in the order that breaks ties.
    pub agents: Vec<Share>,
    /// How its shares are learned; `None` if they are not.
    pub learning: Option<Learning>,
}

/// A rotator.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotator {
    /// Its id.
    pub id: RotatorId,
    /// Since when.
    pub created_at: UnixMs,
    /// Reachable on the server's own host.
    pub on_public_host: bool,
    /// What it has learned; `None` if it does not learn, or has not been looked at yet.
    pub learned: Option<Learned>,
    /// The rest.
    pub fields: RotatorFields,
}

/// A lead that was made or came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldedLead {
    /// Who.
    pub lead: LeadId,
    /// Whom the click was handed to.
    pub agent: Option<AgentId>,
    /// The click made it.
    pub new: bool,
}

/// How far a pass of the fold came.
#[derive(Clone, Debug, Default)]
pub struct FoldProgress {
    /// Clicks folded by this pass.
    pub clicks: usize,
    /// The last click that is folded.
    pub watermark: ClickId,
    /// Leads that were made or came back, in order: what live dashboards are told.
    pub leads: Vec<FoldedLead>,
    /// Destinations that have something to send.
    pub destinations: Vec<DestinationId>,
    /// Webhooks that have something to be told.
    pub webhooks: Vec<WebhookId>,
}

/// What another server of the same database has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The routing snapshot is old.
    Routing,
    /// Leads were made or came back.
    Leads(Vec<FoldedLead>),
    /// Something for its dashboards, which only servers make sense of.
    Said(String),
    /// It was not heard what: all may have changed.
    Everything,
}
