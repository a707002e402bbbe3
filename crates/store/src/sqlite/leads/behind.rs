//! The leads behind a row of a report: what the list is asked for from there.

use super::Conditions;
use crate::model::{LeadFilter, SoldFilter};
use konektor_core::ids::WorkspaceId;
use rusqlite::types::Value;

pub(super) fn conditions(conditions: &mut Conditions, workspace: WorkspaceId, filter: &LeadFilter) {
    if let Some(platform) = filter.first_platform {
        conditions.and("l.platform = ?", [platform.as_str().to_owned().into()]);
    }
    let without = filter.without;
    for (is_wanted, column) in [
        (without.platform, "l.platform"),
        // A value that is there and empty is none.
        (without.source, "nullif(l.source, '')"),
        (without.campaign, "nullif(l.campaign, '')"),
        (without.agent, "l.agent_id"),
    ] {
        if is_wanted {
            conditions.and(&format!("{column} IS NULL"), []);
        }
    }
    match filter.clicked {
        Some(true) => conditions.and("l.first_click <> 0", []),
        Some(false) => conditions.and("l.first_click = 0", []),
        None => {}
    }
    let arrived = "EXISTS (SELECT 1 FROM fold.arrivals r WHERE r.lead_id = l.id)";
    match filter.arrived {
        Some(true) => conditions.and(arrived, []),
        Some(false) => conditions.and(&format!("NOT {arrived}"), []),
        None => {}
    }
    if let Some(sold) = filter.sold {
        conditions.and("l.status = 'won'", []);
        let (sql, values) = sales(workspace, sold);
        conditions.and(&sql, values);
    }
}

/// The one that stands for whoever was won so: along the index of sales, which are few beside leads.
fn sales(workspace: WorkspaceId, sold: SoldFilter) -> (String, Vec<Value>) {
    let mut sql =
        "l.id IN (SELECT coalesce(m.merged_into, m.id) FROM fold.sales s JOIN main.leads m ON m.id = s.lead_id
                   WHERE s.lead_id >> 35 = ?"
            .to_owned();
    let mut values: Vec<Value> = vec![workspace.0.into()];
    for (condition, value) in [
        ("s.won_at >= ?", sold.from.map(|at| at.0)),
        ("s.won_at < ?", sold.to.map(|at| at.0)),
        ("s.returning_lead = ?", sold.returning.map(i64::from)),
        ("s.won_at - s.born_at >= ?", sold.took_ms),
        ("s.won_at - s.born_at < ?", sold.took_below_ms),
    ] {
        if let Some(value) = value {
            sql.push_str(" AND ");
            sql.push_str(condition);
            values.push(value.into());
        }
    }
    sql.push(')');
    (sql, values)
}
