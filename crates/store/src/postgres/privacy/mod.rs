//! Forgetting: persons who are erased, and what is kept for a time only. The same as SQLite's, whose files say the reasons.

mod erase;
mod held;
mod retention;
mod store;

use super::{
    sql,
    values::{lead, number},
};
use crate::Result;
use deadpool_postgres::GenericClient;
use konektor_core::{click::Click, decide::degraded::Spooled, ids::LeadId, time::UnixMs};
use std::collections::BTreeMap;

/// All rows of a person, those of removed ones too: the one that stands for the others first. Of a lead without a row, itself.
async fn rows_of(client: &impl GenericClient, id: LeadId) -> Result<Vec<LeadId>> {
    let sql = "WITH root AS (SELECT coalesce(merged_into, number) AS number FROM leads WHERE workspace_id = $1 AND number = $2)
               SELECT l.number FROM root JOIN leads l ON l.workspace_id = $1
                   AND (l.number = root.number OR l.merged_into = root.number)
               ORDER BY l.number <> root.number, l.number";
    let rows = sql::query(client, sql, &[&id.workspace.0, &number(id)]).await?;
    let rows: Vec<_> = rows.iter().map(|row| lead(id.workspace.0, row.get(0))).collect();
    Ok(if rows.is_empty() { vec![id] } else { rows })
}

/// When those of these leads were erased that were.
async fn erased_at(
    client: &impl GenericClient,
    leads: impl IntoIterator<Item = LeadId>,
) -> Result<BTreeMap<(i64, i64), UnixMs>> {
    let (workspaces, numbers): (Vec<i64>, Vec<i64>) =
        leads.into_iter().map(|lead| (lead.workspace.0, number(lead))).unzip();
    let sql = "SELECT DISTINCT e.workspace_id, e.number, e.at FROM unnest($1::bigint[], $2::bigint[]) AS k (workspace_id, number)
               JOIN erased e ON e.workspace_id = k.workspace_id AND e.number = k.number";
    let rows = sql::query(client, sql, &[&workspaces, &numbers]).await?;
    Ok(rows
        .iter()
        .map(|row| ((row.get(0), row.get(1)), UnixMs(row.get(2))))
        .collect())
}

/// Clicks that were handed over before their leads were erased are not folded: what they would leave is gone. `None` if none is
/// among them.
pub(super) async fn without_erased(client: &impl GenericClient, clicks: &[Click]) -> Result<Option<Vec<Click>>> {
    let erased = erased_at(client, clicks.iter().map(|click| click.lead)).await?;
    if erased.is_empty() {
        return Ok(None);
    }
    let is_left = |click: &&Click| {
        let at = erased.get(&(click.lead.workspace.0, number(click.lead)));
        at.is_none_or(|at| *at < click.at)
    };
    Ok(Some(clicks.iter().filter(is_left).cloned().collect()))
}

/// Spooled visits of before their visitor was erased go with them.
pub(super) async fn forget_erased(client: &impl GenericClient, visits: Vec<Spooled>) -> Result<Vec<Spooled>> {
    let erased = erased_at(client, visits.iter().filter_map(Spooled::lead)).await?;
    if erased.is_empty() {
        return Ok(visits);
    }
    let is_left = |visit: &Spooled| {
        let at = visit
            .lead()
            .and_then(|lead| erased.get(&(lead.workspace.0, number(lead))));
        at.is_none_or(|at| *at < visit.at)
    };
    Ok(visits.into_iter().filter(is_left).collect())
}
