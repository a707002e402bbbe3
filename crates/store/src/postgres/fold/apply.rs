//! Storing what a pass changes, one statement a table. Rows are in the order of their keys, which is the order in which
//! they are locked.

use super::{click_ids, sources};
use crate::{
    Result,
    postgres::{sql, values::number},
};
use deadpool_postgres::Transaction;
use foldhash::HashMap;
use konektor_core::{
    attribution::Platform,
    click::Click,
    fold::{Changes, CounterKey},
    ids::{RotatorId, WorkspaceId},
    time::Day,
};
use std::collections::BTreeMap;

/// Counters to add to, by kind.
type Counts = HashMap<CounterKey, HashMap<String, u64>>;

/// `passed` are counters too: of who was passed over.
pub(super) async fn apply(
    transaction: &Transaction<'_>,
    clicks: &[Click],
    changes: &Changes,
    passed: &Counts,
) -> Result<()> {
    add_activity(transaction, changes).await?;
    add_links(transaction, clicks, changes).await?;
    click_ids::store(transaction, changes).await?;
    let mut counters = Counters::new();
    for (counter, kinds) in changes.counters.iter().chain(passed) {
        for (key, n) in kinds {
            let of = (
                counter.workspace,
                counter.day,
                counter.rotator,
                counter.metric,
                key.as_str(),
            );
            *counters.entry(of).or_default() += n;
        }
    }
    add_to_counters(transaction, &counters).await?;
    sources::add(transaction, &changes.sources).await
}

async fn add_activity(transaction: &Transaction<'_>, changes: &Changes) -> Result<()> {
    if changes.activity.is_empty() {
        return Ok(());
    }
    let rows = || changes.activity.values();
    // The click that is folded last is not always the latest: several servers' are folded in turns.
    let sql = "INSERT INTO activity (workspace_id, number, last_click, head, clicks, last_platform)
               SELECT workspace_id, number, click, click, clicks, platform
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
                    AS a (workspace_id, number, click, clicks, platform)
               ON CONFLICT (workspace_id, number) DO UPDATE
               SET head = excluded.head, clicks = excluded.clicks,
                   last_platform = CASE WHEN excluded.last_click > activity.last_click THEN excluded.last_platform
                                        ELSE activity.last_platform END,
                   last_click = greatest(activity.last_click, excluded.last_click)";
    let values: sql::Values<'_> = &[
        &rows().map(|(lead, _)| lead.workspace.0).collect::<Vec<_>>(),
        &rows().map(|(lead, _)| number(*lead)).collect::<Vec<_>>(),
        &rows().map(|(_, activity)| activity.last_click.0).collect::<Vec<_>>(),
        &rows()
            .map(|(_, activity)| i64::from(activity.clicks))
            .collect::<Vec<_>>(),
        &rows()
            .map(|(_, activity)| activity.last_platform.map(Platform::as_str))
            .collect::<Vec<_>>(),
    ];
    sql::execute(transaction, sql, values).await?;
    Ok(())
}

async fn add_links(transaction: &Transaction<'_>, clicks: &[Click], changes: &Changes) -> Result<()> {
    if changes.links.is_empty() {
        return Ok(());
    }
    // Links are made of these clicks, which are in the order of their ids.
    let workspace = |id| match clicks.binary_search_by_key(&id, |click| click.id) {
        Ok(at) | Err(at) => clicks.get(at).map_or(0, |click| click.lead.workspace.0),
    };
    let rows = || changes.links.iter();
    let sql = "INSERT INTO links (workspace_id, click, previous)
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
               ON CONFLICT (workspace_id, click) DO UPDATE SET previous = excluded.previous";
    let values: sql::Values<'_> = &[
        &rows().map(|(click, _)| workspace(*click)).collect::<Vec<_>>(),
        &rows().map(|(click, _)| click.0).collect::<Vec<_>>(),
        &rows().map(|(_, previous)| previous.0).collect::<Vec<_>>(),
    ];
    sql::execute(transaction, sql, values).await?;
    Ok(())
}

/// What is added to counters, by key.
pub(in crate::postgres) type Counters<'c> = BTreeMap<(WorkspaceId, Day, RotatorId, &'c str, &'c str), u64>;

pub(in crate::postgres) async fn add_to_counters(transaction: &Transaction<'_>, counters: &Counters<'_>) -> Result<()> {
    if counters.is_empty() {
        return Ok(());
    }
    let keys = || counters.keys();
    let sql = "INSERT INTO counters (workspace_id, day, rotator_id, metric, key, n)
               SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])
               ON CONFLICT (workspace_id, day, rotator_id, metric, key) DO UPDATE SET n = counters.n + excluded.n";
    let values: sql::Values<'_> = &[
        &keys().map(|key| key.0.0).collect::<Vec<_>>(),
        &keys().map(|key| key.1.0).collect::<Vec<_>>(),
        &keys().map(|key| key.2.0).collect::<Vec<_>>(),
        &keys().map(|key| key.3).collect::<Vec<_>>(),
        &keys().map(|key| key.4).collect::<Vec<_>>(),
        &counters.values().map(|n| *n as i64).collect::<Vec<_>>(),
    ];
    sql::execute(transaction, sql, values).await?;
    Ok(())
}
