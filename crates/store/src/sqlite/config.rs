//! Agents, rotators and hosts.

use super::{transaction::on_ground, webhooks};
use crate::{
    Result, StoreError,
    model::{Agent, AgentFields, Rotator, RotatorFields},
    stored::{
        rotators::{Json, mode_text, read_mode, read_shares},
        values::read_json,
    },
};
use konektor_core::{
    ids::{AgentId, RotatorId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) fn read_agent(row: &Row<'_>) -> Result<Agent> {
    let hours: Option<String> = row.get("hours")?;
    let fields = AgentFields {
        name: row.get("name")?,
        phone: row.get("phone")?,
        active: row.get("active")?,
        paused_until: row.get::<_, Option<i64>>("paused_until")?.map(UnixMs),
        hours: hours.map(|json| read_json("agents.hours", &json)).transpose()?,
        time_zone: row.get("time_zone")?,
        daily_cap: row.get("daily_cap")?,
    };
    Ok(Agent {
        id: AgentId(row.get("id")?),
        created_at: UnixMs(row.get("created_at")?),
        fields,
    })
}

pub(super) fn read_rotator(row: &Row<'_>) -> Result<Rotator> {
    let mode: String = row.get("mode")?;
    let page: Option<String> = row.get("page")?;
    let agents: String = row.get("agents")?;
    let (learning, learned): (Option<String>, Option<String>) = (row.get("learning")?, row.get("learned")?);
    let fields = RotatorFields {
        slug: row.get("slug")?,
        name: row.get("name")?,
        mode: read_mode(&mode),
        message: row.get("message")?,
        target: row.get("target")?,
        fallback: row.get("fallback")?,
        page: page.map(|json| read_json("rotators.page", &json)).transpose()?,
        agents: read_shares(&agents)?,
        learning: learning.map(|json| read_json("rotators.learning", &json)).transpose()?,
    };
    Ok(Rotator {
        learned: learned.map(|json| read_json("rotators.learned", &json)).transpose()?,
        id: RotatorId(row.get("id")?),
        created_at: UnixMs(row.get("created_at")?),
        on_public_host: row.get("on_public_host")?,
        fields,
    })
}

pub(super) fn agents(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<Agent>> {
    let mut stored =
        connection.prepare_cached("SELECT * FROM agents WHERE workspace_id = ?1 AND removed_at IS NULL ORDER BY id")?;
    let mut rows = stored.query([workspace.0])?;
    let mut agents = Vec::new();
    while let Some(row) = rows.next()? {
        agents.push(read_agent(row)?);
    }
    Ok(agents)
}

pub(super) fn add_agent(
    connection: &Connection,
    workspace: WorkspaceId,
    fields: AgentFields,
    now: UnixMs,
) -> Result<Agent> {
    connection
        .prepare_cached(
            "INSERT INTO agents (workspace_id, created_at, name, phone, active, paused_until, hours, time_zone, daily_cap)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            workspace.0,
            now.0,
            fields.name,
            fields.phone,
            fields.active,
            fields.paused_until.map(|t| t.0),
            hours_json(&fields)?,
            fields.time_zone,
            fields.daily_cap
        ])?;
    Ok(Agent {
        id: AgentId(connection.last_insert_rowid()),
        created_at: now,
        fields,
    })
}

/// Notes in the same transaction if that makes the agent unavailable.
pub(super) fn set_agent(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: AgentId,
    fields: AgentFields,
    now: UnixMs,
) -> Result<Option<Agent>> {
    let transaction = on_ground(connection)?;
    let before = webhooks::standing(&transaction, workspace, id)?;
    let agent = replace_agent(&transaction, workspace, id, fields)?;
    if let Some(before) = before {
        webhooks::note_absence(&transaction, workspace, id, before, now)?;
    }
    transaction.commit()?;
    Ok(agent)
}

/// Marks an agent as removed, and notes in the same transaction if they were available.
pub(super) fn remove_agent(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: AgentId,
    now: UnixMs,
) -> Result<bool> {
    let transaction = on_ground(connection)?;
    let before = webhooks::standing(&transaction, workspace, id)?;
    let removed = remove(&transaction, "agents", workspace, id.0, now)?;
    if let Some(before) = before {
        webhooks::note_absence(&transaction, workspace, id, before, now)?;
    }
    transaction.commit()?;
    Ok(removed)
}

fn replace_agent(
    connection: &Connection,
    workspace: WorkspaceId,
    id: AgentId,
    fields: AgentFields,
) -> Result<Option<Agent>> {
    let created_at = connection
        .prepare_cached(
            "UPDATE agents SET name = ?3, phone = ?4, active = ?5, paused_until = ?6, hours = ?7, time_zone = ?8,
                    daily_cap = ?9
             WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL RETURNING created_at",
        )?
        .query_row(
            params![
                workspace.0,
                id.0,
                fields.name,
                fields.phone,
                fields.active,
                fields.paused_until.map(|t| t.0),
                hours_json(&fields)?,
                fields.time_zone,
                fields.daily_cap
            ],
            |row| row.get(0).map(UnixMs),
        )
        .optional()?;
    Ok(created_at.map(|created_at| Agent { id, created_at, fields }))
}

fn hours_json(fields: &AgentFields) -> Result<Option<String>> {
    let json = fields.hours.as_ref().map(serde_json::to_string).transpose();
    json.map_err(|e| StoreError::corrupt("agents.hours", e))
}

/// Marks a row of `agents` or `rotators` as removed: clicks of the past still name it.
pub(super) fn remove(
    connection: &Connection,
    table: &'static str,
    workspace: WorkspaceId,
    id: i64,
    now: UnixMs,
) -> Result<bool> {
    let sql = format!("UPDATE {table} SET removed_at = ?3 WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL");
    Ok(connection.prepare_cached(&sql)?.execute([workspace.0, id, now.0])? > 0)
}

pub(super) fn rotators(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<Rotator>> {
    let mut stored = connection
        .prepare_cached("SELECT * FROM rotators WHERE workspace_id = ?1 AND removed_at IS NULL ORDER BY id")?;
    let mut rows = stored.query([workspace.0])?;
    let mut rotators = Vec::new();
    while let Some(row) = rows.next()? {
        rotators.push(read_rotator(row)?);
    }
    Ok(rotators)
}

pub(super) fn add_rotator(
    connection: &Connection,
    workspace: WorkspaceId,
    fields: RotatorFields,
    now: UnixMs,
) -> Result<Rotator> {
    let on_public_host = claim_slug(connection, workspace, None, &fields.slug)?;
    let Json { agents, page, learning } = Json::of(&fields)?;
    connection
        .prepare_cached(
            "INSERT INTO rotators (workspace_id, created_at, slug, name, mode, message, target, fallback, page, agents,
                                   on_public_host, learning)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            workspace.0,
            now.0,
            fields.slug,
            fields.name,
            mode_text(fields.mode),
            fields.message,
            fields.target,
            fields.fallback,
            page,
            agents,
            on_public_host,
            learning
        ])?;
    Ok(Rotator {
        id: RotatorId(connection.last_insert_rowid()),
        created_at: now,
        on_public_host,
        learned: None,
        fields,
    })
}

