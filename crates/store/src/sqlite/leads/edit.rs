//! Edits by hand.

use super::find_lead;
use crate::{
    Result,
    model::{IdentifierKind, Lead, LeadPatch},
    sqlite::{
        arrivals,
        identity::{
            find, group,
            identifiers::{self, Given},
            merge,
            notes::Notes,
            person,
        },
        record::{FLAG_UNVERIFIED, hand_over},
        transaction,
    },
};
use konektor_core::{
    ids::LeadId,
    lead::{ARRIVED, submission::may_merge},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, params};

pub(in crate::sqlite) fn update_lead(
    connection: &mut Connection,
    id: LeadId,
    patch: LeadPatch,
    by: &str,
    now: UnixMs,
) -> Result<Option<Lead>> {
    let transaction = transaction::on_ground(connection)?;
    let notes = Notes {
        transaction: &transaction,
        by,
        now,
    };
    let Some(lead) = patch_lead(notes, id, patch)? else {
        return Ok(None);
    };
    let lead = find_lead(&transaction, lead)?;
    transaction.commit()?;
    Ok(lead)
}

/// Several leads in one transaction; those that are not there are left out.
pub(in crate::sqlite) fn update_leads(
    connection: &mut Connection,
    ids: &[LeadId],
    patch: &LeadPatch,
    by: &str,
    now: UnixMs,
) -> Result<()> {
    let transaction = transaction::on_ground(connection)?;
    let notes = Notes {
        transaction: &transaction,
        by,
        now,
    };
    for id in ids {
        patch_lead(notes, *id, patch.clone())?;
    }
    Ok(transaction.commit()?)
}

/// Its row stays for the clicks and deliveries that name it; those that were merged into it go with it.
pub(in crate::sqlite) fn remove(connection: &mut Connection, id: LeadId, by: &str, now: UnixMs) -> Result<bool> {
    let transaction = transaction::on_ground(connection)?;
    let Some(root) = find(&transaction, id)?.standing() else {
        return Ok(false);
    };
    transaction
        .prepare_cached("UPDATE leads SET removed_at = ?2 WHERE id = ?1")?
        .execute(params![root.packed(), now.0])?;
    identifiers::take_all(&transaction, root)?;
    let notes = Notes {
        transaction: &transaction,
        by,
        now,
    };
    notes.note(root, "removed_at", None, Some(now.0.to_string()))?;
    transaction.commit()?;
    Ok(true)
}

/// Changes a lead as part of a transaction; the lead that stands for it afterwards.
pub(in crate::sqlite) fn patch_lead(notes: Notes<'_>, id: LeadId, patch: LeadPatch) -> Result<Option<LeadId>> {
    let transaction = notes.transaction;
    let Some(mut root) = find(transaction, id)?.standing() else {
        return Ok(None);
    };
    let mut edges = Vec::new();
    for (kind, value) in [
        (IdentifierKind::Phone, patch.phone.as_ref()),
        (IdentifierKind::Email, patch.email.as_ref()),
    ] {
        if let Some(value) = value {
            edges.extend(identify(notes, &mut root, kind, value.as_deref())?);
        }
    }
    let mut person = person::load(transaction, root)?;
    let (own, shown) = (person.own.clone(), person.shown());
    let known = patch.identify(&mut person, &shown);
    for edge in edges {
        merge::keep_effect(notes, edge, &own, &known)?;
    }
    patch.change_rest(&mut person, &shown, notes.now);
    if person.own != own {
        person::store(transaction, &person)?;
        notes.changes(root, &shown, &person.shown())?;
    }
    if patch.name.is_some() {
        // Somebody who may has said who it is.
        transaction
            .prepare_cached("UPDATE leads SET flags = flags & ~?2 WHERE id = ?1 AND flags & ?2 <> 0")?
            .execute([root.packed(), FLAG_UNVERIFIED])?;
    }
    if let Some(arrived) = patch.arrived {
        note_arrival(notes, root, arrived)?;
    }
    if let Some(agent) = patch.agent {
        let before: Option<i64> = transaction
            .prepare_cached("SELECT agent_id FROM leads WHERE id = ?1")?
            .query_row([root.packed()], |row| row.get(0))
            .optional()?
            .flatten();
        notes.note(root, "agent_id", before.map(|a| a.to_string()), Some(agent.to_string()))?;
        hand_over(transaction, root, agent)?;
    }
    Ok(Some(root))
}

/// Notes that the chat has started, or takes it back, from whichever of the leads that are one it was told of.
fn note_arrival(notes: Notes<'_>, root: LeadId, arrived: bool) -> Result<()> {
    let mut has_arrived = false;
    for lead in group(notes.transaction, root)? {
        let Some(arrival) = arrivals::of_lead(notes.transaction, lead)? else {
            continue;
        };
        has_arrived = true;
        if !arrived {
            notes.note(lead, ARRIVED, Some(arrival.at.0.to_string()), None)?;
        }
    }
    match arrived && !has_arrived {
        true => notes.note(root, ARRIVED, None, Some(notes.now.0.to_string())),
        false => Ok(()),
    }
}

/// Lets a lead be known by a number or address that somebody gives it by hand. If another has it, the two are one: the edge.
/// What it replaces goes if it was given by hand, for then it was a mistake; what the person said themselves stays.
fn identify(notes: Notes<'_>, root: &mut LeadId, kind: IdentifierKind, value: Option<&str>) -> Result<Option<i64>> {
    let transaction = notes.transaction;
    let column = kind.as_str();
    let shown: Option<String> = transaction
        .prepare_cached(&format!("SELECT {column} FROM leads WHERE id = ?1"))?
        .query_row([root.packed()], |row| row.get(0))?;
    if shown.as_deref() == value {
        return Ok(None);
    }
    let holder = match value {
        Some(value) => identifiers::holder(transaction, root.workspace, kind, value)?,
        None => None,
    };
    if let Some(other) = holder.filter(|holder| holder != root) {
        let may_merge = may_merge(merge::count(transaction, *root)?, merge::count(transaction, other)?);
        if !may_merge || merge::are_apart(transaction, *root, other)? {
            return Ok(None);
        }
        let (from, into) = merge::by_age(transaction, *root, other)?;
        *root = into;
        return merge::join(notes, from, into, column).map(Some);
    }
    if let Some(shown) = &shown
        && (value.is_none() || identifiers::is_by_hand(transaction, root.workspace, kind, shown)?)
    {
        identifiers::take(transaction, *root, kind, shown)?;
    }
    if let Some(value) = value {
        let given = Given {
            kind,
            value,
            lead: *root,
            at: notes.now,
            by: notes.by,
            merge: None,
        };
        identifiers::give(transaction, &given)?;
    }
    Ok(None)
}
