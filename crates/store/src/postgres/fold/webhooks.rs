//! Messages for webhooks, put in by the transaction that folds what they are about. Where no workspace has a webhook,
//! nothing of this is done.

use crate::{
    Result,
    model::DESTINATION_HELD,
    postgres::{Ids, sql, values::lead, webhooks::insert_messages as insert},
};
use deadpool_postgres::Transaction;
use konektor_core::{
    click::Click,
    ids::{AgentId, DeliveryId, WebhookId, WorkspaceId},
    routing::Routing,
    time::UnixMs,
    webhook::{AgentAbsence, Hold, LeadChange, NewMessage, of_absences, of_changes, of_clicks, of_holds},
};
use std::collections::BTreeSet;

/// Alerts and absences read in one pass; people make them by hand.
const MOST: i64 = 1_000;

/// A transaction's way to the webhooks.
pub(super) struct Messages<'t> {
    transaction: &'t Transaction<'t>,
    routing: &'t Routing,
    ids: Ids<'t>,
    told: BTreeSet<WebhookId>,
}

impl<'t> Messages<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>, routing: &'t Routing, ids: Ids<'t>) -> Self {
        Self {
            transaction,
            routing,
            ids,
            told: BTreeSet::new(),
        }
    }

    /// Tells of clicks.
    pub(super) async fn add_clicks(&mut self, clicks: &[Click]) -> Result<()> {
        match self.routing.has_webhooks() {
            true => self.add(of_clicks(self.routing, clicks)).await,
            false => Ok(()),
        }
    }

    /// Tells of changes of leads.
    pub(super) async fn add_changes(&mut self, changes: &[LeadChange]) -> Result<()> {
        match self.routing.has_webhooks() {
            true => self.add(of_changes(self.routing, changes)).await,
            false => Ok(()),
        }
    }

    /// Tells of absences of agents and of holds of destinations that nobody was told of yet.
    pub(super) async fn add_the_rest(&mut self) -> Result<()> {
        let absences = self.take_absences().await?;
        self.add(of_absences(self.routing, &absences)).await?;
        let holds = self.take_holds().await?;
        self.add(of_holds(self.routing, &holds)).await
    }

    /// The webhooks that have something to be told.
    pub(super) fn close(self) -> impl Iterator<Item = WebhookId> {
        self.told.into_iter()
    }

    async fn add(&mut self, messages: Vec<NewMessage>) -> Result<()> {
        insert(self.transaction, self.ids, &messages).await?;
        self.told.extend(messages.iter().map(|message| message.webhook));
        Ok(())
    }

    async fn take_absences(&self) -> Result<Vec<AgentAbsence>> {
        let sql = "UPDATE agent_absences SET unfolded = false WHERE id IN (
                       SELECT id FROM agent_absences WHERE unfolded ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
                   RETURNING id, workspace_id, agent_id, at";
        let rows = sql::query(self.transaction, sql, &[&MOST]).await?;
        let read = |row: &tokio_postgres::Row| AgentAbsence {
            id: row.get(0),
            workspace: WorkspaceId(row.get(1)),
            agent: AgentId(row.get(2)),
            at: UnixMs(row.get(3)),
        };
        let mut absences: Vec<_> = rows.iter().map(read).collect();
        absences.sort_by_key(|absence| absence.id);
        Ok(absences)
    }

    /// The holds at which something waits, among alerts that were not looked at.
    async fn take_holds(&self) -> Result<Vec<Hold>> {
        let sql = "WITH taken AS (
                       UPDATE alerts SET unfolded = false WHERE id IN (
                           SELECT id FROM alerts WHERE unfolded ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
                       RETURNING id, workspace_id, kind, subject, since
                   )
                   SELECT a.id, a.workspace_id, a.since, d.id, d.number FROM taken a CROSS JOIN LATERAL (
                       SELECT id, number FROM deliveries
                       WHERE workspace_id = a.workspace_id AND destination_id = a.subject AND state = 'pending'
                       ORDER BY id LIMIT 1) d
                   WHERE a.kind = $2 ORDER BY a.id";
        let rows = sql::query(self.transaction, sql, &[&MOST, &DESTINATION_HELD]).await?;
        let read = |row: &tokio_postgres::Row| Hold {
            alert: row.get(0),
            workspace: WorkspaceId(row.get(1)),
            since: UnixMs(row.get(2)),
            delivery: (DeliveryId(row.get(3)), lead(row.get(1), row.get(4))),
        };
        Ok(rows.iter().map(read).collect())
    }
}
