//! What Konektor remembers: one trait, and the databases behind it.
//!
//! [`Store`] is what the server may ask; [`sqlite`] answers it from an embedded file. `tests/story.rs` tells
//! one story through the trait, to which every database is held.

pub mod error;
pub mod model;
pub mod sqlite;

pub use error::StoreError;
use konektor_core::{
    decide::{Decisions, Memory, Visit},
    flood::FloodLimits,
    fold::Fresh,
    ids::{AgentId, ClickId, LeadId, RotatorId, UserId, WorkspaceId},
    routing::Routing,
    time::UnixMs,
};
use model::*;
use std::{future::Future, sync::Arc};

/// The result of everything that asks a database.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What the server may ask of a database. Every method is one transaction; none spans a network call.
pub trait Store: Send + Sync + 'static {
    // -- the click path

    /// Loads what the visits need, decides, applies in one transaction and syncs it. The memory comes back
    /// with the decisions; after an error it is gone, and [`Store::memory`] builds it anew.
    fn record(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        visits: Vec<Visit>,
    ) -> impl Future<Output = Result<(Box<Memory>, Decisions)>> + Send;

    /// The recorder's memory as the store has it.
    fn memory(&self, limits: FloodLimits) -> impl Future<Output = Result<Box<Memory>>> + Send;

    /// Folds the clicks behind the watermark: those that were handed over fresh, or else up to `limit` from the log.
    fn fold(
        &self,
        routing: Arc<Routing>,
        fresh: Fresh,
        limit: usize,
    ) -> impl Future<Output = Result<FoldProgress>> + Send;

    /// The routing snapshot.
    fn routing(&self) -> impl Future<Output = Result<Routing>> + Send;

    /// What this installation's keys are made from.
    fn installation(&self) -> impl Future<Output = Result<Installation>> + Send;

    /// Adds a salt, from which the newest signing key is made.
    fn add_signing_salt(&self, salt: [u8; 32], now: UnixMs) -> impl Future<Output = Result<()>> + Send;

    /// Adds counts and samples of requests that were not counted as people.
    fn add_screened(&self, screened: Vec<Screened>, samples: Vec<Sample>) -> impl Future<Output = Result<()>> + Send;

    // -- workspaces and who may enter

    /// Adds a workspace.
    fn add_workspace(&self, new: NewWorkspace, now: UnixMs) -> impl Future<Output = Result<WorkspaceId>> + Send;

    /// All workspaces.
    fn workspaces(&self) -> impl Future<Output = Result<Vec<Workspace>>> + Send;

    /// Adds a user, or an existing one to a further workspace.
    fn add_user(&self, new: NewUser, now: UnixMs) -> impl Future<Output = Result<UserId>> + Send;

    /// Adds an API key.
    fn add_api_key(&self, new: NewApiKey, now: UnixMs) -> impl Future<Output = Result<ApiKey>> + Send;

    /// The API key with this hash, if it is neither revoked nor expired.
    fn find_api_key(&self, hash: [u8; 32], now: UnixMs) -> impl Future<Output = Result<Option<ApiKey>>> + Send;

    /// A workspace's API keys that are not revoked, oldest first.
    fn api_keys(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<ApiKey>>> + Send;

    /// Revokes an API key; `false` if there is none.
    fn revoke_api_key(&self, workspace: WorkspaceId, id: i64, now: UnixMs)
    -> impl Future<Output = Result<bool>> + Send;

    // -- what the click path is configured by

    /// A workspace's hosts, by name.
    fn hosts(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// Adds a host; [`StoreError::Taken`] if another workspace has it.
    fn add_host(&self, workspace: WorkspaceId, host: String, now: UnixMs) -> impl Future<Output = Result<()>> + Send;

    /// Removes a host; `false` if there is none.
    fn remove_host(&self, workspace: WorkspaceId, host: String) -> impl Future<Output = Result<bool>> + Send;

    /// A workspace's agents, oldest first.
    fn agents(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<Agent>>> + Send;

    /// Adds an agent.
    fn add_agent(
        &self,
        workspace: WorkspaceId,
        agent: AgentFields,
        now: UnixMs,
    ) -> impl Future<Output = Result<Agent>> + Send;

    /// Replaces an agent's fields; `None` if there is no such agent.
    fn set_agent(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        agent: AgentFields,
    ) -> impl Future<Output = Result<Option<Agent>>> + Send;

    /// Removes an agent; their leads move to others. `false` if there is none.
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

    // -- leads and reports

    /// A page of leads, newest first.
    fn leads(
        &self,
        workspace: WorkspaceId,
        filter: LeadFilter,
        before: Option<LeadId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Lead>>> + Send;

    /// One lead.
    fn find_lead(&self, id: LeadId) -> impl Future<Output = Result<Option<Lead>>> + Send;

    /// Changes a lead and notes each change in its timeline; `None` if there is no such lead.
    fn update_lead(
        &self,
        id: LeadId,
        patch: LeadPatch,
        by: String,
        now: UnixMs,
    ) -> impl Future<Output = Result<Option<Lead>>> + Send;

    /// A lead's clicks and changes, newest first, those before `before`.
    fn timeline(
        &self,
        id: LeadId,
        before: Option<UnixMs>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<TimelineItem>>> + Send;

    /// Counters of the metrics whose name is given, summed over the days.
    fn counters(
        &self,
        workspace: WorkspaceId,
        metric: &'static str,
        range: ReportRange,
    ) -> impl Future<Output = Result<Vec<Counter>>> + Send;

    /// Samples of requests that were not counted, latest first.
    fn screening_samples(
        &self,
        workspace: WorkspaceId,
        rotator: Option<RotatorId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Sample>>> + Send;

    /// The rotation ledger, a line a rotator, agent and day.
    fn ledger(
        &self,
        workspace: WorkspaceId,
        range: ReportRange,
    ) -> impl Future<Output = Result<Vec<LedgerLine>>> + Send;

    // -- running it

    /// Whether the database answers.
    fn ping(&self) -> impl Future<Output = Result<()>> + Send;

    /// How far the fold has come.
    fn watermark(&self) -> impl Future<Output = Result<ClickId>> + Send;

    /// Writes everything back and closes. Nothing may be asked afterwards.
    fn close(&self) -> impl Future<Output = Result<()>> + Send;
}
