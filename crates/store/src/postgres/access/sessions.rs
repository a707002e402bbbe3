//! Sessions: browsers that are signed in.

use super::people::{read_role, read_user};
use crate::{
    Result,
    model::{NewSession, Session},
    postgres::{sql, values::without_nul},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{AgentId, UserId, WorkspaceId},
    time::UnixMs,
};
use tokio_postgres::Row;

/// Begins a session, and clears away those that have expired. `None` if the user is in no workspace, or not in that one.
pub(super) async fn add(transaction: &Transaction<'_>, new: &NewSession, now: UnixMs) -> Result<Option<i64>> {
    // Those that another sign-in clears away just now are not waited for.
    let sql = "DELETE FROM sessions WHERE id IN (
                   SELECT id FROM sessions WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)";
    sql::execute(transaction, sql, &[&now.0]).await?;
    let sql = "INSERT INTO sessions (token_hash, user_id, workspace_id, created_at, seen_at, expires_at, user_agent,
                                     address)
               SELECT $1, user_id, workspace_id, $4, $4, $5, $6, $7 FROM memberships
               WHERE user_id = $2 AND joined AND ($3::bigint IS NULL OR workspace_id = $3)
               ORDER BY workspace_id LIMIT 1 RETURNING id";
    let workspace = new.workspace.map(|workspace| workspace.0);
    let (hash, user_agent) = (new.hash.as_slice(), without_nul(&new.user_agent));
    let values: sql::Values<'_> = &[
        &hash,
        &new.user.0,
        &workspace,
        &now.0,
        &new.expires_at.0,
        &user_agent,
        &new.address,
    ];
    let added = sql::query_opt(transaction, sql, values).await?;
    Ok(added.map(|row| row.get(0)))
}

/// A session counts only together with the membership: who was removed from a workspace is out at once.
const SESSIONS: &str = "SELECT u.id, u.email, u.language, s.id, s.workspace_id, m.agent_id, s.created_at, s.seen_at,
        s.expires_at, s.user_agent, s.address, m.role
    FROM sessions s JOIN users u ON u.id = s.user_id
        JOIN memberships m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id AND m.joined";

fn read(row: &Row) -> Result<Session> {
    Ok(Session {
        user: read_user(row),
        id: row.get(3),
        workspace: WorkspaceId(row.get(4)),
        agent: row.get::<_, Option<i64>>(5).map(AgentId),
        created_at: UnixMs(row.get(6)),
        seen_at: UnixMs(row.get(7)),
        expires_at: UnixMs(row.get(8)),
        user_agent: row.get(9),
        address: row.get(10),
        role: read_role(row.get(11))?,
    })
}

pub(super) async fn find(client: &impl GenericClient, hash: [u8; 32], now: UnixMs) -> Result<Option<Session>> {
    let sql = format!("{SESSIONS} WHERE s.token_hash = $1 AND s.expires_at > $2");
    let found = sql::query_opt(client, &sql, &[&hash.as_slice(), &now.0]).await?;
    found.as_ref().map(read).transpose()
}

/// Those of a user, the newest first.
pub(super) async fn of_user(client: &impl GenericClient, user: UserId, now: UnixMs) -> Result<Vec<Session>> {
    let sql = format!("{SESSIONS} WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.id DESC");
    sql::query(client, &sql, &[&user.0, &now.0])
        .await?
        .iter()
        .map(read)
        .collect()
}

pub(super) async fn touch(client: &impl GenericClient, id: i64, now: UnixMs, expires_at: UnixMs) -> Result<()> {
    let sql = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE id = $1";
    sql::execute(client, sql, &[&id, &now.0, &expires_at.0]).await?;
    Ok(())
}

pub(super) async fn switch(client: &impl GenericClient, id: i64, workspace: WorkspaceId) -> Result<bool> {
    let sql = "UPDATE sessions SET workspace_id = $2 WHERE id = $1 AND EXISTS (
                   SELECT 1 FROM memberships m WHERE m.workspace_id = $2 AND m.user_id = sessions.user_id AND m.joined)";
    Ok(sql::execute(client, sql, &[&id, &workspace.0]).await? > 0)
}

pub(super) async fn end(client: &impl GenericClient, user: UserId, id: i64) -> Result<bool> {
    let sql = "DELETE FROM sessions WHERE id = $1 AND user_id = $2";
    Ok(sql::execute(client, sql, &[&id, &user.0]).await? > 0)
}

pub(super) async fn end_others(client: &impl GenericClient, user: UserId, keep: Option<i64>) -> Result<()> {
    let sql = "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2";
    sql::execute(client, sql, &[&user.0, &keep]).await?;
    Ok(())
}
