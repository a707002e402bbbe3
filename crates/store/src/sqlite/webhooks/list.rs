//! Messages as people see them.

use super::messages::{read_kind, read_state};
use crate::{
    Result,
    model::{Message, MessageAttempt, MessageFilter, MessageState},
};
use konektor_core::{ids::WebhookId, time::UnixMs, webhook::MessageId};
use rusqlite::{Connection, Row, params};

const MESSAGE: &str = "SELECT m.id, m.message_id, m.event, m.at, m.state, m.due, p.payload
    FROM fold.webhook_messages m LEFT JOIN fold.webhook_payloads p ON p.message = m.id";

fn read(connection: &Connection, row: &Row<'_>) -> Result<Message> {
    let state = read_state(&row.get::<_, String>(4)?)?;
    let id = row.get(0)?;
    Ok(Message {
        row: id,
        id: MessageId::stored(row.get(1)?),
        kind: read_kind(&row.get::<_, String>(2)?)?,
        at: UnixMs(row.get(3)?),
        state,
        due: (state == MessageState::Pending).then_some(UnixMs(row.get(5)?)),
        attempts: attempts(connection, id)?,
        payload: row.get(6)?,
    })
}

fn attempts(connection: &Connection, message: i64) -> Result<Vec<MessageAttempt>> {
    let mut stored = connection.prepare_cached(
        "SELECT at, status, error, duration_ms FROM fold.webhook_attempts WHERE message = ?1 ORDER BY id",
    )?;
    let attempts = stored.query_map([message], |row| {
        Ok(MessageAttempt {
            at: UnixMs(row.get(0)?),
            status: row.get(1)?,
            error: row.get(2)?,
            duration_ms: row.get(3)?,
        })
    })?;
    Ok(attempts.collect::<rusqlite::Result<_>>()?)
}

/// Newest first.
pub(super) fn messages(
    connection: &Connection,
    webhook: WebhookId,
    filter: MessageFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Message>> {
    let sql = format!(
        "{MESSAGE} WHERE m.webhook_id = ?1 AND m.id < ?2 AND (?3 IS NULL OR m.state = ?3) AND (?4 IS NULL OR m.event = ?4)
         ORDER BY m.id DESC LIMIT ?5"
    );
    let mut stored = connection.prepare_cached(&sql)?;
    let mut rows = stored.query(params![
        webhook.0,
        before.unwrap_or(i64::MAX),
        filter.state.map(MessageState::as_str),
        filter.kind.map(|kind| kind.as_str()),
        limit as i64
    ])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        messages.push(read(connection, row)?);
    }
    Ok(messages)
}

pub(super) fn find(connection: &Connection, webhook: WebhookId, id: &MessageId) -> Result<Option<Message>> {
    let sql = format!("{MESSAGE} WHERE m.webhook_id = ?1 AND m.message_id = ?2");
    let mut stored = connection.prepare_cached(&sql)?;
    let mut rows = stored.query(params![webhook.0, id.as_str()])?;
    rows.next()?.map(|row| read(connection, row)).transpose()
}
