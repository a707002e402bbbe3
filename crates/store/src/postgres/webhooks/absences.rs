//! The log of agents who became unavailable, written in the transaction that made them so.

use crate::{
    Result,
    model::ShortRotator,
    postgres::{sql, values::json_text},
    stored::rotators::read_shares,
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{AgentId, RotatorId, WorkspaceId},
    routing::Share,
    time::UnixMs,
    webhook::{Standing, absence},
};
use std::collections::HashMap;

/// How an agent stands, if there is such an agent.
pub(in crate::postgres) async fn standing(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    agent: AgentId,
) -> Result<Option<Standing>> {
    Ok(standings(client, workspace).await?.remove(&agent))
}

/// How a workspace's agents stand.
async fn standings(client: &impl GenericClient, workspace: WorkspaceId) -> Result<HashMap<AgentId, Standing>> {
    let sql = "SELECT id, active, paused_until FROM agents WHERE workspace_id = $1 AND removed_at IS NULL";
    let rows = sql::query(client, sql, &[&workspace.0]).await?;
    let read = |row: &tokio_postgres::Row| {
        let standing = Standing {
            active: row.get(1),
            paused_until: row.get::<_, Option<i64>>(2).map(UnixMs),
        };
        (AgentId(row.get(0)), standing)
    };
    Ok(rows.iter().map(read).collect())
}

/// Notes that an agent is not available any more, if that is so and a rotator gives them leads. Called after the change,
/// with how they stood before it.
pub(in crate::postgres) async fn note(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    agent: AgentId,
    before: Standing,
    now: UnixMs,
) -> Result<()> {
    let standings = standings(transaction, workspace).await?;
    let Some(why) = absence(before, standings.get(&agent).copied(), now) else {
        return Ok(());
    };
    let rotators = rotators_of(transaction, workspace, agent, &standings, now).await?;
    if rotators.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO agent_absences (workspace_id, agent_id, at, why, rotators) VALUES ($1, $2, $3, $4, $5)";
    let rotators = json_text("agent_absences.rotators", &rotators)?;
    let values: sql::Values<'_> = &[&workspace.0, &agent.0, &now.0, &why.as_str(), &rotators];
    sql::execute(transaction, sql, values).await?;
    Ok(())
}

/// The rotators that give an agent leads, and how many agents each has left. One with weight 0 gets no new ones, but keeps
/// theirs: they are missed too.
async fn rotators_of(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    agent: AgentId,
    standings: &HashMap<AgentId, Standing>,
    now: UnixMs,
) -> Result<Vec<ShortRotator>> {
    let sql = "SELECT id, slug, name, agents FROM rotators WHERE workspace_id = $1 AND removed_at IS NULL ORDER BY id";
    let mut rotators = Vec::new();
    for row in sql::query(client, sql, &[&workspace.0]).await? {
        let shares = read_shares(row.get(3))?;
        if !shares.iter().any(|share| share.agent == agent) {
            continue;
        }
        let is_available = |share: &&Share| {
            let standing = standings.get(&share.agent);
            standing.is_some_and(|standing| standing.is_available(now))
        };
        rotators.push(ShortRotator {
            id: RotatorId(row.get(0)),
            slug: row.get(1),
            name: row.get(2),
            available: shares.iter().filter(is_available).count() as u32,
        });
    }
    Ok(rotators)
}
