//! Recording what was answered while this database was away: once, whatever is cut off in between.
//!
//! How far each segment of the spool is recorded is a row, written in the transaction of its clicks. So a replay that is
//! repeated goes on where the last one that was committed ended.

use super::{
    privacy::is_erased_since,
    record::{apply, load, load_turns, reserve_numbers},
    transaction,
};
use crate::{
    Result,
    model::{NumberBlock, ReplayBatch, Replayed},
};
use konektor_core::{
    decide::{
        Memory,
        degraded::{Spooled, keys, replay},
    },
    ids::{AgentId, ClickId, LeadId, WorkspaceId},
    routing::Routing,
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::sync::Arc;

pub(super) fn replay_batch(
    connection: &mut Connection,
    routing: &Arc<Routing>,
    mut memory: Box<Memory>,
    batch: ReplayBatch,
) -> Result<(Box<Memory>, Replayed)> {
    let transaction = transaction::on_ground(connection)?;
    let ReplayBatch { segment, first, visits } = batch;
    let end = first + visits.len() as u64;
    let done: Option<u64> = transaction
        .prepare_cached("SELECT visits FROM replayed WHERE segment = ?1")?
        .query_row([segment], |row| row.get(0))
        .optional()?;
    let known = done.unwrap_or(0).saturating_sub(first) as usize;
    let mut waiting = Vec::with_capacity(visits.len());
    let mut there = 0;
    for visit in visits.into_iter().skip(known) {
        if is_there(&transaction, visit.click)? {
            there += 1;
        } else if let Some(lead) = visit.lead()
            && is_erased_since(&transaction, lead, visit.at)?
        {
            // Their visit was before their erasure: it goes with them, and is nobody's.
        } else {
            waiting.push(visit);
        }
    }
    let keys = keys(&waiting);
    burn_numbers(&transaction, &waiting)?;
    reserve_numbers(&transaction, &keys, &mut memory)?;
    let loaded = load(&transaction, &keys)?;
    let turns = waiting.iter().map(|visit| (visit.rotator, visit.at));
    load_turns(&transaction, routing, &mut memory, turns)?;
    let decisions = replay(routing, &mut memory, loaded, waiting);
    apply(&transaction, &memory, &decisions)?;
    transaction
        .prepare_cached(
            "INSERT INTO replayed VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET visits = max(visits, excluded.visits)",
        )?
        .execute(params![segment, end])?;
    transaction.commit()?;
    let replayed = Replayed {
        after: decisions.after,
        clicks: decisions.clicks,
        there,
    };
    Ok((memory, replayed))
}

/// Whether the click is in the database after all: its commit was given up, but had succeeded.
fn is_there(transaction: &Transaction<'_>, click: Option<ClickId>) -> Result<bool> {
    let Some(click) = click else { return Ok(false) };
    let mut there = transaction.prepare_cached("SELECT 1 FROM clicks WHERE id = ?1")?;
    Ok(there.exists([click.0])?)
}

/// Numbers that visitors were given are never given again: if this is an older copy of the database, its next number may lie
/// before them.
fn burn_numbers(transaction: &Transaction<'_>, spooled: &[Spooled]) -> Result<()> {
    for lead in spooled.iter().filter_map(Spooled::lead) {
        transaction
            .prepare_cached("UPDATE workspaces SET next_number = ?2 + 1 WHERE id = ?1 AND next_number <= ?2")?
            .execute(params![lead.workspace.0, lead.number.0])?;
    }
    Ok(())
}

/// Whom the visitors of the latest clicks were sent to, oldest first.
pub(super) fn recent_owners(connection: &Connection, limit: usize) -> Result<Vec<(LeadId, AgentId)>> {
    let mut latest = connection.prepare_cached("SELECT lead_id, agent_id FROM clicks ORDER BY id DESC LIMIT ?1")?;
    let mut rows = latest.query([limit as i64])?;
    let mut owners = Vec::new();
    while let Some(row) = rows.next()? {
        let (lead, agent): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
        owners.extend(agent.map(|agent| (LeadId::from_packed(lead), AgentId(agent))));
    }
    owners.reverse();
    Ok(owners)
}

/// Forgets a segment that is gone.
pub(super) fn forget_segment(connection: &Connection, segment: i64) -> Result<()> {
    connection.execute("DELETE FROM replayed WHERE segment = ?1", [segment])?;
    Ok(())
}

/// Reserves visitor numbers ahead. A workspace of which none were given since `after` keeps what it has.
pub(super) fn reserve_ahead(connection: &mut Connection, wanted: &[NumberBlock]) -> Result<Vec<NumberBlock>> {
    let transaction = transaction::on_ground(connection)?;
    let mut reserved = Vec::new();
    for NumberBlock { workspace, numbers } in wanted {
        let count = numbers.end - numbers.start;
        let end: Option<u64> = transaction
            .prepare_cached(
                "UPDATE workspaces SET next_number = next_number + ?2 WHERE id = ?1 AND next_number <> ?3
                 RETURNING next_number",
            )?
            .query_row(params![workspace.0, count, numbers.start], |row| row.get(0))
            .optional()?;
        reserved.extend(end.map(|end| NumberBlock {
            workspace: WorkspaceId(workspace.0),
            numbers: end - count..end,
        }));
    }
    transaction.commit()?;
    Ok(reserved)
}
