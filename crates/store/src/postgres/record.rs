//! The click path's transaction: load, decide, apply, one commit, one sync.
//!
//! Statements travel together: those that load in one packet, those that write with the commit in another. Two round
//! trips a batch, whatever its size.

mod load;

pub(super) use load::{Capped, Owners, capped_at, click_id_uses, load, owners};
#[cfg(test)]
pub(super) use load::{LOAD_CLICK_IDS, LOAD_LEADS};

use super::{
    PostgresStore, locks,
    place::Place,
    sql,
    values::{json_text, number},
};
use crate::{Attempt, Result, StoreError};
use deadpool_postgres::{GenericClient, Object};
use futures_util::future::try_join_all;
use konektor_core::{
    attribution::Platform,
    click::Click,
    decide::{Decisions, Keys, LeadRoute, Memory, NewLead, Visit, decide},
    ids::{AgentId, ClickId, LeadId, RotatorId, WorkspaceId},
    routing::Routing,
};
use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
};
use tokio_postgres::Statement;

/// Visitor numbers are reserved in blocks: one small commit for thousands of leads. What a crash leaves unused
/// of a block stays unused; there are 34 billion.
const NUMBER_BLOCK: u64 = 4_096;
/// `leads.flags`.
pub(super) const FLAG_SHARED_LINK: i64 = 1;
/// `leads.flags`.
pub(super) const FLAG_PINNED: i64 = 2;
/// `leads.flags`.
pub(super) const FLAG_UNVERIFIED: i64 = 4;
/// `leads.flags`.
pub(super) const FLAG_REUSED_CODE: i64 = 8;

/// A lead that another server made a moment before stays as it is; one that a form made gets the click that it lacked.
const ADD_LEADS: &str = "
    INSERT INTO leads (workspace_id, number, first_click, created_at, rotator_id, agent_id, flags, platform, source,
                       campaign)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                         $7::bigint[], $8::text[], $9::text[], $10::text[])
    ON CONFLICT (workspace_id, number) DO UPDATE
    SET first_click = excluded.first_click, rotator_id = excluded.rotator_id, agent_id = excluded.agent_id,
        platform = excluded.platform, source = excluded.source, campaign = excluded.campaign
    WHERE leads.first_click = 0 AND leads.agent_id IS NULL";
const ADD_CLICKS: &str = "
    INSERT INTO clicks (workspace_id, id, at, number, rotator_id, agent_id, facts)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])";
const ADD_ROTATIONS: &str = "
    INSERT INTO rotations (workspace_id, rotator_id, node, state)
    SELECT workspace_id, rotator_id, $3::bigint, state
    FROM unnest($1::bigint[], $2::bigint[], $4::text[]) AS r (workspace_id, rotator_id, state)
    ON CONFLICT (workspace_id, rotator_id, node) DO UPDATE SET state = excluded.state";
const ADD_TURNS: &str = "
    INSERT INTO turns (workspace_id, rotator_id, day, agent_id, node, given, due)
    SELECT workspace_id, rotator_id, day, agent_id, $7::bigint, given, due
    FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::float8[])
         AS t (workspace_id, rotator_id, day, agent_id, given, due)
    ON CONFLICT (workspace_id, rotator_id, day, agent_id, node)
    DO UPDATE SET given = turns.given + excluded.given, due = turns.due + excluded.due";
/// A lead that somebody else has handed over meanwhile stays there.
const SET_ROUTES: &str = "
    UPDATE leads l SET agent_id = r.agent_id, stands = r.stands,
           flags = CASE WHEN r.pinned THEN l.flags | 2 ELSE l.flags & ~2::bigint END
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bool[], $6::bigint[], $7::bool[])
         AS r (workspace_id, number, agent_id, stands, pinned, old_agent_id, was_pinned)
    WHERE l.workspace_id = r.workspace_id AND l.number = r.number
      AND l.agent_id IS NOT DISTINCT FROM r.old_agent_id AND (l.flags & 2 <> 0) = r.was_pinned";

type Values<'a> = Vec<Box<dyn tokio_postgres::types::ToSql + Sync + Send + 'a>>;

/// A connection on which a transaction is open. If it is dropped before its end, the connection is closed, which rolls
/// back: one that went back to the others would take their statements into its transaction.
pub(super) struct Begun {
    pub(super) client: Option<Object>,
}

