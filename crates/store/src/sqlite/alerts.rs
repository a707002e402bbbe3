//! What somebody should look at.

use crate::{Result, model::Alert};
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use rusqlite::{Connection, params};

pub(super) fn raise(connection: &Connection, alert: &Alert) -> Result<bool> {
    let changed = connection
        .prepare_cached(
            "INSERT INTO alerts (workspace_id, kind, subject, message, since) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (workspace_id, kind, subject) WHERE until IS NULL
             DO UPDATE SET message = excluded.message WHERE message <> excluded.message",
        )?
        .execute(params![
            alert.workspace.0,
            alert.kind,
            alert.subject,
            alert.message,
            alert.since.0
        ])?;
    Ok(changed > 0)
}

pub(super) fn end(
    connection: &Connection,
    workspace: WorkspaceId,
    kind: &'static str,
    subject: i64,
    now: UnixMs,
) -> Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE alerts SET until = ?4 WHERE workspace_id = ?1 AND kind = ?2 AND subject = ?3 AND until IS NULL",
        )?
        .execute(params![workspace.0, kind, subject, now.0])?;
    Ok(changed > 0)
}

/// Ends all that are about one thing.
pub(super) fn end_all(connection: &Connection, workspace: WorkspaceId, subject: i64, now: UnixMs) -> Result<()> {
    connection
        .prepare_cached("UPDATE alerts SET until = ?3 WHERE workspace_id = ?1 AND subject = ?2 AND until IS NULL")?
        .execute([workspace.0, subject, now.0])?;
    Ok(())
}

/// Those that are open, oldest first.
pub(super) fn alerts(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<Alert>> {
    let mut stored = connection.prepare_cached(
        "SELECT id, kind, subject, message, since FROM alerts WHERE workspace_id = ?1 AND until IS NULL ORDER BY id",
    )?;
    let alerts = stored.query_map([workspace.0], |row| {
        Ok(Alert {
            id: row.get(0)?,
            workspace,
            kind: row.get(1)?,
            subject: row.get(2)?,
            message: row.get(3)?,
            since: UnixMs(row.get(4)?),
        })
    })?;
    Ok(alerts.collect::<rusqlite::Result<_>>()?)
}
