//! Of which kinds data of people is there: what has to be known when somebody has seen what they should not.

use super::{retention::last_heard, rows_of};
use crate::{
    Result,
    model::{HeldData, kinds_of_click},
    sqlite::walk::clicks_back,
};
use konektor_core::{
    ids::{LeadId, NUMBER_BITS, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, params};
use std::{collections::BTreeSet, ops::ControlFlow};

/// Kinds that a lead's row can have, by its columns.
const COLUMNS: [(&str, &str); 5] = [
    ("name", "name"),
    ("phone", "phone"),
    ("email", "email"),
    ("notes", "notes"),
    ("value", "value"),
];

pub(super) fn held_data(
    connection: &Connection,
    workspace: WorkspaceId,
    (from, to): (UnixMs, UnixMs),
    after: Option<LeadId>,
    limit: usize,
) -> Result<Vec<HeldData>> {
    let has: Vec<_> = COLUMNS
        .iter()
        .map(|(_, column)| format!("{column} IS NOT NULL"))
        .collect();
    let sql = format!(
        "SELECT id, created_at, removed_at, {} FROM main.leads
         WHERE id > ?1 AND id < ?2 AND merged_into IS NULL AND created_at <= ?3
               AND (removed_at IS NULL OR removed_at >= ?4) ORDER BY id LIMIT ?5",
        has.join(", ")
    );
    let mut leads = connection.prepare_cached(&sql)?;
    let first = workspace.0 << NUMBER_BITS;
    let range = params![
        after.map_or(first, LeadId::packed),
        (workspace.0 + 1) << NUMBER_BITS,
        to.0,
        from.0,
        limit as i64
    ];
    let mut rows = leads.query(range)?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        let lead = LeadId::from_packed(row.get(0)?);
        let mut kinds = BTreeSet::new();
        for (n, (kind, _)) in COLUMNS.iter().enumerate() {
            if row.get(3 + n)? {
                kinds.insert(*kind);
            }
        }
        add_said(connection, lead, &mut kinds)?;
        for row in rows_of(connection, lead)? {
            clicks_back(connection, row, |click| {
                kinds_of_click(&click, &mut kinds);
                ControlFlow::Continue(())
            })?;
        }
        held.push(HeldData {
            lead,
            first_seen: UnixMs(row.get(1)?),
            last_seen: last_heard(connection, lead)?,
            removed: row.get::<_, Option<i64>>(2)?.is_some(),
            kinds: kinds.into_iter().collect(),
        });
    }
    Ok(held)
}

/// What forms, messages and imports said, of the person whatever lead they said it to.
fn add_said(connection: &Connection, root: LeadId, kinds: &mut BTreeSet<&'static str>) -> Result<()> {
    let mut said = connection.prepare_cached(
        "SELECT max(said ->> '$.name' IS NOT NULL), max(said ->> '$.phone' IS NOT NULL),
                max(said ->> '$.email' IS NOT NULL), max(said ->> '$.whatsapp' IS NOT NULL),
                max(coalesce(json_array_length(said, '$.fields') > 0 OR json_type(said, '$.fields') = 'object', 0))
         FROM main.submissions WHERE lead_id = ?1",
    )?;
    for row in rows_of(connection, root)? {
        let found: [Option<bool>; 5] = said.query_row([row.packed()], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])
        })?;
        for (is_there, kind) in found
            .into_iter()
            .zip(["name", "phone", "email", "whatsapp_id", "form_fields"])
        {
            if is_there == Some(true) {
                kinds.insert(kind);
            }
        }
    }
    Ok(())
}
