//! Connections to ad platforms.

use super::{
    alerts,
    transaction::on_ground,
    values::{json_text, read_json, read_word},
};
use crate::{
    Result,
    model::{Alert, DESTINATION_HELD, Destination, DestinationFields, DestinationHold},
};
use konektor_core::{
    attribution::Platform,
    event::{Consent, Hold},
    ids::{DestinationId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

fn read(row: &Row<'_>) -> Result<Destination> {
    let hold: Option<String> = row.get("hold")?;
    let hold = match hold {
        None => None,
        Some(kind) => Some(DestinationHold {
            kind: read_word("destinations.hold", [Hold::Auth, Hold::Config], Hold::as_str, &kind)?,
            code: row.get("hold_code")?,
            reason: row.get::<_, Option<String>>("hold_reason")?.unwrap_or_default(),
            since: UnixMs(row.get::<_, Option<i64>>("hold_since")?.unwrap_or_default()),
        }),
    };
    Ok(Destination {
        id: DestinationId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace_id")?),
        created_at: UnixMs(row.get("created_at")?),
        fields: DestinationFields {
            platform: super::values::parse("destinations.platform", row.get_ref("platform")?)?,
            name: row.get("name")?,
            settings: read_json("destinations.settings", row.get_ref("settings")?)?,
            sealed: row.get("credentials")?,
            mapping: read_json("destinations.mapping", row.get_ref("mapping")?)?,
            consent: read_consent("destinations.consent", &row.get::<_, String>("consent")?)?,
            active: row.get("active")?,
        },
        hold,
    })
}

pub(super) fn read_consent(what: &'static str, text: &str) -> Result<Consent> {
    read_word(what, Consent::ALL, Consent::as_str, text)
}

/// A workspace's destinations, or all of them, oldest first (their ids are random).
pub(super) fn destinations(connection: &Connection, workspace: Option<WorkspaceId>) -> Result<Vec<Destination>> {
    let mut stored = connection.prepare_cached(
        "SELECT * FROM main.destinations WHERE (?1 IS NULL OR workspace_id = ?1) AND removed_at IS NULL
         ORDER BY created_at, id",
    )?;
    let mut rows = stored.query([workspace.map(|w| w.0)])?;
    let mut destinations = Vec::new();
    while let Some(row) = rows.next()? {
        destinations.push(read(row)?);
    }
    Ok(destinations)
}

pub(super) fn add(
    connection: &Connection,
    workspace: WorkspaceId,
    id: DestinationId,
    fields: DestinationFields,
    now: UnixMs,
) -> Result<Destination> {
    connection
        .prepare_cached(
            "INSERT INTO destinations (id, workspace_id, created_at, platform, name, settings, credentials, mapping,
                                       consent, active)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            id.0,
            workspace.0,
            now.0,
            fields.platform.as_str(),
            fields.name,
            json_text("destinations.settings", &fields.settings)?,
            fields.sealed,
            json_text("destinations.mapping", &fields.mapping)?,
            fields.consent.as_str(),
            fields.active
        ])?;
    Ok(Destination {
        id,
        workspace,
        created_at: now,
        fields,
        hold: None,
    })
}

/// With `repaired`, its hold ends and the alert of it.
pub(super) fn set(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: DestinationId,
    fields: &DestinationFields,
    repaired: bool,
    now: UnixMs,
) -> Result<Option<Destination>> {
    let transaction = on_ground(connection)?;
    let destination = replace(&transaction, workspace, id, fields, repaired)?;
    if repaired && destination.is_some() {
        alerts::end(&transaction, workspace, DESTINATION_HELD, id.0, now)?;
    }
    transaction.commit()?;
    Ok(destination)
}

fn replace(
    connection: &Connection,
    workspace: WorkspaceId,
    id: DestinationId,
    fields: &DestinationFields,
    repaired: bool,
) -> Result<Option<Destination>> {
    let mut set = connection.prepare_cached(
        "UPDATE destinations
         SET platform = ?3, name = ?4, settings = ?5, credentials = ?6, mapping = ?7, consent = ?8, active = ?9,
             hold = iif(?10, NULL, hold), hold_code = iif(?10, NULL, hold_code),
             hold_reason = iif(?10, NULL, hold_reason), hold_since = iif(?10, NULL, hold_since)
         WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL RETURNING *",
    )?;
    let mut rows = set.query(params![
        workspace.0,
        id.0,
        fields.platform.as_str(),
        fields.name,
        json_text("destinations.settings", &fields.settings)?,
        fields.sealed,
        json_text("destinations.mapping", &fields.mapping)?,
        fields.consent.as_str(),
        fields.active,
        repaired
    ])?;
    rows.next()?.map(read).transpose()
}

/// Marks a destination as removed, forgets its credentials and ends its alerts; its deliveries still name it.
pub(super) fn remove(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: DestinationId,
    now: UnixMs,
) -> Result<bool> {
    let transaction = on_ground(connection)?;
    let removed = transaction
        .prepare_cached(
            "UPDATE destinations
             SET removed_at = ?3, credentials = x'', hold = NULL, hold_code = NULL, hold_reason = NULL, hold_since = NULL
             WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL",
        )?
        .execute([workspace.0, id.0, now.0])?;
    if removed > 0 {
        alerts::end_all(&transaction, workspace, id.0, now)?;
    }
    transaction.commit()?;
    Ok(removed > 0)
}

/// Holds a destination and raises the alert of it. The first reason stays: requests that were on their way fail for the same
/// one. Only another kind is news.
pub(super) fn hold(
    connection: &mut Connection,
    id: DestinationId,
    hold: &DestinationHold,
    message: String,
) -> Result<()> {
    let transaction = on_ground(connection)?;
    transaction
        .prepare_cached(
            "UPDATE destinations
             SET hold = ?2, hold_code = ?3, hold_reason = ?4, hold_since = coalesce(hold_since, ?5)
             WHERE id = ?1 AND removed_at IS NULL AND hold IS NOT ?2",
        )?
        .execute(params![id.0, hold.kind.as_str(), hold.code, hold.reason, hold.since.0])?;
    let workspace = transaction
        .prepare_cached("SELECT workspace_id FROM main.destinations WHERE id = ?1 AND removed_at IS NULL")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    if let Some(workspace) = workspace {
        let alert = Alert {
            id: 0,
            workspace: WorkspaceId(workspace),
            kind: DESTINATION_HELD.to_owned(),
            subject: id.0,
            message,
            since: hold.since,
        };
        alerts::raise(&transaction, &alert)?;
    }
    transaction.commit()?;
    Ok(())
}

/// A destination's platform, if something can be sent there now.
pub(super) fn open_platform(connection: &Connection, id: DestinationId) -> Result<Option<Platform>> {
    let mut stored = connection.prepare_cached(
        "SELECT platform FROM main.destinations WHERE id = ?1 AND removed_at IS NULL AND active AND hold IS NULL",
    )?;
    let mut rows = stored.query([id.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    super::values::parse("destinations.platform", row.get_ref(0)?).map(Some)
}
