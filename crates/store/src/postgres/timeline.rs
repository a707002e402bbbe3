//! What happened to a lead.

use super::{deliveries::list, sql, values::number, walk::clicks_back};
use crate::{Result, model::TimelineItem};
use deadpool_postgres::GenericClient;
use konektor_core::{ids::LeadId, time::UnixMs};

/// Clicks, deliveries and changes, newest first. Of the same moment an event comes before what made it, and their order
/// is always the same: a page may end between them.
pub(super) async fn timeline(
    client: &impl GenericClient,
    id: LeadId,
    before: Option<UnixMs>,
    limit: usize,
) -> Result<Vec<TimelineItem>> {
    let before = before.map_or(i64::MAX, |t| t.0);
    let deliveries = list::of_lead(client, id, before, limit).await?;
    let mut items: Vec<_> = deliveries
        .into_iter()
        .map(|delivery| TimelineItem::Delivery(Box::new(delivery)))
        .collect();
    let clicks = clicks_back(client, id, before, limit).await?;
    items.extend(clicks.into_iter().map(|click| TimelineItem::Click(Box::new(click))));
    let sql = "SELECT at, field, old, new, by FROM lead_changes
               WHERE workspace_id = $1 AND number = $2 AND at < $3 ORDER BY id DESC LIMIT $4";
    let changes = sql::query(client, sql, &[&id.workspace.0, &number(id), &before, &(limit as i64)]).await?;
    items.extend(changes.iter().map(|row| TimelineItem::Change {
        at: UnixMs(row.get(0)),
        field: row.get(1),
        old: row.get(2),
        new: row.get(3),
        by: row.get(4),
    }));
    items.sort_by_key(|item| std::cmp::Reverse(item.at()));
    items.truncate(limit);
    Ok(items)
}
