//! The trait, each function handed to the statements that it is for.

use super::{add, data, list, messages, remove, set, set_health, webhooks};
use crate::{
    Result, WebhookStore,
    model::*,
    postgres::{
        PostgresStore,
        deliveries::upkeep::STEP,
        run::{ask, write},
    },
};
use konektor_core::{
    ids::{WebhookId, WorkspaceId},
    time::UnixMs,
    webhook::{MessageId, NewMessage},
};

impl WebhookStore for PostgresStore {
    async fn webhooks(&self, workspace: WorkspaceId) -> Result<Vec<Webhook>> {
        ask!(self, webhooks(Some(workspace)))
    }

    async fn all_webhooks(&self) -> Result<Vec<Webhook>> {
        ask!(self, webhooks(None))
    }

    async fn add_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        webhook: WebhookFields,
        now: UnixMs,
    ) -> Result<Webhook> {
        write!(self, add(workspace, id, webhook, now))
    }

    async fn set_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        webhook: WebhookFields,
        revived: bool,
        now: UnixMs,
    ) -> Result<Option<Webhook>> {
        write!(self, set(workspace, id, &webhook, revived, now))
    }

    async fn remove_webhook(&self, workspace: WorkspaceId, id: WebhookId, now: UnixMs) -> Result<bool> {
        write!(self, remove(workspace, id, now))
    }

    async fn set_webhook_health(&self, id: WebhookId, health: WebhookHealth, now: UnixMs) -> Result<Option<Webhook>> {
        write!(self, set_health(id, &health, now))
    }

    async fn claim_messages(
        &self,
        webhook: WebhookId,
        now: UnixMs,
        lease: UnixMs,
        limit: usize,
    ) -> Result<MessageClaim> {
        write!(self, messages::claim(webhook, now, lease, limit))
    }

    async fn release_messages(&self, now: UnixMs) -> Result<()> {
        // While other servers live, what they have claimed is theirs until its lease ends.
        match self.is_alone().await? {
            true => ask!(self, messages::release(now)),
            false => Ok(()),
        }
    }

    async fn message_data(&self, subjects: Vec<MessageSubject>) -> Result<Vec<Option<MessageData>>> {
        ask!(self, data::of(&subjects))
    }

    async fn freeze_messages(&self, payloads: Vec<(i64, String)>) -> Result<()> {
        ask!(self, messages::freeze(&payloads))
    }

    async fn settle_messages(&self, settled: Vec<SettledMessage>) -> Result<()> {
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        write!(self, messages::settle(&ids, &settled))
    }

    async fn add_test_message(
        &self,
        webhook: WebhookId,
        id: MessageId,
        payload: String,
        now: UnixMs,
        lease: UnixMs,
    ) -> Result<i64> {
        let row = self.next_id(&*self.place().await?, now);
        write!(self, messages::insert_test(row, webhook, &id, &payload, (now, lease)))
    }

    async fn messages(
        &self,
        webhook: WebhookId,
        filter: MessageFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Message>> {
        ask!(self, list::messages(webhook, filter, before, limit))
    }

    async fn find_message(&self, webhook: WebhookId, id: MessageId) -> Result<Option<Message>> {
        ask!(self, list::find(webhook, &id))
    }

    async fn replay_message(&self, webhook: WebhookId, id: MessageId, now: UnixMs) -> Result<MessageReplay> {
        write!(self, messages::replay(webhook, &id, now))
    }

    async fn forget_messages(&self, before: UnixMs) -> Result<u64> {
        let mut done = 0;
        loop {
            let step: Result<usize> = write!(self, messages::forget(before));
            let step = step?;
            done += step as u64;
            if step < STEP {
                return Ok(done);
            }
        }
    }

    async fn add_messages(&self, added: Vec<NewMessage>) -> Result<()> {
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        write!(self, messages::insert(&ids, &added))
    }
}
