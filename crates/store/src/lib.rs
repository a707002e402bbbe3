//! What Konektor remembers: one trait, and the databases behind it.
//!
//! [`Store`] is what the server may ask; [`sqlite`] answers it from an embedded file, [`postgres`] from a server that
//! many nodes share. `tests/story/` tells one story through the trait, to which every database is held.

mod access;
mod attempt;
pub mod database;
pub mod error;
mod hooks;
mod identity;
mod learning;
pub mod model;
mod notices;
pub mod postgres;
mod privacy;
mod reports;
pub mod sqlite;
mod stored;
pub mod transfer;
mod webhooks;

pub use access::Access;
pub use attempt::Attempt;
pub use database::{Address, Database};
pub use error::StoreError;
pub use hooks::Hooks;
pub use identity::Identity;
use konektor_core::{
    attribution::Platform,
    click::Click,
    decide::{Decisions, Memory, Visit},
    flood::FloodLimits,
    fold::Fresh,
    identity::{continuity::ClickIdPrint, seen::SeenClickIds},
    ids::{AgentId, ClickId, DeliveryId, DestinationId, LeadId, RotatorId, WorkspaceId},
    rotation::Rotation,
    routing::Routing,
    screening::taught::Rule,
    time::UnixMs,
};
pub use learning::Lessons;
use model::*;
pub use notices::{Notices, UNTOUCHED_LOOK};
pub use privacy::Privacy;
pub use reports::Reports;
use std::{future::Future, sync::Arc};
pub use webhooks::WebhookStore;

/// The result of everything that asks a database.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What the server may ask of a database. Every method is one transaction; none spans a network call.
pub trait Store: Access + WebhookStore + Hooks + Identity + Lessons + Privacy + Notices + Reports {
    // -- the click path

    /// Loads what the visits need, decides, applies in one transaction and syncs it. The memory comes back
    /// with the decisions; after an error it is gone, and [`Store::memory`] builds it anew.
    ///
    /// Whoever waits may give the `attempt` up. So before it commits, the store says so there, with what it decided. The
    /// visitor numbers in that were reserved by a transaction that is committed already: they have been told to visitors even
    /// if this one is lost.
    fn record(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        visits: Vec<Visit>,
        attempt: Arc<Attempt>,
    ) -> impl Future<Output = Result<(Box<Memory>, Decisions)>> + Send;

    /// Records visits that were answered without the store, in one transaction that is synced: each once, however often it
    /// is asked to. Visits of the segment that are recorded already are left out, and those whose click is there since a
    /// commit that had been given up succeeded after all. (Such commits must have ended, one way or the other, before this
    /// looks.)
    fn replay(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        batch: ReplayBatch,
    ) -> impl Future<Output = Result<(Box<Memory>, Replayed)>> + Send;

    /// Whom the visitors of the latest clicks were sent to, oldest first, at most `limit`.
    fn recent_owners(&self, limit: usize) -> impl Future<Output = Result<Vec<(LeadId, AgentId)>>> + Send;

    /// Forgets how far a segment was replayed. Its file is gone.
    fn forget_segment(&self, segment: i64) -> impl Future<Output = Result<()>> + Send;

    /// Reserves blocks of visitor numbers, synced, for the time when the store is away: of each workspace as many as the
    /// block that is asked for has. Those of which no number was given since the block's start are left out: what was
    /// reserved for them last is still the next.
    fn reserve_numbers(&self, wanted: Vec<NumberBlock>) -> impl Future<Output = Result<Vec<NumberBlock>>> + Send;

    /// The recorder's memory as the store has it.
    fn memory(&self, limits: FloodLimits) -> impl Future<Output = Result<Box<Memory>>> + Send;

    /// A filter of all click IDs that the fold has indexed, for [`Memory::set_seen`]. `None` where others may add to them
    /// without this server's knowing.
    fn seen_click_ids(&self) -> impl Future<Output = Result<Option<SeenClickIds>>> + Send;

    /// Reads what [`Store::record`] will read of these click IDs, so that it is in the system's memory by then: visitors whose
    /// visits are recorded together do not wait while the disk is asked for one of them.
    fn warm_click_ids(&self, prints: Vec<ClickIdPrint>) -> impl Future<Output = Result<()>> + Send;

