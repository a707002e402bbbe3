//! Importing leads, and showing beforehand what it would do.
//!
//! A dry run is the import itself, done in a database in memory that holds copies of the rows it may touch: so what is shown
//! is what then happens, and no visitor waits for it.

use super::edit::patch_lead;
use crate::{
    Result,
    model::{IdentifierKind, ImportAction, ImportRow, Imported, changed_fields},
    sqlite::{
        identity::{find, identifiers, notes::Notes, person, submit},
        open::Files,
        transaction,
    },
};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    lead::Facts,
    time::UnixMs,
};
use rusqlite::{Connection, params};

/// Rows of one transaction: visitors wait for it.
pub(in crate::sqlite) const STEP: usize = 50;

/// Imports rows in one transaction. Whether leads were made is said by the rows.
pub(in crate::sqlite) fn import(
    connection: &mut Connection,
    workspace: WorkspaceId,
    rows: &[ImportRow],
    by: &str,
    now: UnixMs,
) -> Result<Vec<Imported>> {
    let transaction = transaction::on_ground(connection)?;
    let notes = Notes {
        transaction: &transaction,
        by,
        now,
    };
    let imported = rows.iter().map(|row| import_row(notes, workspace, row));
    let imported = imported.collect::<Result<_>>()?;
    transaction.commit()?;
    Ok(imported)
}

/// What an import of these rows would do.
pub(in crate::sqlite) fn rehearse(
    files: &Files,
    workspace: WorkspaceId,
    rows: &[ImportRow],
    by: &str,
    now: UnixMs,
) -> Result<Vec<Imported>> {
    let mut copy = files.open_copy()?;
    for table in ["installation", "workspaces", "agents"] {
        copy.execute(&format!("INSERT INTO main.{table} SELECT * FROM original.{table}"), [])?;
    }
    for row in rows {
        copy_touched(&copy, workspace, row)?;
    }
    copy.execute_batch("DETACH original")?;
    let next: u64 = copy.query_row(
        "SELECT next_number FROM workspaces WHERE id = ?1",
        [workspace.0],
        |row| row.get(0),
    )?;
    let mut imported = import(&mut copy, workspace, rows, by, now)?;
    for row in &mut imported {
        row.is_new = row.lead.is_some_and(|lead| lead.number.0 >= next);
    }
    Ok(imported)
}

/// The leads that are one with a lead.
const ONE: &str = "SELECT g.id FROM original.leads l
    JOIN original.leads g ON g.id = coalesce(l.merged_into, l.id) OR g.merged_into = coalesce(l.merged_into, l.id)
    WHERE l.id = ?1";

/// Copies what a row may touch: who is named by its code, who has its number or address, and all who are one with them.
fn copy_touched(copy: &Connection, workspace: WorkspaceId, row: &ImportRow) -> Result<()> {
    let mut leads: Vec<i64> = row.code.iter().map(|lead| lead.packed()).collect();
    for (kind, value) in keys(row) {
        let mut given = copy.prepare_cached(
            "INSERT OR IGNORE INTO main.identifiers SELECT * FROM original.identifiers
             WHERE workspace_id = ?1 AND kind = ?2 AND value = ?3 RETURNING lead_id",
        )?;
        let given = given.query_map(params![workspace.0, kind.as_str(), value], |row| row.get(0))?;
        leads.extend(given.collect::<rusqlite::Result<Vec<i64>>>()?);
    }
    for lead in leads {
        // All who are one with them, their identifiers, and what somebody has taken apart.
        copy.prepare_cached(&format!(
            "INSERT OR IGNORE INTO main.leads SELECT * FROM original.leads WHERE id IN ({ONE})"
        ))?
        .execute([lead])?;
        copy.prepare_cached(&format!(
            "INSERT OR IGNORE INTO main.identifiers SELECT * FROM original.identifiers WHERE lead_id IN ({ONE})"
        ))?
        .execute([lead])?;
        copy.prepare_cached(&format!(
            "INSERT OR IGNORE INTO main.merges SELECT * FROM original.merges WHERE merged IN ({ONE}) OR survivor IN ({ONE})"
        ))?
        .execute([lead])?;
    }
    Ok(())
}

fn keys(row: &ImportRow) -> impl Iterator<Item = (IdentifierKind, &str)> {
    let values = [
        (IdentifierKind::Phone, &row.patch.phone),
        (IdentifierKind::Email, &row.patch.email),
    ];
    values
        .into_iter()
        .filter_map(|(kind, value)| Some((kind, value.as_ref()?.as_deref()?)))
}

fn import_row(notes: Notes<'_>, workspace: WorkspaceId, row: &ImportRow) -> Result<Imported> {
    let named = match row.code {
        Some(code) => match find(notes.transaction, code)?.standing() {
            Some(root) => Some(root),
            None => return Ok(Imported::of(ImportAction::NoSuchLead)),
        },
        None => None,
    };
    let mut known = Vec::from_iter(named);
    for (kind, value) in keys(row) {
        known.extend(identifiers::holder(notes.transaction, workspace, kind, value)?);
    }
    let (lead, made) = match known.first() {
        Some(lead) => (*lead, false),
        None => {
            let number = submit::next_number(notes.transaction, workspace)?;
            let lead = LeadId { workspace, number };
            submit::insert(notes, lead, row.created_at.unwrap_or(notes.now), 0)?;
            (lead, true)
        }
    };
    let before = seen(notes, lead)?;
    let mut patch = row.patch.clone();
    // A name that is shown already stays as it is, whoever gave it; so does an owner.
    if let (Some(Some((name, _))), Some(shown)) = (&patch.name, &before.0.name)
        && *name == shown.text
    {
        patch.name = None;
    }
    if patch.value.is_some() && patch.currency.is_none() {
        let shown = before.0.worth.as_ref().and_then(|worth| worth.currency.clone());
        patch.currency = Some(shown.or_else(|| row.default_currency.clone()));
    }
    patch.agent = patch.agent.filter(|agent| before.1 != Some(agent.0));
    let merges_before = count_merges(notes)?;
    let Some(root) = patch_lead(notes, lead, patch)? else {
        return Ok(Imported::of(ImportAction::NoSuchLead));
    };
    let merged = count_merges(notes)? - merges_before;
    let after = seen(notes, root)?;
    let changes = changed_fields(&before, &after);
    let action = match (made, merged > 0, changes.is_empty()) {
        (true, _, _) => ImportAction::Create,
        (false, true, _) => ImportAction::Merge,
        (false, false, false) => ImportAction::Update,
        (false, false, true) => ImportAction::Unchanged,
    };
    Ok(Imported {
        action,
        lead: Some(root),
        is_new: made,
        changes,
    })
}

/// What is shown of a lead, and who has it.
fn seen(notes: Notes<'_>, lead: LeadId) -> Result<(Facts, Option<i64>)> {
    let agent = notes
        .transaction
        .prepare_cached("SELECT agent_id FROM leads WHERE id = ?1")?
        .query_row([lead.packed()], |row| row.get(0))?;
    Ok((person::load(notes.transaction, lead)?.shown(), agent))
}

fn count_merges(notes: Notes<'_>) -> Result<i64> {
    let mut last = notes
        .transaction
        .prepare_cached("SELECT coalesce(max(id), 0) FROM merges")?;
    Ok(last.query_row([], |row| row.get(0))?)
}
