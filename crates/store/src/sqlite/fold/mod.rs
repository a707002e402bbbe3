//! The fold's transaction: clicks and changes of status behind the watermark in, projections, events and the new watermark
//! out.

mod events;
mod sources;
mod webhooks;

use super::{
    activity, arrivals, breath, click_ids,
    privacy::{is_anybody_erased, is_erased_since},
    record::turns_on_day,
    rows::Insert,
    transaction,
    values::read_click,
};
use crate::{
    Result, StoreError,
    model::{FoldProgress, FoldedLead},
};
use events::Outbox;
use foldhash::HashMap;
use konektor_core::{
    attribution::Platform,
    click::Click,
    fold::{Changes, CounterKey, Fresh, Known, click_id_print, fold, knows_its_click_id, passed_over},
    identity::continuity::Fingerprints,
    ids::{ClickId, LeadId, WorkspaceId},
    routing::{Agent, Routing},
    time::{Day, UnixMs},
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::BTreeMap;
use webhooks::Messages;

/// Clicks read from the log at once, and folded without a pause. A pass has many such chunks and one commit: pages that several
/// of them touch are written once.
const CHUNK: usize = 512;

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
    let mut outbox = Outbox::new(&transaction);
    let mut messages = Messages::new(&transaction, routing);
    let is_anybody_erased = is_anybody_erased(&transaction)?;
    let mut entered = 0;
    let mut fold_all = |parts: &[Vec<Click>], progress: &mut FoldProgress| -> Result<()> {
        let Some(last) = parts.last().and_then(|part| part.last()) else {
            return Ok(());
        };
        progress.watermark = last.id;
        progress.clicks += parts.iter().map(Vec::len).sum::<usize>();
        let others;
        let parts = match is_anybody_erased {
            false => parts,
            true => {
                others = [without_erased(&transaction, parts.iter().flatten())?];
                &others
            }
        };
        progress.leads.extend(parts.iter().flatten().map(|click| FoldedLead {
            lead: click.lead,
            agent: click.agent,
            new: click.facts.new,
        }));
        let (mut known, had_recent) = load(&transaction, routing, prints, parts.iter().flatten())?;
        let mut returned = BTreeMap::new();
        for clicks in parts.iter().flat_map(|part| part.chunks(CHUNK)) {
            let mut changes = fold(clicks, &mut known, routing, prints, &mut day_of);
            breath::pause();
            entered += changes.click_ids.len();
            returned.extend(std::mem::take(&mut changes.activity));
            apply(&transaction, &changes)?;
            messages.add_clicks(clicks)?;
            // By the ledger, which may be a moment ahead of the click.
            let turns = |agent: &Agent, at: UnixMs| turns_on_day(&transaction, agent.id, at.day_in(&agent.time_zone));
            add_counters(&transaction, &passed_over(clicks, routing, turns, &mut day_of)?)?;
            breath::pause();
            for (n, event) in changes.events.iter().enumerate() {
                breath::breathe(n);
                outbox.add(event, None)?;
            }
        }
        activity::enter(&transaction, &returned, had_recent)?;
        transaction
            .prepare_cached("UPDATE fold.watermark SET click = ?1")?
            .execute([progress.watermark.0])?;
        Ok(())
    };
    let mut caught_up = true;
    let (more_come, is_crowded) = (fresh.count() > 0, fresh.is_half_full());
    let fresh = fresh.after(progress.watermark);
    // Those that come during a pass have to fit in beside it. What does not is read back, for twice the time.
    let _haste = (is_crowded || more_come && fresh.is_none()).then(breath::Haste::make);
    let mut handed_over = Vec::new();
    match fresh {
        Some(parts) => {
            fold_all(&parts, &mut progress)?;
            handed_over = parts;
        }
        None => loop {
            caught_up = progress.clicks < limit;
            if !caught_up {
                break;
            }
            let clicks = clicks_after(&transaction, progress.watermark, CHUNK.min(limit - progress.clicks))?;
            if clicks.is_empty() {
                break;
            }
            fold_all(&[clicks], &mut progress)?;
        },
    }
    click_ids::keep_up(&transaction, entered)?;
    activity::keep_up(&transaction)?;
    // A lead's status is attributed to one of its clicks, so these have to be there first.
    if caught_up {
        outbox.add_changes(routing, prints, &mut messages)?;
        arrivals::fold(&transaction)?;
        messages.add_the_rest()?;
    }
    progress.webhooks = messages.close();
    progress.destinations = outbox.close()?;
    name_survivors(&transaction, &mut progress.leads)?;
    transaction.commit()?;
    let_go(handed_over);
    Ok(progress)
}

/// Frees thousands of clicks, which takes milliseconds.
fn let_go(parts: Vec<Vec<Click>>) {
    for (n, click) in parts.into_iter().flatten().enumerate() {
        breath::breathe(n);
        drop(click);
    }
}

