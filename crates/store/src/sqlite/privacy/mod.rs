//! Forgetting: persons who are erased, what is kept for a time only, and the bytes that are left behind.

mod erase;
mod held;
mod retention;
mod scrub;
mod store;

use crate::Result;
use konektor_core::ids::LeadId;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;

/// All rows of a person, those of removed ones too: the one that stands for the others first. Of a lead without a row, itself.
fn rows_of(connection: &Connection, lead: LeadId) -> Result<Vec<LeadId>> {
    let root: Option<i64> = connection
        .prepare_cached("SELECT coalesce(merged_into, id) FROM main.leads WHERE id = ?1")?
        .query_row([lead.packed()], |row| row.get(0))
        .optional()?;
    match root {
        Some(root) => super::identity::group(connection, LeadId::from_packed(root)),
        None => Ok(vec![lead]),
    }
}

/// Those of several persons, each once.
fn all_rows(connection: &Connection, leads: &[LeadId]) -> Result<Vec<LeadId>> {
    let mut all = BTreeSet::new();
    for lead in leads {
        all.extend(rows_of(connection, *lead)?.iter().map(|row| row.packed()));
    }
    Ok(all.into_iter().map(LeadId::from_packed).collect())
}

/// Whether a visit of then is of somebody who was erased since.
pub(super) fn is_erased_since(connection: &Connection, lead: LeadId, at: konektor_core::time::UnixMs) -> Result<bool> {
    let mut erased = connection.prepare_cached("SELECT 1 FROM main.erased WHERE lead_id = ?1 AND at >= ?2")?;
    Ok(erased.exists([lead.packed(), at.0])?)
}

/// Whether anybody was ever erased: where nobody was, nothing has to be looked up.
pub(super) fn is_anybody_erased(connection: &Connection) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM main.erased LIMIT 1")?
        .exists([])?)
}
