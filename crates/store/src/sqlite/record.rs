//! The click path's transaction: load, decide, apply, one commit, one sync.

use super::{
    click_ids,
    rows::Insert,
    transaction,
    values::{read_click, read_stands},
};
use crate::{Attempt, Result, StoreError};
use konektor_core::{
    attribution::Platform,
    click::Click,
    decide::{Decisions, Keys, LeadRoute, LeadState, Loaded, Memory, Visit, decide},
    flood::FloodLimits,
    identity::continuity::{ClickIdPrint, ClickIdUse, Fingerprints},
    ids::{AgentId, ClickId, LeadId, RotatorId},
    rotation::{LedgerKey, Rotation, Turns},
    routing::Routing,
    time::{Day, UnixMs},
};
use rusqlite::{
    Connection, OptionalExtension, Transaction, params,
    types::{ToSqlOutput, ValueRef},
};
use std::{collections::hash_map::Entry, sync::Arc};

/// Visitor numbers are reserved in blocks: one small commit, for which a batch waits, for thousands of leads. What a
/// stop leaves unused of a block stays unused; there are 34 billion.
const NUMBER_BLOCK: u64 = 32_768;
/// `leads.flags`.
pub(super) const FLAG_SHARED_LINK: i64 = 1;
/// `leads.flags`.
pub(super) const FLAG_PINNED: i64 = 2;
/// `leads.flags`.
pub(super) const FLAG_UNVERIFIED: i64 = 4;
/// `leads.flags`.
pub(super) const FLAG_REUSED_CODE: i64 = 8;

pub(super) fn record(
    connection: &mut Connection,
    routing: &Arc<Routing>,
    mut memory: Box<Memory>,
    visits: Vec<Visit>,
    attempt: &Attempt,
) -> Result<(Box<Memory>, Decisions)> {
    let keys = memory.keys(routing, &visits);
    let mut transaction = transaction::on_ground(connection)?;
    if reserve_numbers(&transaction, &keys, &mut memory)? {
        // By itself: visitors may be told a number whose own transaction is lost, and nobody else must ever get it.
        transaction.commit()?;
        transaction = transaction::on_ground(connection)?;
    }
    let loaded = load(&transaction, &keys)?;
    let turns = visits.iter().map(|visit| (visit.rotator, visit.at));
    load_turns(&transaction, routing, &mut memory, turns)?;
    let decisions = decide(routing, &mut memory, loaded, visits);
    apply(&transaction, &memory, &decisions)?;
    attempt.committing(decisions)?;
    transaction.commit()?;
    Ok((memory, attempt.committed()))
}

/// The recorder's memory, as it is after a start.
pub(super) fn memory(connection: &mut Connection, prints: &Fingerprints, limits: FloodLimits) -> Result<Box<Memory>> {
    let last: Option<i64> = connection.query_row("SELECT max(id) FROM clicks", [], |row| row.get(0))?;
    let mut memory = Box::new(Memory::new(ClickId(last.unwrap_or(0)), limits));
    let mut rotations = connection.prepare("SELECT rotator_id, state FROM rotations")?;
    let mut rows = rotations.query([])?;
    while let Some(row) = rows.next()? {
        let state: String = row.get(1)?;
        memory.set_rotation(RotatorId(row.get(0)?), parse_rotation(&state)?);
    }
    // Click IDs that the fold has not indexed yet.
    let mut unfolded = connection.prepare(
        "SELECT id, at, lead_id, rotator_id, agent_id, facts FROM clicks
         WHERE id > (SELECT click FROM fold.watermark) ORDER BY id",
    )?;
    let mut rows = unfolded.query([])?;
    while let Some(row) = rows.next()? {
        let Click {
            id, at, lead, facts, ..
        } = read_click(row, 0)?;
        if let Some(press) = facts.press {
            let (print, known) = ClickIdUse::of_press(press, lead, at);
            memory.remember_click_id(print, known, id);
        }
        if let Some(print) = prints.click_id(lead.workspace, &facts.touch, prints.user_agent(&facts.ua), &facts.lang) {
            memory.remember_click_id(
                print,
                ClickIdUse {
                    lead,
                    with_browser: print.with_browser,
                    at,
                },
                id,
            );
        }
    }
    Ok(memory)
}

pub(super) fn rotation(connection: &Connection, rotator: RotatorId) -> Result<Rotation> {
    let state: Option<String> = connection
        .prepare_cached("SELECT state FROM rotations WHERE rotator_id = ?1")?
        .query_row([rotator.0], |row| row.get(0))
        .optional()?;
    state.map_or(Ok(Rotation::default()), |state| parse_rotation(&state))
}

fn parse_rotation(state: &str) -> Result<Rotation> {
    serde_json::from_str(state).map_err(|e| StoreError::corrupt("rotations.state", e))
}

