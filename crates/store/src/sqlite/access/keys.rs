//! API keys.

use crate::{
    Result,
    model::{ApiKey, NewApiKey},
};
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) fn add(connection: &Connection, new: NewApiKey, now: UnixMs) -> Result<ApiKey> {
    connection.execute(
        "INSERT INTO api_keys (workspace_id, name, key_hash, scopes, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            new.workspace.0,
            new.name,
            new.hash,
            new.scopes.join(","),
            now.0,
            new.expires_at.map(|t| t.0)
        ],
    )?;
    let NewApiKey {
        workspace,
        name,
        scopes,
        expires_at,
        ..
    } = new;
    Ok(ApiKey {
        id: connection.last_insert_rowid(),
        workspace,
        name,
        scopes,
        created_at: now,
        expires_at,
    })
}

const KEY_COLUMNS: &str = "id, workspace_id, name, scopes, created_at, expires_at";

fn read_key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let scopes: String = row.get(3)?;
    Ok(ApiKey {
        id: row.get(0)?,
        workspace: WorkspaceId(row.get(1)?),
        name: row.get(2)?,
        scopes: scopes.split(',').map(str::to_owned).collect(),
        created_at: UnixMs(row.get(4)?),
        expires_at: row.get::<_, Option<i64>>(5)?.map(UnixMs),
    })
}

pub(super) fn find(connection: &Connection, hash: [u8; 32], now: UnixMs) -> Result<Option<ApiKey>> {
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM api_keys
         WHERE key_hash = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(params![hash, now.0], read_key)
        .optional()?)
}

pub(super) fn of_workspace(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
    let sql = format!("SELECT {KEY_COLUMNS} FROM api_keys WHERE workspace_id = ?1 AND revoked_at IS NULL ORDER BY id");
    let mut stored = connection.prepare_cached(&sql)?;
    Ok(stored
        .query_map([workspace.0], read_key)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(super) fn revoke(connection: &Connection, workspace: WorkspaceId, id: i64, now: UnixMs) -> Result<bool> {
    let revoked = connection.execute(
        "UPDATE api_keys SET revoked_at = ?3 WHERE id = ?2 AND workspace_id = ?1 AND revoked_at IS NULL",
        [workspace.0, id, now.0],
    )?;
    Ok(revoked > 0)
}
