//! Taking in what is said of a person: one transaction, synced.

use super::{
    find,
    identifiers::{self, Given},
    merge,
    notes::Notes,
    person,
};
use crate::{
    Result,
    model::{IdentifierKind, Submission, Submitted},
    sqlite::{
        record::{FLAG_REUSED_CODE, FLAG_UNVERIFIED},
        transaction,
        values::json_text,
    },
    stored::{changes::CREATED, persons::Named},
};
use konektor_core::{
    ids::{LeadId, VisitorNumber, WorkspaceId},
    lead::submission::{Proof, Said, Standing, apply, plan},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

pub(in crate::sqlite) fn submit(
    connection: &mut Connection,
    workspace: WorkspaceId,
    submission: &Submission,
    now: UnixMs,
) -> Result<Submitted> {
    let transaction = transaction::on_ground(connection)?;
    let submitted = take_in(&transaction, workspace, submission, now)?;
    transaction.commit()?;
    Ok(submitted)
}

/// Takes in a submission as part of a transaction.
pub(in crate::sqlite) fn take_in(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    submission: &Submission,
    now: UnixMs,
) -> Result<Submitted> {
    if let Some(lead) = repeated(transaction, workspace, submission)? {
        return Ok(Submitted::Repeated { lead });
    }
    let named = named(transaction, workspace, submission)?;
    let holders = holders(transaction, workspace, submission)?;
    let mut found = Vec::new();
    for (_, holder) in &holders {
        found.push(standing(transaction, *holder)?);
    }
    let addressed = named.root.map(|root| standing(transaction, root)).transpose()?;
    let plan = plan(named.proof, addressed, &found, |one, other| {
        merge::are_apart(transaction, one, other)
    })?;
    let notes = Notes {
        transaction,
        by: &submission.by,
        now,
    };
    let (lead, made) = match plan.lead {
        Some(lead) => (lead, false),
        None if !submission.make => return Ok(Submitted::NotFound),
        None => (make(notes, workspace, named.lead, submission.reused_code)?, true),
    };
    let mut edge = None;
    for other in &plan.merge {
        let both_have = |(_, holder): &&(IdentifierKind, LeadId)| holder == other || *holder == lead;
        let why = holders
            .iter()
            .find(both_have)
            .map_or(IdentifierKind::Phone, |(kind, _)| *kind);
        edge = Some(merge::join(notes, *other, lead, why.as_str())?);
    }
    change(notes, lead, submission, named.proof, edge)?;
    // What is said goes to the row of the browser that said it, and stays with it if that is taken out again.
    let row = named.lead.filter(|_| named.root.is_some() || made).unwrap_or(lead);
    if named.proof != Proof::Code {
        for (kind, value) in submission.identifiers() {
            let given = Given {
                kind,
                value,
                lead: row,
                at: now,
                by: &submission.by,
                merge: edge,
            };
            identifiers::give(transaction, &given)?;
        }
    }
    keep(notes, workspace, row, submission, named.proof, edge)?;
    Ok(Submitted::Done {
        lead,
        made,
        merged: plan.merge,
    })
}

/// Whom the submission was taken in for, if it was.
fn repeated(transaction: &Transaction<'_>, workspace: WorkspaceId, submission: &Submission) -> Result<Option<LeadId>> {
    let Some(once) = submission.once else { return Ok(None) };
    let lead: Option<i64> = transaction
        .prepare_cached("SELECT lead_id FROM submissions WHERE workspace_id = ?1 AND once = ?2")?
        .query_row(params![workspace.0, once], |row| row.get(0))
        .optional()?;
    let Some(lead) = lead.map(LeadId::from_packed) else {
        return Ok(None);
    };
    Ok(Some(find(transaction, lead)?.standing().unwrap_or(lead)))
}

/// A lead of another workspace, or one that was removed or erased, is nobody.
fn named(transaction: &Transaction<'_>, workspace: WorkspaceId, submission: &Submission) -> Result<Named> {
    Ok(match Named::asked(submission, workspace) {
        Some(asked) => Named::of(asked, find(transaction, asked.1)?),
        None => Named::NOBODY,
    })
}

/// Who has its identifiers, in the order in which these count.
fn holders(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    submission: &Submission,
) -> Result<Vec<(IdentifierKind, LeadId)>> {
    let mut holders = Vec::new();
    for (kind, value) in submission.identifiers() {
        if let Some(holder) = identifiers::holder(transaction, workspace, kind, value)? {
            holders.push((kind, holder));
        }
    }
    Ok(holders)
}

fn standing(connection: &Connection, root: LeadId) -> Result<Standing> {
    let born_at = connection
        .prepare_cached("SELECT created_at FROM main.leads WHERE id = ?1")?
        .query_row([root.packed()], |row| row.get(0))?;
    Ok(Standing {
        lead: root,
        born_at: UnixMs(born_at),
        leads: merge::count(connection, root)?,
    })
}

/// Makes a lead that no click made.
fn make(notes: Notes<'_>, workspace: WorkspaceId, known: Option<LeadId>, reused_code: bool) -> Result<LeadId> {
    let lead = match known {
        Some(lead) => lead,
        None => LeadId {
            workspace,
            number: next_number(notes.transaction, workspace)?,
        },
    };
    insert(notes, lead, notes.now, if reused_code { FLAG_REUSED_CODE } else { 0 })?;
    Ok(lead)
}

/// The next number of a workspace. The recorder's block ends before it, so the recorder has to take a new one, or who comes
/// later would stand before this lead in the list: `SqliteStore::made_beside`.
pub(in crate::sqlite) fn next_number(transaction: &Transaction<'_>, workspace: WorkspaceId) -> Result<VisitorNumber> {
    let end: u64 = transaction
        .prepare_cached("UPDATE workspaces SET next_number = next_number + 1 WHERE id = ?1 RETURNING next_number")?
        .query_row([workspace.0], |row| row.get(0))?;
    Ok(VisitorNumber(end - 1))
}

/// Adds the row of a lead that no click made.
pub(in crate::sqlite) fn insert(notes: Notes<'_>, lead: LeadId, born_at: UnixMs, flags: i64) -> Result<()> {
    notes
        .transaction
        .prepare_cached("INSERT INTO leads (id, first_click, created_at, rotator_id, flags) VALUES (?1, 0, ?2, 0, ?3)")?
        .execute(params![lead.packed(), born_at.0, flags])?;
    notes.note(lead, CREATED, None, Some(born_at.0.to_string()))
}

/// Lets the person have what is said.
fn change(notes: Notes<'_>, lead: LeadId, submission: &Submission, proof: Proof, edge: Option<i64>) -> Result<()> {
    let mut phone = submission.phone.as_deref();
    let mut email = submission.email.as_deref();
    if proof == Proof::Code {
        // A number that somebody else has is not believed of this one for the sake of a code.
        let is_free = |kind, value: &str| -> Result<bool> {
            let holder = identifiers::holder(notes.transaction, lead.workspace, kind, value)?;
            Ok(holder.is_none_or(|holder| holder == lead))
        };
        if let Some(value) = phone
            && !is_free(IdentifierKind::Phone, value)?
        {
            phone = None;
        }
        if let Some(value) = email
            && !is_free(IdentifierKind::Email, value)?
        {
            email = None;
        }
        notes
            .transaction
            .prepare_cached("UPDATE leads SET flags = flags | ?2 WHERE id = ?1")?
            .execute([lead.packed(), FLAG_UNVERIFIED])?;
    }
    let said = Said {
        name: submission.name.as_deref(),
        source: submission.source,
        phone,
        email,
        contacted: submission.contacted,
    };
    let mut person = person::load(notes.transaction, lead)?;
    let (own, shown) = (person.own.clone(), person.shown());
    apply(&mut person, said, proof, notes.now);
    if let Some(edge) = edge {
        merge::keep_effect(notes, edge, &own, &person.own)?;
    }
    if person.own != own {
        person::store(notes.transaction, &person)?;
        notes.changes(lead, &shown, &person.shown())?;
    }
    Ok(())
}

/// Keeps the submission as it was said.
fn keep(
    notes: Notes<'_>,
    workspace: WorkspaceId,
    lead: LeadId,
    submission: &Submission,
    proof: Proof,
    edge: Option<i64>,
) -> Result<()> {
    let said = submission.in_full(proof == Proof::Code);
    notes
        .transaction
        .prepare_cached(
            "INSERT INTO submissions (workspace_id, lead_id, at, by, said, once, merge_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            workspace.0,
            lead.packed(),
            notes.now.0,
            notes.by,
            json_text("submissions.said", &said)?,
            submission.once,
            edge
        ])?;
    Ok(())
}
