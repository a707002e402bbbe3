//! The leads behind a row of a report: what the list is asked for from there.

use super::Conditions;
use crate::model::{LeadFilter, SoldFilter};

pub(super) fn conditions(conditions: &mut Conditions, filter: &LeadFilter) {
    if let Some(platform) = filter.first_platform {
        let platform = conditions.value(platform.as_str());
        conditions.and(&format!("l.platform = {platform}"));
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
            conditions.and(&format!("{column} IS NULL"));
        }
    }
    match filter.clicked {
        Some(true) => conditions.and("l.first_click <> 0"),
        Some(false) => conditions.and("l.first_click = 0"),
        None => {}
    }
    let arrived = "EXISTS (SELECT 1 FROM arrivals r WHERE r.workspace_id = l.workspace_id AND r.number = l.number)";
    match filter.arrived {
        Some(true) => conditions.and(arrived),
        Some(false) => conditions.and(&format!("NOT {arrived}")),
        None => {}
    }
    if let Some(sold) = filter.sold {
        conditions.and("l.status = 'won'");
        sales(conditions, sold);
    }
}

/// The one that stands for whoever was won so: along the index of sales, which are few beside leads. `$1` is the workspace.
fn sales(conditions: &mut Conditions, sold: SoldFilter) {
    let mut sql = "l.number IN (SELECT coalesce(m.merged_into, m.number) FROM sales s
                   JOIN leads m ON m.workspace_id = s.workspace_id AND m.number = s.number WHERE s.workspace_id = $1"
        .to_owned();
    for (condition, value) in [
        ("s.won_at >=", sold.from.map(|at| at.0)),
        ("s.won_at <", sold.to.map(|at| at.0)),
        ("s.won_at - s.born_at >=", sold.took_ms),
        ("s.won_at - s.born_at <", sold.took_below_ms),
    ] {
        if let Some(value) = value {
            let value = conditions.value(value);
            sql.push_str(&format!(" AND {condition} {value}"));
        }
    }
    if let Some(returning) = sold.returning {
        let returning = conditions.value(returning);
        sql.push_str(&format!(" AND s.returning_lead = {returning}"));
    }
    sql.push(')');
    conditions.and(&sql);
}
