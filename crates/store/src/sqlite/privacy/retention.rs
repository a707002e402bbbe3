//! What is kept for a time only. Clicks lose parts of themselves in the order of their ids, behind a mark, a few at a time; leads of
//! whom nothing is heard are found, and erased like any other.

use super::rows_of;
use crate::{
    Result,
    model::{Forgotten, SilentLeads},
    sqlite::{
        activity, transaction,
        values::{click_columns, read_click},
    },
};
use konektor_core::{
    click::Click,
    identity::continuity::Fingerprints,
    ids::{ClickId, LeadId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// Clicks at a time: some milliseconds, for which visitors wait.
const STEP: i64 = 128;

/// The next clicks to look at, oldest first.
pub(super) fn next(connection: &Connection, what: Forgotten, before: UnixMs) -> Result<Vec<Click>> {
    let mark: Option<i64> = connection
        .prepare_cached("SELECT click FROM main.forgotten WHERE what = ?1")?
        .query_row([what.as_str()], |row| row.get(0))
        .optional()?;
    let sql = format!(
        "SELECT {} FROM main.clicks c WHERE c.id > ?1 AND c.id < ?2 ORDER BY c.id LIMIT ?3",
        click_columns("c")
    );
    let mut next = connection.prepare_cached(&sql)?;
    let mut rows = next.query([mark.unwrap_or(0), ClickId::before(0, before).0, STEP])?;
    let mut clicks = Vec::new();
    while let Some(row) = rows.next()? {
        clicks.push(read_click(row, 0)?);
    }
    Ok(clicks)
}

/// What the index of click IDs has of them, and is to lose.
pub(super) fn indexed(prints: &Fingerprints, what: Forgotten, clicks: &[Click]) -> Vec<i64> {
    let of_click = |click: &Click| {
        let facts = &click.facts;
        let ua = prints.user_agent(&facts.ua);
        let print = prints.click_id(click.lead.workspace, &facts.touch, ua, &facts.lang);
        let of_touch = print.into_iter().flat_map(move |print| match what {
            Forgotten::Origin => vec![print.with_browser],
            Forgotten::ClickIds => vec![print.with_browser, print.click_id],
        });
        of_touch.chain(facts.press).collect::<Vec<_>>()
    };
    clicks.iter().flat_map(of_click).collect()
}

/// Takes it away from the clicks, and moves the mark.
pub(super) fn forget(connection: &mut Connection, what: Forgotten, clicks: Vec<Click>) -> Result<()> {
    let Some(last) = clicks.last().map(|click| click.id) else {
        return Ok(());
    };
    let transaction = transaction::on_ground(connection)?;
    let mut set = transaction.prepare_cached("UPDATE clicks SET facts = ?2 WHERE id = ?1")?;
    let mut json = Vec::new();
    for mut click in clicks {
        let had = click.facts.clone();
        let facts = &mut click.facts;
        match what {
            Forgotten::Origin => {
                facts.ip = None;
                facts.ua = "".into();
            }
            Forgotten::ClickIds => {
                // That it came by a platform's ad stays: the touch's layer and platform say it.
                facts.touch.click_ids.clear();
                facts.pixel = None;
            }
        }
        if *facts != had {
            json.clear();
            facts.write_json(&mut json);
            let text = std::str::from_utf8(&json).map_err(|e| crate::StoreError::corrupt("click", e))?;
            set.execute(params![click.id.0, text])?;
        }
    }
    drop(set);
    transaction
        .prepare_cached(
            "INSERT INTO forgotten (what, click) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET click = max(click, excluded.click)",
        )?
        .execute(params![what.as_str(), last.0])?;
    Ok(transaction.commit()?)
}

pub(super) fn silent_leads(
    connection: &Connection,
    before: UnixMs,
    after: Option<LeadId>,
    limit: usize,
) -> Result<SilentLeads> {
    let mut roots = connection.prepare_cached(
        "SELECT id, created_at FROM main.leads WHERE id > ?1 AND merged_into IS NULL ORDER BY id LIMIT ?2",
    )?;
    let from = after.map_or(i64::MIN, LeadId::packed);
    let roots = roots.query_map([from, limit as i64], |row| {
        Ok((LeadId::from_packed(row.get(0)?), UnixMs(row.get(1)?)))
    })?;
    let roots: Vec<(LeadId, UnixMs)> = roots.collect::<rusqlite::Result<_>>()?;
    let mut silent = SilentLeads::default();
    for (root, born_at) in &roots {
        if *born_at < before && last_heard(connection, *root)? < before {
            silent.leads.push(*root);
        }
    }
    if !silent.leads.is_empty() {
        let back = came_back(connection, before)?;
        let found = std::mem::take(&mut silent.leads);
        for root in found {
            let is_back = rows_of(connection, root)?
                .iter()
                .any(|row| back.contains(&row.packed()));
            // Once more: a click may have been folded since the first look.
            if !is_back && last_heard(connection, root)? < before {
                silent.leads.push(root);
            }
        }
    }
    silent.next = roots.last().map(|(root, _)| *root).filter(|_| roots.len() == limit);
    Ok(silent)
}

/// Leads with a click since `before` that the fold has not come to.
fn came_back(connection: &Connection, before: UnixMs) -> Result<BTreeSet<i64>> {
    let mut unfolded = connection
        .prepare_cached("SELECT lead_id FROM main.clicks WHERE id > max((SELECT click FROM fold.watermark), ?1)")?;
    let leads = unfolded.query_map([ClickId::before(0, before).0], |row| row.get(0))?;
    Ok(leads.collect::<rusqlite::Result<_>>()?)
}

/// When a person last clicked, said something, or was worked on. Ids of clicks tell it too, and better: they rise also while
/// a clock is set back.
pub(super) fn last_heard(connection: &Connection, root: LeadId) -> Result<UnixMs> {
    let sql = format!(
        "SELECT max(l.created_at, l.first_click >> 22, coalesce({} >> 22, 0),
                    coalesce((SELECT max(c.at) FROM main.lead_changes c WHERE c.lead_id = l.id), 0),
                    coalesce((SELECT max(s.at) FROM main.submissions s WHERE s.lead_id = l.id), 0))
         FROM main.leads l {} WHERE l.id = ?1",
        activity::LAST_CLICK,
        activity::JOINED
    );
    let mut heard = connection.prepare_cached(&sql)?;
    let mut last = UnixMs(0);
    for row in rows_of(connection, root)? {
        let at: Option<i64> = heard.query_row([row.packed()], |row| row.get(0)).optional()?;
        last = last.max(UnixMs(at.unwrap_or(0)));
    }
    Ok(last)
}
