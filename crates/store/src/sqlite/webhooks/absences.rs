//! The log of agents who became unavailable, written in the transaction that made them so.

use crate::{Result, model::ShortRotator, sqlite::values::json_text, stored::rotators::read_shares};
use konektor_core::{
    ids::{AgentId, RotatorId, WorkspaceId},
    time::UnixMs,
    webhook::{Standing, absence},
};
use rusqlite::{Connection, OptionalExtension, params};

/// How an agent stands, if there is such an agent.
pub(in crate::sqlite) fn standing(
    connection: &Connection,
    workspace: WorkspaceId,
    agent: AgentId,
) -> Result<Option<Standing>> {
    let mut stored = connection.prepare_cached(
        "SELECT active, paused_until FROM main.agents WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL",
    )?;
    let standing = stored.query_row([workspace.0, agent.0], |row| {
        Ok(Standing {
            active: row.get(0)?,
            paused_until: row.get::<_, Option<i64>>(1)?.map(UnixMs),
        })
    });
    Ok(standing.optional()?)
}

/// Notes that an agent is not available any more, if that is so and a rotator gives them leads. Called after the change,
/// with how they stood before it.
pub(in crate::sqlite) fn note(
    connection: &Connection,
    workspace: WorkspaceId,
    agent: AgentId,
    before: Standing,
    now: UnixMs,
) -> Result<()> {
    let Some(why) = absence(before, standing(connection, workspace, agent)?, now) else {
        return Ok(());
    };
    let rotators = rotators_of(connection, workspace, agent, now)?;
    if rotators.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO agent_absences (workspace_id, agent_id, at, why, rotators) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            workspace.0,
            agent.0,
            now.0,
            why.as_str(),
            json_text("agent_absences.rotators", &rotators)?
        ])?;
    Ok(())
}

/// The rotators that give an agent leads, and how many agents each has left. One with weight 0 gets no new ones, but keeps
/// theirs: they are missed too.
fn rotators_of(
    connection: &Connection,
    workspace: WorkspaceId,
    agent: AgentId,
    now: UnixMs,
) -> Result<Vec<ShortRotator>> {
    let mut stored = connection.prepare_cached(
        "SELECT id, slug, name, agents FROM main.rotators WHERE workspace_id = ?1 AND removed_at IS NULL ORDER BY id",
    )?;
    let mut rows = stored.query([workspace.0])?;
    let mut rotators = Vec::new();
    while let Some(row) = rows.next()? {
        let shares: String = row.get(3)?;
        let shares = read_shares(&shares)?;
        if !shares.iter().any(|share| share.agent == agent) {
            continue;
        }
        let mut available = 0;
        for share in &shares {
            let standing = standing(connection, workspace, share.agent)?;
            available += u32::from(standing.is_some_and(|standing| standing.is_available(now)));
        }
        rotators.push(ShortRotator {
            id: RotatorId(row.get(0)?),
            slug: row.get(1)?,
            name: row.get(2)?,
            available,
        });
    }
    Ok(rotators)
}
