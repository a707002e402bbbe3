//! Who is who: persons, merges, identifiers, submissions. The rules are in `core/lead`; here they meet the rows.

pub(super) mod details;
pub(super) mod identifiers;
pub(super) mod merge;
pub(super) mod notes;
pub(super) mod person;
mod store;
pub(super) mod submit;

pub(super) use crate::stored::persons::Found;

use crate::Result;
use konektor_core::ids::LeadId;
use rusqlite::{Connection, OptionalExtension};

/// Which lead stands for this one.
pub(super) fn find(connection: &Connection, id: LeadId) -> Result<Found> {
    let mut row =
        connection.prepare_cached("SELECT merged_into, removed_at IS NOT NULL FROM main.leads WHERE id = ?1")?;
    let mut read = |id: i64| -> Result<Option<(Option<i64>, bool)>> {
        let found = row.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(found.optional()?)
    };
    let (id, removed) = match read(id.packed())? {
        None => {
            let mut erased = connection.prepare_cached("SELECT 1 FROM main.erased WHERE lead_id = ?1")?;
            return Ok(match erased.exists([id.packed()])? {
                true => Found::Gone,
                false => Found::Never,
            });
        }
        // It was merged, and never into one that was merged: the survivor's row says the rest.
        Some((Some(survivor), _)) => (
            LeadId::from_packed(survivor),
            read(survivor)?.is_none_or(|(_, removed)| removed),
        ),
        Some((None, removed)) => (id, removed),
    };
    Ok(if removed { Found::Gone } else { Found::Stands(id) })
}

/// A lead and those that were merged into it, by their rows.
pub(super) fn group(connection: &Connection, root: LeadId) -> Result<Vec<LeadId>> {
    let mut merged = connection.prepare_cached("SELECT id FROM main.leads WHERE merged_into = ?1 ORDER BY id")?;
    let merged = merged.query_map([root.packed()], |row| Ok(LeadId::from_packed(row.get(0)?)))?;
    let mut group = vec![root];
    for id in merged {
        group.push(id?);
    }
    Ok(group)
}
