//! Leads that nobody has answered.

use crate::{Result, UNTOUCHED_LOOK};
use konektor_core::{
    ids::{AgentId, LeadId, NUMBER_BITS, RotatorId, WorkspaceId},
    reminder::Untouched,
    time::UnixMs,
};
use rusqlite::{Connection, params};

/// Of a lead `l`: it stands for itself, is in its first status, and no person has changed anything of it, nor has its chat
/// started. What forms and imports say of it, and whose it is, is no answer.
const UNTOUCHED: &str = "l.removed_at IS NULL AND l.merged_into IS NULL AND coalesce(l.status, 'new') = 'new'
    AND NOT EXISTS (
        SELECT 1 FROM main.lead_changes c WHERE c.lead_id = l.id
        AND (c.field = 'arrived'
             OR c.field IN ('status', 'notes', 'name', 'phone', 'email', 'value', 'currency')
                AND (c.by LIKE 'user:%' OR c.by LIKE 'key:%' OR c.by LIKE 'link:%')))";

/// See [`crate::Notices::untouched`]. The latest leads are read along their key, so that this has a bound however many came.
pub(super) fn untouched(connection: &Connection, workspace: WorkspaceId, from: UnixMs) -> Result<Vec<Untouched>> {
    let sql = format!(
        "SELECT l.id, l.agent_id, l.rotator_id,
                max(l.created_at,
                    coalesce((SELECT max(at) FROM main.submissions s WHERE s.lead_id = l.id), 0),
                    coalesce((SELECT max(at) FROM main.lead_changes c WHERE c.lead_id = l.id AND c.field = 'agent_id'), 0)),
                EXISTS (SELECT 1 FROM main.reminders r WHERE r.lead_id = l.id AND r.step = 'remind'),
                EXISTS (SELECT 1 FROM main.reminders r WHERE r.lead_id = l.id AND r.step = 'hand_over')
         FROM (SELECT * FROM main.leads WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3) l
         WHERE l.created_at >= ?4 AND {UNTOUCHED} ORDER BY l.id DESC"
    );
    let first = workspace.0 << NUMBER_BITS;
    let mut stored = connection.prepare_cached(&sql)?;
    let found = stored.query_map(
        params![first, first + (1 << NUMBER_BITS), UNTOUCHED_LOOK as i64, from.0],
        |row| {
            Ok(Untouched {
                lead: LeadId::from_packed(row.get(0)?),
                agent: row.get::<_, Option<i64>>(1)?.map(AgentId),
                rotator: RotatorId(row.get(2)?),
                since: UnixMs(row.get(3)?),
                reminded: row.get(4)?,
                handed_over: row.get(5)?,
            })
        },
    )?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Whether a lead is still untouched, and this agent's.
pub(super) fn is_untouched(connection: &Connection, lead: LeadId, agent: Option<AgentId>) -> Result<bool> {
    let sql = format!("SELECT 1 FROM main.leads l WHERE l.id = ?1 AND l.agent_id IS ?2 AND {UNTOUCHED}");
    let mut stored = connection.prepare_cached(&sql)?;
    Ok(stored.exists(params![lead.packed(), agent.map(|agent| agent.0)])?)
}
