//! Counters, what was not counted, and the rotation ledger.

mod store;

use super::{
    fold::{Counters, add_to_counters},
    locks, sql,
    values::{click_columns, parse, read_click, without_nul},
};
use crate::{
    Result,
    model::{Count, Counter, LOG_LOOK, LedgerLine, ReportRange, Sample, Screened, SourceCount},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    click::Click,
    fold::{Came, SourceKind},
    ids::{AgentId, ClickId, RotatorId, WorkspaceId},
    time::{Day, UnixMs},
};
use std::collections::BTreeSet;
use tokio_postgres::Row;

/// Raw requests kept of each rotator and reason.
const SAMPLES_KEPT: i64 = 20;
/// Counter of requests that were not counted as people; its keys are the reasons.
const SCREENED: &str = "screened";

/// `ids` are for the samples, as many as there are.
pub(super) async fn add_screened(
    transaction: &Transaction<'_>,
    screened: &[Screened],
    samples: &[Sample],
    ids: &[i64],
) -> Result<()> {
    let workspaces = screened.iter().map(|screened| screened.workspace);
    let workspaces = workspaces.chain(samples.iter().map(|sample| sample.workspace));
    let workspaces: BTreeSet<i32> = workspaces.map(|workspace| workspace.0 as i32).collect();
    // The fold adds to the same counters.
    locks::wait(transaction, locks::FOLD, &workspaces.into_iter().collect::<Vec<_>>()).await?;
    let mut counters = Counters::new();
    for screened in screened {
        let reason = screened.reason.as_str();
        let key = (screened.workspace, screened.day, screened.rotator, SCREENED, reason);
        *counters.entry(key).or_default() += screened.count;
    }
    add_to_counters(transaction, &counters).await?;
    if samples.is_empty() {
        return Ok(());
    }
    let workspaces: Vec<i64> = samples.iter().map(|sample| sample.workspace.0).collect();
    let rotators: Vec<i64> = samples.iter().map(|sample| sample.rotator.0).collect();
    let reasons: Vec<&str> = samples.iter().map(|sample| sample.reason.as_str()).collect();
    let sql = "INSERT INTO screening_samples (workspace_id, id, rotator_id, reason, at, request)
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[])";
    let values: sql::Values<'_> = &[
        &workspaces,
        &ids,
        &rotators,
        &reasons,
        &samples.iter().map(|sample| sample.at.0).collect::<Vec<_>>(),
        &samples
            .iter()
            .map(|sample| without_nul(&sample.request))
            .collect::<Vec<_>>(),
    ];
    sql::execute(transaction, sql, values).await?;
    let sql = "DELETE FROM screening_samples s
               USING (SELECT DISTINCT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])
                      AS u (workspace_id, rotator_id, reason)) k
               WHERE s.workspace_id = k.workspace_id AND s.rotator_id = k.rotator_id AND s.reason = k.reason
                 AND s.id <= (SELECT o.id FROM screening_samples o
                              WHERE o.workspace_id = k.workspace_id AND o.rotator_id = k.rotator_id
                                AND o.reason = k.reason
                              ORDER BY o.id DESC LIMIT 1 OFFSET $4)";
    sql::execute(transaction, sql, &[&workspaces, &rotators, &reasons, &SAMPLES_KEPT]).await?;
    Ok(())
}

pub(super) async fn add_counts(transaction: &Transaction<'_>, counts: &[Count]) -> Result<()> {
    let workspaces: BTreeSet<i32> = counts.iter().map(|count| count.workspace.0 as i32).collect();
    locks::wait(transaction, locks::FOLD, &workspaces.into_iter().collect::<Vec<_>>()).await?;
    let mut counters = Counters::new();
    for count in counts {
        let key = (count.workspace, count.day, count.rotator, count.metric, &*count.key);
        *counters.entry(key).or_default() += count.n;
    }
    add_to_counters(transaction, &counters).await
}

/// The one with the greatest id: made last, whatever the clock said.
pub(super) async fn newest_click(client: &impl GenericClient) -> Result<Option<UnixMs>> {
    // Along each workspace's key, as there is no index by id alone.
    let sql = "SELECT c.at FROM workspaces w CROSS JOIN LATERAL (
                   SELECT id, at FROM clicks WHERE clicks.workspace_id = w.id ORDER BY id DESC LIMIT 1) c
               ORDER BY c.id DESC LIMIT 1";
    Ok(sql::query_opt(client, sql, &[]).await?.map(|row| UnixMs(row.get(0))))
}

