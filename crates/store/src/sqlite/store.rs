//! The trait, each function handed to the thread and the file that it is for.

use super::{
    SqliteStore, alerts, click_ids, config,
    deliveries::{claim, list, settle, stats, upkeep},
    destinations, fold, installation, keyed, leads, record, replay, reports, routing, screening, timeline, walk,
};
use crate::{Attempt, Result, Store, model::*};
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
use std::sync::{Arc, atomic::Ordering};

impl Store for SqliteStore {
    async fn record(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        visits: Vec<Visit>,
        attempt: Arc<Attempt>,
    ) -> Result<(Box<Memory>, Decisions)> {
        let made_beside = self.made_beside.clone();
        self.writer
            .run(move |c| {
                let mut memory = memory;
                if made_beside.swap(false, Ordering::Relaxed) {
                    memory.forget_numbers();
                }
                record::record(c, &routing, memory, visits, &attempt)
            })
            .await
    }

    async fn replay(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        batch: ReplayBatch,
    ) -> Result<(Box<Memory>, Replayed)> {
        self.writer
            .run(move |c| replay::replay_batch(c, &routing, memory, batch))
            .await
    }

    async fn recent_owners(&self, limit: usize) -> Result<Vec<(LeadId, AgentId)>> {
        self.readers.run(move |c| replay::recent_owners(c, limit)).await
    }

    async fn forget_segment(&self, segment: i64) -> Result<()> {
        self.writer.run(move |c| replay::forget_segment(c, segment)).await
    }

    async fn reserve_numbers(&self, wanted: Vec<NumberBlock>) -> Result<Vec<NumberBlock>> {
        self.writer.run(move |c| replay::reserve_ahead(c, &wanted)).await
    }

    async fn memory(&self, limits: FloodLimits) -> Result<Box<Memory>> {
        let prints = self.prints();
        self.writer.run(move |c| record::memory(c, &prints, limits)).await
    }

    async fn seen_click_ids(&self) -> Result<Option<SeenClickIds>> {
        self.readers.run(click_ids::seen).await.map(Some)
    }

    async fn warm_click_ids(&self, prints: Vec<ClickIdPrint>) -> Result<()> {
        self.readers.run(move |c| record::warm_click_ids(c, &prints)).await
    }

    async fn fold(&self, routing: Arc<Routing>, fresh: Fresh, limit: usize) -> Result<FoldProgress> {
        let prints = self.prints();
        self.checkpoints.shorten().await;
        self.folder
            .run(move |c| fold::fold_pass(c, &routing, &prints, fresh, limit))
            .await
    }

    async fn rotation(&self, rotator: RotatorId) -> Result<Rotation> {
        self.readers.run(move |c| record::rotation(c, rotator)).await
    }

    async fn ledger(&self, workspace: WorkspaceId, range: ReportRange) -> Result<Vec<LedgerLine>> {
        self.readers.run(move |c| reports::ledger(c, workspace, range)).await
    }

    async fn routing(&self) -> Result<Routing> {
        self.readers.run(routing::read).await
    }

    async fn installation(&self) -> Result<Installation> {
        Ok(self.installation.lock().expect("reading it cannot panic").clone())
    }

    async fn add_signing_salt(&self, salt: [u8; 32], now: UnixMs) -> Result<()> {
        self.writer
            .run(move |c| installation::add_signing_salt(c, salt, now))
            .await
    }

    async fn add_counts(&self, counts: Vec<Count>) -> Result<()> {
        self.folder.run(move |c| reports::add_counts(c, &counts)).await
    }

    async fn add_screened(&self, screened: Vec<Screened>, samples: Vec<Sample>) -> Result<()> {
        self.folder
            .run(move |c| reports::add_screened(c, &screened, &samples))
            .await
    }

    async fn add_workspace(&self, new: NewWorkspace, now: UnixMs) -> Result<WorkspaceId> {
        self.writer
            .run(move |c| installation::add_workspace(c, &new, now))
            .await
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        self.readers.run(installation::workspaces).await
    }

    async fn find_workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>> {
        self.readers.run(move |c| installation::find_workspace(c, id)).await
    }

    async fn set_workspace(&self, workspace: Workspace) -> Result<bool> {
        self.writer
            .run(move |c| installation::set_workspace(c, &workspace))
            .await
    }

    async fn begin_keyed(&self, request: KeyedRequest, now: UnixMs, forget: UnixMs) -> Result<Repeat> {
        self.writer.run(move |c| keyed::begin(c, &request, now, forget)).await
    }

    async fn end_keyed(&self, request: KeyedRequest, answer: Option<Vec<u8>>) -> Result<()> {
        self.writer
            .run(move |c| keyed::end(c, &request, answer.as_deref()))
            .await
    }

    async fn hosts(&self, workspace: WorkspaceId) -> Result<Vec<String>> {
        self.readers.run(move |c| config::hosts(c, workspace)).await
    }

