//! Messages for webhooks, put in by the pass that folds what they are about. Where no workspace has a webhook, nothing of
//! this is done.

use crate::{Result, model::DESTINATION_HELD, sqlite::webhooks::insert_messages as insert};
use konektor_core::{
    click::Click,
    ids::{AgentId, DeliveryId, LeadId, WebhookId, WorkspaceId},
    routing::Routing,
    time::UnixMs,
    webhook::{AgentAbsence, Hold, LeadChange, NewMessage, of_absences, of_changes, of_clicks, of_holds},
};
use rusqlite::{Transaction, params};
use std::collections::BTreeSet;

/// Alerts and absences read in one pass; people make them by hand.
const MOST: i64 = 1_000;

/// A pass's way to the webhooks.
pub(super) struct Messages<'t> {
    transaction: &'t Transaction<'t>,
    routing: &'t Routing,
    told: BTreeSet<WebhookId>,
}

impl<'t> Messages<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>, routing: &'t Routing) -> Self {
        Self {
            transaction,
            routing,
            told: BTreeSet::new(),
        }
    }

    /// Whether anybody wants to be told of anything.
    pub(super) fn are_wanted(&self) -> bool {
        self.routing.has_webhooks()
    }

    /// Tells of clicks.
    pub(super) fn add_clicks(&mut self, clicks: &[Click]) -> Result<()> {
        match self.are_wanted() {
            true => self.add(of_clicks(self.routing, clicks)),
            false => Ok(()),
        }
    }

    /// Tells of changes of leads.
    pub(super) fn add_changes(&mut self, changes: &[LeadChange]) -> Result<()> {
        self.add(of_changes(self.routing, changes))
    }

    /// Tells of absences of agents and of holds of destinations behind their watermarks.
    pub(super) fn add_the_rest(&mut self) -> Result<()> {
        if !self.are_wanted() {
            return Ok(());
        }
        let absences = self.absences()?;
        self.add(of_absences(self.routing, &absences))?;
        if let Some(last) = absences.last() {
            self.move_watermark("absence", last.id)?;
        }
        let (last, holds) = self.holds()?;
        self.add(of_holds(self.routing, &holds))?;
        if let Some(last) = last {
            self.move_watermark("alert", last)?;
        }
        Ok(())
    }

    /// The webhooks that have something to be told.
    pub(super) fn close(self) -> Vec<WebhookId> {
        self.told.into_iter().collect()
    }

    fn add(&mut self, messages: Vec<NewMessage>) -> Result<()> {
        insert(self.transaction, &messages)?;
        self.told.extend(messages.iter().map(|message| message.webhook));
        Ok(())
    }

    fn move_watermark(&self, of: &'static str, to: i64) -> Result<()> {
        let sql = format!("UPDATE fold.watermark SET {of} = ?1");
        self.transaction.prepare_cached(&sql)?.execute([to])?;
        Ok(())
    }

    fn absences(&self) -> Result<Vec<AgentAbsence>> {
        let mut behind = self.transaction.prepare_cached(
            "SELECT id, workspace_id, agent_id, at FROM main.agent_absences
             WHERE id > (SELECT absence FROM fold.watermark) ORDER BY id LIMIT ?1",
        )?;
        let absences = behind.query_map([MOST], |row| {
            Ok(AgentAbsence {
                id: row.get(0)?,
                workspace: WorkspaceId(row.get(1)?),
                agent: AgentId(row.get(2)?),
                at: UnixMs(row.get(3)?),
            })
        })?;
        Ok(absences.collect::<rusqlite::Result<_>>()?)
    }

    /// The last alert that was read, and the holds among them at which something waits.
    fn holds(&self) -> Result<(Option<i64>, Vec<Hold>)> {
        let mut behind = self.transaction.prepare_cached(
            "SELECT a.id, a.workspace_id, a.since, d.id, d.lead_id FROM main.alerts a
             LEFT JOIN fold.deliveries d ON d.id = (
                 SELECT min(id) FROM fold.deliveries WHERE destination_id = a.subject AND state = 'pending'
             ) AND a.kind = ?2
             WHERE a.id > (SELECT alert FROM fold.watermark) ORDER BY a.id LIMIT ?1",
        )?;
        let mut rows = behind.query(params![MOST, DESTINATION_HELD])?;
        let (mut last, mut holds) = (None, Vec::new());
        while let Some(row) = rows.next()? {
            let alert = row.get(0)?;
            last = Some(alert);
            if let (Some(delivery), Some(lead)) = (row.get(3)?, row.get(4)?) {
                holds.push(Hold {
                    alert,
                    workspace: WorkspaceId(row.get(1)?),
                    since: UnixMs(row.get(2)?),
                    delivery: (DeliveryId(delivery), LeadId::from_packed(lead)),
                });
            }
        }
        Ok((last, holds))
    }
}
