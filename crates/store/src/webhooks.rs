//! What the server may ask of a database about webhooks: a part of [`crate::Store`] with a page of its own.

use crate::{Result, model::*};
use konektor_core::{
    ids::{WebhookId, WorkspaceId},
    time::UnixMs,
    webhook::{MessageId, NewMessage},
};
use std::future::Future;

/// Webhooks, the messages to them, the attempts. Every method is one transaction.
pub trait WebhookStore: Send + Sync + 'static {
    /// A workspace's webhooks, oldest first.
    fn webhooks(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<Webhook>>> + Send;

    /// All webhooks of all workspaces: what is sent to.
    fn all_webhooks(&self) -> impl Future<Output = Result<Vec<Webhook>>> + Send;

    /// Adds a webhook under an id that was chosen by chance, for which its secret is sealed.
    fn add_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        webhook: WebhookFields,
        now: UnixMs,
    ) -> impl Future<Output = Result<Webhook>> + Send;

    /// Replaces a webhook's fields; with `revived` it counts as well again, and the alert of it ends. `None` if there is
    /// none.
    fn set_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        webhook: WebhookFields,
        revived: bool,
        now: UnixMs,
    ) -> impl Future<Output = Result<Option<Webhook>>> + Send;

    /// Removes a webhook and its secrets; its alert ends, its messages are forgotten. `false` if there is none.
    fn remove_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        now: UnixMs,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Notes how a webhook does, with the alert of it; the first failure is the one that counts. The webhook as it is
    /// then; `None` if it was removed.
    fn set_webhook_health(
        &self,
        id: WebhookId,
        health: WebhookHealth,
        now: UnixMs,
    ) -> impl Future<Output = Result<Option<Webhook>>> + Send;

    /// Takes up to `limit` messages of a webhook that are due, the longest due first. Until `lease` nobody else gets them.
    /// Nothing of a webhook that is switched off, disabled or removed.
    fn claim_messages(
        &self,
        webhook: WebhookId,
        now: UnixMs,
        lease: UnixMs,
        limit: usize,
    ) -> impl Future<Output = Result<MessageClaim>> + Send;

    /// At the start of the only server of a database, and when its clock is believed again: what was claimed before is due at
    /// once, and so is what waits for a year that a clock was in.
    fn release_messages(&self, now: UnixMs) -> impl Future<Output = Result<()>> + Send;

    /// What messages are about, in their order; `None` for what is gone.
    fn message_data(
        &self,
        subjects: Vec<MessageSubject>,
    ) -> impl Future<Output = Result<Vec<Option<MessageData>>>> + Send;

    /// Keeps what is sent of messages, by their rows. What was kept before stays.
    fn freeze_messages(&self, payloads: Vec<(i64, String)>) -> impl Future<Output = Result<()>> + Send;

    /// Writes down attempts and what they mean. A message that was settled meanwhile stays as it is, but for one that was
    /// sent after all.
    fn settle_messages(&self, settled: Vec<SettledMessage>) -> impl Future<Output = Result<()>> + Send;

    /// Adds a message that somebody asked for, claimed until `lease`; its row.
    fn add_test_message(
        &self,
        webhook: WebhookId,
        id: MessageId,
        payload: String,
        now: UnixMs,
        lease: UnixMs,
    ) -> impl Future<Output = Result<i64>> + Send;

    /// A page of a webhook's messages, newest first; `before` is a row.
    fn messages(
        &self,
        webhook: WebhookId,
        filter: MessageFilter,
        before: Option<i64>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Message>>> + Send;

    /// One message.
    fn find_message(&self, webhook: WebhookId, id: MessageId) -> impl Future<Output = Result<Option<Message>>> + Send;

    /// Makes a message that was sent or given up pending again, under the same id and with the same payload.
    fn replay_message(
        &self,
        webhook: WebhookId,
        id: MessageId,
        now: UnixMs,
    ) -> impl Future<Output = Result<MessageReplay>> + Send;

    /// Deletes messages that were settled before then, what has waited since before then, and all of removed webhooks;
    /// how many.
    fn forget_messages(&self, before: UnixMs) -> impl Future<Output = Result<u64>> + Send;

    /// Puts messages into the outbox that the fold does not make; those that are there already stay as they are.
    fn add_messages(&self, messages: Vec<NewMessage>) -> impl Future<Output = Result<()>> + Send;
}
