//! Agents, rotators and hosts.

use super::{
    say_routing_changed, sql,
    values::{json_text, or_taken, read_json, taken},
    webhooks,
};
use crate::{
    Result,
    model::{Agent, AgentFields, Rotator, RotatorFields},
    stored::rotators::{Json, mode_text, read_mode, read_shares},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{AgentId, RotatorId, WorkspaceId},
    time::UnixMs,
};
use tokio_postgres::Row;

pub(super) const AGENT_COLUMNS: &str =
    "id, created_at, name, phone, active, paused_until, hours, time_zone, daily_cap, workspace_id";

pub(super) fn read_agent(row: &Row) -> Result<Agent> {
    let hours: Option<&str> = row.get(6);
    let fields = AgentFields {
        name: row.get(2),
        phone: row.get(3),
        active: row.get(4),
        paused_until: row.get::<_, Option<i64>>(5).map(UnixMs),
        hours: hours.map(|json| read_json("agents.hours", json)).transpose()?,
        time_zone: row.get(7),
        daily_cap: row.get::<_, Option<i64>>(8).map(|cap| cap as u32),
    };
    Ok(Agent {
        id: AgentId(row.get(0)),
        created_at: UnixMs(row.get(1)),
        fields,
    })
}

pub(super) const ROTATOR_COLUMNS: &str = "id, created_at, slug, name, mode, message, target, fallback, page, agents,
                                          on_public_host, workspace_id, learning, learned";

pub(super) fn read_rotator(row: &Row) -> Result<Rotator> {
    let (mode, page): (&str, Option<&str>) = (row.get(4), row.get(8));
    let (learning, learned): (Option<&str>, Option<&str>) = (row.get(12), row.get(13));
    let fields = RotatorFields {
        slug: row.get(2),
        name: row.get(3),
        mode: read_mode(mode),
        message: row.get(5),
        target: row.get(6),
        fallback: row.get(7),
        page: page.map(|json| read_json("rotators.page", json)).transpose()?,
        agents: read_shares(row.get(9))?,
        learning: learning.map(|json| read_json("rotators.learning", json)).transpose()?,
    };
    Ok(Rotator {
        learned: learned.map(|json| read_json("rotators.learned", json)).transpose()?,
        id: RotatorId(row.get(0)),
        created_at: UnixMs(row.get(1)),
        on_public_host: row.get(10),
        fields,
    })
}

pub(super) async fn agents(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<Agent>> {
    let sql = format!("SELECT {AGENT_COLUMNS} FROM agents WHERE workspace_id = $1 AND removed_at IS NULL ORDER BY id");
    sql::query(client, &sql, &[&workspace.0])
        .await?
        .iter()
        .map(read_agent)
        .collect()
}

pub(super) async fn add_agent(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    fields: AgentFields,
    now: UnixMs,
) -> Result<Agent> {
    let sql =
        "INSERT INTO agents (workspace_id, name, phone, active, paused_until, hours, time_zone, daily_cap, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
    let stored = StoredAgent::of(&fields)?;
    let values: sql::Values<'_> = &[
        &workspace.0,
        &fields.name,
        &fields.phone,
        &fields.active,
        &stored.paused_until,
        &stored.hours,
        &fields.time_zone,
        &stored.daily_cap,
        &now.0,
    ];
    let id = sql::query_one(transaction, sql, values).await?.get(0);
    say_routing_changed(transaction).await?;
    Ok(Agent {
        id: AgentId(id),
        created_at: now,
        fields,
    })
}