/// Makes sure that memory has the numbers that may be needed; `true` if it had to reserve some.
pub(super) fn reserve_numbers(transaction: &Transaction<'_>, keys: &Keys, memory: &mut Memory) -> Result<bool> {
    let mut reserved = false;
    for (&workspace, &needed) in &keys.numbers {
        if memory.numbers_left(workspace) >= needed {
            continue;
        }
        let block = NUMBER_BLOCK.max(needed);
        let end: u64 = transaction
            .prepare_cached("UPDATE workspaces SET next_number = next_number + ?2 WHERE id = ?1 RETURNING next_number")?
            .query_row(params![workspace.0, block], |row| row.get(0))?;
        memory.set_numbers(workspace, end - block..end);
        reserved = true;
    }
    Ok(reserved)
}

pub(super) fn load(transaction: &Transaction<'_>, keys: &Keys) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    if !keys.click_ids.is_empty() {
        find_click_ids(transaction, keys, &mut loaded)?;
    }
    for lead in keys
        .leads
        .iter()
        .chain(loaded.click_ids.values().map(|known| &known.lead))
    {
        if loaded.leads.contains_key(lead) {
            continue;
        }
        match load_lead(transaction, *lead)? {
            Some(LeadState::Merged(root)) => {
                if let Entry::Vacant(free) = loaded.leads.entry(root) {
                    // The row that another was merged into is never merged itself.
                    free.insert(load_lead(transaction, root)?.unwrap_or(LeadState::Erased));
                }
                loaded.leads.insert(*lead, LeadState::Merged(root));
            }
            Some(state) => drop(loaded.leads.insert(*lead, state)),
            None => {}
        }
    }
    Ok(loaded)
}

fn find_click_ids(transaction: &Transaction<'_>, keys: &Keys, loaded: &mut Loaded) -> Result<()> {
    let mut index = click_ids::Index::open(transaction)?;
    for (_, print) in &keys.click_ids {
        let [first, own] = find_uses(&mut index, *print)?;
        let of_keys = [(print.click_id, first), (print.with_browser, own)];
        let found = of_keys.into_iter().filter_map(|(key, used)| Some((key, used?)));
        loaded.click_ids.extend(found);
    }
    Ok(())
}

/// The first use of a click ID, and, if that was another browser's, this one's own.
fn find_uses(index: &mut click_ids::Index<'_>, print: ClickIdPrint) -> Result<[Option<ClickIdUse>; 2]> {
    let first = index.find(print.click_id)?;
    // Only a shared link asks for this browser's own use too.
    let own = match first {
        Some(first) if first.with_browser != print.with_browser => index.find(print.with_browser)?,
        _ => None,
    };
    Ok([first, own])
}

/// See [`crate::Store::warm_click_ids`].
pub(super) fn warm_click_ids(connection: &Connection, prints: &[ClickIdPrint]) -> Result<()> {
    let mut index = click_ids::Index::open(connection)?;
    for print in prints {
        for used in find_uses(&mut index, *print)?.into_iter().flatten() {
            load_lead(connection, used.lead)?;
        }
    }
    Ok(())
}

/// Tells the memory how many new leads agents with a cap have had on days that it does not know of.
pub(super) fn load_turns(
    transaction: &Transaction<'_>,
    routing: &Routing,
    memory: &mut Memory,
    visits: impl Iterator<Item = (RotatorId, UnixMs)>,
) -> Result<()> {
    for (agent, day) in memory.ask_turns(routing, visits) {
        memory.set_turns(agent, day, turns_on_day(transaction, agent, day)?);
    }
    Ok(())
}

/// An agent's turns of a day so far, by the ledger.
pub(super) fn turns_on_day(connection: &Connection, agent: AgentId, day: Day) -> Result<u32> {
    // By the rotators, since the ledger's key begins with them.
    let mut turns = connection.prepare_cached(
        "SELECT coalesce(sum(t.given), 0) FROM main.rotators r CROSS JOIN main.turns t
         ON t.rotator_id = r.id AND t.day = ?2 AND t.agent_id = ?1",
    )?;
    Ok(turns.query_row(params![agent.0, day.0], |row| row.get(0))?)
}