/// Clicks that were handed over before their leads were erased are not folded: what they would leave is gone.
fn without_erased<'c>(connection: &Connection, clicks: impl Iterator<Item = &'c Click>) -> Result<Vec<Click>> {
    let mut others = Vec::new();
    for (n, click) in clicks.enumerate() {
        breath::breathe(n);
        if !is_erased_since(connection, click.lead, click.at)? {
            others.push(click.clone());
        }
    }
    Ok(others)
}

/// Dashboards are told of the leads that they show. Where nobody was ever merged, that is one look at an empty index.
fn name_survivors(connection: &Connection, leads: &mut [FoldedLead]) -> Result<()> {
    let mut any = connection.prepare_cached("SELECT 1 FROM main.merges WHERE undone_at IS NULL LIMIT 1")?;
    if !any.exists([])? {
        return Ok(());
    }
    let mut merged = connection.prepare_cached(
        "SELECT l.merged_into FROM main.merges m JOIN main.leads l ON l.id = m.merged
         WHERE m.merged = ?1 AND m.undone_at IS NULL",
    )?;
    for folded in leads.iter_mut().filter(|folded| !folded.new) {
        let survivor: Option<Option<i64>> = merged.query_row([folded.lead.packed()], |row| row.get(0)).optional()?;
        if let Some(survivor) = survivor.flatten() {
            folded.lead = LeadId::from_packed(survivor);
        }
    }
    Ok(())
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

/// What the clicks' leads and click IDs are known by, and of how many leads there is a recent row.
fn load<'c>(
    transaction: &Transaction<'_>,
    routing: &Routing,
    prints: &Fingerprints,
    clicks: impl Iterator<Item = &'c Click> + Clone,
) -> Result<(Known, usize)> {
    let mut known = Known {
        told: events::told(transaction, routing, prints, clicks.clone())?,
        ..Known::default()
    };
    // In the order of leads: of a whole pass, several are found by the same pages.
    let mut returning = BTreeMap::new();
    for (n, click) in clicks.clone().filter(|click| !click.facts.new).enumerate() {
        breath::breathe(n);
        returning.insert(click.lead.packed(), click);
    }
    let mut activity = activity::Lookup::open(transaction)?;
    // A lead that no click made has none before this one.
    let mut first =
        transaction.prepare_cached("SELECT first_click FROM main.leads WHERE id = ?1 AND first_click <> 0")?;
    for (n, click) in returning.into_values().enumerate() {
        breath::breathe(n);
        let lead = click.lead;
        if let Some(before) = activity.find(lead)? {
            known.activity.insert(lead, before);
        } else if let Some(first) = click.first {
            known.first_clicks.insert(lead, first);
        } else if let Some(row) = first.query([lead.packed()])?.next()? {
            known.first_clicks.insert(lead, ClickId(row.get(0)?));
        }
    }
    let mut index = click_ids::Index::open(transaction)?;
    let unknown = clicks.filter(|click| !knows_its_click_id(click));
    for (n, click) in unknown.enumerate() {
        breath::breathe(n);
        let print = click_id_print(click, prints);
        for key in print.iter().flat_map(|print| [print.click_id, print.with_browser]) {
            if let Some(used) = index.find(key)? {
                known.click_ids.insert(key, used);
            }
        }
    }
    Ok((known, activity.found_recent))
}

pub(super) fn read_platform(row: &rusqlite::Row<'_>, column: usize) -> Result<Option<Platform>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|e| StoreError::corrupt("platform", e)))
        .transpose()
}

static LINKS: Insert = Insert::new("INSERT OR REPLACE INTO fold.links (click, previous)", 2);
fn apply(transaction: &Transaction<'_>, changes: &Changes) -> Result<()> {
    breath::insert(&LINKS, transaction, &changes.links, |row, (click, previous)| {
        row.push(click.0)?;
        row.push(previous.0)
    })?;
    click_ids::enter(transaction, &changes.click_ids)?;
    for ((workspace, day), [first, last]) in &changes.born {
        transaction
            .prepare_cached(
                "INSERT INTO fold.lead_days VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)",
            )?
            .execute(params![workspace.0, day.0, first.packed(), last.packed()])?;
    }
    add_counters(transaction, &changes.counters)?;
    sources::add(transaction, &changes.sources)
}

fn add_counters(transaction: &Transaction<'_>, counters: &HashMap<CounterKey, HashMap<String, u64>>) -> Result<()> {
    for (counter, kinds) in counters {
        for (key, n) in kinds {
            let whose = (counter.workspace, counter.day, counter.rotator.0);
            add_to_counter(transaction, whose, counter.metric, key, *n)?;
        }
    }
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
