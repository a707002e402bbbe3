//! What is counted, and what the reports are made of.

use konektor_core::{
    fold::Came,
    ids::{AgentId, RotatorId, WorkspaceId},
    lead::Status,
    screening::Class,
    time::{Day, UnixMs},
};
use std::borrow::Cow;

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
