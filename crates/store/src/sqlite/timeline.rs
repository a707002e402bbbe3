//! What happened to a lead.

use super::{deliveries::list, walk::clicks_back};
use crate::{Result, model::TimelineItem};
use konektor_core::{ids::LeadId, time::UnixMs};
use rusqlite::{Connection, params};
use std::ops::ControlFlow;

/// Clicks, deliveries and changes, newest first. Of the same moment an event comes before what made it, and their order
/// is always the same: a page may end between them.
pub(super) fn timeline(
    connection: &Connection,
    id: LeadId,
    before: Option<UnixMs>,
    limit: usize,
) -> Result<Vec<TimelineItem>> {
    let before = before.map_or(i64::MAX, |t| t.0);
    let deliveries = list::of_lead(connection, id, before, limit)?;
    let mut items: Vec<_> = deliveries
        .into_iter()
        .map(|delivery| TimelineItem::Delivery(Box::new(delivery)))
        .collect();
    let mut room = limit;
    clicks_back(connection, id, |click| {
        if click.at.0 < before && room > 0 {
            items.push(TimelineItem::Click(Box::new(click)));
            room -= 1;
        }
        match room {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    })?;
    let mut changes = connection.prepare_cached(
        "SELECT at, field, old, new, by FROM lead_changes WHERE lead_id = ?1 AND at < ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let changes = changes.query_map(params![id.packed(), before, limit as i64], |row| {
        Ok(TimelineItem::Change {
            at: UnixMs(row.get(0)?),
            field: row.get(1)?,
            old: row.get(2)?,
            new: row.get(3)?,
            by: row.get(4)?,
        })
    })?;
    items.extend(changes.collect::<rusqlite::Result<Vec<_>>>()?);
    items.sort_by_key(|item| std::cmp::Reverse(item.at()));
    items.truncate(limit);
    Ok(items)
}
