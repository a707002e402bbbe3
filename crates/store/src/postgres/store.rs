//! The trait, each function handed to the statements that it is for.

use super::{
    PostgresStore, alerts, config,
    deliveries::{claim, list, settle, stats, upkeep},
    destinations, installation, keyed,
    leads::{self, edit},
    memory, partitions, replay, reports, routing,
    run::{ask, look, noted, write},
    screening, sql, timeline, walk,
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
use std::sync::Arc;

impl PostgresStore {
    /// Drops what waits for a removed destination, in steps; how much.
    async fn drop_pending(&self, destination: DestinationId, now: UnixMs) -> Result<u64> {
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        let mut done = 0;
        loop {
            let step: Result<usize> = write!(self, upkeep::drop_pending(&ids, destination, now, upkeep::STEP));
            let step = step?;
            done += step as u64;
            if step < upkeep::STEP {
                return Ok(done);
            }
        }
    }
}

impl Store for PostgresStore {
    async fn record(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        visits: Vec<Visit>,
        attempt: Arc<Attempt>,
    ) -> Result<(Box<Memory>, Decisions)> {
        self.record_batch(&routing, memory, visits, &attempt).await
    }

    async fn replay(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        batch: ReplayBatch,
    ) -> Result<(Box<Memory>, Replayed)> {
        self.replay_batch(&routing, memory, batch).await
    }

    async fn forget_segment(&self, segment: i64) -> Result<()> {
        ask!(self, replay::forget_segment(segment))
    }

    async fn reserve_numbers(&self, wanted: Vec<NumberBlock>) -> Result<Vec<NumberBlock>> {
        write!(self, replay::reserve_ahead(&wanted))
    }

    async fn recent_owners(&self, limit: usize) -> Result<Vec<(LeadId, AgentId)>> {
        ask!(self, replay::recent_owners(limit))
    }

    /// None: other servers add to them.
    async fn seen_click_ids(&self) -> Result<Option<SeenClickIds>> {
        Ok(None)
    }

    /// Who has no filter has nobody to read ahead for, and a connection waits for itself alone.
    async fn warm_click_ids(&self, _prints: Vec<ClickIdPrint>) -> Result<()> {
        Ok(())
    }

    async fn memory(&self, limits: FloodLimits) -> Result<Box<Memory>> {
        self.build_memory(limits).await
    }

    async fn fold(&self, routing: Arc<Routing>, fresh: Fresh, limit: usize) -> Result<FoldProgress> {
        self.fold_pass(&routing, fresh, limit).await
    }

    async fn rotation(&self, rotator: RotatorId) -> Result<Rotation> {
        self.rotation_here(rotator).await
    }

    async fn ledger(&self, workspace: WorkspaceId, range: ReportRange) -> Result<Vec<LedgerLine>> {
        ask!(self, reports::ledger(workspace, range))
    }

    async fn routing(&self) -> Result<Routing> {
        look!(self, routing::read())
    }

    async fn installation(&self) -> Result<Installation> {
        Ok(self.installation.lock().expect("reading it cannot panic").clone())
    }

    async fn add_signing_salt(&self, salt: [u8; 32], now: UnixMs) -> Result<()> {
        ask!(self, installation::add_signing_salt(salt, now))
    }

    async fn add_screened(&self, screened: Vec<Screened>, samples: Vec<Sample>) -> Result<()> {
        let place = self.place().await?;
        let ids: Vec<i64> = samples.iter().map(|sample| self.next_id(&place, sample.at)).collect();
        write!(self, reports::add_screened(&screened, &samples, &ids))
    }

    async fn add_counts(&self, counts: Vec<Count>) -> Result<()> {
        write!(self, reports::add_counts(&counts))
    }

    async fn add_workspace(&self, new: NewWorkspace, now: UnixMs) -> Result<WorkspaceId> {
        write!(self, installation::add_workspace(&new, now))
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        ask!(self, installation::workspaces())
    }

    async fn find_workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>> {
        ask!(self, installation::find_workspace(id))
    }

    async fn set_workspace(&self, workspace: Workspace) -> Result<bool> {
        write!(self, installation::set_workspace(&workspace))
    }

    async fn begin_keyed(&self, request: KeyedRequest, now: UnixMs, forget: UnixMs) -> Result<Repeat> {
        write!(self, keyed::begin(&request, now, forget))
    }

    async fn end_keyed(&self, request: KeyedRequest, answer: Option<Vec<u8>>) -> Result<()> {
        ask!(self, keyed::end(&request, answer.as_deref()))
    }

    async fn hosts(&self, workspace: WorkspaceId) -> Result<Vec<String>> {
        ask!(self, config::hosts(workspace))
    }

    async fn add_host(&self, workspace: WorkspaceId, host: String, now: UnixMs) -> Result<()> {
        write!(self, config::add_host(workspace, &host, now))
    }

    async fn remove_host(&self, workspace: WorkspaceId, host: String) -> Result<bool> {
        write!(self, config::remove_host(workspace, &host))
    }

    async fn screening_rules(&self, workspace: WorkspaceId) -> Result<Vec<ScreeningRule>> {
        ask!(self, screening::rules(workspace))
    }

    async fn add_screening_rule(
        &self,
        workspace: WorkspaceId,
        rule: Rule,
        by: String,
        now: UnixMs,
    ) -> Result<Option<ScreeningRule>> {
        write!(self, screening::add(workspace, &rule, &by, now))
    }

    async fn remove_screening_rule(&self, workspace: WorkspaceId, id: i64) -> Result<bool> {
        write!(self, screening::remove(workspace, id))
    }

    async fn agents(&self, workspace: WorkspaceId) -> Result<Vec<Agent>> {
        ask!(self, config::agents(workspace))
    }

    async fn add_agent(&self, workspace: WorkspaceId, agent: AgentFields, now: UnixMs) -> Result<Agent> {
        write!(self, config::add_agent(workspace, agent, now))
    }

    async fn set_agent(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        agent: AgentFields,
        now: UnixMs,
    ) -> Result<Option<Agent>> {
        write!(self, config::set_agent(workspace, id, agent, now))
    }

    async fn remove_agent(&self, workspace: WorkspaceId, id: AgentId, now: UnixMs) -> Result<bool> {
        write!(self, config::remove_agent(workspace, id, now))
    }

    async fn rotators(&self, workspace: WorkspaceId) -> Result<Vec<Rotator>> {
        ask!(self, config::rotators(workspace))
    }

    async fn add_rotator(&self, workspace: WorkspaceId, rotator: RotatorFields, now: UnixMs) -> Result<Rotator> {
        write!(self, config::add_rotator(workspace, rotator, now))
    }

    async fn set_rotator(
        &self,
        workspace: WorkspaceId,
        id: RotatorId,
        rotator: RotatorFields,
    ) -> Result<Option<Rotator>> {
        write!(self, config::set_rotator(workspace, id, rotator))
    }

    async fn remove_rotator(&self, workspace: WorkspaceId, id: RotatorId, now: UnixMs) -> Result<bool> {
        write!(self, config::remove("rotators", workspace, id.0, now))
    }

    async fn destinations(&self, workspace: WorkspaceId) -> Result<Vec<Destination>> {
        ask!(self, destinations::destinations(Some(workspace)))
    }

    async fn all_destinations(&self) -> Result<Vec<Destination>> {
        ask!(self, destinations::destinations(None))
    }

    async fn add_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        destination: DestinationFields,
        now: UnixMs,
    ) -> Result<Destination> {
        write!(self, destinations::add(workspace, id, destination, now))
    }

    async fn set_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        destination: DestinationFields,
        repaired: bool,
        now: UnixMs,
    ) -> Result<Option<Destination>> {
        let set: Result<_> = write!(self, destinations::set(workspace, id, &destination, repaired, now));
        let set = set?;
        if repaired && set.is_some() {
            let due: Result<()> = ask!(self, upkeep::make_due(id, now));
            due?;
        }
        Ok(set)
    }

    async fn remove_destination(&self, workspace: WorkspaceId, id: DestinationId, now: UnixMs) -> Result<bool> {
        let removed: Result<bool> = write!(self, destinations::remove(workspace, id, now));
        let removed = removed?;
        // If this does not come to its end, `expire_deliveries` does the rest.
        if removed {
            self.drop_pending(id, now).await?;
        }
        Ok(removed)
    }

    async fn hold_destination(&self, id: DestinationId, hold: DestinationHold, message: String) -> Result<()> {
        write!(self, destinations::hold(id, &hold, message))
    }

    async fn destination_stats(&self, id: DestinationId, now: UnixMs) -> Result<DestinationStats> {
        ask!(self, stats::destination_stats(id, now))
    }

    async fn claim_deliveries(
        &self,
        destination: DestinationId,
        now: UnixMs,
        lease: UnixMs,
        limit: usize,
    ) -> Result<Claim> {
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        write!(self, claim::claim(&ids, destination, now, lease, limit))
    }

    async fn release_claims(&self, now: UnixMs) -> Result<()> {
        // While other servers live, what they have claimed is theirs until its lease ends.
        if self.is_alone().await? {
            return write!(self, claim::release(now));
        }
        Ok(())
    }

    async fn settle(&self, exchange: Exchange) -> Result<()> {
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        write!(self, settle::settle(&ids, &exchange))
    }

    async fn unconfirmed(&self, destination: DestinationId, now: UnixMs, limit: usize) -> Result<Vec<Unconfirmed>> {
        ask!(self, settle::unconfirmed(destination, now, limit))
    }

    async fn settle_confirmation(
        &self,
        exchange: i64,
        ask_again: Option<UnixMs>,
        settled: Vec<Settled>,
        now: UnixMs,
    ) -> Result<()> {
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        write!(
            self,
            settle::settle_confirmation(&ids, exchange, ask_again, &settled, now)
        )
    }

    async fn expire_deliveries(&self, now: UnixMs) -> Result<u64> {
        self.look_after_months(now).await?;
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        let mut done = 0;
        loop {
            let step: Result<usize> = write!(self, upkeep::expire(&ids, now));
            let step = step?;
            done += step as u64;
            if step < upkeep::STEP {
                return Ok(done);
            }
        }
    }

    async fn forget_deliveries(&self, before: UnixMs) -> Result<u64> {
        let mut client = self.any().await?;
        let left = "settled_at IS NULL OR settled_at >= $1";
        let dropped = partitions::drop_old(&mut client, "deliveries", before, left).await?;
        drop(client);
        let forgotten: Result<usize> = write!(self, upkeep::forget(before));
        Ok(dropped + forgotten? as u64)
    }

    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        filter: DeliveryFilter,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        ask!(self, list::deliveries(workspace, &filter, before, limit))
    }

    async fn find_delivery(&self, workspace: WorkspaceId, id: DeliveryId) -> Result<Option<Delivery>> {
        ask!(self, list::find(workspace, id))
    }

    async fn replay_delivery(&self, workspace: WorkspaceId, id: DeliveryId, now: UnixMs) -> Result<Replay> {
        write!(self, list::replay(workspace, id, now))
    }

    async fn attributed_click(&self, lead: LeadId, platform: Platform) -> Result<Option<Click>> {
        let ad: Result<_> = ask!(self, walk::ad_click(lead, platform, UnixMs(i64::MAX)));
        Ok(ad?.map(|ad| ad.first))
    }

    async fn raise_alert(&self, alert: Alert) -> Result<bool> {
        ask!(self, alerts::raise(&alert))
    }

    async fn end_alert(&self, workspace: WorkspaceId, kind: &'static str, subject: i64, now: UnixMs) -> Result<bool> {
        ask!(self, alerts::end(workspace, kind, subject, now))
    }

    async fn alerts(&self, workspace: WorkspaceId) -> Result<Vec<Alert>> {
        ask!(self, alerts::alerts(workspace))
    }

    async fn leads(
        &self,
        workspace: WorkspaceId,
        filter: LeadFilter,
        before: Option<LeadId>,
        limit: usize,
    ) -> Result<FoundLeads> {
        look!(self, leads::leads(workspace, &filter, before, limit))
    }

    async fn find_lead(&self, id: LeadId) -> Result<Option<Lead>> {
        look!(self, leads::find_lead(id))
    }

    async fn update_lead(&self, id: LeadId, patch: LeadPatch, by: String, now: UnixMs) -> Result<Option<Lead>> {
        noted!(self, by, now, |notes| {
            let patched = edit::patch_leads(notes, &[id], patch).await?;
            match patched.first() {
                Some(lead) => leads::find_lead(notes.transaction, *lead).await?,
                None => None,
            }
        })
    }

    async fn remove_lead(&self, id: LeadId, by: String, now: UnixMs) -> Result<bool> {
        noted!(self, by, now, |notes| edit::remove(notes, id).await?)
    }

    async fn update_leads(&self, ids: Vec<LeadId>, patch: LeadPatch, by: String, now: UnixMs) -> Result<()> {
        noted!(self, by, now, |notes| drop(
            edit::patch_leads(notes, &ids, patch).await?
        ))
    }

    async fn timeline(&self, id: LeadId, before: Option<UnixMs>, limit: usize) -> Result<Vec<TimelineItem>> {
        look!(self, timeline::timeline(id, before, limit))
    }

    async fn ping(&self) -> Result<()> {
        sql::query_one(&self.any().await?, "SELECT 1", &[]).await?;
        Ok(())
    }

    async fn newest_click(&self) -> Result<Option<UnixMs>> {
        ask!(self, reports::newest_click())
    }

    async fn watermark(&self) -> Result<ClickId> {
        let place = self.place().await?;
        ask!(self, memory::watermark(place.id))
    }

    async fn close(&self) -> Result<()> {
        self.pools.close();
        self.session.end().await;
        Ok(())
    }
}