/// Notes in the same transaction if that makes the agent unavailable.
pub(super) async fn set_agent(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: AgentId,
    fields: AgentFields,
    now: UnixMs,
) -> Result<Option<Agent>> {
    let before = webhooks::standing(transaction, workspace, id).await?;
    let sql = "UPDATE agents SET name = $2, phone = $3, active = $4, paused_until = $5, hours = $6, time_zone = $7,
                      daily_cap = $8
               WHERE id = $9 AND workspace_id = $1 AND removed_at IS NULL RETURNING created_at";
    let stored = StoredAgent::of(&fields)?;
    let values: sql::Values<'_> = &[
        &workspace.0,
        &fields.name,
        &fields.phone,
        &fields.active,
        &stored.paused_until,
        &stored.hours,
        &fields.time_zone,
        &stored.daily_cap,
        &id.0,
    ];
    let set = sql::query_opt(transaction, sql, values).await?;
    if let Some(before) = before {
        webhooks::note_absence(transaction, workspace, id, before, now).await?;
    }
    say_routing_changed(transaction).await?;
    Ok(set.map(|row| Agent {
        id,
        created_at: UnixMs(row.get(0)),
        fields,
    }))
}

/// What of an agent is stored in another shape.
struct StoredAgent {
    paused_until: Option<i64>,
    hours: Option<String>,
    daily_cap: Option<i64>,
}

impl StoredAgent {
    fn of(fields: &AgentFields) -> Result<Self> {
        let hours = fields.hours.as_ref().map(|hours| json_text("agents.hours", hours));
        Ok(Self {
            paused_until: fields.paused_until.map(|t| t.0),
            hours: hours.transpose()?,
            daily_cap: fields.daily_cap.map(i64::from),
        })
    }
}

/// Marks an agent as removed, and notes in the same transaction if they were available.
pub(super) async fn remove_agent(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: AgentId,
    now: UnixMs,
) -> Result<bool> {
    let before = webhooks::standing(transaction, workspace, id).await?;
    let removed = remove(transaction, "agents", workspace, id.0, now).await?;
    if let Some(before) = before {
        webhooks::note_absence(transaction, workspace, id, before, now).await?;
    }
    Ok(removed)
}

/// Marks a row of `agents` or `rotators` as removed: clicks of the past still name it.
pub(super) async fn remove(
    transaction: &Transaction<'_>,
    table: &'static str,
    workspace: WorkspaceId,
    id: i64,
    now: UnixMs,
) -> Result<bool> {
    let sql = format!("UPDATE {table} SET removed_at = $3 WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL");
    let removed = sql::execute(transaction, &sql, &[&workspace.0, &id, &now.0]).await?;
    say_routing_changed(transaction).await?;
    Ok(removed > 0)
}

pub(super) async fn rotators(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<Rotator>> {
    let sql =
        format!("SELECT {ROTATOR_COLUMNS} FROM rotators WHERE workspace_id = $1 AND removed_at IS NULL ORDER BY id");
    sql::query(client, &sql, &[&workspace.0])
        .await?
        .iter()
        .map(read_rotator)
        .collect()
}

pub(super) async fn add_rotator(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    fields: RotatorFields,
    now: UnixMs,
) -> Result<Rotator> {
    let on_public_host = claim_slug(transaction, workspace, None, &fields.slug).await?;
    let Json { agents, page, learning } = Json::of(&fields)?;
    let sql = "INSERT INTO rotators (workspace_id, slug, name, mode, message, target, fallback, page, agents,
                                     on_public_host, created_at, learning)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id";
    let values: sql::Values<'_> = &[
        &workspace.0,
        &fields.slug,
        &fields.name,
        &mode_text(fields.mode),
        &fields.message,
        &fields.target,
        &fields.fallback,
        &page,
        &agents,
        &on_public_host,
        &now.0,
        &learning,
    ];
    let added = sql::query_one(transaction, sql, values).await;
    let id = or_taken(added, || slug(&fields.slug))?.get(0);
    say_routing_changed(transaction).await?;
    Ok(Rotator {
        id: RotatorId(id),
        created_at: now,
        on_public_host,
        learned: None,
        fields,
    })
}

