//! What was taught about who is a person.

use super::{locks, say_routing_changed, sql};
use crate::{
    Result, StoreError,
    model::{RULES_MOST, ScreeningRule},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::WorkspaceId,
    screening::taught::{Rule, Taught},
    time::UnixMs,
};
use std::collections::HashMap;
use tokio_postgres::Row;

const COLUMNS: &str = "id, workspace_id, kind, value, created_at, created_by";

fn read(row: &Row) -> Result<ScreeningRule> {
    Ok(ScreeningRule {
        id: row.get(0),
        workspace: WorkspaceId(row.get(1)),
        rule: Rule::parse(row.get(2), row.get(3)).map_err(|e| StoreError::corrupt("screening_rules.value", e))?,
        created_at: UnixMs(row.get(4)),
        created_by: row.get(5),
    })
}

pub(super) async fn rules(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<ScreeningRule>> {
    let sql = format!("SELECT {COLUMNS} FROM screening_rules WHERE workspace_id = $1 ORDER BY id");
    let rows = sql::query(client, &sql, &[&workspace.0]).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn add(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    rule: &Rule,
    by: &str,
    now: UnixMs,
) -> Result<Option<ScreeningRule>> {
    // Two at once would both find room for one.
    locks::wait(transaction, locks::SCHEMA, &[3]).await?;
    let there = rules(transaction, workspace).await?;
    if let Some(same) = there.iter().find(|known| known.rule == *rule) {
        return Ok(Some(same.clone()));
    }
    if there.len() >= RULES_MOST {
        return Ok(None);
    }
    let sql = format!(
        "INSERT INTO screening_rules (workspace_id, kind, value, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
         RETURNING {COLUMNS}"
    );
    let values: sql::Values<'_> = &[&workspace.0, &rule.kind(), &rule.value(), &now.0, &by];
    let added = read(&sql::query_one(transaction, &sql, values).await?)?;
    say_routing_changed(transaction).await?;
    Ok(Some(added))
}

pub(super) async fn remove(transaction: &Transaction<'_>, workspace: WorkspaceId, id: i64) -> Result<bool> {
    let sql = "DELETE FROM screening_rules WHERE id = $1 AND workspace_id = $2";
    let removed = sql::execute(transaction, sql, &[&id, &workspace.0]).await?;
    say_routing_changed(transaction).await?;
    Ok(removed > 0)
}

/// Of every workspace that taught something, for the routing snapshot.
pub(super) async fn taught(client: &impl GenericClient) -> Result<HashMap<WorkspaceId, Taught>> {
    let rows = sql::query(
        client,
        &format!("SELECT {COLUMNS} FROM screening_rules ORDER BY id"),
        &[],
    )
    .await?;
    let mut by_workspace: HashMap<WorkspaceId, Vec<Rule>> = HashMap::new();
    for row in &rows {
        let ScreeningRule { workspace, rule, .. } = read(row)?;
        by_workspace.entry(workspace).or_default().push(rule);
    }
    let taught = by_workspace
        .into_iter()
        .map(|(workspace, rules)| (workspace, Taught::new(rules)));
    Ok(taught.collect())
}
