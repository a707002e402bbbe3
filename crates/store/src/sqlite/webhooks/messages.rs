//! Messages on their way: putting them in, taking them to send them, writing down what came of it.

use super::super::{breath::breathe, deliveries::upkeep::STEP};
use crate::{
    Result, StoreError,
    model::{ClaimedMessage, MessageClaim, MessageReplay, MessageState, MessageSubject, NextMessage, SettledMessage},
    sqlite::values::read_word,
};
use konektor_core::{
    evenness::LONGEST_WAIT_MS,
    ids::{LeadId, WebhookId},
    time::UnixMs,
    webhook::{EventKind, MessageId, NewMessage},
};
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// Puts messages in; one that is there already stays as it is.
pub(in crate::sqlite) fn insert(transaction: &Transaction<'_>, messages: &[NewMessage]) -> Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO fold.webhook_messages (webhook_id, message_id, event, lead_id, subject, subject_end, at, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )?;
    for (n, message) in messages.iter().enumerate() {
        breathe(n);
        insert.execute(params![
            message.webhook.0,
            message.id.as_str(),
            message.kind.as_str(),
            message.lead.map(LeadId::packed),
            message.subject,
            message.subject_end,
            message.at.0
        ])?;
    }
    Ok(())
}

pub(super) fn insert_test(
    transaction: &Transaction<'_>,
    webhook: WebhookId,
    id: &MessageId,
    payload: &str,
    now: UnixMs,
    lease: UnixMs,
) -> Result<i64> {
    transaction
        .prepare_cached(
            "INSERT INTO fold.webhook_messages (webhook_id, message_id, event, subject, subject_end, at, due, leased)
             VALUES (?1, ?2, ?3, 0, 0, ?4, ?5, 1)",
        )?
        .execute(params![
            webhook.0,
            id.as_str(),
            EventKind::Test.as_str(),
            now.0,
            lease.0
        ])?;
    let row = transaction.last_insert_rowid();
    freeze(transaction, &[(row, payload.to_owned())])?;
    Ok(row)
}

pub(super) fn claim(
    transaction: &Transaction<'_>,
    webhook: WebhookId,
    now: UnixMs,
    lease: UnixMs,
    limit: usize,
) -> Result<MessageClaim> {
    let mut open = transaction.prepare_cached(
        "SELECT 1 FROM main.webhooks WHERE id = ?1 AND active AND disabled_at IS NULL AND removed_at IS NULL",
    )?;
    if !open.exists([webhook.0])? {
        return Ok(MessageClaim::default());
    }
    let mut pending = transaction.prepare_cached(
        "SELECT m.due, m.id, m.message_id, m.event, m.lead_id, m.subject, m.subject_end, m.at, m.tries, p.payload
         FROM fold.webhook_messages m LEFT JOIN fold.webhook_payloads p ON p.message = m.id
         WHERE m.webhook_id = ?1 AND m.state = 'pending' ORDER BY m.due LIMIT ?2",
    )?;
    let mut claim = MessageClaim::default();
    let mut rows = pending.query([webhook.0, limit as i64 + 1])?;
    while let Some(row) = rows.next()? {
        let due = UnixMs(row.get(0)?);
        if due > now || claim.messages.len() == limit {
            claim.next_due = Some(due);
            break;
        }
        claim.messages.push(read_claimed(row)?);
    }
    let mut lend = transaction.prepare_cached("UPDATE fold.webhook_messages SET due = ?2, leased = 1 WHERE id = ?1")?;
    for message in &claim.messages {
        lend.execute([message.row, lease.0])?;
    }
    Ok(claim)
}

fn read_claimed(row: &Row<'_>) -> Result<ClaimedMessage> {
    Ok(ClaimedMessage {
        row: row.get(1)?,
        id: MessageId::stored(row.get(2)?),
        subject: MessageSubject {
            kind: read_kind(&row.get::<_, String>(3)?)?,
            lead: row.get::<_, Option<i64>>(4)?.map(LeadId::from_packed),
            first: row.get(5)?,
            last: row.get(6)?,
        },
        at: UnixMs(row.get(7)?),
        tries: row.get(8)?,
        payload: row.get(9)?,
    })
}

pub(super) fn read_kind(text: &str) -> Result<EventKind> {
    text.parse()
        .map_err(|e| StoreError::corrupt("webhook_messages.event", e))
}

pub(super) fn read_state(text: &str) -> Result<MessageState> {
    read_word("webhook_messages.state", MessageState::ALL, MessageState::as_str, text)
}

/// Makes due what waits for the end of a lease; what waits for its next attempt goes on waiting.
pub(super) fn release(transaction: &Transaction<'_>, now: UnixMs) -> Result<()> {
    transaction.execute(
        "UPDATE fold.webhook_messages SET due = ?1, leased = 0 WHERE state = 'pending' AND (leased OR due > ?2)",
        [now.0, now.plus_ms(LONGEST_WAIT_MS).0],
    )?;
    Ok(())
}

