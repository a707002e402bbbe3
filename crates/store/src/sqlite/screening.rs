//! What was taught about who is a person.

use crate::{
    Result, StoreError,
    model::{RULES_MOST, ScreeningRule},
};
use konektor_core::{
    ids::WorkspaceId,
    screening::taught::{Rule, Taught},
    time::UnixMs,
};
use rusqlite::{Connection, Row, params};
use std::collections::HashMap;

fn read(row: &Row<'_>) -> Result<ScreeningRule> {
    let (kind, value): (String, String) = (row.get(2)?, row.get(3)?);
    Ok(ScreeningRule {
        id: row.get(0)?,
        workspace: WorkspaceId(row.get(1)?),
        rule: Rule::parse(&kind, &value).map_err(|e| StoreError::corrupt("screening_rules.value", e))?,
        created_at: UnixMs(row.get(4)?),
        created_by: row.get(5)?,
    })
}

pub(super) fn rules(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<ScreeningRule>> {
    let mut stored = connection.prepare_cached(
        "SELECT id, workspace_id, kind, value, created_at, created_by FROM main.screening_rules
         WHERE workspace_id = ?1 ORDER BY id",
    )?;
    let mut rows = stored.query([workspace.0])?;
    let mut rules = Vec::new();
    while let Some(row) = rows.next()? {
        rules.push(read(row)?);
    }
    Ok(rules)
}

pub(super) fn add(
    connection: &Connection,
    workspace: WorkspaceId,
    rule: &Rule,
    by: &str,
    now: UnixMs,
) -> Result<Option<ScreeningRule>> {
    let there = rules(connection, workspace)?;
    if let Some(same) = there.iter().find(|known| known.rule == *rule) {
        return Ok(Some(same.clone()));
    }
    if there.len() >= RULES_MOST {
        return Ok(None);
    }
    connection
        .prepare_cached(
            "INSERT INTO main.screening_rules (workspace_id, kind, value, created_at, created_by)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![workspace.0, rule.kind(), rule.value(), now.0, by])?;
    let added = rules(connection, workspace)?;
    Ok(added.into_iter().find(|known| known.rule == *rule))
}

pub(super) fn remove(connection: &Connection, workspace: WorkspaceId, id: i64) -> Result<bool> {
    let mut remove =
        connection.prepare_cached("DELETE FROM main.screening_rules WHERE id = ?1 AND workspace_id = ?2")?;
    Ok(remove.execute(params![id, workspace.0])? > 0)
}

/// Of every workspace that taught something, for the routing snapshot.
pub(super) fn taught(connection: &Connection) -> Result<HashMap<WorkspaceId, Taught>> {
    let mut stored = connection.prepare(
        "SELECT id, workspace_id, kind, value, created_at, created_by FROM main.screening_rules ORDER BY id",
    )?;
    let mut rows = stored.query([])?;
    let mut by_workspace: HashMap<WorkspaceId, Vec<Rule>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let ScreeningRule { workspace, rule, .. } = read(row)?;
        by_workspace.entry(workspace).or_default().push(rule);
    }
    let taught = by_workspace
        .into_iter()
        .map(|(workspace, rules)| (workspace, Taught::new(rules)));
    Ok(taught.collect())
}
