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
    alerts, say_routing_changed, sql,
    values::{json_text, read_json},
};
use crate::{
    Result, StoreError,
    model::{Alert, PreviousSecret, WEBHOOK_DISABLED, Webhook, WebhookFields, WebhookHealth},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{WebhookId, WorkspaceId},
    time::UnixMs,
    webhook::{EventKind, EventKinds},
};
use tokio_postgres::Row;

const COLUMNS: &str = "id, workspace_id, created_at, failing_since, disabled_at, url, events, active, secret,
                       previous_secret, previous_until";

fn read(row: &Row) -> Result<Webhook> {
    let time = |column: usize| row.get::<_, Option<i64>>(column).map(UnixMs);
    let previous: Option<Vec<u8>> = row.get(9);
    Ok(Webhook {
        id: WebhookId(row.get(0)),
        workspace: WorkspaceId(row.get(1)),
        created_at: UnixMs(row.get(2)),
        failing_since: time(3),
        disabled_at: time(4),
        fields: WebhookFields {
            url: row.get(5),
            events: read_events(row.get(6))?,
            active: row.get(7),
            secret: row.get(8),
            previous: previous
                .zip(time(10))
                .map(|(sealed, until)| PreviousSecret { sealed, until }),
        },
    })
}

fn read_events(json: &str) -> Result<EventKinds> {
    let words: Vec<String> = read_json("webhooks.events", json)?;
    let kinds = words.iter().map(|word| word.parse::<EventKind>());
    kinds
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| StoreError::corrupt("webhooks.events", e))
}

fn events_json(events: EventKinds) -> Result<String> {
    json_text("webhooks.events", &events.iter().collect::<Vec<_>>())
}

/// A workspace's webhooks, or all of them, oldest first (their ids are random).
pub(super) async fn webhooks(client: &impl GenericClient, workspace: Option<WorkspaceId>) -> Result<Vec<Webhook>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhooks WHERE ($1::bigint IS NULL OR workspace_id = $1) AND removed_at IS NULL
         ORDER BY created_at, id"
    );
    let rows = sql::query(client, &sql, &[&workspace.map(|w| w.0)]).await?;
    rows.iter().map(read).collect()
}

/// The workspace of a webhook, be it removed or not.
async fn workspace_of(client: &impl GenericClient, id: WebhookId) -> Result<Option<i64>> {
    let sql = "SELECT workspace_id FROM webhooks WHERE id = $1";
    Ok(sql::query_opt(client, sql, &[&id.0]).await?.map(|row| row.get(0)))
}

async fn add(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: WebhookId,
    fields: WebhookFields,
    now: UnixMs,
) -> Result<Webhook> {
    let sql = "INSERT INTO webhooks (id, workspace_id, created_at, url, events, active, secret)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let events = events_json(fields.events)?;
    let values: sql::Values<'_> = &[
        &id.0,
        &workspace.0,
        &now.0,
        &fields.url,
        &events,
        &fields.active,
        &fields.secret,
    ];
    sql::execute(transaction, sql, values).await?;
    say_routing_changed(transaction).await?;
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
async fn set(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: WebhookId,
    fields: &WebhookFields,
    revived: bool,
    now: UnixMs,
) -> Result<Option<Webhook>> {
    let sql = format!(
        "UPDATE webhooks
         SET url = $3, events = $4, active = $5, secret = $6, previous_secret = $7, previous_until = $8,
             failing_since = CASE WHEN $9 THEN NULL ELSE failing_since END,
             disabled_at = CASE WHEN $9 THEN NULL ELSE disabled_at END
         WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL RETURNING {COLUMNS}"
    );
    let previous = fields.previous.as_ref();
    let values: sql::Values<'_> = &[
        &workspace.0,
        &id.0,
        &fields.url,
        &events_json(fields.events)?,
        &fields.active,
        &fields.secret,
        &previous.map(|previous| previous.sealed.as_slice()),
        &previous.map(|previous| previous.until.0),
        &revived,
    ];
    let set = sql::query_opt(transaction, &sql, values).await?;
    let webhook = set.as_ref().map(read).transpose()?;
    if revived && webhook.is_some() {
        alerts::end(transaction, workspace, WEBHOOK_DISABLED, id.0, now).await?;
    }
    say_routing_changed(transaction).await?;
    Ok(webhook)
}

/// Marks a webhook as removed and forgets its secrets; its messages go in steps (`forget_messages`).
async fn remove(transaction: &Transaction<'_>, workspace: WorkspaceId, id: WebhookId, now: UnixMs) -> Result<bool> {
    let sql =
        "UPDATE webhooks SET removed_at = $3, url = '', secret = '', previous_secret = NULL, previous_until = NULL
               WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL";
    let removed = sql::execute(transaction, sql, &[&workspace.0, &id.0, &now.0]).await?;
    if removed > 0 {
        alerts::end(transaction, workspace, WEBHOOK_DISABLED, id.0, now).await?;
        say_routing_changed(transaction).await?;
    }
    Ok(removed > 0)
}

async fn set_health(
    transaction: &Transaction<'_>,
    id: WebhookId,
    health: &WebhookHealth,
    now: UnixMs,
) -> Result<Option<Webhook>> {
    // The time is used in any case, so that each of the statements has it.
    let change = match health {
        WebhookHealth::Ok => "failing_since = NULLIF($2::bigint, $2)",
        WebhookHealth::Failing => "failing_since = coalesce(failing_since, $2)",
        WebhookHealth::Disabled { .. } => {
            "failing_since = coalesce(failing_since, $2), disabled_at = coalesce(disabled_at, $2)"
        }
    };
    let sql = format!("UPDATE webhooks SET {change} WHERE id = $1 AND removed_at IS NULL RETURNING {COLUMNS}");
    let found = sql::query_opt(transaction, &sql, &[&id.0, &now.0]).await?;
    let webhook = found.as_ref().map(read).transpose()?;
    if let (WebhookHealth::Disabled { message }, Some(webhook)) = (health, &webhook) {
        let alert = Alert {
            id: 0,
            workspace: webhook.workspace,
            kind: WEBHOOK_DISABLED.to_owned(),
            subject: id.0,
            message: message.clone(),
            since: now,
        };
        alerts::raise(transaction, &alert).await?;
        say_routing_changed(transaction).await?;
    }
    Ok(webhook)
}
