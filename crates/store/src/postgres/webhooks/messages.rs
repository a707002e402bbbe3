//! Messages on their way: putting them in, taking them to send them, writing down what came of it.

use super::workspace_of;
use crate::{
    Result, StoreError,
    model::{ClaimedMessage, MessageClaim, MessageReplay, MessageState, MessageSubject, NextMessage, SettledMessage},
    postgres::{
        Ids,
        deliveries::upkeep::STEP,
        sql, there,
        values::{lead, number, read_word, without_nul},
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    evenness::LONGEST_WAIT_MS,
    ids::WebhookId,
    time::UnixMs,
    webhook::{EventKind, MessageId, NewMessage},
};
use std::collections::HashMap;
use tokio_postgres::Row;

/// Puts messages in; one that is there already stays as it is.
pub(in crate::postgres) async fn insert(
    transaction: &Transaction<'_>,
    ids: Ids<'_>,
    messages: &[NewMessage],
) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    // A webhook's workspace is looked up with it: a message about an agent has no lead to tell it by.
    let sql = "INSERT INTO webhook_messages (workspace_id, id, webhook_id, message_id, event, number, subject, subject_end,
                                             at, due)
               SELECT w.workspace_id, m.id, m.webhook_id, m.message_id, m.event, m.number, m.subject, m.subject_end, m.at,
                      m.at
               FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                           $8::bigint[])
                    AS m (id, webhook_id, message_id, event, number, subject, subject_end, at)
               JOIN webhooks w ON w.id = m.webhook_id
               ORDER BY m.id
               ON CONFLICT (workspace_id, webhook_id, message_id) DO NOTHING";
    let rows: Vec<i64> = messages.iter().map(|message| ids(message.at)).collect();
    let values: sql::Values<'_> = &[
        &rows,
        &messages.iter().map(|message| message.webhook.0).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.kind.as_str()).collect::<Vec<_>>(),
        &messages
            .iter()
            .map(|message| message.lead.map(number))
            .collect::<Vec<_>>(),
        &messages.iter().map(|message| message.subject).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.subject_end).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.at.0).collect::<Vec<_>>(),
    ];
    sql::execute(transaction, sql, values).await?;
    Ok(())
}

/// Adds a message under this row.
pub(super) async fn insert_test(
    transaction: &Transaction<'_>,
    row: i64,
    webhook: WebhookId,
    id: &MessageId,
    payload: &str,
    (now, lease): (UnixMs, UnixMs),
) -> Result<i64> {
    let workspace = there(workspace_of(transaction, webhook).await?, "webhooks")?;
    let sql =
        "INSERT INTO webhook_messages (workspace_id, id, webhook_id, message_id, event, subject, subject_end, at, due,
                                             leased)
               VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7, true)";
    let kind = EventKind::Test.as_str();
    let values: sql::Values<'_> = &[&workspace, &row, &webhook.0, &id.as_str(), &kind, &now.0, &lease.0];
    sql::execute(transaction, sql, values).await?;
    freeze(transaction, &[(row, payload.to_owned())]).await?;
    Ok(row)
}

pub(super) async fn claim(
    transaction: &Transaction<'_>,
    webhook: WebhookId,
    now: UnixMs,
    lease: UnixMs,
    limit: usize,
) -> Result<MessageClaim> {
    let sql = "SELECT workspace_id FROM webhooks
               WHERE id = $1 AND active AND disabled_at IS NULL AND removed_at IS NULL";
    let Some(open) = sql::query_opt(transaction, sql, &[&webhook.0]).await? else {
        return Ok(MessageClaim::default());
    };
    let workspace: i64 = open.get(0);
    let sql = "SELECT m.id, m.message_id, m.event, m.number, m.subject, m.subject_end, m.at, m.tries, p.payload
               FROM webhook_messages m
               LEFT JOIN webhook_payloads p ON p.workspace_id = m.workspace_id AND p.message = m.id
               WHERE m.workspace_id = $1 AND m.webhook_id = $2 AND m.state = 'pending' AND m.due <= $3
               ORDER BY m.due, m.id LIMIT $4 FOR NO KEY UPDATE OF m SKIP LOCKED";
    let values: sql::Values<'_> = &[&workspace, &webhook.0, &now.0, &(limit as i64)];
    let rows = sql::query(transaction, sql, values).await?;
    let messages = rows.iter().map(|row| read_claimed(row, workspace));
    let messages = messages.collect::<Result<Vec<_>>>()?;
    let taken: Vec<i64> = messages.iter().map(|message| message.row).collect();
    let sql = "UPDATE webhook_messages SET due = $3, leased = true WHERE workspace_id = $1 AND id = ANY($2)";
    sql::execute(transaction, sql, &[&workspace, &taken, &lease.0]).await?;
    let sql = "SELECT due FROM webhook_messages
               WHERE workspace_id = $1 AND webhook_id = $2 AND state = 'pending' AND id <> ALL($3)
               ORDER BY due LIMIT 1";
    let next = sql::query_opt(transaction, sql, &[&workspace, &webhook.0, &taken]).await?;
    Ok(MessageClaim {
        messages,
        next_due: next.map(|row| UnixMs(row.get(0))),
    })
}

