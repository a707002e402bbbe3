//! The audit log.

use crate::{Result, model::AuditLine};
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use rusqlite::{Connection, params};

pub(super) fn add(connection: &Connection, line: &AuditLine) -> Result<()> {
    connection.execute(
        "INSERT INTO audit (at, workspace_id, who, what, object) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![line.at.0, line.workspace.0, line.who, line.what, line.object],
    )?;
    Ok(())
}

pub(super) fn latest(connection: &Connection, workspace: WorkspaceId, limit: usize) -> Result<Vec<AuditLine>> {
    let sql = "SELECT at, who, what, object FROM audit WHERE workspace_id = ?1 ORDER BY id DESC LIMIT ?2";
    let mut stored = connection.prepare_cached(sql)?;
    let lines = stored.query_map([workspace.0, limit as i64], |row| {
        Ok(AuditLine {
            at: UnixMs(row.get(0)?),
            workspace,
            who: row.get(1)?,
            what: row.get(2)?,
            object: row.get(3)?,
        })
    })?;
    Ok(lines.collect::<rusqlite::Result<_>>()?)
}