impl Begun {
    pub(super) fn client(&self) -> &Object {
        self.client.as_ref().expect("it is there until the end")
    }

    pub(super) fn end(mut self) {
        drop(self.client.take());
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

/// What was decided, as statements with their values.
pub(super) type Writes = Vec<(&'static str, Values<'static>)>;

impl PostgresStore {
    /// See [`crate::Store::record`].
    pub(super) async fn record_batch(
        &self,
        routing: &Routing,
        mut memory: Box<Memory>,
        visits: Vec<Visit>,
        attempt: &Attempt,
    ) -> Result<(Box<Memory>, Decisions)> {
        let place = self.place_of(&memory).await?;
        let client = self.pools.recording().await?;
        if self.made_beside.swap(false, Ordering::Relaxed) {
            memory.forget_numbers();
        }
        let keys = memory.keys(routing, &visits);
        reserve_numbers(&client, &keys, &mut memory).await?;
        let begun = Begun { client: Some(client) };
        let capped = load::capped(routing, &visits);
        for agent in &capped.agents {
            memory.forget_turns(AgentId(*agent));
        }
        memory.ask_turns(routing, visits.iter().map(|visit| (visit.rotator, visit.at)));
        let loaded = load(begun.client(), &place, &keys, &capped, &mut memory).await?;
        let owners = owners(&loaded);
        let decisions = decide(routing, &mut memory, loaded, visits);
        self.last_click.fetch_max(memory.last_click().0, Ordering::Relaxed);
        let writes = self.writes(&place, routing, &memory, &decisions, owners)?;
        let first = decisions.clicks.first().map(|click| (click.lead.workspace, click.id));
        if let Err(given_up) = attempt.committing(decisions) {
            begun.client().batch_execute("ROLLBACK").await?;
            begun.end();
            return Err(given_up);
        }
        match commit(begun.client(), &writes).await {
            Ok(()) => begun.end(),
            Err(error) => {
                drop(begun);
                self.resolve(&place, first, error).await?;
            }
        }
        Ok((memory, attempt.committed()))
    }

    /// This server's place, if it is the one that the memory is of.
    pub(super) async fn place_of(&self, memory: &Memory) -> Result<Arc<Place>> {
        let place = self.place().await?;
        match memory.last_click().node() == place.id {
            true => Ok(place),
            false => Err(StoreError::PlaceLost),
        }
    }

    /// Finds out what became of a batch whose commit was sent but not answered: whether its first click is there. The lock
    /// is the transaction's own, so when it is had, that transaction has ended one way or the other.
    async fn resolve(&self, place: &Place, first: Option<(WorkspaceId, ClickId)>, error: StoreError) -> Result<()> {
        let Some((workspace, id)) = first.filter(|_| error.is_unavailable()) else {
            return Err(error);
        };
        let Ok(client) = self.pools.recording().await else {
            return Err(error);
        };
        barrier(&client, &[place.id as i32]).await?;
        let sql = "SELECT 1 FROM clicks WHERE workspace_id = $1 AND id = $2";
        match sql::query_opt(&client, sql, &[&workspace.0, &id.0]).await? {
            Some(_) => Ok(()),
            None => Err(error),
        }
    }

    /// What is to be written of decisions. `owners` are those of before.
    pub(super) fn writes(
        &self,
        place: &Place,
        routing: &Routing,
        memory: &Memory,
        decisions: &Decisions,
        mut owners: Owners,
    ) -> Result<Writes> {
        let mut writes: Writes = Vec::new();
        let mut new_leads: Vec<&NewLead> = decisions.new_leads.iter().collect();
        new_leads.sort_by_key(|new| new.id); // in one order at all nodes, so that none waits for one that waits for it
        owners.extend(new_leads.iter().map(|new| (new.id, (new.agent, false))));
        for new in self.groups(&new_leads, |new| new.id.workspace) {
            writes.push((ADD_LEADS, leads(new)));
        }
        let mut clicks: Vec<&Click> = decisions.clicks.iter().collect();
        if self.spread {
            clicks.sort_by_key(|click| click.lead.workspace);
        }
        for clicks in self.groups(&clicks, |click| click.lead.workspace) {
            writes.push((ADD_CLICKS, click_rows(clicks)?));
        }
        let of_rotator = |rotator: RotatorId| routing.rotator(rotator).map(|r| r.workspace.id);
        let mut rotations: Vec<_> = decisions
            .rotators
            .iter()
            .filter_map(|id| Some((of_rotator(*id)?, *id, memory.rotation(*id)?)))
            .collect();
        rotations.sort_by_key(|(workspace, id, _)| (*workspace, *id));
        for rotations in self.groups(&rotations, |(workspace, _, _)| *workspace) {
            let states = rotations.iter().map(|(_, _, rotation)| json_text("rotation", rotation));
            let values: Values<'_> = vec![
                Box::new(column(rotations, |(workspace, _, _)| workspace.0)),
                Box::new(column(rotations, |(_, id, _)| id.0)),
                Box::new(place.id),
                Box::new(states.collect::<Result<Vec<_>>>()?),
            ];
            writes.push((ADD_ROTATIONS, values));
        }
        let mut turns: Vec<_> = decisions
            .ledger
            .iter()
            .filter_map(|(key, turns)| Some((of_rotator(key.rotator)?, key, turns)))
            .collect();
        turns.sort_by_key(|(workspace, key, _)| (*workspace, **key));
        for turns in self.groups(&turns, |(workspace, _, _)| *workspace) {
            let values: Values<'_> = vec![
                Box::new(column(turns, |(workspace, _, _)| workspace.0)),
                Box::new(column(turns, |(_, key, _)| key.rotator.0)),
                Box::new(column(turns, |(_, key, _)| key.day.0)),
                Box::new(column(turns, |(_, key, _)| key.agent.0)),
                Box::new(column(turns, |(_, _, turns)| i64::from(turns.given))),
                Box::new(column(turns, |(_, _, turns)| turns.due)),
                Box::new(place.id),
            ];
            writes.push((ADD_TURNS, values));
        }
        let routes: Vec<_> = decisions.routes.values().collect();
        for routes in self.groups(&routes, |(lead, _)| lead.workspace) {
            writes.push((SET_ROUTES, route_rows(routes, &owners)?));
        }
        Ok(writes)
    }