pub(super) fn set_rotator(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: RotatorId,
    fields: RotatorFields,
) -> Result<Option<Rotator>> {
    let transaction = on_ground(connection)?;
    let rotator = replace_rotator(&transaction, workspace, id, fields)?;
    transaction.commit()?;
    Ok(rotator)
}

fn replace_rotator(
    connection: &Connection,
    workspace: WorkspaceId,
    id: RotatorId,
    fields: RotatorFields,
) -> Result<Option<Rotator>> {
    let was: Option<(String, bool)> = connection
        .prepare_cached(
            "SELECT slug, on_public_host FROM rotators WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL",
        )?
        .query_row([workspace.0, id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((old_slug, was_public)) = was else {
        return Ok(None);
    };
    let on_public_host = if old_slug == fields.slug {
        was_public
    } else {
        claim_slug(connection, workspace, Some(id), &fields.slug)?
    };
    let Json { agents, page, learning } = Json::of(&fields)?;
    // Who switches learning off and on again begins anew.
    let (created_at, learned): (UnixMs, Option<String>) = connection
        .prepare_cached(
            "UPDATE rotators SET slug = ?3, name = ?4, mode = ?5, message = ?6, target = ?7, fallback = ?8, page = ?9,
                    agents = ?10, on_public_host = ?11, learning = ?12,
                    learned = CASE WHEN ?12 IS NULL THEN NULL ELSE learned END
             WHERE id = ?2 AND workspace_id = ?1 RETURNING created_at, learned",
        )?
        .query_row(
            params![
                workspace.0,
                id.0,
                fields.slug,
                fields.name,
                mode_text(fields.mode),
                fields.message,
                fields.target,
                fields.fallback,
                page,
                agents,
                on_public_host,
                learning
            ],
            |row| Ok((UnixMs(row.get(0)?), row.get(1)?)),
        )?;
    Ok(Some(Rotator {
        id,
        created_at,
        on_public_host,
        learned: learned.map(|json| read_json("rotators.learned", &json)).transpose()?,
        fields,
    }))
}

/// Whether the slug can be had on the public host too. Refused if it is used in the workspace, or if the
/// workspace has no host of its own and another workspace has the slug on the public one: then the link
/// would be reachable nowhere.
fn claim_slug(connection: &Connection, workspace: WorkspaceId, except: Option<RotatorId>, slug: &str) -> Result<bool> {
    let except = except.map_or(-1, |id| id.0);
    let exists = |sql: &str, workspace: i64| -> Result<bool> {
        Ok(connection
            .prepare_cached(sql)?
            .exists(params![slug, workspace, except])?)
    };
    let taken = || StoreError::Taken {
        what: format!("the slug \"{slug}\""),
    };
    if exists(
        "SELECT 1 FROM rotators WHERE slug = ?1 AND workspace_id = ?2 AND id <> ?3 AND removed_at IS NULL",
        workspace.0,
    )? {
        return Err(taken());
    }
    let taken_on_public_host = exists(
        "SELECT 1 FROM rotators WHERE slug = ?1 AND workspace_id <> ?2 AND id <> ?3 AND on_public_host
         AND removed_at IS NULL",
        workspace.0,
    )?;
    let has_host = connection
        .prepare_cached("SELECT 1 FROM hosts WHERE workspace_id = ?1")?
        .exists([workspace.0])?;
    if taken_on_public_host && !has_host {
        return Err(taken());
    }
    Ok(!taken_on_public_host)
}

pub(super) fn hosts(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<String>> {
    let mut stored = connection.prepare_cached("SELECT host FROM hosts WHERE workspace_id = ?1 ORDER BY host")?;
    Ok(stored
        .query_map([workspace.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

pub(super) fn add_host(connection: &Connection, workspace: WorkspaceId, host: &str, now: UnixMs) -> Result<()> {
    let owner: Option<i64> = connection
        .prepare_cached("SELECT workspace_id FROM hosts WHERE host = ?1")?
        .query_row([host], |row| row.get(0))
        .optional()?;
    match owner {
        Some(owner) if owner == workspace.0 => Ok(()),
        Some(_) => Err(StoreError::Taken {
            what: format!("the host {host}"),
        }),
        None => {
            let mut add = connection.prepare_cached("INSERT INTO hosts VALUES (?1, ?2, ?3)")?;
            add.execute(params![host, workspace.0, now.0])?;
            Ok(())
        }
    }
}

pub(super) fn remove_host(connection: &Connection, workspace: WorkspaceId, host: &str) -> Result<bool> {
    let mut remove = connection.prepare_cached("DELETE FROM hosts WHERE host = ?1 AND workspace_id = ?2")?;
    Ok(remove.execute(params![host, workspace.0])? > 0)
}
