//! Recording what was answered while this database was away: once, whatever is cut off in between.
//!
//! How far each segment of the spool is recorded is a row, written in the transaction of its clicks. So a replay that is
//! repeated goes on where the last one that was committed ended.

use super::{
    PostgresStore,
    privacy::forget_erased,
    record::{Begun, Capped, barrier, commit, load, owners, reserve_numbers},
    sql,
    values::number,
};
use crate::{
    Result,
    model::{NumberBlock, ReplayBatch, Replayed},
};
use deadpool_postgres::{GenericClient, Object, Transaction};
use konektor_core::{
    decide::{
        Memory,
        degraded::{Spooled, keys, replay},
    },
    ids::{AgentId, LeadId, VisitorNumber, WorkspaceId},
    routing::Routing,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

const SET_REPLAYED: &str = "
    INSERT INTO replayed (segment, visits) VALUES ($1, $2)
    ON CONFLICT (segment) DO UPDATE SET visits = greatest(replayed.visits, excluded.visits)";

impl PostgresStore {
    /// See [`crate::Store::replay`].
    pub(super) async fn replay_batch(
        &self,
        routing: &Routing,
        mut memory: Box<Memory>,
        batch: ReplayBatch,
    ) -> Result<(Box<Memory>, Replayed)> {
        let place = self.place_of(&memory).await?;
        let client = self.pools.recording().await?;
        // Commits that were given up have ended before it is looked whether their clicks are there.
        let mut places: BTreeSet<i32> = [place.id as i32].into();
        places.extend(
            batch
                .visits
                .iter()
                .filter_map(|visit| visit.click)
                .map(|click| click.node() as i32),
        );
        barrier(&client, &places.into_iter().collect::<Vec<_>>()).await?;
        let ReplayBatch { segment, first, visits } = batch;
        let end = (first + visits.len() as u64) as i64;
        let (waiting, there) = waiting(&client, segment, first, visits).await?;
        let keys = keys(&waiting);
        burn_numbers(&client, &waiting).await?;
        reserve_numbers(&client, &keys, &mut memory).await?;
        let begun = Begun { client: Some(client) };
        let loaded = load(begun.client(), &place, &keys, &Capped::default(), &mut memory).await?;
        let owners = owners(&loaded);
        let decisions = replay(routing, &mut memory, loaded, waiting);
        self.last_click.fetch_max(memory.last_click().0, Ordering::Relaxed);
        let mut writes = self.writes(&place, routing, &memory, &decisions, owners)?;
        writes.push((SET_REPLAYED, vec![Box::new(segment), Box::new(end)]));
        commit(begun.client(), &writes).await?;
        begun.end();
        let replayed = Replayed {
            after: decisions.after,
            clicks: decisions.clicks,
            there,
        };
        Ok((memory, replayed))
    }
}

/// The visits that are not recorded yet, and how many are although nobody has counted them.
async fn waiting(client: &Object, segment: i64, first: u64, visits: Vec<Spooled>) -> Result<(Vec<Spooled>, usize)> {
    let done = sql::query_opt(client, "SELECT visits FROM replayed WHERE segment = $1", &[&segment]).await?;
    let done = done.map_or(0, |row| row.get::<_, i64>(0) as u64);
    let visits: Vec<_> = visits.into_iter().skip(done.saturating_sub(first) as usize).collect();
    let (mut workspaces, mut clicks) = (Vec::new(), Vec::new());
    for visit in &visits {
        if let Some(click) = visit.click {
            workspaces.push(visit.workspace.0);
            clicks.push(click.0);
        }
    }
    let sql = "SELECT c.id FROM unnest($1::bigint[], $2::bigint[]) AS k (workspace_id, id)
               JOIN clicks c ON c.workspace_id = k.workspace_id AND c.id = k.id";
    let found = sql::query(client, sql, &[&workspaces, &clicks]).await?;
    let found: BTreeSet<i64> = found.iter().map(|row| row.get(0)).collect();
    let is_there = |visit: &Spooled| visit.click.is_some_and(|click| found.contains(&click.0));
    let (there, waiting): (Vec<_>, Vec<_>) = visits.into_iter().partition(is_there);
    Ok((forget_erased(client, waiting).await?, there.len()))
}

/// Numbers that visitors were given are never given again: if this is an older copy of the database, its next number may lie
/// before them.
async fn burn_numbers(client: &Object, spooled: &[Spooled]) -> Result<()> {
    let mut greatest: BTreeMap<WorkspaceId, i64> = BTreeMap::new();
    for lead in spooled.iter().filter_map(Spooled::lead) {
        let known = greatest.entry(lead.workspace).or_default();
        *known = (*known).max(number(lead));
    }
    let (workspaces, numbers): (Vec<i64>, Vec<i64>) = greatest.into_iter().map(|(w, n)| (w.0, n)).unzip();
    let sql = "INSERT INTO numbers (workspace_id, next)
               SELECT workspace_id, number + 1 FROM unnest($1::bigint[], $2::bigint[]) AS u (workspace_id, number)
               ON CONFLICT (workspace_id) DO UPDATE SET next = excluded.next WHERE numbers.next < excluded.next";
    sql::execute(client, sql, &[&workspaces, &numbers]).await?;
    Ok(())
}

/// Forgets a segment that is gone.
pub(super) async fn forget_segment(client: &impl GenericClient, segment: i64) -> Result<()> {
    sql::execute(client, "DELETE FROM replayed WHERE segment = $1", &[&segment]).await?;
    Ok(())
}

/// Reserves visitor numbers ahead. A workspace of which none were given since `after` keeps what it has.
pub(super) async fn reserve_ahead(transaction: &Transaction<'_>, wanted: &[NumberBlock]) -> Result<Vec<NumberBlock>> {
    let mut reserved = Vec::new();
    for NumberBlock { workspace, numbers } in wanted {
        let (count, start) = ((numbers.end - numbers.start) as i64, numbers.start as i64);
        let sql = "INSERT INTO numbers (workspace_id, next)
                   SELECT w.id, 1 + $2::bigint FROM workspaces w WHERE w.id = $1
                     AND ($3::bigint <> 1 OR EXISTS (SELECT 1 FROM numbers n WHERE n.workspace_id = $1))
                   ON CONFLICT (workspace_id) DO UPDATE SET next = numbers.next + $2 WHERE numbers.next <> $3
                   RETURNING next";
        let next = sql::query_opt(transaction, sql, &[&workspace.0, &count, &start]).await?;
        reserved.extend(next.map(|row| {
            let end = row.get::<_, i64>(0) as u64;
            NumberBlock {
                workspace: WorkspaceId(workspace.0),
                numbers: end - count as u64..end,
            }
        }));
    }
    Ok(reserved)
}

/// Whom the visitors of the latest clicks were sent to, oldest first.
pub(super) async fn recent_owners(client: &impl GenericClient, limit: usize) -> Result<Vec<(LeadId, AgentId)>> {
    let sql = "SELECT workspace_id, number, agent_id FROM clicks ORDER BY id DESC LIMIT $1";
    let latest = sql::query(client, sql, &[&(limit as i64)]).await?;
    let owners = latest.iter().rev().filter_map(|row| {
        let lead = LeadId {
            workspace: WorkspaceId(row.get(0)),
            number: VisitorNumber(row.get::<_, i64>(1) as u64),
        };
        Some((lead, AgentId(row.get::<_, Option<i64>>(2)?)))
    });
    Ok(owners.collect())
}
