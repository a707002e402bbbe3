//! The trait, each function handed to the thread and the file that it is for.

use super::{add, data, list, messages, remove, set, set_health, webhooks};
use crate::{Result, WebhookStore, model::*, sqlite::SqliteStore};
use konektor_core::{
    ids::{WebhookId, WorkspaceId},
    time::UnixMs,
    webhook::{MessageId, NewMessage},
};

impl WebhookStore for SqliteStore {
    async fn webhooks(&self, workspace: WorkspaceId) -> Result<Vec<Webhook>> {
        self.readers.run(move |c| webhooks(c, Some(workspace))).await
    }

    async fn all_webhooks(&self) -> Result<Vec<Webhook>> {
        self.readers.run(|c| webhooks(c, None)).await
    }

    async fn add_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        webhook: WebhookFields,
        now: UnixMs,
    ) -> Result<Webhook> {
        self.writer.run(move |c| add(c, workspace, id, webhook, now)).await
    }

    async fn set_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        webhook: WebhookFields,
        revived: bool,
        now: UnixMs,
    ) -> Result<Option<Webhook>> {
        self.writer
            .run(move |c| set(c, workspace, id, &webhook, revived, now))
            .await
    }

    async fn remove_webhook(&self, workspace: WorkspaceId, id: WebhookId, now: UnixMs) -> Result<bool> {
        self.writer.run(move |c| remove(c, workspace, id, now)).await
    }

    async fn set_webhook_health(&self, id: WebhookId, health: WebhookHealth, now: UnixMs) -> Result<Option<Webhook>> {
        self.writer.run(move |c| set_health(c, id, &health, now)).await
    }

    async fn claim_messages(
        &self,
        webhook: WebhookId,
        now: UnixMs,
        lease: UnixMs,
        limit: usize,
    ) -> Result<MessageClaim> {
        self.in_fold(move |t| messages::claim(t, webhook, now, lease, limit))
            .await
    }

    async fn release_messages(&self, now: UnixMs) -> Result<()> {
        self.in_fold(move |t| messages::release(t, now)).await
    }

    async fn message_data(&self, subjects: Vec<MessageSubject>) -> Result<Vec<Option<MessageData>>> {
        self.readers
            .run(move |c| subjects.into_iter().map(|subject| data::of(c, subject)).collect())
            .await
    }

    async fn freeze_messages(&self, payloads: Vec<(i64, String)>) -> Result<()> {
        self.in_fold(move |t| messages::freeze(t, &payloads)).await
    }

    // Without a sync: what a power cut takes is sent again under the same id, which receivers have to expect anyway.
    async fn settle_messages(&self, settled: Vec<SettledMessage>) -> Result<()> {
        self.in_fold(move |t| messages::settle(t, &settled)).await
    }

    async fn add_test_message(
        &self,
        webhook: WebhookId,
        id: MessageId,
        payload: String,
        now: UnixMs,
        lease: UnixMs,
    ) -> Result<i64> {
        self.in_fold(move |t| messages::insert_test(t, webhook, &id, &payload, now, lease))
            .await
    }

    async fn messages(
        &self,
        webhook: WebhookId,
        filter: MessageFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Message>> {
        self.readers
            .run(move |c| list::messages(c, webhook, filter, before, limit))
            .await
    }

    async fn find_message(&self, webhook: WebhookId, id: MessageId) -> Result<Option<Message>> {
        self.readers.run(move |c| list::find(c, webhook, &id)).await
    }

    async fn replay_message(&self, webhook: WebhookId, id: MessageId, now: UnixMs) -> Result<MessageReplay> {
        self.in_fold(move |t| messages::replay(t, webhook, &id, now)).await
    }

    async fn forget_messages(&self, before: UnixMs) -> Result<u64> {
        self.in_steps(move |t| messages::forget(t, before)).await
    }

    async fn add_messages(&self, added: Vec<NewMessage>) -> Result<()> {
        self.in_fold(move |t| messages::insert(t, &added)).await
    }
}
