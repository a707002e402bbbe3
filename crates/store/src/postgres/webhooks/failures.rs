//! Messages of deliveries that came to a bad end, made in the transaction that ends them.

use super::{messages::insert, read_events};
use crate::{
    Result,
    postgres::{Ids, sql, values::lead},
};
use deadpool_postgres::Transaction;
use konektor_core::{
    event::DeliveryState,
    ids::{DeliveryId, WebhookId},
    time::UnixMs,
    webhook::{EventKind, MessageId, NewMessage},
};

/// Tells of a workspace's deliveries that were dropped or have expired. What has expired has the time of that in its
/// message's id, so that it is the same message whoever notes it.
pub(in crate::postgres) async fn tell(
    transaction: &Transaction<'_>,
    ids: Ids<'_>,
    workspace: i64,
    ended: &[(i64, DeliveryState)],
    at: UnixMs,
) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let deliveries: Vec<i64> = ended.iter().map(|(id, _)| *id).collect();
    let sql = "SELECT w.id, w.events, d.id, d.number, d.expires_at FROM webhooks w
               JOIN deliveries d ON d.workspace_id = w.workspace_id AND d.id = ANY($2)
               WHERE w.workspace_id = $1 AND w.active AND w.disabled_at IS NULL AND w.removed_at IS NULL
               ORDER BY d.id, w.id";
    let mut messages = Vec::new();
    for row in sql::query(transaction, sql, &[&workspace, &deliveries]).await? {
        if !read_events(row.get(1))?.contains(EventKind::DeliveryFailed) {
            continue;
        }
        let delivery: i64 = row.get(2);
        let has_expired = ended.contains(&(delivery, DeliveryState::Expired));
        let end = if has_expired { UnixMs(row.get(4)) } else { at };
        messages.push(NewMessage {
            webhook: WebhookId(row.get(0)),
            id: MessageId::of_failure(DeliveryId(delivery), end),
            kind: EventKind::DeliveryFailed,
            lead: Some(lead(workspace, row.get(3))),
            subject: delivery,
            subject_end: delivery,
            at,
        });
    }
    insert(transaction, ids, &messages).await
}
