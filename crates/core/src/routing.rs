//! The routing snapshot: what the click path needs to know of the configuration, as one immutable value.
//! It is built from the store after each change and read without a lock.

use crate::{
    attribution::Platform,
    event::{Consent, GOOGLE_CLICK_WAIT_MS, Mapping},
    identity::code::CodeKey,
    ids::{AgentId, DestinationId, LeadId, RotatorId, WorkspaceId},
    message::{Target, Template},
    page::Page,
    phone::Phone,
    rotation::learning::{Arm, Learner, is_held_out},
    schedule::Hours,
    screening::taught::Taught,
    time::UnixMs,
    webhook::WebhookRoute,
};
use foldhash::HashMap;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// One business.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Name, as its people call it.
    pub name: String,
    /// Default country of phone numbers, ISO 3166-1 alpha-2.
    pub country: String,
    /// Zone of its days and of agents without one.
    pub time_zone: TimeZone,
    /// Key of its visitor codes; never changed.
    pub code_key: CodeKey,
    /// Privacy mode `strict`: without consent no cookie, no address and no click ID.
    pub is_strict: bool,
    /// Who is a person although the patterns say otherwise. Looked at only for what would not be counted.
    pub taught: Taught,
}

/// A CS as rotation sees them.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Their id.
    pub id: AgentId,
    /// Shown to visitors where the message says `{agent}`.
    pub name: String,
    /// Where the visitor is sent.
    pub phone: Phone,
    /// Switched on. Off means gone for good: leads move to others.
    pub active: bool,
    /// Away until then; leads come back afterwards.
    pub paused_until: Option<UnixMs>,
    /// Working hours; `None` is always.
    pub hours: Option<Hours>,
    /// The agent's zone, else the workspace's.
    pub time_zone: TimeZone,
    /// Most new leads a day.
    pub daily_cap: Option<u32>,
}

/// What happens at a rotator when nobody is on duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Chat with this number.
    Phone(Phone),
    /// Go to this address (its host is on the workspace's list).
    Url(String),
}

/// How the visitor gets to WhatsApp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A 302 at once.
    Redirect,
    /// A light page with a button first.
    Page,
}

/// An agent's place in a rotator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who.
    pub agent: AgentId,
    /// Part of the new leads; 0 drains.
    pub weight: u32,
}

/// A link `/wa/{slug}`.
#[derive(Clone, Debug)]
pub struct Rotator {
    /// Its id.
    pub id: RotatorId,
    /// The owning workspace.
    pub workspace: Arc<Workspace>,
    /// Lower-case, `[a-z0-9-]`.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Redirect or page.
    pub mode: Mode,
    /// The WhatsApp text.
    pub message: Template,
    /// wa.me or api.whatsapp.com.
    pub target: Target,
    /// When nobody is on duty.
    pub fallback: Option<Fallback>,
    /// Who takes its leads, in the order that breaks ties.
    pub agents: Vec<Share>,
    /// What it has learned; `None` if it does not learn.
    pub learning: Option<Box<Learner>>,
    /// What it shows in page mode; `None` in redirect mode.
    pub page: Option<Arc<Page>>,
    /// Open Graph facts for link previews.
    pub preview: Preview,
    /// Reachable on the server's own host, not only on the workspace's.
    pub on_public_host: bool,
}

impl Rotator {
    /// By which of its shares a lead is given away.
    pub fn arm(&self, lead: LeadId) -> Arm {
        match self.learned() {
            Some(_) if is_held_out(self.id, lead) => Arm::HeldOut,
            _ => Arm::Shares,
        }
    }

    /// Its agents in their order, with the weights by which such leads are given away.
    pub fn shares(&self, arm: Arm) -> impl Iterator<Item = Share> {
        let learned = self.learned().filter(|_| arm == Arm::Shares);
        self.agents.iter().enumerate().map(move |(at, share)| Share {
            weight: learned.map_or(share.weight, |weights| weights[at]),
            ..*share
        })
    }

    /// Its learned weights, while it has any.
    pub fn learned(&self) -> Option<&[u32]> {
        let weights = self.learning.as_ref()?.weights.as_deref()?;
        (weights.len() == self.agents.len()).then_some(weights)
    }
}

/// What a link previewer is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// `og:title`.
    pub title: Option<String>,
    /// `og:description`.
    pub description: Option<String>,
    /// `og:image`.
    pub image_url: Option<String>,
}

/// An ad platform that a workspace's clicks and sales are told to, as far as the fold needs to know it.
#[derive(Clone, Debug)]
pub struct DestinationRoute {
    /// Its id.
    pub id: DestinationId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which platform.
    pub platform: Platform,
    /// Which events.
    pub mapping: Mapping,
    /// Of visitors who said nothing.
    pub consent: Consent,
    /// What happened before is not told.
    pub created_at: UnixMs,
    /// Switched off it still gets its events: they wait, and nothing is lost.
    pub active: bool,
}

