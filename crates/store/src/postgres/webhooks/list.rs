//! Messages as people see them.

use super::{
    messages::{read_kind, read_state},
    workspace_of,
};
use crate::{
    Result,
    model::{Message, MessageAttempt, MessageFilter, MessageState},
    postgres::sql,
};
use deadpool_postgres::GenericClient;
use konektor_core::{ids::WebhookId, time::UnixMs, webhook::MessageId};
use std::collections::HashMap;
use tokio_postgres::Row;

const MESSAGE: &str = "SELECT m.id, m.message_id, m.event, m.at, m.state, m.due, p.payload FROM webhook_messages m
    LEFT JOIN webhook_payloads p ON p.workspace_id = m.workspace_id AND p.message = m.id";

async fn read(client: &impl GenericClient, workspace: i64, rows: &[Row]) -> Result<Vec<Message>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let mut attempts = attempts(client, workspace, &ids).await?;
    let read = |row: &Row| {
        let (id, state) = (row.get(0), read_state(row.get(4))?);
        Ok(Message {
            row: id,
            id: MessageId::stored(row.get(1)),
            kind: read_kind(row.get(2))?,
            at: UnixMs(row.get(3)),
            state,
            due: (state == MessageState::Pending).then_some(UnixMs(row.get(5))),
            attempts: attempts.remove(&id).unwrap_or_default(),
            payload: row.get(6),
        })
    };
    rows.iter().map(read).collect()
}

async fn attempts(
    client: &impl GenericClient,
    workspace: i64,
    messages: &[i64],
) -> Result<HashMap<i64, Vec<MessageAttempt>>> {
    let sql = "SELECT message, at, status, error, duration_ms FROM webhook_attempts
               WHERE workspace_id = $1 AND message = ANY($2) ORDER BY id";
    let mut attempts: HashMap<i64, Vec<MessageAttempt>> = HashMap::new();
    for row in sql::query(client, sql, &[&workspace, &messages]).await? {
        attempts.entry(row.get(0)).or_default().push(MessageAttempt {
            at: UnixMs(row.get(1)),
            status: row.get::<_, Option<i64>>(2).map(|status| status as u16),
            error: row.get(3),
            duration_ms: row.get::<_, i64>(4) as u32,
        });
    }
    Ok(attempts)
}

/// Newest first.
pub(super) async fn messages(
    client: &impl GenericClient,
    webhook: WebhookId,
    filter: MessageFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Message>> {
    let Some(workspace) = workspace_of(client, webhook).await? else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "{MESSAGE} WHERE m.workspace_id = $1 AND m.webhook_id = $2 AND m.id < $3
           AND ($4::text IS NULL OR m.state = $4) AND ($5::text IS NULL OR m.event = $5)
         ORDER BY m.id DESC LIMIT $6"
    );
    let values: sql::Values<'_> = &[
        &workspace,
        &webhook.0,
        &before.unwrap_or(i64::MAX),
        &filter.state.map(MessageState::as_str),
        &filter.kind.map(|kind| kind.as_str()),
        &(limit as i64),
    ];
    let rows = sql::query(client, &sql, values).await?;
    read(client, workspace, &rows).await
}

pub(super) async fn find(client: &impl GenericClient, webhook: WebhookId, id: &MessageId) -> Result<Option<Message>> {
    let Some(workspace) = workspace_of(client, webhook).await? else {
        return Ok(None);
    };
    let sql = format!("{MESSAGE} WHERE m.workspace_id = $1 AND m.webhook_id = $2 AND m.message_id = $3");
    let rows = sql::query(client, &sql, &[&workspace, &webhook.0, &id.as_str()]).await?;
    Ok(read(client, workspace, &rows).await?.pop())
}
