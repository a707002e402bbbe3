//! Who is who: persons, merges, identifiers, submissions. The rules are in `core/lead`; here they meet the rows.
//!
//! Whoever changes who is who in a workspace does so alone ([`lock`](lock::persons)): what a submission means follows also
//! from what is *not* there, and no row can be locked that is not there. Visitors never wait for that lock.

pub(super) mod details;
pub(super) mod identifiers;
pub(super) mod lock;
pub(super) mod merge;
pub(super) mod notes;
pub(super) mod person;
mod store;
pub(super) mod submit;

pub(super) use crate::stored::persons::Found;

use super::{
    sql,
    values::{lead, number},
};
use crate::Result;
use deadpool_postgres::GenericClient;
use konektor_core::ids::LeadId;

/// Which lead stands for this one.
pub(super) async fn find(client: &impl GenericClient, id: LeadId) -> Result<Found> {
    // Whoever was merged was never merged into one that was merged: the survivor's row says the rest.
    let sql = "SELECT l.number IS NOT NULL OR e.number IS NOT NULL, r.number
               FROM (SELECT $1::bigint AS workspace_id, $2::bigint AS number) k
               LEFT JOIN leads l ON l.workspace_id = k.workspace_id AND l.number = k.number
               LEFT JOIN leads r ON r.workspace_id = l.workspace_id AND r.number = coalesce(l.merged_into, l.number)
                   AND r.removed_at IS NULL
               LEFT JOIN erased e ON e.workspace_id = k.workspace_id AND e.number = k.number";
    let row = sql::query_one(client, sql, &[&id.workspace.0, &number(id)]).await?;
    Ok(match (row.get(0), row.get::<_, Option<i64>>(1)) {
        (_, Some(root)) => Found::Stands(lead(id.workspace.0, root)),
        (true, None) => Found::Gone,
        (false, None) => Found::Never,
    })
}

/// A lead and those that were merged into it, by their rows.
pub(super) async fn group(client: &impl GenericClient, root: LeadId) -> Result<Vec<LeadId>> {
    let sql = "SELECT number FROM leads WHERE workspace_id = $1 AND merged_into = $2 ORDER BY number";
    let merged = sql::query(client, sql, &[&root.workspace.0, &number(root)]).await?;
    let merged = merged.iter().map(|row| lead(root.workspace.0, row.get(0)));
    Ok(std::iter::once(root).chain(merged).collect())
}

/// The leads that are one with this one, itself among them.
pub(super) async fn of_one_person(client: &impl GenericClient, lead: LeadId) -> Result<Vec<LeadId>> {
    match find(client, lead).await? {
        Found::Stands(root) => group(client, root).await,
        Found::Never | Found::Gone => Ok(vec![lead]),
    }
}
