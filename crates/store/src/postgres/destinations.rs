//! Connections to ad platforms.

use super::{
    alerts, say_routing_changed, sql,
    values::{json_text, parse, read_json, read_word},
};
use crate::{
    Result,
    model::{Alert, DESTINATION_HELD, Destination, DestinationFields, DestinationHold},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    event::{Consent, Hold},
    ids::{DestinationId, WorkspaceId},
    time::UnixMs,
};
use tokio_postgres::Row;

const COLUMNS: &str = "id, workspace_id, created_at, platform, name, settings, credentials, mapping, consent, active,
                       hold, hold_code, hold_reason, hold_since";

fn read(row: &Row) -> Result<Destination> {
    let hold: Option<&str> = row.get(10);
    let hold = match hold {
        None => None,
        Some(kind) => Some(DestinationHold {
            kind: read_word("destinations.hold", [Hold::Auth, Hold::Config], Hold::as_str, kind)?,
            code: row.get(11),
            reason: row.get::<_, Option<String>>(12).unwrap_or_default(),
            since: UnixMs(row.get::<_, Option<i64>>(13).unwrap_or_default()),
        }),
    };
    Ok(Destination {
        id: DestinationId(row.get(0)),
        workspace: WorkspaceId(row.get(1)),
        created_at: UnixMs(row.get(2)),
        fields: DestinationFields {
            platform: parse("destinations.platform", row.get(3))?,
            name: row.get(4),
            settings: read_json("destinations.settings", row.get(5))?,
            sealed: row.get(6),
            mapping: read_json("destinations.mapping", row.get(7))?,
            consent: read_consent("destinations.consent", row.get(8))?,
            active: row.get(9),
        },
        hold,
    })
}

pub(super) fn read_consent(what: &'static str, text: &str) -> Result<Consent> {
    read_word(what, Consent::ALL, Consent::as_str, text)
}

/// A workspace's destinations, or all of them, oldest first (their ids are random).
pub(super) async fn destinations(
    client: &impl GenericClient,
    workspace: Option<WorkspaceId>,
) -> Result<Vec<Destination>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM destinations WHERE ($1::bigint IS NULL OR workspace_id = $1) AND removed_at IS NULL
         ORDER BY created_at, id"
    );
    let rows = sql::query(client, &sql, &[&workspace.map(|w| w.0)]).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn add(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: DestinationId,
    fields: DestinationFields,
    now: UnixMs,
) -> Result<Destination> {
    let sql = "INSERT INTO destinations (id, workspace_id, created_at, platform, name, settings, credentials, mapping,
                                         consent, active)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values: sql::Values<'_> = &[
        &id.0,
        &workspace.0,
        &now.0,
        &fields.platform.as_str(),
        &fields.name,
        &json_text("destinations.settings", &fields.settings)?,
        &fields.sealed,
        &json_text("destinations.mapping", &fields.mapping)?,
        &fields.consent.as_str(),
        &fields.active,
    ];
    sql::execute(transaction, sql, values).await?;
    say_routing_changed(transaction).await?;
    Ok(Destination {
        id,
        workspace,
        created_at: now,
        fields,
        hold: None,
    })
}

/// With `repaired`, its hold ends and the alert of it.
pub(super) async fn set(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: DestinationId,
    fields: &DestinationFields,
    repaired: bool,
    now: UnixMs,
) -> Result<Option<Destination>> {
    let sql = format!(
        "UPDATE destinations
         SET platform = $3, name = $4, settings = $5, credentials = $6, mapping = $7, consent = $8, active = $9,
             hold = CASE WHEN $10 THEN NULL ELSE hold END, hold_code = CASE WHEN $10 THEN NULL ELSE hold_code END,
             hold_reason = CASE WHEN $10 THEN NULL ELSE hold_reason END,
             hold_since = CASE WHEN $10 THEN NULL ELSE hold_since END
         WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL RETURNING {COLUMNS}"
    );
    let values: sql::Values<'_> = &[
        &workspace.0,
        &id.0,
        &fields.platform.as_str(),
        &fields.name,
        &json_text("destinations.settings", &fields.settings)?,
        &fields.sealed,
        &json_text("destinations.mapping", &fields.mapping)?,
        &fields.consent.as_str(),
        &fields.active,
        &repaired,
    ];
    let set = sql::query_opt(transaction, &sql, values).await?;
    let destination = set.as_ref().map(read).transpose()?;
    if repaired && destination.is_some() {
        alerts::end(transaction, workspace, DESTINATION_HELD, id.0, now).await?;
    }
    say_routing_changed(transaction).await?;
    Ok(destination)
}

/// Marks a destination as removed, forgets its credentials and ends its alerts; its deliveries still name it.
pub(super) async fn remove(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: DestinationId,
    now: UnixMs,
) -> Result<bool> {
    let sql = "UPDATE destinations
               SET removed_at = $3, credentials = '', hold = NULL, hold_code = NULL, hold_reason = NULL,
                   hold_since = NULL
               WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL";
    let removed = sql::execute(transaction, sql, &[&workspace.0, &id.0, &now.0]).await?;
    if removed > 0 {
        alerts::end_all(transaction, workspace, id.0, now).await?;
        say_routing_changed(transaction).await?;
    }
    Ok(removed > 0)
}

/// Holds a destination and raises the alert of it. The first reason stays: requests that were on their way fail for the same
/// one. Only another kind is news.
pub(super) async fn hold(
    transaction: &Transaction<'_>,
    id: DestinationId,
    hold: &DestinationHold,
    message: String,
) -> Result<()> {
    let sql = "UPDATE destinations
               SET hold = $2, hold_code = $3, hold_reason = $4, hold_since = coalesce(hold_since, $5)
               WHERE id = $1 AND removed_at IS NULL AND hold IS DISTINCT FROM $2";
    let values: sql::Values<'_> = &[&id.0, &hold.kind.as_str(), &hold.code, &hold.reason, &hold.since.0];
    sql::execute(transaction, sql, values).await?;
    let sql = "SELECT workspace_id FROM destinations WHERE id = $1 AND removed_at IS NULL";
    if let Some(row) = sql::query_opt(transaction, sql, &[&id.0]).await? {
        let alert = Alert {
            id: 0,
            workspace: WorkspaceId(row.get(0)),
            kind: DESTINATION_HELD.to_owned(),
            subject: id.0,
            message,
            since: hold.since,
        };
        alerts::raise(transaction, &alert).await?;
    }
    Ok(())
}

/// The workspace of a destination to which something can be sent now.
pub(super) async fn open_workspace(client: &impl GenericClient, id: DestinationId) -> Result<Option<i64>> {
    let sql = "SELECT workspace_id FROM destinations WHERE id = $1 AND removed_at IS NULL AND active AND hold IS NULL";
    Ok(sql::query_opt(client, sql, &[&id.0]).await?.map(|row| row.get(0)))
}

/// The workspace of a destination, be it removed or not.
pub(super) async fn workspace_of(client: &impl GenericClient, id: DestinationId) -> Result<Option<i64>> {
    let sql = "SELECT workspace_id FROM destinations WHERE id = $1";
    Ok(sql::query_opt(client, sql, &[&id.0]).await?.map(|row| row.get(0)))
}
