//! The installation, its workspaces, and who may enter them.

use super::transaction;
use crate::{
    Result, StoreError,
    model::{ApiKey, Installation, NewApiKey, NewUser, NewWorkspace, Workspace},
};
use konektor_core::{
    ids::{UserId, WorkspaceId},
    time::UnixMs,
};
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

pub(super) fn add_user(connection: &mut Connection, new: &NewUser, now: UnixMs) -> Result<UserId> {
    let transaction = transaction::on_ground(connection)?;
    let known: Option<i64> = transaction
        .query_row("SELECT id FROM users WHERE email = ?1", [&new.email], |row| row.get(0))
        .optional()?;
    let user = match known {
        Some(id) => {
            // Who was invited and has not answered yet has no password to keep.
            transaction.execute(
                "UPDATE users SET password_hash = ?2 WHERE id = ?1 AND password_hash = ''",
                params![id, new.password_hash],
            )?;
            id
        }
        None => {
            transaction.execute(
                "INSERT INTO users (email, password_hash, created_at) VALUES (?1, ?2, ?3)",
                params![new.email, new.password_hash, now.0],
            )?;
            transaction.last_insert_rowid()
        }
    };
    let added = transaction.execute(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES (?1, ?2, ?3)
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role, joined = 1 WHERE NOT joined",
        params![new.workspace.0, user, new.role.as_str()],
    )?;
    if added == 0 {
        return Err(StoreError::Taken {
            what: format!("the e-mail address {} in this workspace", new.email),
        });
    }
    transaction.commit()?;
    Ok(UserId(user))
}

pub(super) fn add_api_key(connection: &Connection, new: NewApiKey, now: UnixMs) -> Result<ApiKey> {
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

pub(super) fn find_api_key(connection: &Connection, hash: [u8; 32], now: UnixMs) -> Result<Option<ApiKey>> {
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM api_keys
         WHERE key_hash = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(params![hash, now.0], read_key)
        .optional()?)
}

pub(super) fn api_keys(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
    let sql = format!("SELECT {KEY_COLUMNS} FROM api_keys WHERE workspace_id = ?1 AND revoked_at IS NULL ORDER BY id");
    let mut stored = connection.prepare_cached(&sql)?;
    Ok(stored
        .query_map([workspace.0], read_key)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(super) fn revoke_api_key(connection: &Connection, workspace: WorkspaceId, id: i64, now: UnixMs) -> Result<bool> {
    let revoked = connection.execute(
        "UPDATE api_keys SET revoked_at = ?3 WHERE id = ?2 AND workspace_id = ?1 AND revoked_at IS NULL",
        [workspace.0, id, now.0],
    )?;
    Ok(revoked > 0)
}