    /// All of `rows` at once, or those of each workspace where the database is spread. They are in the workspaces' order.
    fn groups<'r, T>(&self, rows: &'r [T], workspace: impl Fn(&T) -> WorkspaceId) -> impl Iterator<Item = &'r [T]> {
        let spread = self.spread;
        rows.chunk_by(move |a, b| !spread || workspace(a) == workspace(b))
    }
}

/// Waits until the transactions that append clicks of these places just now have ended.
pub(super) async fn barrier(client: &impl GenericClient, places: &[i32]) -> Result<()> {
    // Outside of a transaction each lock is given back at once.
    locks::wait(client, locks::RECORD, places).await
}

/// Writes and commits, all in one go. A statement that fails makes the commit a rollback, and is told.
pub(super) async fn commit(client: &Object, writes: &Writes) -> Result<()> {
    let mut statements: Vec<Statement> = Vec::with_capacity(writes.len());
    for (sql, _) in writes {
        statements.push(client.prepare_cached(sql).await?);
    }
    type Write<'f> = Pin<Box<dyn Future<Output = std::result::Result<(), tokio_postgres::Error>> + Send + 'f>>;
    let mut all: Vec<Write<'_>> = Vec::with_capacity(writes.len() + 1);
    for (statement, (_, values)) in statements.iter().zip(writes) {
        all.push(Box::pin(async move {
            let values: Vec<_> = values
                .iter()
                .map(|value| value.as_ref() as &(dyn tokio_postgres::types::ToSql + Sync))
                .collect();
            client.execute(statement, &values).await.map(drop)
        }));
    }
    all.push(Box::pin(async move { client.batch_execute("COMMIT").await }));
    // Polled in their order the first time, and so sent in it.
    try_join_all(all).await?;
    Ok(())
}