fn load_lead(connection: &Connection, lead: LeadId) -> Result<Option<LeadState>> {
    let mut known = connection.prepare_cached(
        "SELECT rotator_id, agent_id, flags, stands, name, removed_at, merged_into, first_click FROM leads WHERE id = ?1",
    )?;
    let mut rows = known.query([lead.packed()])?;
    let Some(row) = rows.next()? else {
        let mut erased = connection.prepare_cached("SELECT 1 FROM erased WHERE lead_id = ?1")?;
        return Ok(erased.exists([lead.packed()])?.then_some(LeadState::Erased));
    };
    if let Some(root) = row.get::<_, Option<i64>>(6)? {
        return Ok(Some(LeadState::Merged(LeadId::from_packed(root))));
    }
    if row.get_ref(5)? != ValueRef::Null {
        // Somebody took it out of the list: whoever comes back must be seen, so they come as somebody new.
        return Ok(Some(LeadState::Erased));
    }
    let flags: i64 = row.get(2)?;
    Ok(Some(LeadState::Known(LeadRoute {
        rotator: RotatorId(row.get(0)?),
        agent: row.get::<_, Option<i64>>(1)?.map(AgentId),
        pinned: flags & FLAG_PINNED != 0,
        others: read_stands(row.get_ref(3)?)?,
        name: row.get(4)?,
        // A lead that no click made has none.
        first_click: Some(ClickId(row.get(7)?)).filter(|first| *first != ClickId(0)),
    })))
}

static LEADS: Insert = Insert::new(
    "INSERT INTO leads (id, first_click, created_at, rotator_id, agent_id, flags, platform, source, campaign)",
    9,
);
static CLICKS: Insert = Insert::new("INSERT INTO clicks (id, at, lead_id, rotator_id, agent_id, facts)", 6);

pub(super) fn apply(transaction: &Transaction<'_>, memory: &Memory, decisions: &Decisions) -> Result<()> {
    LEADS.rows(transaction, &decisions.new_leads, |row, new| {
        row.push(new.id.packed())?;
        row.push(new.click.0)?;
        row.push(new.at.0)?;
        row.push(new.rotator.0)?;
        row.push(new.agent.map(|a| a.0))?;
        row.push(if new.shared_link { FLAG_SHARED_LINK } else { 0 })?;
        row.push(new.platform.map(Platform::as_str))?;
        row.push(new.source.as_deref())?;
        row.push(new.campaign.as_deref())
    })?;
    let mut json = Vec::with_capacity(1_024);
    CLICKS.rows(transaction, &decisions.clicks, |row, click| {
        json.clear();
        click.facts.write_json(&mut json);
        row.push(click.id.0)?;
        row.push(click.at.0)?;
        row.push(click.lead.packed())?;
        row.push(click.rotator.0)?;
        row.push(click.agent.map(|a| a.0))?;
        // Texts went into it and stay texts: looking at each byte once more would tell nothing.
        row.push(ToSqlOutput::Borrowed(ValueRef::Text(&json)))
    })?;
    for (lead, route) in decisions.routes.values() {
        store_route(transaction, *lead, route)?;
    }
    for rotator in &decisions.rotators {
        let Some(rotation) = memory.rotation(*rotator) else {
            continue;
        };
        let state = serde_json::to_string(rotation).map_err(|e| StoreError::corrupt("rotation", e))?;
        transaction
            .prepare_cached("INSERT INTO rotations VALUES (?1, ?2) ON CONFLICT DO UPDATE SET state = excluded.state")?
            .execute(params![rotator.0, state])?;
    }
    let mut add_turns = transaction.prepare_cached(
        "INSERT INTO turns (rotator_id, day, agent_id, given, due) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET given = given + excluded.given, due = due + excluded.due",
    )?;
    for (LedgerKey { rotator, agent, day }, Turns { given, due }) in &decisions.ledger {
        add_turns.execute(params![rotator.0, day.0, agent.0, given, due])?;
    }
    Ok(())
}

/// Stores a lead's owners and substitutes.
fn store_route(transaction: &Transaction<'_>, lead: LeadId, route: &LeadRoute) -> Result<()> {
    let stands = match route.others.is_empty() {
        true => None,
        false => Some(serde_json::to_string(&route.others).map_err(|e| StoreError::corrupt("stands", e))?),
    };
    transaction
        .prepare_cached(
            "UPDATE leads SET agent_id = ?2, stands = ?3,
                    flags = CASE WHEN ?4 THEN flags | 2 ELSE flags & ~2 END WHERE id = ?1",
        )?
        .execute(params![lead.packed(), route.agent.map(|a| a.0), stands, route.pinned])?;
    Ok(())
}

/// The agent that a lead belongs to, by hand: at every rotator, until it is moved again.
pub(super) fn hand_over(transaction: &Transaction<'_>, lead: LeadId, agent: AgentId) -> Result<()> {
    let home: Option<i64> = transaction
        .prepare_cached("SELECT rotator_id FROM leads WHERE id = ?1")?
        .query_row([lead.packed()], |row| row.get(0))
        .optional()?;
    let Some(home) = home else { return Ok(()) };
    let route = LeadRoute {
        rotator: RotatorId(home),
        agent: Some(agent),
        pinned: true,
        ..LeadRoute::default()
    };
    store_route(transaction, lead, &route)
}
