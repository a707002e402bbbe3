//! The installation, and its workspaces.

use crate::{
    Result,
    model::{Installation, NewWorkspace, Workspace},
};
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The installation's secrets' seeds; made by SQLite's own generator (which the system seeds) at first start.
pub(super) fn installation(connection: &Connection, now: UnixMs) -> Result<Installation> {
    connection.execute(
        "INSERT OR IGNORE INTO installation VALUES (1, randomblob(16), ?1)",
        [now.0],
    )?;
    connection.execute(
        "INSERT INTO signing_keys (id, salt, created_at) SELECT 1, randomblob(32), ?1
         WHERE NOT EXISTS (SELECT 1 FROM signing_keys)",
        [now.0],
    )?;
    read_installation(connection)
}

/// The same of a database that has been started before.
pub(super) fn read_installation(connection: &Connection) -> Result<Installation> {
    let fingerprint_key = connection.query_row("SELECT fingerprint_key FROM installation", [], |row| row.get(0))?;
    let mut salts = connection.prepare("SELECT id, salt FROM signing_keys ORDER BY id")?;
    let signing_salts = salts.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Installation {
        fingerprint_key,
        signing_salts: signing_salts.collect::<rusqlite::Result<_>>()?,
    })
}

pub(super) fn add_signing_salt(connection: &Connection, salt: [u8; 32], now: UnixMs) -> Result<()> {
    connection.execute(
        "INSERT INTO signing_keys (salt, created_at) VALUES (?1, ?2)",
        params![salt, now.0],
    )?;
    Ok(())
}

pub(super) fn add_workspace(connection: &Connection, new: &NewWorkspace, now: UnixMs) -> Result<WorkspaceId> {
    connection.execute(
        "INSERT INTO workspaces (name, country, time_zone, code_key, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![new.name, new.country, new.time_zone, new.code_key, now.0],
    )?;
    Ok(WorkspaceId(connection.last_insert_rowid()))
}

const WORKSPACE_COLUMNS: &str = "id, name, country, time_zone, currency, privacy_mode = 'strict'";

fn read_workspace(row: &Row<'_>) -> rusqlite::Result<Workspace> {
    Ok(Workspace {
        id: WorkspaceId(row.get(0)?),
        name: row.get(1)?,
        country: row.get(2)?,
        time_zone: row.get(3)?,
        currency: row.get(4)?,
        is_strict: row.get(5)?,
    })
}

pub(super) fn workspaces(connection: &Connection) -> Result<Vec<Workspace>> {
    let sql = format!("SELECT {WORKSPACE_COLUMNS} FROM workspaces ORDER BY id");
    let mut stored = connection.prepare(&sql)?;
    let workspaces = stored.query_map([], read_workspace)?;
    Ok(workspaces.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn find_workspace(connection: &Connection, id: WorkspaceId) -> Result<Option<Workspace>> {
    let sql = format!("SELECT {WORKSPACE_COLUMNS} FROM workspaces WHERE id = ?1");
    let mut stored = connection.prepare_cached(&sql)?;
    Ok(stored.query_row([id.0], read_workspace).optional()?)
}

pub(super) fn set_workspace(connection: &Connection, workspace: &Workspace) -> Result<bool> {
    let set = connection.execute(
        "UPDATE workspaces SET name = ?2, country = ?3, time_zone = ?4, currency = ?5, privacy_mode = ?6 WHERE id = ?1",
        params![
            workspace.id.0,
            workspace.name,
            workspace.country,
            workspace.time_zone,
            workspace.currency,
            if workspace.is_strict { "strict" } else { "off" }
        ],
    )?;
    Ok(set > 0)
}
