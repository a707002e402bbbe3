//! What happened to a lead, and to those that were merged into it.

use super::{
    deliveries::list,
    identity::{details::submissions, find, group},
    sql,
    values::number,
    walk::clicks_back,
};
use crate::{Result, model::TimelineItem, stored::changes::StoredChange};
use deadpool_postgres::GenericClient;
use konektor_core::{ids::LeadId, time::UnixMs};
use tokio_postgres::Row;

/// Clicks, deliveries, submissions and changes, newest first. Of the same moment an event comes before what made it, and
/// their order is always the same: a page may end between them.
pub(super) async fn timeline(
    client: &impl GenericClient,
    id: LeadId,
    before: Option<UnixMs>,
    limit: usize,
) -> Result<Vec<TimelineItem>> {
    let before = before.map_or(i64::MAX, |t| t.0);
    let Some(root) = find(client, id).await?.standing() else {
        return Ok(Vec::new());
    };
    let leads = group(client, root).await?;
    let mut items = Vec::new();
    for lead in &leads {
        let deliveries = list::of_lead(client, *lead, before, limit).await?.into_iter();
        items.extend(deliveries.map(|delivery| TimelineItem::Delivery(Box::new(delivery))));
    }
    for lead in &leads {
        let clicks = clicks_back(client, *lead, before, limit).await?.into_iter();
        items.extend(clicks.map(|click| TimelineItem::Click(Box::new(click))));
    }
    for lead in &leads {
        items.extend(changes(client, *lead, *lead == root, before, limit).await?);
    }
    for lead in &leads {
        let said = submissions(client, *lead, before, limit).await?.into_iter();
        items.extend(said.map(|submission| TimelineItem::Submission(Box::new(submission))));
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.at()));
    items.truncate(limit);
    Ok(items)
}

/// A lead's changes. A merge stands with both of its leads: shown is the survivor's word, or there would be two.
async fn changes(
    client: &impl GenericClient,
    lead: LeadId,
    is_root: bool,
    before: i64,
    limit: usize,
) -> Result<Vec<TimelineItem>> {
    let sql = "SELECT at, field, old, new, by FROM lead_changes
               WHERE workspace_id = $1 AND number = $2 AND at < $3
                 AND ($4 OR field NOT IN ('merged_into', 'unmerged_from'))
               ORDER BY id DESC LIMIT $5";
    let values: sql::Values<'_> = &[&lead.workspace.0, &number(lead), &before, &is_root, &(limit as i64)];
    let changes = sql::query(client, sql, values).await?;
    changes.iter().map(read_change).collect()
}

fn read_change(row: &Row) -> Result<TimelineItem> {
    let change = StoredChange {
        at: UnixMs(row.get(0)),
        field: row.get(1),
        old: row.get(2),
        new: row.get(3),
        by: row.get(4),
    };
    change.item()
}