pub(super) async fn set_rotator(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: RotatorId,
    fields: RotatorFields,
) -> Result<Option<Rotator>> {
    let sql = "SELECT slug, on_public_host FROM rotators WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL
               FOR UPDATE";
    let Some(was) = sql::query_opt(transaction, sql, &[&workspace.0, &id.0]).await? else {
        return Ok(None);
    };
    let (old_slug, was_public): (&str, bool) = (was.get(0), was.get(1));
    let on_public_host = if old_slug == fields.slug {
        was_public
    } else {
        claim_slug(transaction, workspace, Some(id), &fields.slug).await?
    };
    let Json { agents, page, learning } = Json::of(&fields)?;
    // Who switches learning off and on again begins anew.
    let sql =
        "UPDATE rotators SET slug = $2, name = $3, mode = $4, message = $5, target = $6, fallback = $7, page = $8,
                      agents = $9, on_public_host = $10, learning = $12,
                      learned = CASE WHEN $12::text IS NULL THEN NULL ELSE learned END
               WHERE id = $11 AND workspace_id = $1 RETURNING created_at, learned";
    let values: sql::Values<'_> = &[
        &workspace.0,
        &fields.slug,
        &fields.name,
        &mode_text(fields.mode),
        &fields.message,
        &fields.target,
        &fields.fallback,
        &page,
        &agents,
        &on_public_host,
        &id.0,
        &learning,
    ];
    let set = sql::query_one(transaction, sql, values).await;
    let row = or_taken(set, || slug(&fields.slug))?;
    say_routing_changed(transaction).await?;
    let learned: Option<&str> = row.get(1);
    Ok(Some(Rotator {
        id,
        created_at: UnixMs(row.get(0)),
        on_public_host,
        learned: learned.map(|json| read_json("rotators.learned", json)).transpose()?,
        fields,
    }))
}

/// Whether the slug can be had on the public host too. Refused if it is used in the workspace, or if the
/// workspace has no host of its own and another workspace has the slug on the public one: then the link
/// would be reachable nowhere.
async fn claim_slug(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    except: Option<RotatorId>,
    wanted: &str,
) -> Result<bool> {
    let except = except.map_or(-1, |id| id.0);
    let sql = "SELECT coalesce(bool_or(workspace_id = $2), false),
                      coalesce(bool_or(workspace_id <> $2 AND on_public_host), false),
                      EXISTS (SELECT 1 FROM hosts WHERE workspace_id = $2)
               FROM rotators WHERE slug = $1 AND id <> $3 AND removed_at IS NULL";
    let row = sql::query_one(client, sql, &[&wanted, &workspace.0, &except]).await?;
    let (taken_here, taken_on_public_host, has_host): (bool, bool, bool) = (row.get(0), row.get(1), row.get(2));
    if taken_here || (taken_on_public_host && !has_host) {
        return Err(taken(slug(wanted)));
    }
    Ok(!taken_on_public_host)
}

fn slug(slug: &str) -> String {
    format!("the slug \"{slug}\"")
}

pub(super) async fn hosts(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<String>> {
    let sql = "SELECT host FROM hosts WHERE workspace_id = $1 ORDER BY host COLLATE \"C\"";
    let rows = sql::query(client, sql, &[&workspace.0]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn add_host(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    host: &str,
    now: UnixMs,
) -> Result<()> {
    let sql = "INSERT INTO hosts (host, workspace_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (host) DO NOTHING";
    sql::execute(transaction, sql, &[&host, &workspace.0, &now.0]).await?;
    let owner = sql::query_opt(transaction, "SELECT workspace_id FROM hosts WHERE host = $1", &[&host]).await?;
    match owner.map(|row| row.get::<_, i64>(0)) {
        Some(owner) if owner == workspace.0 => say_routing_changed(transaction).await,
        _ => Err(taken(format!("the host {host}"))),
    }
}

pub(super) async fn remove_host(transaction: &Transaction<'_>, workspace: WorkspaceId, host: &str) -> Result<bool> {
    let sql = "DELETE FROM hosts WHERE host = $1 AND workspace_id = $2";
    let removed = sql::execute(transaction, sql, &[&host, &workspace.0]).await?;
    say_routing_changed(transaction).await?;
    Ok(removed > 0)
}
