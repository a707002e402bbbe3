//! Reading the routing snapshot.

use super::{
    config::{read_agent, read_rotator},
    destinations::destinations,
    screening,
    webhooks::webhooks,
};
use crate::{Result, StoreError, stored::routing::Snapshot};
use jiff::tz::TimeZone;
use konektor_core::{
    identity::code::CodeKey,
    ids::WorkspaceId,
    routing::{Routing, Workspace},
};
use rusqlite::{Connection, Row};

pub(super) fn read(connection: &Connection) -> Result<Routing> {
    let mut hosts = connection.prepare("SELECT host, workspace_id FROM hosts")?;
    let hosts = hosts.query_map([], |row| Ok((row.get(0)?, WorkspaceId(row.get(1)?))))?;
    let snapshot = Snapshot {
        workspaces: workspaces(connection)?,
        agents: with_workspaces(connection, "agents", read_agent)?,
        rotators: with_workspaces(connection, "rotators", read_rotator)?,
        hosts: hosts.collect::<rusqlite::Result<_>>()?,
        destinations: destinations(connection, None)?,
        webhooks: webhooks(connection, None)?,
    };
    snapshot.routing()
}

/// Rows of a table that are not removed, of every workspace.
fn with_workspaces<T>(
    connection: &Connection,
    table: &str,
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<(WorkspaceId, T)>> {
    let mut stored = connection.prepare(&format!("SELECT * FROM {table} WHERE removed_at IS NULL"))?;
    let mut rows = stored.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push((WorkspaceId(row.get("workspace_id")?), read(row)?));
    }
    Ok(all)
}

fn workspaces(connection: &Connection) -> Result<Vec<Workspace>> {
    let mut workspaces = Vec::new();
    let mut taught = screening::taught(connection)?;
    let mut stored =
        connection.prepare("SELECT id, name, country, time_zone, code_key, privacy_mode = 'strict' FROM workspaces")?;
    let mut rows = stored.query([])?;
    while let Some(row) = rows.next()? {
        let id = WorkspaceId(row.get(0)?);
        let zone: String = row.get(3)?;
        workspaces.push(Workspace {
            id,
            name: row.get(1)?,
            country: row.get(2)?,
            time_zone: TimeZone::get(&zone).map_err(|e| StoreError::corrupt("workspaces.time_zone", e))?,
            code_key: CodeKey::new(row.get(4)?),
            is_strict: row.get(5)?,
            taught: taught.remove(&id).unwrap_or_default(),
        });
    }
    Ok(workspaces)
}
