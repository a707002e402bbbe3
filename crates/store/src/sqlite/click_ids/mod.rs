//! The index of click IDs: by whom each was used first.
//!
//! Fingerprints come in no order. Entered into one table, with millions in it, each would change a page of its own: 4 KiB into
//! the log and 4 KiB into the file, for 40 bytes. So it is a log-structured merge tree with size-tiered compaction
//! ([`merge`]): an entry goes into a *run* ([`runs`]) that is small enough for many to share a page, a full run is not touched any
//! more until it is merged with seven others, in the order of fingerprints, into one whose entries are kept by the page
//! ([`blocks`]), and what was merged often enough ends in the table `click_ids`.
//!
//! Who asks pays for it, with a look into each run. Few have to: what was never used is known from memory
//! ([`konektor_core::identity::seen`]).

mod blocks;
mod merge;
mod runs;
#[cfg(test)]
mod tests;

use super::{breath, rows::Insert};
use crate::Result;
use blocks::{Blocks, Entry};
use konektor_core::{
    identity::{continuity::ClickIdUse, seen::SeenClickIds},
    ids::LeadId,
    time::UnixMs,
};
use merge::Shape;
use runs::{Place, Run};
use rusqlite::{CachedStatement, Connection, Row, Transaction, named_params};
use std::collections::BTreeMap;

/// The index as a transaction sees it, for many questions.
pub(super) struct Index<'c> {
    /// Newest first.
    runs: Vec<Run>,
    young: CachedStatement<'c>,
    blocks: Blocks<'c>,
    old: CachedStatement<'c>,
}

impl<'c> Index<'c> {
    pub(super) fn open(connection: &'c Connection) -> Result<Self> {
        Ok(Self {
            runs: runs::all(connection)?,
            young: connection.prepare_cached(
                "SELECT lead_id, with_browser, at FROM fold.young_click_ids WHERE place = ?1 AND lowest = ?2",
            )?,
            blocks: Blocks::open(connection)?,
            old: connection.prepare_cached("SELECT lead_id, with_browser, at FROM fold.click_ids WHERE print = ?1")?,
        })
    }

    /// The newest entry of a fingerprint.
    pub(super) fn find(&mut self, print: i64) -> Result<Option<ClickIdUse>> {
        for run in &self.runs {
            if let Some(block) = run.block(print) {
                match self.blocks.find(block, print)? {
                    Some(entry) => return Ok(Some(entry.used())),
                    None => continue,
                }
            }
            let Place { place, lowest } = run.place(print);
            if let Some(row) = self.young.query([place, lowest])?.next()? {
                return read(row).map(Some);
            }
        }
        self.old.query([print])?.next()?.map(read).transpose()
    }
}

fn read(row: &Row<'_>) -> Result<ClickIdUse> {
    Ok(ClickIdUse {
        lead: LeadId::from_packed(row.get(0)?),
        with_browser: row.get(1)?,
        at: UnixMs(row.get(2)?),
    })
}

static ENTRIES: Insert = Insert::scattered(
    "INSERT OR REPLACE INTO fold.young_click_ids (place, lowest, lead_id, with_browser, at)",
    5,
);

/// Enters uses, each before an older one of the same fingerprint.
pub(super) fn enter(transaction: &Transaction<'_>, uses: &BTreeMap<i64, ClickIdUse>) -> Result<()> {
    enter_as(Shape::USUAL, transaction, uses)
}

fn enter_as(shape: Shape, transaction: &Transaction<'_>, uses: &BTreeMap<i64, ClickIdUse>) -> Result<()> {
    if uses.is_empty() {
        return Ok(());
    }
    let run = runs::filling(transaction, shape.entries_of_run)?;
    let uses: Vec<_> = uses.iter().map(|(print, used)| (run.place(*print), used)).collect();
    breath::insert(&ENTRIES, transaction, &uses, |row, (Place { place, lowest }, used)| {
        row.push(*place)?;
        row.push(*lowest)?;
        row.push(used.lead.packed())?;
        row.push(used.with_browser)?;
        row.push(used.at.0)
    })?;
    run.grow(transaction, uses.len())
}

/// Goes on with the merges that are due, in step with so many new entries.
pub(super) fn keep_up(transaction: &Transaction<'_>, entered: usize) -> Result<()> {
    Shape::USUAL.keep_up(transaction, entered)
}

