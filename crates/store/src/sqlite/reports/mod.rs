//! Counters, what was not counted, and the rotation ledger.

mod store;

use super::{
    fold::add_to_counter,
    transaction,
    values::{click_columns, read_click},
};
use crate::{
    Result, StoreError,
    model::{Count, Counter, LOG_LOOK, LedgerLine, ReportRange, Sample, Screened, SourceCount},
};
use konektor_core::{
    click::Click,
    fold::{Came, SourceKind},
    ids::{AgentId, ClickId, RotatorId, WorkspaceId},
    time::{Day, UnixMs},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Raw requests kept of each rotator and reason.
const SAMPLES_KEPT: i64 = 20;
/// Counter of requests that were not counted as people; its keys are the reasons.
pub(super) const SCREENED: &str = "screened";

pub(super) fn add_screened(connection: &mut Connection, screened: &[Screened], samples: &[Sample]) -> Result<()> {
    let transaction = transaction::on_fold(connection)?;
    for Screened {
        workspace,
        day,
        rotator,
        reason,
        count,
    } in screened
    {
        add_to_counter(
            &transaction,
            (*workspace, *day, rotator.0),
            SCREENED,
            reason.as_str(),
            *count,
        )?;
    }
    for Sample {
        workspace,
        rotator,
        reason,
        at,
        request,
    } in samples
    {
        transaction
            .prepare_cached(
                "INSERT INTO fold.screening_samples (workspace_id, rotator_id, reason, at, request)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![workspace.0, rotator.0, reason.as_str(), at.0, request])?;
        transaction
            .prepare_cached(
                "DELETE FROM fold.screening_samples WHERE rotator_id = ?1 AND reason = ?2 AND id <=
                   (SELECT id FROM fold.screening_samples WHERE rotator_id = ?1 AND reason = ?2
                    ORDER BY id DESC LIMIT 1 OFFSET ?3)",
            )?
            .execute(params![rotator.0, reason.as_str(), SAMPLES_KEPT])?;
    }
    Ok(transaction.commit()?)
}

pub(super) fn add_counts(connection: &mut Connection, counts: &[Count]) -> Result<()> {
    let transaction = transaction::on_fold(connection)?;
    for count in counts {
        let whose = (count.workspace, count.day, count.rotator.0);
        add_to_counter(&transaction, whose, count.metric, &count.key, count.n)?;
    }
    Ok(transaction.commit()?)
}

pub(super) fn counters(
    connection: &Connection,
    workspace: WorkspaceId,
    metric: &str,
    range: ReportRange,
) -> Result<Vec<Counter>> {
    let mut stored = connection.prepare_cached(
        "SELECT day, rotator_id, key, n FROM fold.counters
         WHERE workspace_id = ?1 AND day BETWEEN ?2 AND ?3 AND metric = ?4 AND (?5 IS NULL OR rotator_id = ?5)
         ORDER BY day, rotator_id, key",
    )?;
    let rotator = range.rotator.map(|r| r.0);
    let counters = stored.query_map(params![workspace.0, range.from.0, range.to.0, metric, rotator], |row| {
        Ok(Counter {
            day: Day(row.get(0)?),
            rotator: RotatorId(row.get(1)?),
            key: row.get(2)?,
            n: row.get(3)?,
        })
    })?;
    Ok(counters.collect::<rusqlite::Result<_>>()?)
}

/// The one with the greatest id: made last, whatever the clock said.
pub(super) fn newest_click(connection: &Connection) -> Result<Option<UnixMs>> {
    let newest = connection.query_row("SELECT at FROM main.clicks ORDER BY id DESC LIMIT 1", [], |row| {
        row.get(0)
    });
    Ok(newest.optional()?.map(UnixMs))
}

/// The inner look is bounded, whoever else's clicks are in the log.
pub(super) fn latest_clicks(
    connection: &Connection,
    workspace: WorkspaceId,
    from: UnixMs,
    limit: usize,
) -> Result<Vec<Click>> {
    let sql = format!(
        "SELECT {} FROM (SELECT * FROM main.clicks WHERE id > ?1 ORDER BY id DESC LIMIT ?2) c
         WHERE c.lead_id >> 35 = ?3 LIMIT ?4",
        click_columns("c")
    );
    let mut stored = connection.prepare_cached(&sql)?;
    let oldest = ClickId::before(0, from).0;
    let mut rows = stored.query(params![oldest, LOG_LOOK as i64, workspace.0, limit as i64])?;
    let mut clicks = Vec::new();
    while let Some(row) = rows.next()? {
        clicks.push(read_click(row, 0)?);
    }
    clicks.sort_unstable_by_key(|click| click.id);
    Ok(clicks)
}

pub(super) fn sources(
    connection: &Connection,
    workspace: WorkspaceId,
    kind: SourceKind,
    range: ReportRange,
    limit: usize,
) -> Result<(Vec<SourceCount>, Came)> {
    const WANTED: &str = "FROM fold.sources WHERE workspace_id = ?1 AND kind = ?2 AND day BETWEEN ?3 AND ?4
                          AND (?5 IS NULL OR rotator_id = ?5)";
    let came = |row: &Row<'_>, column: usize| -> rusqlite::Result<Came> {
        Ok(Came {
            clicks: row.get(column)?,
            new: row.get(column + 1)?,
        })
    };
    let rotator = range.rotator.map(|r| r.0);
    let all = connection
        .prepare_cached(&format!(
            "SELECT coalesce(sum(clicks), 0), coalesce(sum(new), 0) {WANTED}"
        ))?
        .query_row(
            params![workspace.0, kind.as_str(), range.from.0, range.to.0, rotator],
            |row| came(row, 0),
        )?;
    let mut stored = connection.prepare_cached(&format!(
        "SELECT name, sum(clicks), sum(new) {WANTED} GROUP BY name ORDER BY 2 DESC, name LIMIT ?6"
    ))?;
    let counts = stored.query_map(
        params![
            workspace.0,
            kind.as_str(),
            range.from.0,
            range.to.0,
            rotator,
            limit as i64
        ],
        |row| {
            Ok(SourceCount {
                name: row.get(0)?,
                came: came(row, 1)?,
            })
        },
    )?;
    Ok((counts.collect::<rusqlite::Result<_>>()?, all))
}

pub(super) fn screening_samples(
    connection: &Connection,
    workspace: WorkspaceId,
    rotator: Option<RotatorId>,
    limit: usize,
) -> Result<Vec<Sample>> {
    let mut stored = connection.prepare_cached(
        "SELECT rotator_id, reason, at, request FROM fold.screening_samples
         WHERE workspace_id = ?1 AND (?2 IS NULL OR rotator_id = ?2) ORDER BY id DESC LIMIT ?3",
    )?;
    let mut rows = stored.query(params![workspace.0, rotator.map(|r| r.0), limit as i64])?;
    let mut samples = Vec::new();
    while let Some(row) = rows.next()? {
        let reason: String = row.get(1)?;
        samples.push(Sample {
            workspace,
            rotator: RotatorId(row.get(0)?),
            reason: reason
                .parse()
                .map_err(|e| StoreError::corrupt("screening_samples.reason", e))?,
            at: UnixMs(row.get(2)?),
            request: row.get(3)?,
        });
    }
    Ok(samples)
}

pub(super) fn ledger(connection: &Connection, workspace: WorkspaceId, range: ReportRange) -> Result<Vec<LedgerLine>> {
    let mut stored = connection.prepare_cached(
        "SELECT t.rotator_id, t.agent_id, t.day, t.given, t.due FROM turns t JOIN rotators r ON r.id = t.rotator_id
         WHERE r.workspace_id = ?1 AND t.day BETWEEN ?2 AND ?3 AND (?4 IS NULL OR t.rotator_id = ?4)
         ORDER BY t.rotator_id, t.day, t.agent_id",
    )?;
    let rotator = range.rotator.map(|r| r.0);
    let lines = stored.query_map(params![workspace.0, range.from.0, range.to.0, rotator], |row| {
        Ok(LedgerLine {
            rotator: RotatorId(row.get(0)?),
            agent: AgentId(row.get(1)?),
            day: Day(row.get(2)?),
            given: row.get(3)?,
            due: row.get(4)?,
            servers: 1,
        })
    })?;
    Ok(lines.collect::<rusqlite::Result<_>>()?)
}
