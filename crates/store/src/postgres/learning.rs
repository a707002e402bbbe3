//! What shares are learned from, and what was learned.

use super::{
    PostgresStore,
    run::{ask, write},
    say_routing_changed, sql,
    values::json_text,
};
use crate::{Lessons, Result, model::Given};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{AgentId, RotatorId, WorkspaceId},
    rotation::learning::{HELD_OUT_ONE_IN, Learned, Tally, held_out},
    time::UnixMs,
};

/// The first owner is who had the lead before it was first handed over by hand. Whether it is held out is
/// [`konektor_core::rotation::learning::is_held_out`].
const GIVEN: &str = "
    SELECT coalesce((SELECT coalesce(c.old, '') FROM lead_changes c
                     WHERE c.workspace_id = l.workspace_id AND c.number = l.number AND c.field = 'agent_id'
                     ORDER BY c.id LIMIT 1),
                    l.agent_id::text, ''),
           ((l.number % $6::bigint) * $7::bigint + $8::bigint) % $6::bigint % $9::bigint = 0,
           count(*), count(*) FILTER (WHERE s.won_at < l.created_at + $5::bigint)
    FROM leads l LEFT JOIN sales s ON s.workspace_id = l.workspace_id AND s.number = l.number
    WHERE l.workspace_id = $1 AND l.created_at >= $2 AND l.created_at < $3 AND l.rotator_id = $4
      AND l.first_click <> 0 AND l.removed_at IS NULL AND l.merged_into IS NULL
    GROUP BY 1, 2 ORDER BY 1, 2";

impl Lessons for PostgresStore {
    async fn given(
        &self,
        rotator: (WorkspaceId, RotatorId),
        born: (UnixMs, UnixMs),
        won_within_ms: i64,
    ) -> Result<Vec<Given>> {
        ask!(self, given(rotator, born, won_within_ms))
    }

    async fn set_learned(&self, workspace: WorkspaceId, rotator: RotatorId, learned: Learned) -> Result<bool> {
        write!(self, set_learned(workspace, rotator, &learned))
    }
}

async fn given(
    client: &impl GenericClient,
    (workspace, rotator): (WorkspaceId, RotatorId),
    born: (UnixMs, UnixMs),
    won_within_ms: i64,
) -> Result<Vec<Given>> {
    let values: sql::Values<'_> = &[
        &workspace.0,
        &born.0.0,
        &born.1.0,
        &rotator.0,
        &won_within_ms,
        &held_out::PRIME,
        &held_out::FACTOR,
        &held_out::salt(rotator),
        &HELD_OUT_ONE_IN,
    ];
    let read = |row: &tokio_postgres::Row| {
        // Nobody, where a fallback took it.
        let agent = row.get::<_, &str>(0).parse::<AgentId>().ok()?;
        Some(Given {
            agent,
            held_out: row.get(1),
            tally: Tally {
                leads: row.get::<_, i64>(2) as u64,
                won: row.get::<_, i64>(3) as u64,
            },
        })
    };
    Ok(sql::query(client, GIVEN, values)
        .await?
        .iter()
        .filter_map(read)
        .collect())
}

async fn set_learned(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    rotator: RotatorId,
    learned: &Learned,
) -> Result<bool> {
    let sql = "UPDATE rotators SET learned = $3
               WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL AND learning IS NOT NULL
                 AND learned IS DISTINCT FROM $3";
    let json = json_text("rotators.learned", learned)?;
    let changed = sql::execute(transaction, sql, &[&workspace.0, &rotator.0, &json]).await? > 0;
    if changed {
        say_routing_changed(transaction).await?;
    }
    Ok(changed)
}
