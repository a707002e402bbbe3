//! What happened to a lead, and to those that were merged into it.

use super::{
    deliveries::list,
    identity::{details::submissions, find, group},
    walk::clicks_back,
};
use crate::{Result, model::TimelineItem, stored::changes::StoredChange};
use konektor_core::{ids::LeadId, time::UnixMs};
use rusqlite::{Connection, Row, params};
use std::ops::ControlFlow;

/// Clicks, deliveries, submissions and changes, newest first. Of the same moment an event comes before what made it, and
/// their order is always the same: a page may end between them.
pub(super) fn timeline(
    connection: &Connection,
    id: LeadId,
    before: Option<UnixMs>,
    limit: usize,
) -> Result<Vec<TimelineItem>> {
    let before = before.map_or(i64::MAX, |t| t.0);
    let Some(root) = find(connection, id)?.standing() else {
        return Ok(Vec::new());
    };
    let leads = group(connection, root)?;
    let mut items = Vec::new();
    for lead in &leads {
        let deliveries = list::of_lead(connection, *lead, before, limit)?.into_iter();
        items.extend(deliveries.map(|delivery| TimelineItem::Delivery(Box::new(delivery))));
    }
    for lead in &leads {
        let mut room = limit;
        clicks_back(connection, *lead, |click| {
            if click.at.0 < before && room > 0 {
                items.push(TimelineItem::Click(Box::new(click)));
                room -= 1;
            }
            match room {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })?;
    }
    for lead in &leads {
        changes(connection, *lead, *lead == root, before, limit, &mut items)?;
    }
    for lead in &leads {
        let said = submissions(connection, *lead, before, limit)?.into_iter();
        items.extend(said.map(|submission| TimelineItem::Submission(Box::new(submission))));
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.at()));
    items.truncate(limit);
    Ok(items)
}

/// A lead's changes. A merge stands with both of its leads: shown is the survivor's word, or there would be two.
fn changes(
    connection: &Connection,
    lead: LeadId,
    is_root: bool,
    before: i64,
    limit: usize,
    items: &mut Vec<TimelineItem>,
) -> Result<()> {
    let mut changes = connection.prepare_cached(
        "SELECT at, field, old, new, by FROM lead_changes
         WHERE lead_id = ?1 AND at < ?2 AND (?3 OR field NOT IN ('merged_into', 'unmerged_from'))
         ORDER BY id DESC LIMIT ?4",
    )?;
    let mut rows = changes.query(params![lead.packed(), before, is_root, limit as i64])?;
    while let Some(row) = rows.next()? {
        items.push(read_change(row)?);
    }
    Ok(())
}

fn read_change(row: &Row<'_>) -> Result<TimelineItem> {
    let change = StoredChange {
        at: UnixMs(row.get(0)?),
        field: row.get(1)?,
        old: row.get(2)?,
        new: row.get(3)?,
        by: row.get(4)?,
    };
    change.item()
}
