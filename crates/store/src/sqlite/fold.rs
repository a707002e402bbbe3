//! The fold's transaction: clicks behind the watermark in, projections and the new watermark out.

use super::{
    record::{FIND_CLICK_ID, find_click_id},
    transaction,
    values::read_click,
};
use crate::{Result, StoreError, model::FoldProgress};
use foldhash::HashMap;
use konektor_core::{
    attribution::Platform,
    click::Click,
    fold::{Activity, Changes, Fresh, Known, fold, knows_its_click_id},
    identity::continuity::{ClickIdUse, Fingerprints},
    ids::{ClickId, WorkspaceId},
    routing::Routing,
    time::Day,
};
use rusqlite::{Connection, Transaction, params};

/// Clicks held in memory at once. A pass has many such chunks and one commit: pages that several of them touch
/// are written once.
const CHUNK: usize = 1_024;

pub(super) fn fold_pass(
    connection: &mut Connection,
    routing: &Routing,
    prints: &Fingerprints,
    fresh: Fresh,
    limit: usize,
) -> Result<FoldProgress> {
    let transaction = transaction::on_fold(connection)?;
    let mut progress = FoldProgress {
        watermark: watermark(&transaction)?,
        ..FoldProgress::default()
    };
    let mut day_of = days(routing);
    let mut fold_chunk = |clicks: &[Click], progress: &mut FoldProgress| -> Result<()> {
        let Some(last) = clicks.last() else { return Ok(()) };
        progress.watermark = last.id;
        progress.clicks += clicks.len();
        progress.leads.extend(clicks.iter().map(|click| click.lead));
        let known = load(&transaction, prints, clicks)?;
        apply(
            &transaction,
            &fold(clicks, known, prints, &mut day_of),
            progress.watermark,
        )
    };
    match fresh.after(progress.watermark) {
        Some(clicks) => {
            for chunk in clicks.chunks(CHUNK) {
                fold_chunk(chunk, &mut progress)?;
            }
        }
        None => {
            while progress.clicks < limit {
                let clicks = clicks_after(&transaction, progress.watermark, CHUNK.min(limit - progress.clicks))?;
                fold_chunk(&clicks, &mut progress)?;
                if clicks.is_empty() {
                    break;
                }
            }
        }
    }
    transaction.commit()?;
    Ok(progress)
}

pub(super) fn watermark(connection: &Connection) -> Result<ClickId> {
    let mut stored = connection.prepare_cached("SELECT click FROM fold.watermark")?;
    Ok(ClickId(stored.query_row([], |row| row.get(0))?))
}

fn clicks_after(transaction: &Transaction<'_>, watermark: ClickId, limit: usize) -> Result<Vec<Click>> {
    let mut after = transaction.prepare_cached(
        "SELECT id, at, lead_id, rotator_id, agent_id, facts FROM main.clicks WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = after.query(params![watermark.0, limit as i64])?;
    let mut clicks = Vec::new();
    while let Some(row) = rows.next()? {
        clicks.push(read_click(row, 0)?);
    }
    Ok(clicks)
}

/// A click's day in its workspace's zone. A calendar costs a microsecond, so a day is looked up once an hour.
fn days(routing: &Routing) -> impl FnMut(&Click) -> Day {
    let mut known: HashMap<(WorkspaceId, i64), Day> = HashMap::default();
    move |click| {
        let workspace = click.lead.workspace;
        let quarter = click.at.0.div_euclid(900_000); // zones differ by quarters of an hour
        *known
            .entry((workspace, quarter))
            .or_insert_with(|| match routing.workspace(workspace) {
                Some(workspace) => click.at.day_in(&workspace.time_zone),
                None => click.at.day_in(&jiff::tz::TimeZone::UTC),
            })
    }
}

fn load(transaction: &Transaction<'_>, prints: &Fingerprints, clicks: &[Click]) -> Result<Known> {
    let mut known = Known::default();
    let mut activity =
        transaction.prepare_cached("SELECT last_click, clicks, last_platform FROM fold.activity WHERE lead_id = ?1")?;
    let mut first = transaction.prepare_cached("SELECT first_click FROM main.leads WHERE id = ?1")?;
    for lead in clicks.iter().filter(|c| !c.facts.new).map(|c| c.lead) {
        if known.activity.contains_key(&lead) || known.first_clicks.contains_key(&lead) {
            continue;
        }
        let mut rows = activity.query([lead.packed()])?;
        if let Some(row) = rows.next()? {
            let (last_click, clicks) = (ClickId(row.get(0)?), row.get(1)?);
            known.activity.insert(
                lead,
                Activity {
                    last_click,
                    clicks,
                    last_platform: read_platform(row, 2)?,
                },
            );
        } else if let Some(row) = first.query([lead.packed()])?.next()? {
            known.first_clicks.insert(lead, ClickId(row.get(0)?));
        }
    }
    let mut by_print = transaction.prepare_cached(FIND_CLICK_ID)?;
    for click in clicks.iter().filter(|click| !knows_its_click_id(&click.facts)) {
        let facts = &click.facts;
        let print = prints.click_id(click.lead.workspace, &facts.touch, &facts.ua, &facts.lang);
        for key in print.iter().flat_map(|print| [print.click_id, print.with_browser]) {
            if let Some(used) = find_click_id(&mut by_print, key)? {
                known.click_ids.insert(key, used);
            }
        }
    }
    Ok(known)
}

pub(super) fn read_platform(row: &rusqlite::Row<'_>, column: usize) -> Result<Option<Platform>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|e| StoreError::corrupt("platform", e)))
        .transpose()
}

fn apply(transaction: &Transaction<'_>, changes: &Changes, watermark: ClickId) -> Result<()> {
    let mut set_activity =
        transaction.prepare_cached("INSERT OR REPLACE INTO fold.activity VALUES (?1, ?2, ?3, ?4)")?;
    for (
        id,
        (
            _,
            Activity {
                last_click,
                clicks,
                last_platform,
            },
        ),
    ) in &changes.activity
    {
        set_activity.execute(params![id, last_click.0, clicks, last_platform.map(Platform::as_str)])?;
    }
    let mut add_link = transaction.prepare_cached("INSERT OR REPLACE INTO fold.links VALUES (?1, ?2)")?;
    for (click, previous) in &changes.links {
        add_link.execute([click.0, previous.0])?;
    }
    let mut set_click_id =
        transaction.prepare_cached("INSERT OR REPLACE INTO fold.click_ids VALUES (?1, ?2, ?3, ?4)")?;
    for (print, ClickIdUse { lead, with_browser, at }) in &changes.click_ids {
        set_click_id.execute([*print, lead.packed(), *with_browser, at.0])?;
    }
    for (counter, kinds) in &changes.counters {
        for (key, n) in kinds {
            let whose = (counter.workspace, counter.day, counter.rotator.0);
            add_to_counter(transaction, whose, counter.metric, key, *n)?;
        }
    }
    transaction
        .prepare_cached("UPDATE fold.watermark SET click = ?1")?
        .execute([watermark.0])?;
    Ok(())
}

pub(super) fn add_to_counter(
    transaction: &Transaction<'_>,
    (workspace, day, rotator): (WorkspaceId, Day, i64),
    metric: &str,
    key: &str,
    n: u64,
) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO fold.counters VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?
        .execute(params![workspace.0, day.0, rotator, metric, key, n])?;
    Ok(())
}
