//! Erasing persons, from one file after the other.
//!
//! It has a connection of its own and locks the second file first, for which it may have to wait a pass of the fold; the first
//! file, for which visitors wait, only after that, for some milliseconds a person.
//!
//! A commit to both files is two, and what fails between them would leave in one what the other no longer leads to. So it goes in
//! steps, each of one file, and begins anew after each that found something to erase: projections and the outbox; clicks; the links
//! along which clicks are found, whether they are still there or not; and last the leads, which are noted as erased with it.
//! Whatever fails before, all of it is done again at the next start.

use super::{all_rows, rows_of};
use crate::{
    Result,
    model::{Erased, Whom},
    sqlite::{
        activity, click_ids, transaction,
        values::{click_columns, read_click},
        walk::{clicks_back, latest_click},
    },
};
use konektor_core::{
    click::Click,
    fold::{OTHER, SourceKind, cut},
    identity::{code::CodeKey, continuity::Fingerprints},
    ids::{AgentId, LeadId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

/// A text that is shorter may stand in any file by chance.
const NEEDLE_MIN_BYTES: usize = 8;

pub(super) fn find_persons(connection: &Connection, workspace: WorkspaceId, whom: &Whom) -> Result<Vec<LeadId>> {
    let found: Vec<i64> = match whom {
        Whom::Lead(lead) => {
            let mut known = connection.prepare("SELECT id FROM leads WHERE id = ?1")?;
            let found = known.query_map([lead.packed()], |row| row.get(0))?;
            found.collect::<rusqlite::Result<_>>()?
        }
        Whom::Phone(value) => known_by(connection, workspace, "phone", value)?,
        Whom::Email(value) => known_by(connection, workspace, "email", value)?,
    };
    let mut persons = BTreeSet::new();
    for lead in found.into_iter().map(LeadId::from_packed) {
        if lead.workspace == workspace {
            persons.extend(rows_of(connection, lead)?.first().map(|root| root.packed()));
        }
    }
    Ok(persons.into_iter().map(LeadId::from_packed).collect())
}

/// Leads that are or were known by a number or address: by their identifiers, their columns, what was said of them, and what
/// was changed.
fn known_by(connection: &Connection, workspace: WorkspaceId, kind: &str, value: &str) -> Result<Vec<i64>> {
    let mut known = connection.prepare(&format!(
        "SELECT lead_id FROM identifiers
         WHERE workspace_id = ?1 AND (kind = '{kind}' OR (kind = 'whatsapp' AND '{kind}' = 'phone')) AND value = ?2
         UNION SELECT id FROM leads WHERE {kind} = ?2 AND id >> 35 = ?1
         UNION SELECT id FROM leads WHERE own IS NOT NULL AND instr(own, ?2) > 0 AND id >> 35 = ?1
         UNION SELECT lead_id FROM submissions WHERE workspace_id = ?1 AND said ->> '$.{kind}' = ?2
         UNION SELECT lead_id FROM lead_changes
               WHERE field = '{kind}' AND (old = ?2 OR new = ?2) AND lead_id >> 35 = ?1
                     AND EXISTS (SELECT 1 FROM leads l WHERE l.id = lead_id)"
    ))?;
    let found = known.query_map(params![workspace.0, value], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn erase(
    connection: &mut Connection,
    prints: &Fingerprints,
    leads: &[LeadId],
    now: UnixMs,
) -> Result<Erased> {
    let mut erased = Erased::default();
    forget_names(connection, &all_rows(connection, leads)?)?;
    loop {
        let transaction = transaction::on_fold(connection)?;
        // The other lock as well, before anything is read: what is read then is what is written to.
        transaction
            .prepare_cached("UPDATE main.installation SET id = id WHERE id = 0")?
            .execute([])?;
        erased.leads = all_rows(&transaction, leads)?;
        let clicks = clicks_of(&transaction, &erased.leads)?;
        let before = transaction.total_changes();
        let is_clean = || transaction.total_changes() == before;
        erase_projections(&transaction, prints, &mut erased, &clicks)?;
        if is_clean() {
            erased.clicks += erase_clicks(&transaction, &clicks)?;
        }
        if is_clean() {
            erase_links(&transaction, &erased.leads)?;
        }
        let is_last = is_clean();
        if is_last {
            erase_leads(&transaction, &mut erased, now)?;
        }
        transaction.commit()?;
        if is_last {
            break;
        }
    }
    erased.needles.sort_unstable();
    erased.needles.dedup(); // each step has found them anew
    forget_names(connection, &erased.leads)?;
    Ok(erased)
}

/// Projections, outbox, messages, samples: what is in the second file, but for the way to the clicks.
fn erase_projections(
    transaction: &Transaction<'_>,
    prints: &Fingerprints,
    erased: &mut Erased,
    clicks: &BTreeMap<i64, Click>,
) -> Result<()> {
    erased.needles.extend(needles(transaction, &erased.leads, clicks)?);
    erase_of_leads(transaction, erased)?;
    erase_of_clicks(transaction, prints, erased, clicks)?;
    forget_samples(transaction, erased, clicks)?;
    forget_sources(transaction, clicks)
}

/// Their clicks: along the links of the fold, and those that it has not come to.
fn clicks_of(transaction: &Transaction<'_>, leads: &[LeadId]) -> Result<BTreeMap<i64, Click>> {
    let rows: BTreeSet<i64> = leads.iter().map(|row| row.packed()).collect();
    let mut clicks = BTreeMap::new();
    for lead in leads {
        clicks_back(transaction, *lead, |click| {
            if rows.contains(&click.lead.packed()) {
                clicks.insert(click.id.0, click);
            }
            ControlFlow::Continue(())
        })?;
    }
    let sql = format!(
        "SELECT {} FROM main.clicks c WHERE c.id > (SELECT click FROM fold.watermark)",
        click_columns("c")
    );
    let mut unfolded = transaction.prepare_cached(&sql)?;
    let mut stored = unfolded.query([])?;
    while let Some(row) = stored.next()? {
        if rows.contains(&row.get(2)?) {
            let click = read_click(row, 0)?;
            clicks.insert(click.id.0, click);
        }
    }
    Ok(clicks)
}

/// What to look for in files afterwards: what nobody else has.
fn needles(transaction: &Transaction<'_>, leads: &[LeadId], clicks: &BTreeMap<i64, Click>) -> Result<Vec<String>> {
    let mut needles = BTreeSet::new();
    let mut known = transaction.prepare_cached("SELECT value FROM main.identifiers WHERE lead_id = ?1")?;
    let mut written = transaction.prepare_cached(
        "SELECT phone FROM main.leads WHERE id = ?1 UNION SELECT email FROM main.leads WHERE id = ?1
         UNION SELECT notes FROM main.leads WHERE id = ?1
         UNION SELECT l.name FROM main.leads l WHERE l.id = ?1 AND NOT EXISTS (
            SELECT 1 FROM main.leads o WHERE o.name = l.name COLLATE NOCASE AND o.id <> l.id)",
    )?;
    for lead in leads {
        for statement in [&mut known, &mut written] {
            let texts = statement.query_map([lead.packed()], |row| row.get::<_, Option<String>>(0))?;
            for text in texts {
                needles.extend(text?);
            }
        }
    }
    let click_ids = clicks.values().flat_map(|click| &click.facts.touch.click_ids);
    needles.extend(click_ids.map(|click_id| click_id.value.clone()));
    needles.retain(|needle| needle.len() >= NEEDLE_MIN_BYTES);
    Ok(needles.into_iter().collect())
}

fn erase_of_leads(transaction: &Transaction<'_>, erased: &mut Erased) -> Result<()> {
    let run = |sql: &str, id: i64| -> Result<usize> { Ok(transaction.prepare_cached(sql)?.execute([id])?) };
    for lead in &erased.leads {
        let id = lead.packed();
        // An answer that is shared with others' events may repeat what was in this one.
        run(
            "UPDATE fold.exchanges SET response = '' WHERE id IN
               (SELECT exchange_id FROM fold.deliveries WHERE lead_id = ?1 AND exchange_id IS NOT NULL)",
            id,
        )?;
        run(
            "DELETE FROM fold.requests WHERE delivery_id IN (SELECT id FROM fold.deliveries WHERE lead_id = ?1)",
            id,
        )?;
        erased.deliveries += run("DELETE FROM fold.deliveries WHERE lead_id = ?1", id)?;
        run("DELETE FROM fold.tracking WHERE lead_id = ?1", id)?;
        for table in ["arrivals", "sales"] {
            run(&format!("DELETE FROM fold.{table} WHERE lead_id = ?1"), id)?;
        }
        for table in ["webhook_payloads", "webhook_attempts"] {
            let sql = format!(
                "DELETE FROM fold.{table} WHERE message IN (SELECT id FROM fold.webhook_messages WHERE lead_id = ?1)"
            );
            run(&sql, id)?;
        }
        erased.messages += run("DELETE FROM fold.webhook_messages WHERE lead_id = ?1", id)?;
    }
    Ok(())
}

fn erase_of_clicks(
    transaction: &Transaction<'_>,
    prints: &Fingerprints,
    erased: &Erased,
    clicks: &BTreeMap<i64, Click>,
) -> Result<()> {
    for click in clicks.values() {
        let facts = &click.facts;
        let ua = prints.user_agent(&facts.ua);
        let print = prints.click_id(click.lead.workspace, &facts.touch, ua, &facts.lang);
        let of_touch = print.into_iter().flat_map(|print| [print.click_id, print.with_browser]);
        click_ids::forget_of(transaction, click.lead, of_touch.chain(facts.press))?;
    }
    // A click that has lost its user agent does not lead to all of its entries any more.
    if clicks.values().any(|click| click.facts.ua.is_empty()) {
        for lead in &erased.leads {
            click_ids::forget_all_of(transaction, *lead)?;
        }
    }
    Ok(())
}

/// Samples of requests that were not counted, and that can be of the same person.
fn forget_samples(transaction: &Transaction<'_>, erased: &Erased, clicks: &BTreeMap<i64, Click>) -> Result<()> {
    let mut signs: BTreeSet<(i64, String)> = BTreeSet::new();
    for click in clicks.values() {
        let workspace = click.lead.workspace.0;
        signs.extend(click.facts.ip.map(|ip| (workspace, ip.to_string())));
        let values = click.facts.touch.click_ids.iter().map(|id| id.value.clone());
        signs.extend(values.map(|value| (workspace, value)));
    }
    for lead in &erased.leads {
        if let Some(key) = code_key(transaction, lead.workspace)? {
            signs.insert((lead.workspace.0, key.code(lead.number).to_string()));
        }
    }
    let mut forget = transaction
        .prepare_cached("DELETE FROM fold.screening_samples WHERE workspace_id = ?1 AND instr(request, ?2) > 0")?;
    for (workspace, sign) in signs {
        forget.execute(params![workspace, sign])?;
    }
    Ok(())
}

fn code_key(connection: &Connection, workspace: WorkspaceId) -> Result<Option<CodeKey>> {
    let key = connection
        .prepare_cached("SELECT code_key FROM main.workspaces WHERE id = ?1")?
        .query_row([workspace.0], |row| row.get(0))
        .optional()?;
    Ok(key.map(CodeKey::new))
}

/// A source or campaign that nobody else came by on that day names the person. It is counted among the others then.
fn forget_sources(transaction: &Transaction<'_>, clicks: &BTreeMap<i64, Click>) -> Result<()> {
    let mut zones = BTreeMap::new();
    let mut came: BTreeMap<(i64, &str, i32, i64, &str), u64> = BTreeMap::new();
    for click in clicks.values().filter(|click| !click.facts.dup) {
        let workspace = click.lead.workspace;
        if let std::collections::btree_map::Entry::Vacant(free) = zones.entry(workspace.0) {
            let zone: Option<String> = transaction
                .prepare_cached("SELECT time_zone FROM main.workspaces WHERE id = ?1")?
                .query_row([workspace.0], |row| row.get(0))
                .optional()?;
            let zone = zone.and_then(|zone| jiff::tz::TimeZone::get(&zone).ok());
            free.insert(zone.unwrap_or(jiff::tz::TimeZone::UTC));
        }
        let day = click.at.day_in(&zones[&workspace.0]).0;
        let utm = &click.facts.touch.utm;
        for (kind, name) in [(SourceKind::Source, &utm.source), (SourceKind::Campaign, &utm.campaign)] {
            let name = cut(name.as_deref());
            if !name.is_empty() {
                *came
                    .entry((workspace.0, kind.as_str(), day, click.rotator.0, name))
                    .or_default() += 1;
            }
        }
    }
    let mut forget = transaction.prepare_cached(
        "DELETE FROM fold.sources
         WHERE workspace_id = ?1 AND kind = ?2 AND day = ?3 AND rotator_id = ?4 AND name = ?5 AND clicks <= ?6
         RETURNING clicks, new",
    )?;
    let mut add = transaction.prepare_cached(
        "INSERT INTO fold.sources (workspace_id, kind, day, rotator_id, name, clicks, new)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, new = new + excluded.new",
    )?;
    for ((workspace, kind, day, rotator, name), clicks) in came {
        let gone: Option<(i64, i64)> = forget
            .query_row(params![workspace, kind, day, rotator, name, clicks], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        if let Some((clicks, new)) = gone {
            add.execute(params![workspace, kind, day, rotator, OTHER, clicks, new])?;
        }
    }
    Ok(())
}

fn erase_clicks(transaction: &Transaction<'_>, clicks: &BTreeMap<i64, Click>) -> Result<usize> {
    let mut one_click = transaction.prepare_cached("DELETE FROM main.clicks WHERE id = ?1")?;
    for click in clicks.keys() {
        one_click.execute([click])?;
    }
    Ok(clicks.len())
}

/// The links from click to click, by which the clicks were found: they lead on where a click is gone.
fn erase_links(transaction: &Transaction<'_>, leads: &[LeadId]) -> Result<()> {
    let mut link = transaction.prepare_cached("DELETE FROM fold.links WHERE click = ?1 RETURNING previous")?;
    for lead in leads {
        let mut next = latest_click(transaction, *lead)?;
        while let Some(click) = next {
            next = link.query_row([click], |row| row.get(0)).optional()?;
        }
        activity::forget(transaction, *lead)?;
    }
    Ok(())
}

/// Leads and what was said of them: what is left in the first file.
fn erase_leads(transaction: &Transaction<'_>, erased: &mut Erased, now: UnixMs) -> Result<()> {
    let run = |sql: &str, id: i64| -> Result<usize> { Ok(transaction.prepare_cached(sql)?.execute([id])?) };
    for lead in &erased.leads {
        let id = lead.packed();
        let agent: Option<Option<i64>> = transaction
            .prepare_cached("SELECT agent_id FROM main.leads WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        erased.agents.extend(agent.flatten().map(AgentId));
        // The last payload of a form is kept with it, for its mapping.
        run(
            "UPDATE main.forms SET sample = NULL WHERE id IN
               (SELECT CAST(substr(by, 6) AS INTEGER) FROM main.submissions WHERE lead_id = ?1 AND by LIKE 'form:%'
                UNION SELECT form_id FROM main.form_posts WHERE lead_id = ?1)",
            id,
        )?;
        run("DELETE FROM main.form_posts WHERE lead_id = ?1", id)?;
        erased.submissions += run("DELETE FROM main.submissions WHERE lead_id = ?1", id)?;
        run("DELETE FROM main.identifiers WHERE lead_id = ?1", id)?;
        run("DELETE FROM main.merges WHERE merged = ?1", id)?;
        run("DELETE FROM main.merges WHERE survivor = ?1", id)?;
        run("DELETE FROM main.lead_changes WHERE lead_id = ?1", id)?;
        run("DELETE FROM main.reminders WHERE lead_id = ?1", id)?;
        run("DELETE FROM main.leads WHERE id = ?1", id)?;
        transaction
            .prepare_cached("INSERT INTO main.erased (lead_id, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute([id, now.0])?;
        // Answers that are kept for repeated requests may show the lead. Whoever repeats one is told to look for themselves.
        run(
            "UPDATE main.keyed_requests SET answer = NULL WHERE workspace_id = ?1 AND answer IS NOT NULL",
            lead.workspace.0,
        )?;
    }
    Ok(())
}

/// The audit log keeps that somebody changed a lead, and no longer which. It is read beside the writer, and written by id.
fn forget_names(connection: &mut Connection, leads: &[LeadId]) -> Result<()> {
    let mut names: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for lead in leads {
        let of_workspace = names.entry(lead.workspace.0).or_default();
        of_workspace.insert(lead.packed().to_string());
        if let Some(key) = code_key(connection, lead.workspace)? {
            of_workspace.insert(key.code(lead.number).to_string());
        }
    }
    let mut lines = Vec::new();
    for (workspace, names) in &names {
        let mut objects = connection
            .prepare_cached("SELECT id, object FROM main.audit WHERE workspace_id = ?1 AND object LIKE '/leads/%'")?;
        let mut rows = objects.query([workspace])?;
        while let Some(row) = rows.next()? {
            let object: String = row.get(1)?;
            let named = object
                .trim_start_matches("/leads/")
                .split('/')
                .next()
                .unwrap_or_default();
            // A code is read tolerantly where it is typed.
            let as_code = konektor_core::identity::code::VisitorCode::read(named).map(|code| code.to_string());
            if names.contains(named) || as_code.is_some_and(|code| names.contains(&code)) {
                lines.push(row.get::<_, i64>(0)?);
            }
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let transaction = transaction::on_ground(connection)?;
    for line in lines {
        transaction
            .prepare_cached("UPDATE main.audit SET object = '/leads/(erased)' WHERE id = ?1")?
            .execute([line])?;
    }
    Ok(transaction.commit()?)
}