/// Everything that a click may be routed by.
#[derive(Clone, Debug)]
pub struct Routing {
    workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
    agents: HashMap<AgentId, Arc<Agent>>,
    rotators: HashMap<RotatorId, Arc<Rotator>>,
    by_workspace: HashMap<WorkspaceId, HashMap<String, Arc<Rotator>>>,
    on_public_host: HashMap<String, Arc<Rotator>>,
    hosts: HashMap<String, WorkspaceId>,
    destinations: HashMap<WorkspaceId, Vec<DestinationRoute>>,
    webhooks: HashMap<WorkspaceId, Vec<WebhookRoute>>,
    google_click_wait_ms: i64,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            workspaces: HashMap::default(),
            agents: HashMap::default(),
            rotators: HashMap::default(),
            by_workspace: HashMap::default(),
            on_public_host: HashMap::default(),
            hosts: HashMap::default(),
            destinations: HashMap::default(),
            webhooks: HashMap::default(),
            google_click_wait_ms: GOOGLE_CLICK_WAIT_MS,
        }
    }
}

impl Routing {
    /// Indexes what the store holds.
    pub fn new(
        workspaces: Vec<Arc<Workspace>>,
        agents: Vec<Agent>,
        rotators: Vec<Rotator>,
        hosts: Vec<(String, WorkspaceId)>,
    ) -> Self {
        let mut routing = Self {
            workspaces: workspaces.into_iter().map(|w| (w.id, w)).collect(),
            agents: agents.into_iter().map(|a| (a.id, Arc::new(a))).collect(),
            hosts: hosts.into_iter().collect(),
            ..Self::default()
        };
        for rotator in rotators {
            let rotator = Arc::new(rotator);
            if rotator.on_public_host {
                routing.on_public_host.insert(rotator.slug.clone(), rotator.clone());
            }
            routing
                .by_workspace
                .entry(rotator.workspace.id)
                .or_default()
                .insert(rotator.slug.clone(), rotator.clone());
            routing.rotators.insert(rotator.id, rotator);
        }
        routing
    }

    /// With these destinations, each workspace's in the order in which they come.
    pub fn with_destinations(mut self, destinations: Vec<DestinationRoute>) -> Self {
        self.destinations.clear();
        for destination in destinations {
            let of_workspace = self.destinations.entry(destination.workspace).or_default();
            of_workspace.push(destination);
        }
        self
    }

    /// With these webhooks: those for which messages are made.
    pub fn with_webhooks(mut self, webhooks: Vec<WebhookRoute>) -> Self {
        self.webhooks.clear();
        for webhook in webhooks {
            self.webhooks.entry(webhook.workspace).or_default().push(webhook);
        }
        self
    }

    /// With another time that Google's events wait for, from their click on.
    pub fn with_google_click_wait_ms(mut self, wait_ms: i64) -> Self {
        self.google_click_wait_ms = wait_ms;
        self
    }

    /// A workspace's destinations, those that are switched off included.
    pub fn destinations(&self, workspace: WorkspaceId) -> &[DestinationRoute] {
        self.destinations.get(&workspace).map_or(&[], Vec::as_slice)
    }

    /// Whether any workspace has a webhook: mostly none has, and then the fold does nothing for them.
    pub fn has_webhooks(&self) -> bool {
        !self.webhooks.is_empty()
    }

    /// A workspace's webhooks for which messages are made.
    pub fn webhooks(&self, workspace: WorkspaceId) -> &[WebhookRoute] {
        self.webhooks.get(&workspace).map_or(&[], Vec::as_slice)
    }

    /// How long Google's events wait, from their click on.
    pub fn google_click_wait_ms(&self) -> i64 {
        self.google_click_wait_ms
    }

    /// The workspace that owns a host name.
    pub fn workspace_of_host(&self, host: &str) -> Option<WorkspaceId> {
        self.hosts.get(host).copied()
    }

    /// A rotator on a host of its workspace.
    pub fn find_rotator(&self, workspace: WorkspaceId, slug: &str) -> Option<&Arc<Rotator>> {
        self.by_workspace.get(&workspace)?.get(slug)
    }

    /// A rotator on the server's own host, where slugs are unique across workspaces.
    pub fn find_public_rotator(&self, slug: &str) -> Option<&Arc<Rotator>> {
        self.on_public_host.get(slug)
    }

    /// The slugs on the server's own host, in no order.
    pub fn public_slugs(&self) -> impl Iterator<Item = &str> {
        self.on_public_host.keys().map(String::as_str)
    }

    /// A rotator by id.
    pub fn rotator(&self, id: RotatorId) -> Option<&Arc<Rotator>> {
        self.rotators.get(&id)
    }

    /// All rotators, in no order.
    pub fn rotators(&self) -> impl Iterator<Item = &Arc<Rotator>> {
        self.rotators.values()
    }

    /// An agent by id; removed agents are not in the snapshot.
    pub fn agent(&self, id: AgentId) -> Option<&Arc<Agent>> {
        self.agents.get(&id)
    }

    /// All workspaces, in no order.
    pub fn workspaces(&self) -> impl Iterator<Item = &Arc<Workspace>> {
        self.workspaces.values()
    }

    /// All agents, in no order.
    pub fn agents(&self) -> impl Iterator<Item = &Arc<Agent>> {
        self.agents.values()
    }

    /// A workspace by id.
    pub fn workspace(&self, id: WorkspaceId) -> Option<&Arc<Workspace>> {
        self.workspaces.get(&id)
    }
}
