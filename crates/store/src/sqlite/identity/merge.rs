//! Making one person of two leads, and two of one again.

use super::{Found, find, notes::Notes, person};
use crate::{
    Result,
    model::{Merge, Unmerge},
    sqlite::{
        transaction,
        values::{json_text, read_json},
    },
    stored::changes::{MERGED, MERGED_INTO, UNMERGED, UNMERGED_FROM},
};
use konektor_core::{
    ids::LeadId,
    lead::{
        Own,
        submission::{MOST_LEADS, take_back},
    },
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, params, types::ValueRef};

/// Why two leads are one, where somebody said so.
pub(in crate::sqlite) const BY_HAND: &str = "hand";

/// By hand: whatever is known of them.
pub(in crate::sqlite) fn merge(
    connection: &mut Connection,
    from: LeadId,
    into: LeadId,
    by: &str,
    now: UnixMs,
) -> Result<Merge> {
    let transaction = transaction::on_ground(connection)?;
    let (from, into) = (find(&transaction, from)?, find(&transaction, into)?);
    let (Found::Stands(from), Found::Stands(into)) = (from, into) else {
        return Ok(Merge::NotFound);
    };
    if from == into {
        return Ok(Merge::AlreadyOne(into));
    }
    if from.workspace != into.workspace {
        return Ok(Merge::NotFound);
    }
    let notes = Notes {
        transaction: &transaction,
        by,
        now,
    };
    join(notes, from, into, BY_HAND)?;
    transaction.commit()?;
    Ok(Merge::Done(into))
}