fn read_claimed(row: &Row, workspace: i64) -> Result<ClaimedMessage> {
    Ok(ClaimedMessage {
        row: row.get(0),
        id: MessageId::stored(row.get(1)),
        subject: MessageSubject {
            kind: read_kind(row.get(2))?,
            lead: row.get::<_, Option<i64>>(3).map(|number| lead(workspace, number)),
            first: row.get(4),
            last: row.get(5),
        },
        at: UnixMs(row.get(6)),
        tries: row.get::<_, i64>(7) as u32,
        payload: row.get(8),
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
pub(super) async fn release(client: &impl GenericClient, now: UnixMs) -> Result<()> {
    let sql = "UPDATE webhook_messages SET due = $1, leased = false WHERE state = 'pending' AND (leased OR due > $2)";
    sql::execute(client, sql, &[&now.0, &now.plus_ms(LONGEST_WAIT_MS).0]).await?;
    Ok(())
}

/// Not of one that is erased meanwhile: its row is held until the body is there.
pub(super) async fn freeze(client: &impl GenericClient, payloads: &[(i64, String)]) -> Result<()> {
    let sql = "INSERT INTO webhook_payloads (workspace_id, message, payload)
               SELECT m.workspace_id, m.id, p.payload FROM unnest($1::bigint[], $2::text[]) AS p (id, payload)
               JOIN webhook_messages m ON m.id = p.id FOR KEY SHARE OF m
               ON CONFLICT (workspace_id, message) DO NOTHING";
    let rows: Vec<i64> = payloads.iter().map(|(row, _)| *row).collect();
    let texts: Vec<_> = payloads.iter().map(|(_, payload)| without_nul(payload)).collect();
    sql::execute(client, sql, &[&rows, &texts]).await?;
    Ok(())
}

pub(super) async fn settle(transaction: &Transaction<'_>, ids: Ids<'_>, settled: &[SettledMessage]) -> Result<()> {
    let rows: Vec<i64> = settled.iter().map(|settled| settled.row).collect();
    let sql = "SELECT id, workspace_id, state FROM webhook_messages WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    let mut known = HashMap::new();
    for row in sql::query(transaction, sql, &[&rows]).await? {
        let (workspace, state): (i64, &str) = (row.get(1), row.get(2));
        known.insert(row.get::<_, i64>(0), (workspace, read_state(state)?));
    }
    // A sender settles one message at a time, so these are few.
    for SettledMessage { row, attempt, next } in settled {
        let Some((workspace, state)) = known.get_mut(row) else {
            continue; // forgotten meanwhile
        };
        let sql = "INSERT INTO webhook_attempts (workspace_id, id, message, at, status, error, duration_ms)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values: sql::Values<'_> = &[
            workspace,
            &ids(attempt.at),
            row,
            &attempt.at.0,
            &attempt.status.map(i64::from),
            &attempt.error.as_deref().map(without_nul),
            &i64::from(attempt.duration_ms),
        ];
        sql::execute(transaction, sql, values).await?;
        if *state != MessageState::Pending && *next != NextMessage::Sent {
            continue;
        }
        let (becomes, due) = match next {
            NextMessage::Sent => (MessageState::Sent, None),
            NextMessage::Failed => (MessageState::Failed, None),
            NextMessage::Again(due) => (MessageState::Pending, Some(due.0)),
        };
        let settled_at = (becomes != MessageState::Pending).then_some(attempt.at.0);
        let sql = "UPDATE webhook_messages
                   SET state = $3, due = coalesce($4, due), leased = false, tries = tries + 1, settled_at = $5
                   WHERE workspace_id = $1 AND id = $2";
        sql::execute(
            transaction,
            sql,
            &[workspace, row, &becomes.as_str(), &due, &settled_at],
        )
        .await?;
        *state = becomes;
    }
    Ok(())
}

pub(super) async fn replay(
    transaction: &Transaction<'_>,
    webhook: WebhookId,
    id: &MessageId,
    now: UnixMs,
) -> Result<MessageReplay> {
    let Some(workspace) = workspace_of(transaction, webhook).await? else {
        return Ok(MessageReplay::NotFound);
    };
    let sql = "SELECT id, state FROM webhook_messages
               WHERE workspace_id = $1 AND webhook_id = $2 AND message_id = $3 FOR NO KEY UPDATE";
    let found = sql::query_opt(transaction, sql, &[&workspace, &webhook.0, &id.as_str()]).await?;
    let Some(found) = found else {
        return Ok(MessageReplay::NotFound);
    };
    if read_state(found.get(1))? == MessageState::Pending {
        return Ok(MessageReplay::AlreadyPending);
    }
    let sql = "UPDATE webhook_messages SET state = 'pending', due = $3, leased = false, tries = 0, settled_at = NULL
               WHERE workspace_id = $1 AND id = $2";
    sql::execute(transaction, sql, &[&workspace, &found.get::<_, i64>(0), &now.0]).await?;
    Ok(MessageReplay::Pending)
}

/// Deletes up to [`STEP`] messages that nobody needs any more; how many. One that is switched off keeps what waited; but
/// not longer than what was sent.
pub(super) async fn forget(transaction: &Transaction<'_>, before: UnixMs) -> Result<usize> {
    let sql = "WITH over AS (
                   SELECT m.workspace_id, m.id FROM webhooks w
                   JOIN webhook_messages m ON m.workspace_id = w.workspace_id AND m.webhook_id = w.id
                   WHERE w.removed_at IS NOT NULL OR m.settled_at < $1 OR (m.state = 'pending' AND m.due < $1)
                   LIMIT $2 FOR UPDATE OF m SKIP LOCKED
               ), attempts AS (
                   DELETE FROM webhook_attempts a USING over WHERE a.workspace_id = over.workspace_id AND a.message = over.id
               ), payloads AS (
                   DELETE FROM webhook_payloads p USING over WHERE p.workspace_id = over.workspace_id AND p.message = over.id
               )
               DELETE FROM webhook_messages m USING over WHERE m.workspace_id = over.workspace_id AND m.id = over.id";
    Ok(sql::execute(transaction, sql, &[&before.0, &(STEP as i64)]).await? as usize)
}