    /// Folds the clicks behind the watermark: those that were handed over fresh, or else up to `limit` from the log. A
    /// pass that comes to their end folds the changes of leads' statuses too.
    fn fold(
        &self,
        routing: Arc<Routing>,
        fresh: Fresh,
        limit: usize,
    ) -> impl Future<Output = Result<FoldProgress>> + Send;

    /// A rotator's rotation after its last turn, read beside the recorder: for looking, not for giving turns.
    fn rotation(&self, rotator: RotatorId) -> impl Future<Output = Result<Rotation>> + Send;

    /// The rotation ledger, a line a rotator, agent and day.
    fn ledger(
        &self,
        workspace: WorkspaceId,
        range: ReportRange,
    ) -> impl Future<Output = Result<Vec<LedgerLine>>> + Send;

    /// The routing snapshot.
    fn routing(&self) -> impl Future<Output = Result<Routing>> + Send;

    /// What this installation's keys are made from.
    fn installation(&self) -> impl Future<Output = Result<Installation>> + Send;

    /// Adds a salt, from which the newest signing key is made.
    fn add_signing_salt(&self, salt: [u8; 32], now: UnixMs) -> impl Future<Output = Result<()>> + Send;

    /// Adds counts and samples of requests that were not counted as people.
    fn add_screened(&self, screened: Vec<Screened>, samples: Vec<Sample>) -> impl Future<Output = Result<()>> + Send;

    /// Adds counts that are kept in memory for a moment: of what is no click and leaves nothing else behind.
    fn add_counts(&self, counts: Vec<Count>) -> impl Future<Output = Result<()>> + Send;

    // -- workspaces

    /// Adds a workspace.
    fn add_workspace(&self, new: NewWorkspace, now: UnixMs) -> impl Future<Output = Result<WorkspaceId>> + Send;

    /// All workspaces.
    fn workspaces(&self) -> impl Future<Output = Result<Vec<Workspace>>> + Send;

    /// One workspace.
    fn find_workspace(&self, id: WorkspaceId) -> impl Future<Output = Result<Option<Workspace>>> + Send;

    /// Replaces a workspace's fields; `false` if there is no such workspace.
    fn set_workspace(&self, workspace: Workspace) -> impl Future<Output = Result<bool>> + Send;

    // -- requests that may be repeated

    /// Notes a request that came with an idempotency key as under way, synced, unless its key is known. Those that began
    /// at `forget` or before are forgotten first.
    fn begin_keyed(
        &self,
        request: KeyedRequest,
        now: UnixMs,
        forget: UnixMs,
    ) -> impl Future<Output = Result<Repeat>> + Send;

    /// Keeps the answer to such a request; without one the request is forgotten, and may be made again.
    fn end_keyed(&self, request: KeyedRequest, answer: Option<Vec<u8>>) -> impl Future<Output = Result<()>> + Send;

    // -- what the click path is configured by

