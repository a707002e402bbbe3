//! By what people are known.

use super::{Found, find};
use crate::{
    Result, StoreError,
    model::{Identifier, IdentifierKind},
};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// Whose an identifier is: the lead that stands for them. One that was removed has none any more.
pub(in crate::sqlite) fn holder(
    connection: &Connection,
    workspace: WorkspaceId,
    kind: IdentifierKind,
    value: &str,
) -> Result<Option<LeadId>> {
    let given: Option<i64> = connection
        .prepare_cached("SELECT lead_id FROM main.identifiers WHERE workspace_id = ?1 AND kind = ?2 AND value = ?3")?
        .query_row(params![workspace.0, kind.as_str(), value], |row| row.get(0))
        .optional()?;
    match given {
        Some(lead) => Ok(find(connection, LeadId::from_packed(lead))?.standing()),
        None => Ok(None),
    }
}

/// An identifier that is given to a lead.
pub(in crate::sqlite) struct Given<'g> {
    pub(in crate::sqlite) kind: IdentifierKind,
    pub(in crate::sqlite) value: &'g str,
    pub(in crate::sqlite) lead: LeadId,
    pub(in crate::sqlite) at: UnixMs,
    pub(in crate::sqlite) by: &'g str,
    pub(in crate::sqlite) merge: Option<i64>,
}

/// Gives an identifier to a lead, unless somebody has it.
pub(in crate::sqlite) fn give(transaction: &Transaction<'_>, given: &Given<'_>) -> Result<()> {
    let workspace = given.lead.workspace;
    if holder(transaction, workspace, given.kind, given.value)?.is_some() {
        return Ok(());
    }
    transaction
        .prepare_cached(
            "INSERT INTO identifiers (workspace_id, kind, value, lead_id, at, by, merge_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET lead_id = excluded.lead_id, at = excluded.at, by = excluded.by,
                                       merge_id = excluded.merge_id",
        )?
        .execute(params![
            workspace.0,
            given.kind.as_str(),
            given.value,
            given.lead.packed(),
            given.at.0,
            given.by,
            given.merge
        ])?;
    Ok(())
}

/// Takes an identifier away from a person.
pub(in crate::sqlite) fn take(
    transaction: &Transaction<'_>,
    root: LeadId,
    kind: IdentifierKind,
    value: &str,
) -> Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM identifiers WHERE workspace_id = ?1 AND kind = ?2 AND value = ?3 AND lead_id IN
               (SELECT ?4 UNION ALL SELECT id FROM leads WHERE merged_into = ?4)",
        )?
        .execute(params![root.workspace.0, kind.as_str(), value, root.packed()])?;
    Ok(())
}

/// Takes all identifiers away from a person who was removed: they are free for whoever comes with them.
pub(in crate::sqlite) fn take_all(transaction: &Transaction<'_>, root: LeadId) -> Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM identifiers WHERE lead_id IN
               (SELECT ?1 UNION ALL SELECT id FROM leads WHERE merged_into = ?1)",
        )?
        .execute([root.packed()])?;
    Ok(())
}

/// By what a lead's person is known, oldest first.
pub(in crate::sqlite) fn of_lead(connection: &Connection, lead: LeadId) -> Result<Vec<Identifier>> {
    let Found::Stands(root) = find(connection, lead)? else {
        return Ok(Vec::new());
    };
    let mut known = connection.prepare_cached(
        "SELECT kind, value, at, by FROM main.identifiers WHERE lead_id IN
           (SELECT ?1 UNION ALL SELECT id FROM main.leads WHERE merged_into = ?1)
         ORDER BY at, kind, value",
    )?;
    let mut rows = known.query([root.packed()])?;
    let mut identifiers = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(0)?;
        identifiers.push(Identifier {
            kind: kind.parse().map_err(|e| StoreError::corrupt("identifiers.kind", e))?,
            value: row.get(1)?,
            at: UnixMs(row.get(2)?),
            by: row.get(3)?,
        });
    }
    Ok(identifiers)
}

/// Whether somebody gave it in the dashboard or by the API, and not the person themselves.
pub(in crate::sqlite) fn is_by_hand(
    connection: &Connection,
    workspace: WorkspaceId,
    kind: IdentifierKind,
    value: &str,
) -> Result<bool> {
    let by: Option<String> = connection
        .prepare_cached("SELECT by FROM main.identifiers WHERE workspace_id = ?1 AND kind = ?2 AND value = ?3")?
        .query_row(params![workspace.0, kind.as_str(), value], |row| row.get(0))
        .optional()?;
    let by_hand = |by: &str| {
        ["user:", "key:", "import:", "upgrade"]
            .iter()
            .any(|who| by.starts_with(who))
    };
    Ok(by.is_some_and(|by| by_hand(&by)))
}