    async fn add_host(&self, workspace: WorkspaceId, host: String, now: UnixMs) -> Result<()> {
        self.writer
            .run(move |c| config::add_host(c, workspace, &host, now))
            .await
    }

    async fn remove_host(&self, workspace: WorkspaceId, host: String) -> Result<bool> {
        self.writer.run(move |c| config::remove_host(c, workspace, &host)).await
    }

    async fn screening_rules(&self, workspace: WorkspaceId) -> Result<Vec<ScreeningRule>> {
        self.readers.run(move |c| screening::rules(c, workspace)).await
    }

    async fn add_screening_rule(
        &self,
        workspace: WorkspaceId,
        rule: Rule,
        by: String,
        now: UnixMs,
    ) -> Result<Option<ScreeningRule>> {
        self.writer
            .run(move |c| screening::add(c, workspace, &rule, &by, now))
            .await
    }

    async fn remove_screening_rule(&self, workspace: WorkspaceId, id: i64) -> Result<bool> {
        self.writer.run(move |c| screening::remove(c, workspace, id)).await
    }

    async fn agents(&self, workspace: WorkspaceId) -> Result<Vec<Agent>> {
        self.readers.run(move |c| config::agents(c, workspace)).await
    }

    async fn add_agent(&self, workspace: WorkspaceId, agent: AgentFields, now: UnixMs) -> Result<Agent> {
        self.writer
            .run(move |c| config::add_agent(c, workspace, agent, now))
            .await
    }

    async fn set_agent(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        agent: AgentFields,
        now: UnixMs,
    ) -> Result<Option<Agent>> {
        self.writer
            .run(move |c| config::set_agent(c, workspace, id, agent, now))
            .await
    }

    async fn remove_agent(&self, workspace: WorkspaceId, id: AgentId, now: UnixMs) -> Result<bool> {
        self.writer
            .run(move |c| config::remove_agent(c, workspace, id, now))
            .await
    }

    async fn rotators(&self, workspace: WorkspaceId) -> Result<Vec<Rotator>> {
        self.readers.run(move |c| config::rotators(c, workspace)).await
    }

    async fn add_rotator(&self, workspace: WorkspaceId, rotator: RotatorFields, now: UnixMs) -> Result<Rotator> {
        self.writer
            .run(move |c| config::add_rotator(c, workspace, rotator, now))
            .await
    }

    async fn set_rotator(
        &self,
        workspace: WorkspaceId,
        id: RotatorId,
        rotator: RotatorFields,
    ) -> Result<Option<Rotator>> {
        self.writer
            .run(move |c| config::set_rotator(c, workspace, id, rotator))
            .await
    }

    async fn remove_rotator(&self, workspace: WorkspaceId, id: RotatorId, now: UnixMs) -> Result<bool> {
        self.writer
            .run(move |c| config::remove(c, "rotators", workspace, id.0, now))
            .await
    }

    async fn destinations(&self, workspace: WorkspaceId) -> Result<Vec<Destination>> {
        self.readers
            .run(move |c| destinations::destinations(c, Some(workspace)))
            .await
    }

    async fn all_destinations(&self) -> Result<Vec<Destination>> {
        self.readers.run(|c| destinations::destinations(c, None)).await
    }

