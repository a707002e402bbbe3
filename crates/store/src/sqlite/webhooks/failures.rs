//! Messages of deliveries that came to a bad end, made in the transaction that ends them.

use super::{messages::insert, read_events};
use crate::Result;
use konektor_core::{
    event::DeliveryState,
    ids::{DeliveryId, LeadId, WebhookId},
    time::UnixMs,
    webhook::{EventKind, MessageId, NewMessage},
};
use rusqlite::Transaction;

/// Tells of a delivery that was dropped or has expired. What has expired has the time of that in its message's id: noted
/// without a sync, it may be noted again after a power cut, and must then be the same message.
pub(in crate::sqlite) fn tell(
    transaction: &Transaction<'_>,
    delivery: i64,
    state: DeliveryState,
    at: UnixMs,
) -> Result<()> {
    let mut listening = transaction.prepare_cached(
        "SELECT w.id, w.events, d.lead_id, d.expires_at FROM fold.deliveries d
         JOIN main.destinations x ON x.id = d.destination_id JOIN main.webhooks w ON w.workspace_id = x.workspace_id
         WHERE d.id = ?1 AND w.active AND w.disabled_at IS NULL AND w.removed_at IS NULL",
    )?;
    let mut rows = listening.query([delivery])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        if !read_events(row.get_ref(1)?)?.contains(EventKind::DeliveryFailed) {
            continue;
        }
        let ended = match state {
            DeliveryState::Expired => UnixMs(row.get(3)?),
            _ => at,
        };
        messages.push(NewMessage {
            webhook: WebhookId(row.get(0)?),
            id: MessageId::of_failure(DeliveryId(delivery), ended),
            kind: EventKind::DeliveryFailed,
            lead: Some(LeadId::from_packed(row.get(2)?)),
            subject: delivery,
            subject_end: delivery,
            at,
        });
    }
    insert(transaction, &messages)
}
