//! Plain data that goes in and out of the store.

mod delivery;
mod hooks;
mod identity;
mod keyed;
mod people;
mod privacy;
mod replay;
mod webhook;

pub use delivery::*;
pub use hooks::*;
pub use identity::*;
pub use keyed::*;
pub use people::*;
pub use privacy::*;
pub use replay::*;
pub use webhook::*;

use konektor_core::{
    attribution::Platform,
    click::Click,
    fold::Came,
    ids::{AgentId, ClickId, DestinationId, LeadId, RotatorId, WebhookId, WorkspaceId},
    lead::{Arrival, NameSource, Status, TrackingStatus},
    routing::{Mode, Share},
    schedule::Hours,
    screening::Class,
    time::{Day, UnixMs},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
    /// The rest.
    pub fields: RotatorFields,
}

/// A lead with its first and latest click, and with those of the leads that were merged into it.
#[derive(Clone, Debug)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// When it first came, or was made.
    pub created_at: UnixMs,
    /// Owner where it was born.
    pub agent: Option<AgentId>,
    /// The owner was set by hand.
    pub pinned: bool,
    /// Came by a link that another browser had opened before.
    pub shared_link: bool,
    /// Somebody who only typed its code said something of it.
    pub unverified: bool,
    /// Was made for somebody who used a code that was bound to another person.
    pub reused_code: bool,
    /// Others were merged into it.
    pub merged: bool,
    /// Where a person or a form gave one; else it is the automatic one.
    pub name: Option<(String, NameSource)>,
    /// Its status.
    pub status: Status,
    /// E.164 digits.
    pub phone: Option<String>,
    /// As given.
    pub email: Option<String>,
    /// In thousandths of the currency.
    pub value: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Free text.
    pub notes: Option<String>,
    /// Counted clicks.
    pub click_count: u32,
    /// Its first click; `None` if it never clicked.
    pub first: Option<Click>,
    /// Its latest click; the first again where there is only one.
    pub last: Option<Click>,
    /// When its chat started, if that was told.
    pub arrival: Option<Arrival>,
    /// What the ad platforms know of it.
    pub tracking: TrackingStatus,
}

/// Which leads.
#[derive(Clone, Debug, Default)]
pub struct LeadFilter {
    /// In this status.
    pub status: Option<Status>,
    /// Owned by.
    pub agent: Option<AgentId>,
    /// Born at.
    pub rotator: Option<RotatorId>,
    /// First or latest touch through this platform.
    pub platform: Option<Platform>,
    /// First touch's `utm_source`.
    pub source: Option<String>,
    /// First touch's `utm_campaign`.
    pub campaign: Option<String>,
    /// Born at or after.
    pub from: Option<UnixMs>,
    /// Born before.
    pub to: Option<UnixMs>,
    /// By what the ad platforms know of it.
    pub tracking: Option<TrackingStatus>,
    /// Any of these.
    pub search: Option<LeadSearch>,
}

/// What a search text may mean; a lead matches by any of them.
#[derive(Clone, Debug, Default)]
pub struct LeadSearch {
    /// A code's lead.
    pub lead: Option<LeadId>,
    /// A name starts so.
    pub name_prefix: Option<String>,
    /// A phone number starts with one of these digits.
    pub phone_prefixes: Vec<String>,
    /// An e-mail address starts so.
    pub email_prefix: Option<String>,
}

/// What to change of a lead; `None` keeps, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct LeadPatch {
    /// A name with who gave it; `Some(None)` goes back to the automatic one.
    pub name: Option<Option<(String, NameSource)>>,
    /// A status.
    pub status: Option<Status>,
    /// Whether its chat has started; what is so already is not noted again.
    pub arrived: Option<bool>,
    /// E.164 digits.
    pub phone: Option<Option<String>>,
    /// An e-mail address.
    pub email: Option<Option<String>>,
    /// Hands the lead to this agent, at every rotator.
    pub agent: Option<AgentId>,
    /// Thousandths of the currency.
    pub value: Option<Option<i64>>,
    /// ISO 4217.
    pub currency: Option<Option<String>>,
    /// Free text.
    pub notes: Option<Option<String>>,
}

/// Something that happened to a lead.
#[derive(Clone, Debug)]
pub enum TimelineItem {
    /// A click.
    Click(Box<Click>),
    /// What an ad platform is told of it.
    Delivery(Box<Delivery>),
    /// What a form, a message or an import said.
    Submission(Box<StoredSubmission>),
    /// It and another lead became one, or were taken apart.
    Merge {
        /// When.
        at: UnixMs,
        /// The other lead.
        other: LeadId,
        /// This lead was merged into the other; else the other into this one.
        into: bool,
        /// They were taken apart.
        undone: bool,
        /// Who or what did it.
        by: String,
    },
    /// An edit.
    Change {
        /// When.
        at: UnixMs,
        /// Which field.
        field: String,
        /// Before.
        old: Option<String>,
        /// After.
        new: Option<String>,
        /// Who or what: `key:3`, `user:1`.
        by: String,
    },
}

