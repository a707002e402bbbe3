//! Webhooks: the rows of configuration here, messages in [`messages`], what they are about in [`data`]. The fold puts
//! messages in (`fold/webhooks.rs`), and so does whatever ends a delivery ([`failures`]).

mod absences;
mod data;
pub(super) mod failures;
mod list;
mod messages;
mod store;

pub(super) use absences::note as note_absence;
pub(super) use absences::standing;
pub(super) use messages::insert as insert_messages;

use super::{
    alerts,
    transaction::on_ground,
    values::{json_text, read_json},
};
use crate::{
    Result, StoreError,
    model::{Alert, PreviousSecret, WEBHOOK_DISABLED, Webhook, WebhookFields, WebhookHealth},
};
use konektor_core::{
    ids::{WebhookId, WorkspaceId},
    time::UnixMs,
    webhook::{EventKind, EventKinds},
};
use rusqlite::{Connection, OptionalExtension, Row, params, types::ValueRef};

fn read(row: &Row<'_>) -> Result<Webhook> {
    let time = |name: &str| -> Result<Option<UnixMs>> { Ok(row.get::<_, Option<i64>>(name)?.map(UnixMs)) };
    let previous: Option<Vec<u8>> = row.get("previous_secret")?;
    Ok(Webhook {
        id: WebhookId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace_id")?),
        created_at: UnixMs(row.get("created_at")?),
        failing_since: time("failing_since")?,
        disabled_at: time("disabled_at")?,
        fields: WebhookFields {
            url: row.get("url")?,
            events: read_events(row.get_ref("events")?)?,
            active: row.get("active")?,
            secret: row.get("secret")?,
            previous: previous
                .zip(time("previous_until")?)
                .map(|(sealed, until)| PreviousSecret { sealed, until }),
        },
    })
}

fn read_events(stored: ValueRef<'_>) -> Result<EventKinds> {
    let words: Vec<String> = read_json("webhooks.events", stored)?;
    let kinds = words.iter().map(|word| word.parse::<EventKind>());
    kinds
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| StoreError::corrupt("webhooks.events", e))
}

fn events_json(events: EventKinds) -> Result<String> {
    json_text("webhooks.events", &events.iter().collect::<Vec<_>>())
}

/// A workspace's webhooks, or all of them, oldest first (their ids are random).
pub(super) fn webhooks(connection: &Connection, workspace: Option<WorkspaceId>) -> Result<Vec<Webhook>> {
    let mut stored = connection.prepare_cached(
        "SELECT * FROM main.webhooks WHERE (?1 IS NULL OR workspace_id = ?1) AND removed_at IS NULL
         ORDER BY created_at, id",
    )?;
    let mut rows = stored.query([workspace.map(|w| w.0)])?;
    let mut webhooks = Vec::new();
    while let Some(row) = rows.next()? {
        webhooks.push(read(row)?);
    }
    Ok(webhooks)
}

fn add(
    connection: &Connection,
    workspace: WorkspaceId,
    id: WebhookId,
    fields: WebhookFields,
    now: UnixMs,
) -> Result<Webhook> {
    connection
        .prepare_cached(
            "INSERT INTO webhooks (id, workspace_id, created_at, url, events, active, secret) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            id.0,
            workspace.0,
            now.0,
            fields.url,
            events_json(fields.events)?,
            fields.active,
            fields.secret
        ])?;
    Ok(Webhook {
        id,
        workspace,
        created_at: now,
        fields,
        failing_since: None,
        disabled_at: None,
    })
}

/// With `revived`, it counts as well again.
fn set(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: WebhookId,
    fields: &WebhookFields,
    revived: bool,
    now: UnixMs,
) -> Result<Option<Webhook>> {
    let transaction = on_ground(connection)?;
    let webhook = replace(&transaction, workspace, id, fields, revived)?;
    if revived && webhook.is_some() {
        alerts::end(&transaction, workspace, WEBHOOK_DISABLED, id.0, now)?;
    }
    transaction.commit()?;
    Ok(webhook)
}

fn replace(
    connection: &Connection,
    workspace: WorkspaceId,
    id: WebhookId,
    fields: &WebhookFields,
    revived: bool,
) -> Result<Option<Webhook>> {
    let mut set = connection.prepare_cached(
        "UPDATE webhooks
         SET url = ?3, events = ?4, active = ?5, secret = ?6, previous_secret = ?7, previous_until = ?8,
             failing_since = iif(?9, NULL, failing_since), disabled_at = iif(?9, NULL, disabled_at)
         WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL RETURNING *",
    )?;
    let previous = fields.previous.as_ref();
    let mut rows = set.query(params![
        workspace.0,
        id.0,
        fields.url,
        events_json(fields.events)?,
        fields.active,
        fields.secret,
        previous.map(|previous| &previous.sealed),
        previous.map(|previous| previous.until.0),
        revived
    ])?;
    rows.next()?.map(read).transpose()
}

/// Marks a webhook as removed and forgets its secrets; its messages go in steps (`forget_messages`).
fn remove(connection: &mut Connection, workspace: WorkspaceId, id: WebhookId, now: UnixMs) -> Result<bool> {
    let transaction = on_ground(connection)?;
    let removed = transaction
        .prepare_cached(
            "UPDATE webhooks SET removed_at = ?3, url = '', secret = x'', previous_secret = NULL, previous_until = NULL
             WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL",
        )?
        .execute([workspace.0, id.0, now.0])?;
    if removed > 0 {
        alerts::end(&transaction, workspace, WEBHOOK_DISABLED, id.0, now)?;
    }
    transaction.commit()?;
    Ok(removed > 0)
}

fn set_health(
    connection: &mut Connection,
    id: WebhookId,
    health: &WebhookHealth,
    now: UnixMs,
) -> Result<Option<Webhook>> {
    let transaction = on_ground(connection)?;
    let change = match health {
        WebhookHealth::Ok => "failing_since = NULL",
        WebhookHealth::Failing => "failing_since = coalesce(failing_since, ?2)",
        WebhookHealth::Disabled { .. } => {
            "failing_since = coalesce(failing_since, ?2), disabled_at = coalesce(disabled_at, ?2)"
        }
    };
    // The time is used in any case, so that each of the statements has it.
    let sql =
        format!("UPDATE webhooks SET {change} WHERE id = ?1 AND removed_at IS NULL AND ?2 IS NOT NULL RETURNING *");
    let webhook = transaction
        .prepare_cached(&sql)?
        .query_row([id.0, now.0], |row| Ok(read(row)))
        .optional()?
        .transpose()?;
    if let (WebhookHealth::Disabled { message }, Some(webhook)) = (health, &webhook) {
        let alert = Alert {
            id: 0,
            workspace: webhook.workspace,
            kind: WEBHOOK_DISABLED.to_owned(),
            subject: id.0,
            message: message.clone(),
            since: now,
        };
        alerts::raise(&transaction, &alert)?;
    }
    transaction.commit()?;
    Ok(webhook)
}
