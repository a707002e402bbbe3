//! Who waits for whom, where several servers change the same persons.
//!
//! First a lock for all persons of a workspace: until its transaction ends, nobody else finds, makes, merges or parts
//! them. Locks of rows alone would not do: two forms with a number that nobody has would make two persons of it.
//!
//! Then the rows themselves, in the order of their keys, as the click path takes them, which knows nothing of the first
//! lock: it only writes an owner into rows that are there. So neither can hold what the other waits for while it waits.

use crate::{
    Result,
    model::IdentifierKind,
    postgres::{locks, sql, values::number},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::ids::{LeadId, WorkspaceId};
use std::collections::BTreeSet;

/// Makes this transaction the only one that changes who is who in these workspaces, until it ends.
pub(in crate::postgres) async fn persons(
    transaction: &Transaction<'_>,
    workspaces: impl IntoIterator<Item = WorkspaceId>,
) -> Result<()> {
    // A workspace's number is one of a sequence that counts from 1.
    let workspaces: BTreeSet<i32> = workspaces.into_iter().map(|workspace| workspace.0 as i32).collect();
    let workspaces: Vec<i32> = workspaces.into_iter().collect();
    locks::wait(transaction, locks::PERSONS, &workspaces).await
}

/// Locks the rows of all who may be touched: these leads, whoever has these identifiers, and all who are one with them.
pub(in crate::postgres) async fn rows(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    leads: impl IntoIterator<Item = LeadId>,
    known_by: impl IntoIterator<Item = (IdentifierKind, &str)>,
) -> Result<()> {
    let of_workspace = leads.into_iter().filter(|lead| lead.workspace == workspace);
    let numbers: Vec<i64> = of_workspace.map(number).collect();
    let (kinds, values): (Vec<_>, Vec<_>) = known_by.into_iter().map(|(kind, value)| (kind.as_str(), value)).unzip();
    let sql = "SELECT coalesce(l.merged_into, l.number) FROM leads l
               WHERE l.workspace_id = $1 AND l.number = ANY($2)
               UNION
               SELECT coalesce(l.merged_into, l.number)
               FROM unnest($3::text[], $4::text[]) AS k (kind, value)
               JOIN identifiers i ON i.workspace_id = $1 AND i.kind = k.kind AND i.value = k.value
               JOIN leads l ON l.workspace_id = $1 AND l.number = i.number";
    let roots = sql::query(client, sql, &[&workspace.0, &numbers, &kinds, &values]).await?;
    let roots: Vec<i64> = roots.iter().map(|row| row.get(0)).collect();
    let sql = "SELECT number FROM leads
               WHERE workspace_id = $1 AND (number = ANY($2) OR merged_into = ANY($2))
               ORDER BY number FOR NO KEY UPDATE";
    sql::query(client, sql, &[&workspace.0, &roots]).await?;
    Ok(())
}