/// Merges `from` into `into`, both of which stand for themselves; the id of the edge.
pub(in crate::sqlite) fn join(notes: Notes<'_>, from: LeadId, into: LeadId, why: &str) -> Result<i64> {
    let transaction = notes.transaction;
    let mut survivor = person::load(transaction, into)?;
    survivor.absorb(&person::load(transaction, from)?);
    // A lead that no click made has nobody: whoever has the other has the person.
    let lent: Option<i64> = transaction
        .prepare_cached(
            "UPDATE leads SET agent_id = (SELECT agent_id FROM leads WHERE id = ?1)
             WHERE id = ?2 AND agent_id IS NULL RETURNING agent_id",
        )?
        .query_row([from.packed(), into.packed()], |row| row.get(0))
        .optional()?
        .flatten();
    transaction
        .prepare_cached(
            "INSERT INTO merges (merged, survivor, at, by, why, lent_agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![from.packed(), into.packed(), notes.now.0, notes.by, why, lent])?;
    let edge = transaction.last_insert_rowid();
    transaction
        .prepare_cached("UPDATE leads SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1")?
        .execute([from.packed(), into.packed()])?;
    person::store(transaction, &survivor)?;
    notes.note(into, MERGED, None, Some(from.packed().to_string()))?;
    notes.note(from, MERGED_INTO, None, Some(into.packed().to_string()))?;
    Ok(edge)
}

/// Leads that are one with this one, it included; counted only until they are too many to become more.
pub(in crate::sqlite) fn count(connection: &Connection, root: LeadId) -> Result<usize> {
    let mut merged =
        connection.prepare_cached("SELECT count(*) FROM (SELECT 1 FROM main.leads WHERE merged_into = ?1 LIMIT ?2)")?;
    let merged: usize = merged.query_row(params![root.packed(), MOST_LEADS as i64], |row| row.get(0))?;
    Ok(1 + merged)
}

/// The younger of two, and the older, into which it is merged.
pub(in crate::sqlite) fn by_age(connection: &Connection, one: LeadId, other: LeadId) -> Result<(LeadId, LeadId)> {
    let mut born = connection.prepare_cached("SELECT created_at FROM main.leads WHERE id = ?1")?;
    let mut age = |lead: LeadId| -> Result<(i64, i64)> {
        Ok((born.query_row([lead.packed()], |row| row.get(0))?, lead.packed()))
    };
    Ok(match age(one)? <= age(other)? {
        true => (other, one),
        false => (one, other),
    })
}

/// Keeps with an edge what the submission that made it changed of the survivor.
pub(in crate::sqlite) fn keep_effect(notes: Notes<'_>, edge: i64, before: &Own, after: &Own) -> Result<()> {
    let (before, after) = (json_text("merges.before", before)?, json_text("merges.after", after)?);
    notes
        .transaction
        .prepare_cached("UPDATE merges SET before = ?2, after = ?3 WHERE id = ?1")?
        .execute(params![edge, before, after])?;
    Ok(())
}

/// Whether somebody has taken these two, or any of those merged into them, apart.
pub(in crate::sqlite) fn are_apart(connection: &Connection, one: LeadId, other: LeadId) -> Result<bool> {
    let mut undone = connection.prepare_cached(
        "WITH one(id) AS (SELECT ?1 UNION ALL SELECT id FROM main.leads WHERE merged_into = ?1),
              other(id) AS (SELECT ?2 UNION ALL SELECT id FROM main.leads WHERE merged_into = ?2)
         SELECT 1 FROM one, other JOIN main.merges m
           ON (m.merged = one.id AND m.survivor = other.id) OR (m.merged = other.id AND m.survivor = one.id)
         WHERE m.undone_at IS NOT NULL LIMIT 1",
    )?;
    Ok(undone.exists([one.packed(), other.packed()])?)
}

/// The edge by which a lead was merged.
struct Edge {
    id: i64,
    survivor: LeadId,
    lent_agent: Option<i64>,
    effect: Option<(Own, Own)>,
}

/// Takes a lead out of the one that it was merged into.
pub(in crate::sqlite) fn unmerge(connection: &mut Connection, id: LeadId, by: &str, now: UnixMs) -> Result<Unmerge> {
    let transaction = transaction::on_ground(connection)?;
    let Found::Stands(root) = find(&transaction, id)? else {
        return Ok(Unmerge::NotFound);
    };
    let merged = match root == id {
        false => id,
        // Of the one that stands for others it is plain what is meant if there is but one.
        true => match direct(&transaction, root)?.as_slice() {
            [] => return Ok(Unmerge::NotMerged),
            [only] => *only,
            several => return Ok(Unmerge::WhichOne(several.to_vec())),
        },
    };
    let notes = Notes {
        transaction: &transaction,
        by,
        now,
    };
    let survivor = part(notes, merged, root)?;
    transaction.commit()?;
    Ok(Unmerge::Done { lead: merged, survivor })
}

/// The leads that were merged into this one itself, latest first.
fn direct(connection: &Connection, survivor: LeadId) -> Result<Vec<LeadId>> {
    let mut edges = connection
        .prepare_cached("SELECT merged FROM main.merges WHERE survivor = ?1 AND undone_at IS NULL ORDER BY id DESC")?;
    let merged = edges.query_map([survivor.packed()], |row| Ok(LeadId::from_packed(row.get(0)?)))?;
    Ok(merged.collect::<rusqlite::Result<_>>()?)
}

/// Takes a lead, with those that had been merged into it before, out of `root`; what it had been merged into.
fn part(notes: Notes<'_>, merged: LeadId, root: LeadId) -> Result<LeadId> {
    let transaction = notes.transaction;
    let edge = find_edge(transaction, merged)?;
    transaction
        .prepare_cached("UPDATE merges SET undone_at = ?2, undone_by = ?3 WHERE id = ?1")?
        .execute(params![edge.id, notes.now.0, notes.by])?;
    transaction
        .prepare_cached(
            "WITH RECURSIVE below(id) AS (
                SELECT ?1 UNION SELECT m.merged FROM merges m JOIN below ON m.survivor = below.id
                WHERE m.undone_at IS NULL)
             UPDATE leads SET merged_into = nullif(?1, id) WHERE id IN (SELECT id FROM below)",
        )?
        .execute([merged.packed()])?;
    transaction
        .prepare_cached("DELETE FROM identifiers WHERE merge_id = ?1")?
        .execute([edge.id])?;
    if let Some(lent) = edge.lent_agent {
        transaction
            .prepare_cached("UPDATE leads SET agent_id = NULL WHERE id = ?1 AND agent_id = ?2 AND flags & 2 = 0")?
            .execute([edge.survivor.packed(), lent])?;
    }
    if let Some((before, after)) = &edge.effect
        && let Some(mut own) = person::load_own(transaction, edge.survivor)?
    {
        take_back(&mut own, before, after);
        person::store_own(transaction, edge.survivor, &own)?;
    }
    for lead in [root, merged] {
        person::store(transaction, &person::load(transaction, lead)?)?;
    }
    notes.note(edge.survivor, UNMERGED, Some(merged.packed().to_string()), None)?;
    notes.note(merged, UNMERGED_FROM, Some(edge.survivor.packed().to_string()), None)?;
    Ok(edge.survivor)
}

fn find_edge(connection: &Connection, merged: LeadId) -> Result<Edge> {
    let mut edge = connection.prepare_cached(
        "SELECT id, survivor, lent_agent, before, after FROM main.merges WHERE merged = ?1 AND undone_at IS NULL",
    )?;
    let mut rows = edge.query([merged.packed()])?;
    let row = rows.next()?;
    let row = row.ok_or_else(|| crate::StoreError::corrupt("merges", "a lead is merged without an edge"))?;
    let effect = match row.get_ref(3)? {
        ValueRef::Null => None,
        before => Some((
            read_json("merges.before", before)?,
            read_json("merges.after", row.get_ref(4)?)?,
        )),
    };
    Ok(Edge {
        id: row.get(0)?,
        survivor: LeadId::from_packed(row.get(1)?),
        lent_agent: row.get(2)?,
        effect,
    })
}