/// The key begins with the workspace, so nobody else's clicks are looked at.
pub(super) async fn latest_clicks(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    from: UnixMs,
    limit: usize,
) -> Result<Vec<Click>> {
    let sql = format!(
        "SELECT {} FROM clicks c WHERE c.workspace_id = $1 AND c.id > $2 ORDER BY c.id DESC LIMIT $3",
        click_columns("c")
    );
    let most = limit.min(LOG_LOOK) as i64;
    let rows = sql::query(client, &sql, &[&workspace.0, &ClickId::before(0, from).0, &most]).await?;
    rows.iter().rev().map(|row| read_click(row, 0)).collect()
}

pub(super) async fn counters(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    metric: &str,
    range: ReportRange,
) -> Result<Vec<Counter>> {
    let sql = "SELECT day, rotator_id, key, n FROM counters
               WHERE workspace_id = $1 AND day BETWEEN $2 AND $3 AND metric = $4
                 AND ($5::bigint IS NULL OR rotator_id = $5)
               ORDER BY day, rotator_id, key COLLATE \"C\"";
    let rotator = range.rotator.map(|r| r.0);
    let values: sql::Values<'_> = &[&workspace.0, &range.from.0, &range.to.0, &metric, &rotator];
    let read = |row: &Row| Counter {
        day: Day(row.get(0)),
        rotator: RotatorId(row.get(1)),
        key: row.get(2),
        n: row.get::<_, i64>(3) as u64,
    };
    Ok(sql::query(client, sql, values).await?.iter().map(read).collect())
}

pub(super) async fn sources(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    kind: SourceKind,
    range: ReportRange,
    limit: usize,
) -> Result<(Vec<SourceCount>, Came)> {
    const WANTED: &str = "FROM sources WHERE workspace_id = $1 AND kind = $2 AND day BETWEEN $3 AND $4
                          AND ($5::bigint IS NULL OR rotator_id = $5)";
    let came = |row: &Row, column: usize| Came {
        clicks: row.get::<_, i64>(column) as u64,
        new: row.get::<_, i64>(column + 1) as u64,
    };
    let (kind, rotator) = (kind.as_str(), range.rotator.map(|r| r.0));
    let all = format!("SELECT coalesce(sum(clicks), 0)::bigint, coalesce(sum(new), 0)::bigint {WANTED}");
    let values: sql::Values<'_> = &[&workspace.0, &kind, &range.from.0, &range.to.0, &rotator];
    let all = came(&sql::query_one(client, &all, values).await?, 0);
    let named = format!(
        "SELECT name, sum(clicks)::bigint, sum(new)::bigint {WANTED}
         GROUP BY name ORDER BY 2 DESC, name COLLATE \"C\" LIMIT $6"
    );
    let limit = limit as i64;
    let values: sql::Values<'_> = &[&workspace.0, &kind, &range.from.0, &range.to.0, &rotator, &limit];
    let read = |row: &Row| SourceCount {
        name: row.get(0),
        came: came(row, 1),
    };
    let counts = sql::query(client, &named, values).await?.iter().map(read).collect();
    Ok((counts, all))
}

pub(super) async fn screening_samples(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    rotator: Option<RotatorId>,
    limit: usize,
) -> Result<Vec<Sample>> {
    let sql = "SELECT rotator_id, reason, at, request FROM screening_samples
               WHERE workspace_id = $1 AND ($2::bigint IS NULL OR rotator_id = $2) ORDER BY id DESC LIMIT $3";
    let values: sql::Values<'_> = &[&workspace.0, &rotator.map(|r| r.0), &(limit as i64)];
    let read = |row: &Row| {
        Ok(Sample {
            workspace,
            rotator: RotatorId(row.get(0)),
            reason: parse("screening_samples.reason", row.get(1))?,
            at: UnixMs(row.get(2)),
            request: row.get(3),
        })
    };
    sql::query(client, sql, values).await?.iter().map(read).collect()
}

pub(super) async fn ledger(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    range: ReportRange,
) -> Result<Vec<LedgerLine>> {
    let sql = "SELECT rotator_id, agent_id, day, sum(given)::bigint, sum(due), count(*) FROM turns
               WHERE workspace_id = $1 AND day BETWEEN $2 AND $3 AND ($4::bigint IS NULL OR rotator_id = $4)
               GROUP BY 1, 2, 3 ORDER BY 1, 3, 2";
    let rotator = range.rotator.map(|r| r.0);
    let read = |row: &Row| LedgerLine {
        rotator: RotatorId(row.get(0)),
        agent: AgentId(row.get(1)),
        day: Day(row.get(2)),
        given: row.get::<_, i64>(3) as u32,
        due: row.get(4),
        servers: row.get::<_, i64>(5) as u32,
    };
    let rows = sql::query(client, sql, &[&workspace.0, &range.from.0, &range.to.0, &rotator]).await?;
    Ok(rows.iter().map(read).collect())
}
