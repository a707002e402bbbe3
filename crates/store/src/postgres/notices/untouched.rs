//! Leads that nobody has answered.

use crate::{
    Result, UNTOUCHED_LOOK,
    postgres::{
        record::{FLAG_PINNED, Owners},
        sql,
        values::lead,
    },
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    ids::{AgentId, RotatorId, WorkspaceId},
    reminder::Untouched,
    time::UnixMs,
};
use tokio_postgres::Row;

/// Of a lead `l`: it stands for itself, is in its first status, and no person has changed anything of it, nor has its chat
/// started. What forms and imports say of it, and whose it is, is no answer.
const UNTOUCHED: &str = "l.removed_at IS NULL AND l.merged_into IS NULL AND coalesce(l.status, 'new') = 'new'
    AND NOT EXISTS (
        SELECT 1 FROM lead_changes c WHERE c.workspace_id = l.workspace_id AND c.number = l.number
        AND (c.field = 'arrived'
             OR c.field IN ('status', 'notes', 'name', 'phone', 'email', 'value', 'currency')
                AND (c.by LIKE 'user:%' OR c.by LIKE 'key:%' OR c.by LIKE 'link:%')))";

/// See [`crate::Notices::untouched`]. The latest leads are read along their key, so that this has a bound however many came.
pub(super) async fn untouched(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    from: UnixMs,
) -> Result<Vec<Untouched>> {
    let of_lead = "workspace_id = l.workspace_id AND number = l.number";
    let sql = format!(
        "SELECT l.number, l.agent_id, l.rotator_id,
                greatest(l.created_at,
                         (SELECT max(at) FROM submissions WHERE {of_lead}),
                         (SELECT max(at) FROM lead_changes WHERE {of_lead} AND field = 'agent_id')),
                EXISTS (SELECT 1 FROM reminders WHERE {of_lead} AND step = 'remind'),
                EXISTS (SELECT 1 FROM reminders WHERE {of_lead} AND step = 'hand_over')
         FROM (SELECT * FROM leads WHERE workspace_id = $1 ORDER BY number DESC LIMIT $2) l
         WHERE l.created_at >= $3 AND {UNTOUCHED} ORDER BY l.number DESC"
    );
    let read = |row: &Row| Untouched {
        lead: lead(workspace.0, row.get(0)),
        agent: row.get::<_, Option<i64>>(1).map(AgentId),
        rotator: RotatorId(row.get(2)),
        since: UnixMs(row.get(3)),
        reminded: row.get(4),
        handed_over: row.get(5),
    };
    let rows = sql::query(client, &sql, &[&workspace.0, &(UNTOUCHED_LOOK as i64), &from.0]).await?;
    Ok(rows.iter().map(read).collect())
}

/// Those of a workspace's leads that are still untouched, with whose they are and whether by hand.
pub(super) async fn are_untouched(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    numbers: &[i64],
) -> Result<Owners> {
    let sql = format!(
        "SELECT l.number, l.agent_id, l.flags FROM leads l WHERE l.workspace_id = $1 AND l.number = ANY($2) AND {UNTOUCHED}"
    );
    let rows = sql::query(client, &sql, &[&workspace.0, &numbers]).await?;
    let read = |row: &Row| {
        let agent = row.get::<_, Option<i64>>(1).map(AgentId);
        let pinned = row.get::<_, i64>(2) & FLAG_PINNED != 0;
        (lead(workspace.0, row.get(0)), (agent, pinned))
    };
    Ok(rows.iter().map(read).collect())
}