fn column<T, V>(rows: &[T], value: impl Fn(&T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

fn leads(new: &[&NewLead]) -> Values<'static> {
    vec![
        Box::new(column(new, |new| new.id.workspace.0)),
        Box::new(column(new, |new| number(new.id))),
        Box::new(column(new, |new| new.click.0)),
        Box::new(column(new, |new| new.at.0)),
        Box::new(column(new, |new| new.rotator.0)),
        Box::new(column(new, |new| new.agent.map(|a| a.0))),
        Box::new(column(new, |new| if new.shared_link { FLAG_SHARED_LINK } else { 0 })),
        Box::new(column(new, |new| new.platform.map(Platform::as_str))),
        Box::new(column(new, |new| new.source.clone())),
        Box::new(column(new, |new| new.campaign.clone())),
    ]
}

fn click_rows(clicks: &[&Click]) -> Result<Values<'static>> {
    let facts = clicks.iter().map(|click| {
        let mut json = Vec::with_capacity(1_024);
        click.facts.write_json(&mut json);
        String::from_utf8(json).map_err(|e| StoreError::corrupt("clicks.facts", e))
    });
    Ok(vec![
        Box::new(column(clicks, |click| click.lead.workspace.0)),
        Box::new(column(clicks, |click| click.id.0)),
        Box::new(column(clicks, |click| click.at.0)),
        Box::new(column(clicks, |click| number(click.lead))),
        Box::new(column(clicks, |click| click.rotator.0)),
        Box::new(column(clicks, |click| click.agent.map(|a| a.0))),
        Box::new(facts.collect::<Result<Vec<_>>>()?),
    ])
}

fn route_rows(routes: &[&(LeadId, LeadRoute)], owners: &Owners) -> Result<Values<'static>> {
    let before = |lead: &LeadId| owners.get(lead).copied().unwrap_or_default();
    let stands = routes.iter().map(|(_, route)| stands_text(route));
    Ok(vec![
        Box::new(column(routes, |(lead, _)| lead.workspace.0)),
        Box::new(column(routes, |(lead, _)| number(*lead))),
        Box::new(column(routes, |(_, route)| route.agent.map(|a| a.0))),
        Box::new(stands.collect::<Result<Vec<_>>>()?),
        Box::new(column(routes, |(_, route)| route.pinned)),
        Box::new(column(routes, |(lead, _)| before(lead).0.map(|a| a.0))),
        Box::new(column(routes, |(lead, _)| before(lead).1)),
    ])
}

fn stands_text(route: &LeadRoute) -> Result<Option<String>> {
    match route.others.is_empty() {
        true => Ok(None),
        false => json_text("stands", &route.others).map(Some),
    }
}

pub(super) async fn reserve_numbers(client: &Object, keys: &Keys, memory: &mut Memory) -> Result<()> {
    for (&workspace, &needed) in &keys.numbers {
        if memory.numbers_left(workspace) >= needed {
            continue;
        }
        let block = NUMBER_BLOCK.max(needed);
        // By itself: visitors may be told a number whose own transaction is lost, and other nodes that want a block must not
        // wait for this batch.
        let sql = "INSERT INTO numbers (workspace_id, next) VALUES ($1, 1 + $2::bigint)
                   ON CONFLICT (workspace_id) DO UPDATE SET next = numbers.next + $2 RETURNING next";
        let row = sql::query_one(client, sql, &[&workspace.0, &(block as i64)]).await?;
        let end = row.get::<_, i64>(0) as u64;
        memory.set_numbers(workspace, end - block..end);
    }
    Ok(())
}

/// The agent that a lead belongs to, by hand: at every rotator, until it is moved again.
pub(super) async fn hand_over(client: &impl GenericClient, lead: LeadId, agent: AgentId) -> Result<()> {
    let sql = "UPDATE leads SET agent_id = $3, stands = NULL, flags = flags | 2
               WHERE workspace_id = $1 AND number = $2";
    sql::execute(client, sql, &[&lead.workspace.0, &number(lead), &agent.0]).await?;
    Ok(())
}

/// A place's clicks after one of its clicks, in order.
pub(super) async fn clicks_after(
    client: &impl GenericClient,
    node: i64,
    after: ClickId,
    limit: usize,
) -> Result<Vec<Click>> {
    // Along each workspace's key: another index, by id alone, would be written with every click.
    let columns = super::values::click_columns("c");
    let sql = format!(
        "SELECT {columns} FROM workspaces w CROSS JOIN LATERAL (
             SELECT * FROM clicks WHERE clicks.workspace_id = w.id AND clicks.id > $1 AND clicks.id & 1023 = $2
             ORDER BY clicks.id LIMIT $3) c
         ORDER BY c.id LIMIT $3"
    );
    let rows = sql::query(client, &sql, &[&after.0, &node, &(limit as i64)]).await?;
    rows.iter().map(|row| super::values::read_click(row, 0)).collect()
}
