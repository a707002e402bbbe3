//! By what people are known.

use super::find;
use crate::{
    Result,
    model::{Identifier, IdentifierKind},
    postgres::{
        sql,
        values::{lead, number, parse},
    },
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};

/// A person's rows: the lead `$1, $2` that stands for them, and those that were merged into it.
const OF_PERSON: &str = "(SELECT $2::bigint UNION ALL
    SELECT number FROM leads WHERE workspace_id = $1 AND merged_into = $2)";

/// Whose an identifier is: the lead that stands for them. One that was removed has none any more.
pub(in crate::postgres) async fn holder(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    kind: IdentifierKind,
    value: &str,
) -> Result<Option<LeadId>> {
    let sql = "SELECT r.number FROM identifiers i
               JOIN leads l ON l.workspace_id = i.workspace_id AND l.number = i.number
               JOIN leads r ON r.workspace_id = l.workspace_id AND r.number = coalesce(l.merged_into, l.number)
               WHERE i.workspace_id = $1 AND i.kind = $2 AND i.value = $3 AND r.removed_at IS NULL";
    let found = sql::query_opt(client, sql, &[&workspace.0, &kind.as_str(), &value]).await?;
    Ok(found.map(|row| lead(workspace.0, row.get(0))))
}

/// An identifier that is given to a lead.
pub(in crate::postgres) struct Given<'g> {
    pub(in crate::postgres) kind: IdentifierKind,
    pub(in crate::postgres) value: &'g str,
    pub(in crate::postgres) lead: LeadId,
    pub(in crate::postgres) at: UnixMs,
    pub(in crate::postgres) by: &'g str,
    pub(in crate::postgres) merge: Option<i64>,
}

/// Gives an identifier to a lead, unless somebody has it.
pub(in crate::postgres) async fn give(client: &impl GenericClient, given: &Given<'_>) -> Result<()> {
    let workspace = given.lead.workspace;
    if holder(client, workspace, given.kind, given.value).await?.is_some() {
        return Ok(());
    }
    let sql = "INSERT INTO identifiers (workspace_id, kind, value, number, at, by, merge_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (workspace_id, kind, value)
               DO UPDATE SET number = excluded.number, at = excluded.at, by = excluded.by, merge_id = excluded.merge_id";
    let values: sql::Values<'_> = &[
        &workspace.0,
        &given.kind.as_str(),
        &given.value,
        &number(given.lead),
        &given.at.0,
        &given.by,
        &given.merge,
    ];
    sql::execute(client, sql, values).await?;
    Ok(())
}

/// Takes an identifier away from a person.
pub(in crate::postgres) async fn take(
    client: &impl GenericClient,
    root: LeadId,
    kind: IdentifierKind,
    value: &str,
) -> Result<()> {
    let sql = format!(
        "DELETE FROM identifiers WHERE workspace_id = $1 AND kind = $3 AND value = $4 AND number IN {OF_PERSON}"
    );
    sql::execute(
        client,
        &sql,
        &[&root.workspace.0, &number(root), &kind.as_str(), &value],
    )
    .await?;
    Ok(())
}

/// Takes all identifiers away from a person who was removed: they are free for whoever comes with them.
pub(in crate::postgres) async fn take_all(client: &impl GenericClient, root: LeadId) -> Result<()> {
    let sql = format!("DELETE FROM identifiers WHERE workspace_id = $1 AND number IN {OF_PERSON}");
    sql::execute(client, &sql, &[&root.workspace.0, &number(root)]).await?;
    Ok(())
}

/// By what a lead's person is known, oldest first.
pub(in crate::postgres) async fn of_lead(client: &impl GenericClient, lead: LeadId) -> Result<Vec<Identifier>> {
    let Some(root) = find(client, lead).await?.standing() else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT kind, value, at, by FROM identifiers WHERE workspace_id = $1 AND number IN {OF_PERSON}
         ORDER BY at, kind COLLATE \"C\", value COLLATE \"C\""
    );
    let rows = sql::query(client, &sql, &[&root.workspace.0, &number(root)]).await?;
    let identifiers = rows.iter().map(|row| {
        Ok(Identifier {
            kind: parse("identifiers.kind", row.get(0))?,
            value: row.get(1),
            at: UnixMs(row.get(2)),
            by: row.get(3),
        })
    });
    identifiers.collect()
}

/// Whether somebody gave it in the dashboard or by the API, and not the person themselves.
pub(in crate::postgres) async fn is_by_hand(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    kind: IdentifierKind,
    value: &str,
) -> Result<bool> {
    let sql = "SELECT by FROM identifiers WHERE workspace_id = $1 AND kind = $2 AND value = $3";
    let found = sql::query_opt(client, sql, &[&workspace.0, &kind.as_str(), &value]).await?;
    let by_hand = |by: &str| {
        ["user:", "key:", "import:", "upgrade"]
            .iter()
            .any(|who| by.starts_with(who))
    };
    Ok(found.is_some_and(|row| by_hand(row.get(0))))
}