    async fn add_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        destination: DestinationFields,
        now: UnixMs,
    ) -> Result<Destination> {
        self.writer
            .run(move |c| destinations::add(c, workspace, id, destination, now))
            .await
    }

    async fn set_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        destination: DestinationFields,
        repaired: bool,
        now: UnixMs,
    ) -> Result<Option<Destination>> {
        let set = self
            .writer
            .run(move |c| destinations::set(c, workspace, id, &destination, repaired, now))
            .await?;
        if repaired && set.is_some() {
            self.in_fold(move |t| upkeep::make_due(t, id, now)).await?;
        }
        Ok(set)
    }

    async fn remove_destination(&self, workspace: WorkspaceId, id: DestinationId, now: UnixMs) -> Result<bool> {
        let removed = self
            .writer
            .run(move |c| destinations::remove(c, workspace, id, now))
            .await?;
        // If this does not come to its end, `expire_deliveries` does the rest.
        if removed {
            self.in_steps(move |t| upkeep::drop_pending(t, id, now, upkeep::STEP))
                .await?;
        }
        Ok(removed)
    }

    async fn hold_destination(&self, id: DestinationId, hold: DestinationHold, message: String) -> Result<()> {
        self.writer
            .run(move |c| destinations::hold(c, id, &hold, message))
            .await
    }

    async fn destination_stats(&self, id: DestinationId, now: UnixMs) -> Result<DestinationStats> {
        self.readers.run(move |c| stats::destination_stats(c, id, now)).await
    }

    async fn claim_deliveries(
        &self,
        destination: DestinationId,
        now: UnixMs,
        lease: UnixMs,
        limit: usize,
    ) -> Result<Claim> {
        let _turn = self.claiming.lock().await;
        let found = self
            .readers
            .run(move |c| claim::find(c, destination, now, limit))
            .await?;
        if found.is_nothing() {
            return Ok(found.claim);
        }
        self.in_fold(move |t| claim::take(t, destination, found, now, lease, limit))
            .await
    }

    async fn release_claims(&self, now: UnixMs) -> Result<()> {
        self.in_fold(move |t| claim::release(t, now)).await
    }

    async fn settle(&self, exchange: Exchange) -> Result<()> {
        self.in_fold(move |t| settle::settle(t, &exchange)).await
    }

    async fn unconfirmed(&self, destination: DestinationId, now: UnixMs, limit: usize) -> Result<Vec<Unconfirmed>> {
        self.readers
            .run(move |c| settle::unconfirmed(c, destination, now, limit))
            .await
    }

    async fn settle_confirmation(
        &self,
        exchange: i64,
        ask_again: Option<UnixMs>,
        settled: Vec<Settled>,
        now: UnixMs,
    ) -> Result<()> {
        self.in_fold(move |t| settle::settle_confirmation(t, exchange, ask_again, &settled, now))
            .await
    }

    async fn expire_deliveries(&self, now: UnixMs) -> Result<u64> {
        self.in_steps(move |t| upkeep::expire(t, now)).await
    }

    async fn forget_deliveries(&self, before: UnixMs) -> Result<u64> {
        self.in_fold(move |t| Ok(upkeep::forget(t, before)? as u64)).await
    }

    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        filter: DeliveryFilter,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        self.readers
            .run(move |c| list::deliveries(c, workspace, &filter, before, limit))
            .await
    }

    async fn find_delivery(&self, workspace: WorkspaceId, id: DeliveryId) -> Result<Option<Delivery>> {
        self.readers.run(move |c| list::find(c, workspace, id)).await
    }

    async fn replay_delivery(&self, workspace: WorkspaceId, id: DeliveryId, now: UnixMs) -> Result<Replay> {
        self.in_fold(move |t| list::replay(t, workspace, id, now)).await
    }

    async fn attributed_click(&self, lead: LeadId, platform: Platform) -> Result<Option<Click>> {
        let ad = self
            .readers
            .run(move |c| walk::ad_click(c, lead, platform, UnixMs(i64::MAX)))
            .await?;
        Ok(ad.map(|ad| ad.first))
    }

    async fn raise_alert(&self, alert: Alert) -> Result<bool> {
        self.writer.run(move |c| alerts::raise(c, &alert)).await
    }

    async fn end_alert(&self, workspace: WorkspaceId, kind: &'static str, subject: i64, now: UnixMs) -> Result<bool> {
        self.writer
            .run(move |c| alerts::end(c, workspace, kind, subject, now))
            .await
    }

    async fn alerts(&self, workspace: WorkspaceId) -> Result<Vec<Alert>> {
        self.readers.run(move |c| alerts::alerts(c, workspace)).await
    }

    async fn leads(
        &self,
        workspace: WorkspaceId,
        filter: LeadFilter,
        before: Option<LeadId>,
        limit: usize,
    ) -> Result<FoundLeads> {
        self.readers
            .run(move |c| leads::leads(c, leads::MOST_ROWS, workspace, &filter, before, limit))
            .await
    }

    async fn find_lead(&self, id: LeadId) -> Result<Option<Lead>> {
        self.readers.run(move |c| leads::find_lead(c, id)).await
    }

    async fn update_lead(&self, id: LeadId, patch: LeadPatch, by: String, now: UnixMs) -> Result<Option<Lead>> {
        self.writer
            .run(move |c| leads::edit::update_lead(c, id, patch, &by, now))
            .await
    }

    async fn remove_lead(&self, id: LeadId, by: String, now: UnixMs) -> Result<bool> {
        self.writer.run(move |c| leads::edit::remove(c, id, &by, now)).await
    }

    async fn update_leads(&self, ids: Vec<LeadId>, patch: LeadPatch, by: String, now: UnixMs) -> Result<()> {
        self.writer
            .run(move |c| leads::edit::update_leads(c, &ids, &patch, &by, now))
            .await
    }

    async fn timeline(&self, id: LeadId, before: Option<UnixMs>, limit: usize) -> Result<Vec<TimelineItem>> {
        self.readers
            .run(move |c| timeline::timeline(c, id, before, limit))
            .await
    }

    async fn ping(&self) -> Result<()> {
        self.readers.run(|c| Ok(c.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }

    async fn newest_click(&self) -> Result<Option<UnixMs>> {
        self.readers.run(reports::newest_click).await
    }

    async fn watermark(&self) -> Result<ClickId> {
        self.readers.run(fold::watermark).await
    }

    async fn close(&self) -> Result<()> {
        self.shut().await
    }
}