impl TimelineItem {
    /// When it happened.
    pub fn at(&self) -> UnixMs {
        match self {
            Self::Click(click) => click.at,
            Self::Delivery(delivery) => delivery.at,
            Self::Submission(submission) => submission.at,
            Self::Merge { at, .. } | Self::Change { at, .. } => *at,
        }
    }
}

/// Requests of one kind that were not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screened {
    /// Whose.
    pub workspace: WorkspaceId,
    /// The workspace's day.
    pub day: Day,
    /// At which link.
    pub rotator: RotatorId,
    /// Why not.
    pub reason: Class,
    /// How many.
    pub count: u64,
}

/// How often something happened at a link on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Whose.
    pub workspace: WorkspaceId,
    /// The workspace's day.
    pub day: Day,
    /// At which link.
    pub rotator: RotatorId,
    /// What: [`VIEWS`], [`PAGE_FORMS`] or [`ORPHANS`].
    pub metric: &'static str,
    /// Of which kind; empty where there is one only.
    pub key: Cow<'static, str>,
    /// How many.
    pub n: u64,
}

/// Counter of pages that were shown to people.
pub const VIEWS: &str = "views";
/// Counter of pages' forms; its keys say what became of them.
pub const PAGE_FORMS: &str = "page_forms";

/// Counter of people's requests for links that are not there; its keys are their slugs, its rotator is 0.
pub const ORPHANS: &str = "orphans";

/// Most clicks of the log that are looked at for a workspace's latest.
pub const LOG_LOOK: usize = 50_000;

/// A request that was not counted, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Whose.
    pub workspace: WorkspaceId,
    /// At which link.
    pub rotator: RotatorId,
    /// Why not.
    pub reason: Class,
    /// When.
    pub at: UnixMs,
    /// Request line and headers, without cookies and address.
    pub request: String,
}

/// Days and link that a report is about.
#[derive(Clone, Copy, Debug)]
pub struct ReportRange {
    /// First day.
    pub from: Day,
    /// Last day, included.
    pub to: Day,
    /// At this link only.
    pub rotator: Option<RotatorId>,
}

/// A counter of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The day.
    pub day: Day,
    /// At which link.
    pub rotator: RotatorId,
    /// Of which kind.
    pub key: String,
    /// How many.
    pub n: u64,
}

/// Where clicks came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCount {
    /// The platform, source or campaign; empty for clicks that had none.
    pub name: String,
    /// What came.
    pub came: Came,
}

/// Leads that first came within some time.
#[derive(Clone, Copy, Debug)]
pub struct BornRange {
    /// At or after.
    pub from: UnixMs,
    /// Before.
    pub to: UnixMs,
    /// At this link only.
    pub rotator: Option<RotatorId>,
}

/// Leads that stand alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkedLeads {
    /// Whose they are.
    pub agent: Option<AgentId>,
    /// How far they have come.
    pub status: Status,
    /// Of their value.
    pub currency: Option<String>,
    /// How many.
    pub leads: u64,
    /// What they are worth together, in thousandths of the currency.
    pub value: i128,
}

/// How the leads of some time stand. Those on which nobody has worked are neither in the one nor in the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Leads on which somebody has worked.
    pub worked: Vec<WorkedLeads>,
    /// Leads that were removed, and those that another stands for.
    pub gone: u64,
    /// Leads that no click made, worked or not, gone or not: whoever counts clicks does not know of them.
    pub added: u64,
}

/// By what leads are summed whose chat has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalGroup {
    /// The platform of their first touch.
    Platform,
    /// Its `utm_source`.
    Source,
    /// Its `utm_campaign`.
    Campaign,
    /// The agent whose they are.
    Agent,
    /// The link by which they first came.
    Rotator,
    /// The app in whose browser they first came.
    InApp,
}

impl ArrivalGroup {
    /// The column of the projection.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Source => "source",
            Self::Campaign => "campaign",
            Self::Agent => "agent_id",
            Self::Rotator => "rotator_id",
            Self::InApp => "in_app",
        }
    }
}

/// By which day a sale is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaleDate {
    /// The day on which the lead was won.
    Sale,
    /// The day on which the lead first came.
    FirstClick,
}

impl SaleDate {
    /// The column of the projection.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Sale => "won_at",
            Self::FirstClick => "born_at",
        }
    }
}

/// A lead that is won.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// When it was won.
    pub won_at: UnixMs,
    /// When it first came.
    pub born_at: UnixMs,
    /// It had clicked more than once by then.
    pub returning: bool,
    /// In thousandths of the currency.
    pub value: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
}

/// Most sales of one report.
pub const SALES_MOST: usize = 100_000;

/// A line of the rotation ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerLine {
    /// At which link.
    pub rotator: RotatorId,
    /// Whose.
    pub agent: AgentId,
    /// The agent's day.
    pub day: Day,
    /// Turns given.
    pub given: u32,
    /// Turns due.
    pub due: f64,
    /// How many servers gave them: each is exact by itself.
    pub servers: u32,
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
    /// It was not heard what: all may have changed.
    Everything,
}

/// How an agent's share is kept in a rotator's row.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct StoredShare {
    pub(crate) agent_id: AgentId,
    pub(crate) weight: u32,
}
