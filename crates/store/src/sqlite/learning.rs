//! What shares are learned from, and what was learned.

use super::SqliteStore;
use crate::{Lessons, Result, StoreError, model::Given};
use konektor_core::{
    ids::{AgentId, RotatorId, WorkspaceId},
    rotation::learning::{HELD_OUT_ONE_IN, Learned, Tally, held_out},
    time::UnixMs,
};
use rusqlite::{Connection, params};

/// The first owner is who had the lead before it was first handed over by hand. Whether it is held out is
/// [`konektor_core::rotation::learning::is_held_out`].
const GIVEN: &str = "
    SELECT CAST(coalesce((SELECT coalesce(c.old, '') FROM main.lead_changes c
                          WHERE c.lead_id = l.id AND c.field = 'agent_id' ORDER BY c.id LIMIT 1),
                         l.agent_id, '') AS TEXT),
           (((l.id & 34359738367) % ?6) * ?7 + ?8) % ?6 % ?9 = 0,
           count(*), count(CASE WHEN s.won_at < l.created_at + ?5 THEN 1 END)
    FROM main.leads l LEFT JOIN fold.sales s ON s.lead_id = l.id
    WHERE l.id >= ?1 << 35 AND l.id < (?1 + 1) << 35 AND l.created_at >= ?2 AND l.created_at < ?3 AND l.rotator_id = ?4
      AND l.first_click <> 0 AND l.removed_at IS NULL AND l.merged_into IS NULL
    GROUP BY 1, 2 ORDER BY 1, 2";

impl Lessons for SqliteStore {
    async fn given(
        &self,
        (workspace, rotator): (WorkspaceId, RotatorId),
        born: (UnixMs, UnixMs),
        won_within_ms: i64,
    ) -> Result<Vec<Given>> {
        self.readers
            .run(move |c| given(c, workspace, rotator, born, won_within_ms))
            .await
    }

    async fn set_learned(&self, workspace: WorkspaceId, rotator: RotatorId, learned: Learned) -> Result<bool> {
        self.writer
            .run(move |c| set_learned(c, workspace, rotator, &learned))
            .await
    }
}

fn given(
    connection: &Connection,
    workspace: WorkspaceId,
    rotator: RotatorId,
    born: (UnixMs, UnixMs),
    won_within_ms: i64,
) -> Result<Vec<Given>> {
    let mut stored = connection.prepare_cached(GIVEN)?;
    let mut rows = stored.query(params![
        workspace.0,
        born.0.0,
        born.1.0,
        rotator.0,
        won_within_ms,
        held_out::PRIME,
        held_out::FACTOR,
        held_out::salt(rotator),
        HELD_OUT_ONE_IN,
    ])?;
    let mut given = Vec::new();
    while let Some(row) = rows.next()? {
        // Nobody, where a fallback took it.
        let Ok(agent) = row.get::<_, String>(0)?.parse::<AgentId>() else {
            continue;
        };
        given.push(Given {
            agent,
            held_out: row.get(1)?,
            tally: Tally {
                leads: row.get(2)?,
                won: row.get(3)?,
            },
        });
    }
    Ok(given)
}

fn set_learned(connection: &Connection, workspace: WorkspaceId, rotator: RotatorId, learned: &Learned) -> Result<bool> {
    let json = serde_json::to_string(learned).map_err(|e| StoreError::corrupt("rotators.learned", e))?;
    let changed = connection
        .prepare_cached(
            "UPDATE rotators SET learned = ?3
             WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL AND learning IS NOT NULL AND learned IS NOT ?3",
        )?
        .execute(params![workspace.0, rotator.0, json])?;
    Ok(changed > 0)
}