    /// A workspace's hosts, by name.
    fn hosts(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// Adds a host; [`StoreError::Taken`] if another workspace has it.
    fn add_host(&self, workspace: WorkspaceId, host: String, now: UnixMs) -> impl Future<Output = Result<()>> + Send;

    /// Removes a host; `false` if there is none.
    fn remove_host(&self, workspace: WorkspaceId, host: String) -> impl Future<Output = Result<bool>> + Send;

    /// What was taught of who is a person, oldest first.
    fn screening_rules(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<ScreeningRule>>> + Send;

    /// Adds a rule; the one that is there if it was taught before. `None` beyond [`RULES_MOST`](model::RULES_MOST).
    fn add_screening_rule(
        &self,
        workspace: WorkspaceId,
        rule: Rule,
        by: String,
        now: UnixMs,
    ) -> impl Future<Output = Result<Option<ScreeningRule>>> + Send;

    /// Removes a rule; `false` if there is none.
    fn remove_screening_rule(&self, workspace: WorkspaceId, id: i64) -> impl Future<Output = Result<bool>> + Send;

    /// A workspace's agents, oldest first.
    fn agents(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<Agent>>> + Send;

    /// Adds an agent.
    fn add_agent(
        &self,
        workspace: WorkspaceId,
        agent: AgentFields,
        now: UnixMs,
    ) -> impl Future<Output = Result<Agent>> + Send;

    /// Replaces an agent's fields, and notes it if that makes them unavailable; `None` if there is no such agent.
    fn set_agent(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        agent: AgentFields,
        now: UnixMs,
    ) -> impl Future<Output = Result<Option<Agent>>> + Send;

    /// Removes an agent, and notes it if they were available; their leads move to others. `false` if there is none.
    fn remove_agent(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        now: UnixMs,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// A workspace's rotators, oldest first.
    fn rotators(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<Rotator>>> + Send;

    /// Adds a rotator; [`StoreError::Taken`] if its slug is used. It is reachable on the public host if its
    /// slug is free there.
    fn add_rotator(
        &self,
        workspace: WorkspaceId,
        rotator: RotatorFields,
        now: UnixMs,
    ) -> impl Future<Output = Result<Rotator>> + Send;

    /// Replaces a rotator's fields; `None` if there is no such rotator.
    fn set_rotator(
        &self,
        workspace: WorkspaceId,
        id: RotatorId,
        rotator: RotatorFields,
    ) -> impl Future<Output = Result<Option<Rotator>>> + Send;

    /// Removes a rotator; its leads stay. `false` if there is none.
    fn remove_rotator(
        &self,
        workspace: WorkspaceId,
        id: RotatorId,
        now: UnixMs,
    ) -> impl Future<Output = Result<bool>> + Send;

    // -- ad platforms: destinations

    /// A workspace's destinations, oldest first.
    fn destinations(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<Destination>>> + Send;

    /// All destinations of all workspaces: what the delivery sends to.
    fn all_destinations(&self) -> impl Future<Output = Result<Vec<Destination>>> + Send;

    /// Adds a destination under an id that was chosen by chance, for which its credentials are sealed.
    fn add_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        destination: DestinationFields,
        now: UnixMs,
    ) -> impl Future<Output = Result<Destination>> + Send;

    /// Replaces a destination's fields; with `repaired`, its hold and the alert of it end, and what was held is sent again.
    /// `None` if there is none.
    fn set_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        destination: DestinationFields,
        repaired: bool,
        now: UnixMs,
    ) -> impl Future<Output = Result<Option<Destination>>> + Send;

    /// Removes a destination; its alerts end, its pending deliveries are dropped. `false` if there is none.
    fn remove_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        now: UnixMs,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Holds a destination until somebody repairs it, and raises the alert [`model::DESTINATION_HELD`] with `message`.
    fn hold_destination(
        &self,
        id: DestinationId,
        hold: DestinationHold,
        message: String,
    ) -> impl Future<Output = Result<()>> + Send;

    /// How a destination's deliveries stand.
    fn destination_stats(
        &self,
        id: DestinationId,
        now: UnixMs,
    ) -> impl Future<Output = Result<DestinationStats>> + Send;

    // -- ad platforms: deliveries

    /// Takes up to `limit` deliveries of a destination that are due, the longest due first. Until `lease` nobody else
    /// gets them; then, if nothing was settled, they are due again. Nothing of a destination that is held, switched off
    /// or removed. What is too old by now is expired instead, and what lost its click is dropped.
    fn claim_deliveries(
        &self,
        destination: DestinationId,
        now: UnixMs,
        lease: UnixMs,
        limit: usize,
    ) -> impl Future<Output = Result<Claim>> + Send;

    /// At the start of the only server of a database, and when its clock is believed again: what was claimed before, and what
    /// waits for another attempt, is due at once, though not before its time, unless that is in a year that a clock was in.
    fn release_claims(&self, now: UnixMs) -> impl Future<Output = Result<()>> + Send;

    /// Writes down what came of a request, synced. A delivery that was settled meanwhile stays as it is, unless the
    /// platform has it after all.
    fn settle(&self, exchange: Exchange) -> impl Future<Output = Result<()>> + Send;

    /// Requests of a destination of which the platform should know the fate by now.
    fn unconfirmed(
        &self,
        destination: DestinationId,
        now: UnixMs,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Unconfirmed>>> + Send;

    /// Writes down the fate of an earlier request, synced; `ask_again` if it is not known yet. Only deliveries that are
    /// `sent` and no more are changed.
    fn settle_confirmation(
        &self,
        exchange: i64,
        ask_again: Option<UnixMs>,
        settled: Vec<Settled>,
        now: UnixMs,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Expires pending deliveries whose time is over, held ones too, but none that is on its way; how many. Also drops
    /// what a fold has made for a destination that was removed meanwhile.
    fn expire_deliveries(&self, now: UnixMs) -> impl Future<Output = Result<u64>> + Send;

    /// Deletes deliveries that were settled before then, and exchanges that none refers to any more; how many. At most
    /// 10,000 a call, so that the fold is not held up: there is more until it says 0.
    fn forget_deliveries(&self, before: UnixMs) -> impl Future<Output = Result<u64>> + Send;

    /// A page of deliveries, newest first, without what was sent and answered.
    fn deliveries(
        &self,
        workspace: WorkspaceId,
        filter: DeliveryFilter,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Delivery>>> + Send;

    /// One delivery with what was sent and answered.
    fn find_delivery(
        &self,
        workspace: WorkspaceId,
        id: DeliveryId,
    ) -> impl Future<Output = Result<Option<Delivery>>> + Send;

    /// Makes a delivery that was dropped or expired pending again, if its platform's time for it is not over.
    fn replay_delivery(
        &self,
        workspace: WorkspaceId,
        id: DeliveryId,
        now: UnixMs,
    ) -> impl Future<Output = Result<Replay>> + Send;

    /// The click that a lead's events for this platform are attributed to: of its clicks with its latest click ID of that
    /// platform the first, when the ad was clicked.
    fn attributed_click(&self, lead: LeadId, platform: Platform) -> impl Future<Output = Result<Option<Click>>> + Send;

    // -- alerts

    /// Raises an alert, or changes the words of the one that is open; `false` if it stands there already.
    fn raise_alert(&self, alert: Alert) -> impl Future<Output = Result<bool>> + Send;

    /// Ends an alert; `false` if it is not open.
    fn end_alert(
        &self,
        workspace: WorkspaceId,
        kind: &'static str,
        subject: i64,
        now: UnixMs,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// A workspace's open alerts, oldest first.
    fn alerts(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<Alert>>> + Send;

    // -- leads

    /// A page of leads, newest first.
    fn leads(
        &self,
        workspace: WorkspaceId,
        filter: LeadFilter,
        before: Option<LeadId>,
        limit: usize,
    ) -> impl Future<Output = Result<FoundLeads>> + Send;

    /// One lead; of one that was merged, the lead that stands for it.
    fn find_lead(&self, id: LeadId) -> impl Future<Output = Result<Option<Lead>>> + Send;

    /// Changes a lead and notes each change in its timeline; `None` if there is no such lead.
    fn update_lead(
        &self,
        id: LeadId,
        patch: LeadPatch,
        by: String,
        now: UnixMs,
    ) -> impl Future<Output = Result<Option<Lead>>> + Send;

    /// Hides a lead: it is in no list any more, and whoever comes with its cookie is a new lead. Its clicks stay counted.
    /// `false` if there is none.
    fn remove_lead(&self, id: LeadId, by: String, now: UnixMs) -> impl Future<Output = Result<bool>> + Send;

    /// Changes several leads in the same way, in one transaction. Those that are not there are left out.
    fn update_leads(
        &self,
        ids: Vec<LeadId>,
        patch: LeadPatch,
        by: String,
        now: UnixMs,
    ) -> impl Future<Output = Result<()>> + Send;

    /// A lead's clicks, deliveries and changes, newest first, those before `before`. Items of the same moment always
    /// come in the same order.
    fn timeline(
        &self,
        id: LeadId,
        before: Option<UnixMs>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<TimelineItem>>> + Send;

    // -- running it

    /// Whether the database answers.
    fn ping(&self) -> impl Future<Output = Result<()>> + Send;

    /// When the newest click was made, of whatever workspace.
    fn newest_click(&self) -> impl Future<Output = Result<Option<UnixMs>>> + Send;

    /// How far the fold has come.
    fn watermark(&self) -> impl Future<Output = Result<ClickId>> + Send;

    /// Writes everything back and closes. Nothing may be asked afterwards.
    fn close(&self) -> impl Future<Output = Result<()>> + Send;
}