pub(super) fn freeze(transaction: &Transaction<'_>, payloads: &[(i64, String)]) -> Result<()> {
    // A message may have been erased since it was claimed.
    let mut freeze = transaction.prepare_cached(
        "INSERT OR IGNORE INTO fold.webhook_payloads SELECT id, ?2 FROM fold.webhook_messages WHERE id = ?1",
    )?;
    for (row, payload) in payloads {
        freeze.execute(params![row, payload])?;
    }
    Ok(())
}

pub(super) fn settle(transaction: &Transaction<'_>, settled: &[SettledMessage]) -> Result<()> {
    let mut known = transaction.prepare_cached("SELECT state FROM fold.webhook_messages WHERE id = ?1")?;
    let mut note = transaction.prepare_cached(
        "INSERT INTO fold.webhook_attempts (message, at, status, error, duration_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut set = transaction.prepare_cached(
        "UPDATE fold.webhook_messages
         SET state = ?2, due = coalesce(?3, due), leased = 0, tries = tries + 1, settled_at = ?4 WHERE id = ?1",
    )?;
    for SettledMessage { row, attempt, next } in settled {
        let state: Option<String> = known.query_row([row], |row| row.get(0)).optional()?;
        let Some(state) = state else {
            continue; // forgotten meanwhile
        };
        note.execute(params![
            row,
            attempt.at.0,
            attempt.status,
            attempt.error,
            attempt.duration_ms
        ])?;
        if read_state(&state)? != MessageState::Pending && *next != NextMessage::Sent {
            continue;
        }
        let (state, due) = match next {
            NextMessage::Sent => (MessageState::Sent, None),
            NextMessage::Failed => (MessageState::Failed, None),
            NextMessage::Again(due) => (MessageState::Pending, Some(due.0)),
        };
        let settled_at = (state != MessageState::Pending).then_some(attempt.at.0);
        set.execute(params![row, state.as_str(), due, settled_at])?;
    }
    Ok(())
}

pub(super) fn replay(
    transaction: &Transaction<'_>,
    webhook: WebhookId,
    id: &MessageId,
    now: UnixMs,
) -> Result<MessageReplay> {
    let known = transaction
        .prepare_cached("SELECT id, state FROM fold.webhook_messages WHERE webhook_id = ?1 AND message_id = ?2")?
        .query_row(params![webhook.0, id.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    let Some((row, state)) = known else {
        return Ok(MessageReplay::NotFound);
    };
    if read_state(&state)? == MessageState::Pending {
        return Ok(MessageReplay::AlreadyPending);
    }
    transaction
        .prepare_cached(
            "UPDATE fold.webhook_messages SET state = 'pending', due = ?2, leased = 0, tries = 0, settled_at = NULL
             WHERE id = ?1",
        )?
        .execute([row, now.0])?;
    Ok(MessageReplay::Pending)
}

/// Deletes up to [`STEP`] messages that nobody needs any more; how many.
pub(super) fn forget(transaction: &Transaction<'_>, before: UnixMs) -> Result<usize> {
    let mut settled =
        transaction.prepare_cached("SELECT id FROM fold.webhook_messages WHERE settled_at < ?1 LIMIT ?2")?;
    let settled = settled.query_map([before.0, STEP as i64], |row| row.get::<_, i64>(0))?;
    let mut rows = settled.collect::<rusqlite::Result<Vec<_>>>()?;
    // One that is switched off keeps what waited; but not longer than what was sent.
    let mut waiting = transaction.prepare_cached(
        "SELECT m.id FROM main.webhooks w JOIN fold.webhook_messages m ON m.webhook_id = w.id
         WHERE m.state = 'pending' AND m.due < ?1 LIMIT ?2",
    )?;
    let mut of_removed = transaction.prepare_cached(
        "SELECT m.id FROM main.webhooks w JOIN fold.webhook_messages m ON m.webhook_id = w.id
         WHERE w.removed_at IS NOT NULL AND ?1 IS NOT NULL LIMIT ?2",
    )?;
    for further in [&mut waiting, &mut of_removed] {
        let room = STEP.saturating_sub(rows.len()) as i64;
        for id in further.query_map([before.0, room], |row| row.get::<_, i64>(0))? {
            rows.push(id?);
        }
    }
    rows.sort_unstable();
    rows.dedup();
    for sql in [
        "DELETE FROM fold.webhook_attempts WHERE message = ?1",
        "DELETE FROM fold.webhook_payloads WHERE message = ?1",
        "DELETE FROM fold.webhook_messages WHERE id = ?1",
    ] {
        let mut delete = transaction.prepare_cached(sql)?;
        for (n, row) in rows.iter().enumerate() {
            breathe(n);
            delete.execute([row])?;
        }
    }
    Ok(rows.len())
}
