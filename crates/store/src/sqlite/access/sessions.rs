//! Sessions: browsers that are signed in.

use super::people::{read_role, read_user};
use crate::{
    Result,
    model::{NewSession, Session, User},
    sqlite::transaction,
};
use konektor_core::{
    ids::{AgentId, UserId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Begins a session, and clears away those that have expired. `None` if the user is in no workspace, or not in that one.
pub(super) fn add(connection: &mut Connection, new: &NewSession, now: UnixMs) -> Result<Option<i64>> {
    let transaction = transaction::on_ground(connection)?;
    transaction.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now.0])?;
    let added = transaction.execute(
        "INSERT INTO sessions (token_hash, user_id, workspace_id, created_at, seen_at, expires_at, user_agent, address)
         SELECT ?1, user_id, workspace_id, ?4, ?4, ?5, ?6, ?7 FROM memberships
         WHERE user_id = ?2 AND joined AND (?3 IS NULL OR workspace_id = ?3) ORDER BY workspace_id LIMIT 1",
        params![
            new.hash,
            new.user.0,
            new.workspace.map(|workspace| workspace.0),
            now.0,
            new.expires_at.0,
            new.user_agent,
            new.address
        ],
    )?;
    let id = transaction.last_insert_rowid();
    transaction.commit()?;
    Ok((added > 0).then_some(id))
}

/// A session counts only together with the membership: who was removed from a workspace is out at once.
const SESSIONS: &str = "SELECT u.id, u.email, u.language, s.id, s.workspace_id, m.agent_id, s.created_at, s.seen_at,
        s.expires_at, s.user_agent, s.address, m.role
    FROM sessions s JOIN users u ON u.id = s.user_id
        JOIN memberships m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id AND m.joined";

struct Stored {
    user: User,
    id: i64,
    workspace: i64,
    agent: Option<i64>,
    times: [i64; 3],
    user_agent: String,
    address: String,
    role: String,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            user: read_user(row)?,
            id: row.get(3)?,
            workspace: row.get(4)?,
            agent: row.get(5)?,
            times: [row.get(6)?, row.get(7)?, row.get(8)?],
            user_agent: row.get(9)?,
            address: row.get(10)?,
            role: row.get(11)?,
        })
    }

    fn session(self) -> Result<Session> {
        let [created_at, seen_at, expires_at] = self.times.map(UnixMs);
        Ok(Session {
            id: self.id,
            user: self.user,
            workspace: WorkspaceId(self.workspace),
            role: read_role(&self.role)?,
            agent: self.agent.map(AgentId),
            created_at,
            seen_at,
            expires_at,
            user_agent: self.user_agent,
            address: self.address,
        })
    }
}

pub(super) fn find(connection: &Connection, hash: [u8; 32], now: UnixMs) -> Result<Option<Session>> {
    let sql = format!("{SESSIONS} WHERE s.token_hash = ?1 AND s.expires_at > ?2");
    let mut stored = connection.prepare_cached(&sql)?;
    let found = stored.query_row(params![hash, now.0], Stored::read).optional()?;
    found.map(Stored::session).transpose()
}

/// Those of a user, the newest first.
pub(super) fn of_user(connection: &Connection, user: UserId, now: UnixMs) -> Result<Vec<Session>> {
    let sql = format!("{SESSIONS} WHERE s.user_id = ?1 AND s.expires_at > ?2 ORDER BY s.id DESC");
    let mut stored = connection.prepare_cached(&sql)?;
    let rows = stored.query_map([user.0, now.0], Stored::read)?;
    rows.map(|row| row?.session()).collect()
}

pub(super) fn touch(connection: &Connection, id: i64, now: UnixMs, expires_at: UnixMs) -> Result<()> {
    connection.execute(
        "UPDATE sessions SET seen_at = ?2, expires_at = ?3 WHERE id = ?1",
        [id, now.0, expires_at.0],
    )?;
    Ok(())
}

pub(super) fn switch(connection: &Connection, id: i64, workspace: WorkspaceId) -> Result<bool> {
    let switched = connection.execute(
        "UPDATE sessions SET workspace_id = ?2 WHERE id = ?1 AND EXISTS (
            SELECT 1 FROM memberships m WHERE m.workspace_id = ?2 AND m.user_id = sessions.user_id AND m.joined)",
        [id, workspace.0],
    )?;
    Ok(switched > 0)
}

pub(super) fn end(connection: &Connection, user: UserId, id: i64) -> Result<bool> {
    let ended = connection.execute("DELETE FROM sessions WHERE id = ?1 AND user_id = ?2", [id, user.0])?;
    Ok(ended > 0)
}

pub(super) fn end_others(connection: &Connection, user: UserId, keep: Option<i64>) -> Result<()> {
    connection.execute(
        "DELETE FROM sessions WHERE user_id = ?1 AND id IS NOT ?2",
        params![user.0, keep],
    )?;
    Ok(())
}
