//! Reading the routing snapshot.

use super::{
    config::{AGENT_COLUMNS, ROTATOR_COLUMNS, read_agent, read_rotator},
    destinations::destinations,
    screening, sql,
    values::bytes,
    webhooks::webhooks,
};
use crate::{Result, StoreError, stored::routing::Snapshot};
use deadpool_postgres::Transaction;
use jiff::tz::TimeZone;
use konektor_core::{
    identity::code::CodeKey,
    ids::WorkspaceId,
    routing::{Routing, Workspace},
};
use tokio_postgres::Row;

/// In one repeatable-read transaction: what it sees is of one moment.
pub(super) async fn read(transaction: &Transaction<'_>) -> Result<Routing> {
    let hosts = sql::query(transaction, "SELECT host, workspace_id FROM hosts", &[]).await?;
    let snapshot = Snapshot {
        workspaces: workspaces(transaction).await?,
        agents: with_workspaces(transaction, "agents", AGENT_COLUMNS, read_agent).await?,
        rotators: with_workspaces(transaction, "rotators", ROTATOR_COLUMNS, read_rotator).await?,
        hosts: hosts.iter().map(|row| (row.get(0), WorkspaceId(row.get(1)))).collect(),
        destinations: destinations(transaction, None).await?,
        webhooks: webhooks(transaction, None).await?,
    };
    snapshot.routing()
}

/// Rows of a table that are not removed, of every workspace.
async fn with_workspaces<T>(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &str,
    read: fn(&Row) -> Result<T>,
) -> Result<Vec<(WorkspaceId, T)>> {
    let sql = format!("SELECT {columns} FROM {table} WHERE removed_at IS NULL");
    let rows = sql::query(transaction, &sql, &[]).await?;
    let read = |row: &Row| Ok((WorkspaceId(row.get("workspace_id")), read(row)?));
    rows.iter().map(read).collect()
}

async fn workspaces(transaction: &Transaction<'_>) -> Result<Vec<Workspace>> {
    let sql = "SELECT id, name, country, time_zone, code_key, privacy_mode = 'strict' FROM workspaces";
    let mut workspaces = Vec::new();
    let mut taught = screening::taught(transaction).await?;
    for row in sql::query(transaction, sql, &[]).await? {
        let id = WorkspaceId(row.get(0));
        workspaces.push(Workspace {
            id,
            name: row.get(1),
            country: row.get(2),
            time_zone: TimeZone::get(row.get(3)).map_err(|e| StoreError::corrupt("workspaces.time_zone", e))?,
            code_key: CodeKey::new(bytes("workspaces.code_key", row.get(4))?),
            is_strict: row.get(5),
            taught: taught.remove(&id).unwrap_or_default(),
        });
    }
    Ok(workspaces)
}