/// Brings all entries into the table `click_ids`.
pub(super) fn merge_all(transaction: &Transaction<'_>) -> Result<()> {
    merge::all(transaction)
}

/// A filter of all that is in it.
pub(super) fn seen(connection: &Connection) -> Result<SeenClickIds> {
    // Neither is as fast as it is thorough: at ten million, both together read 400 MB.
    let sql = "SELECT (SELECT count(*) FROM fold.click_ids) + (SELECT count(*) FROM fold.young_click_ids)";
    let count: usize = connection.query_row(sql, [], |row| row.get(0))?;
    let mut seen = SeenClickIds::with_room_for(count + blocks::count(connection)?);
    let mut read = 0;
    let mut add = |print: i64| {
        seen.add(print);
        breath::breathe(read);
        read += 1;
    };
    let mut old = connection.prepare("SELECT print FROM fold.click_ids")?;
    let mut rows = old.query([])?;
    while let Some(row) = rows.next()? {
        add(row.get(0)?);
    }
    let mut young = connection.prepare("SELECT place, lowest FROM fold.young_click_ids")?;
    let mut rows = young.query([])?;
    while let Some(row) = rows.next()? {
        add(Place::read(row)?.print());
    }
    blocks::for_each(connection, |entry| add(entry.print))?;
    Ok(seen)
}

/// Deletes entries of fingerprints that are older than `before`.
pub(super) fn forget_older(transaction: &Transaction<'_>, prints: &[i64], before: UnixMs) -> Result<()> {
    let runs = runs::all(transaction)?;
    for print in prints {
        delete(transaction, &runs, *print, Gone::OlderThan(before))?;
    }
    Ok(())
}

/// Deletes a lead's entries of fingerprints.
pub(super) fn forget_of(transaction: &Transaction<'_>, lead: LeadId, prints: impl Iterator<Item = i64>) -> Result<()> {
    let runs = runs::all(transaction)?;
    for print in prints {
        delete(transaction, &runs, print, Gone::Of(lead))?;
    }
    Ok(())
}

/// Deletes all entries of a lead, in a time that grows with the index.
pub(super) fn forget_all_of(transaction: &Transaction<'_>, lead: LeadId) -> Result<()> {
    for table in ["click_ids", "young_click_ids"] {
        let sql = format!("DELETE FROM fold.{table} WHERE lead_id = ?1");
        transaction.prepare_cached(&sql)?.execute([lead.packed()])?;
    }
    blocks::delete_all(transaction, |entry| Gone::Of(lead).holds(entry))
}

/// Which entries go.
#[derive(Clone, Copy)]
enum Gone {
    OlderThan(UnixMs),
    Of(LeadId),
}

impl Gone {
    fn holds(self, entry: &Entry) -> bool {
        match self {
            Self::OlderThan(before) => entry.at < before.0,
            Self::Of(lead) => entry.lead == lead.packed(),
        }
    }

    /// The same of a row, by a value.
    fn sql(self) -> (&'static str, i64) {
        match self {
            Self::OlderThan(before) => ("at < :value", before.0),
            Self::Of(lead) => ("lead_id = :value", lead.packed()),
        }
    }
}

/// Deletes the entries of a fingerprint that are `gone`.
fn delete(transaction: &Transaction<'_>, runs: &[Run], print: i64, gone: Gone) -> Result<()> {
    let (condition, value) = gone.sql();
    let sql = format!("DELETE FROM fold.young_click_ids WHERE place = :place AND lowest = :lowest AND {condition}");
    let mut young = transaction.prepare_cached(&sql)?;
    for run in runs {
        if let Some(block) = run.block(print) {
            blocks::delete(transaction, block, |entry| entry.print == print && gone.holds(entry))?;
            continue;
        }
        let Place { place, lowest } = run.place(print);
        young.execute(named_params! { ":place": place, ":lowest": lowest, ":value": value })?;
    }
    let sql = format!("DELETE FROM fold.click_ids WHERE print = :print AND {condition}");
    let mut old = transaction.prepare_cached(&sql)?;
    old.execute(named_params! { ":print": print, ":value": value })?;
    Ok(())
}
