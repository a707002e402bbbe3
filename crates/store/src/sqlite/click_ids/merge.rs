//! Compaction: full runs of a level become one of the next, those of the last level go into `click_ids`.
//!
//! A merge goes through the fingerprints in slices, some with each pass of the fold, so that none takes longer than another.
//! Meanwhile an entry is either in one of the runs that are merged or where they are merged into, never in both.

use super::{
    super::{breath, rows::Insert},
    blocks::{self, Entry},
    runs::{self, PRINT_BITS, Place, Run},
};
use crate::Result;
use rusqlite::{Connection, OptionalExtension, Transaction};

/// How large runs are, and how many are merged.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Of the first level, about. A pass of the fold puts thousands of entries into some hundred pages.
    pub(super) entries_of_run: usize,
    pub(super) runs_of_merge: usize,
    /// Levels of runs.
    pub(super) levels: i64,
    pub(super) entries_of_slice: usize,
    /// At most, about.
    pub(super) entries_of_block: usize,
}

impl Shape {
    /// A hundred millions go into `click_ids` at a time. With a level less it would be twelve, of which, with forty there, thirty go to a
    /// page: so many pages here and there are read and written again that visitors wait for the disk. Of each level there are fewer
    /// runs than two merges take, as a merge is over before as many have come again.
    ///
    /// A run of 24,576, and what the pass of the fold brings that makes it full, times eight, is a hundred entries for each of 2,048
    /// blocks: 3.2 KiB, for which a page has room.
    pub(super) const USUAL: Self = Self {
        entries_of_run: 24_576,
        runs_of_merge: 8,
        levels: 4,
        entries_of_slice: 1_024,
        entries_of_block: 112,
    };

    /// Goes on with merges, and begins those that are due: with each, some more entries than have come, so that it is over before the
    /// next is due, but not much before, as it would be in the way of visitors by fits and starts.
    pub(super) fn keep_up(self, transaction: &Transaction<'_>, entered: usize) -> Result<()> {
        for level in 0..self.levels {
            let mut left = entered + entered / 4;
            while left > 0 {
                let Some(merge) = self.under_way(transaction, level)? else {
                    break;
                };
                left = left.saturating_sub(merge.do_a_slice(transaction)?.max(1));
                breath::pause();
            }
        }
        Ok(())
    }

    /// The merge of a level; begins one if there are runs enough.
    fn under_way(self, transaction: &Transaction<'_>, level: i64) -> Result<Option<Merge>> {
        let merge = transaction
            .prepare_cached("SELECT into_run, slices, done FROM fold.click_id_merges WHERE level = ?1")?
            .query_row([level], |row| {
                Ok(Merge {
                    level,
                    into: row.get(0)?,
                    slices: row.get(1)?,
                    done: row.get(2)?,
                })
            })
            .optional()?;
        match merge {
            Some(merge) => Ok(Some(merge)),
            None => self.begin(transaction, level),
        }
    }

    fn begin(self, transaction: &Transaction<'_>, level: i64) -> Result<Option<Merge>> {
        let made: Option<i64> = transaction
            .prepare_cached("SELECT into_run FROM fold.click_id_merges WHERE level = ?1")?
            .query_row([level - 1], |row| row.get(0))
            .optional()?;
        let is_full = |run: &Run| match run.level {
            0 => run.entries >= self.entries_of_run,
            _ => made != Some(run.number),
        };
        let full: Vec<Run> = runs::all(transaction)?
            .into_iter()
            .filter(|run| run.level == level && is_full(run))
            .collect();
        let Some(newer) = full.len().checked_sub(self.runs_of_merge) else {
            return Ok(None);
        };
        let inputs = &full[newer..];
        let mut mark = transaction.prepare_cached("UPDATE fold.click_id_runs SET is_merging = 1 WHERE run = ?1")?;
        for run in inputs {
            mark.execute([run.number])?;
        }
        let entries: usize = inputs.iter().map(|run| run.entries).sum();
        let mut slices: usize = entries.div_ceil(self.entries_of_slice).next_power_of_two();
        let mut into = 0;
        if level + 1 < self.levels {
            let bits = entries.div_ceil(self.entries_of_block).next_power_of_two().ilog2();
            into = runs::begin(transaction, level + 1, Some(bits))?.number;
            slices = slices.min(1 << bits);
        }
        // A slice has whole blocks.
        for bits in inputs.iter().filter_map(|run| run.block_bits) {
            slices = slices.min(1 << bits);
        }
        let slices = slices as i64;
        transaction
            .prepare_cached("INSERT INTO fold.click_id_merges VALUES (?1, ?2, ?3, 0)")?
            .execute([level, into, slices])?;
        Ok(Some(Merge {
            level,
            into,
            slices,
            done: 0,
        }))
    }
}

/// A merge of a level's runs.
struct Merge {
    level: i64,
    /// A run, or 0: the table `click_ids`.
    into: i64,
    /// A power of two. Fingerprints are spread evenly, so slices are of about one size.
    slices: i64,
    done: i64,
}

impl Merge {
    /// Merges the next slice; gives how many entries there were in it.
    fn do_a_slice(self, transaction: &Transaction<'_>) -> Result<usize> {
        let width = (1 << PRINT_BITS) / self.slices;
        let (from, to) = (self.done * width, (self.done + 1) * width);
        let runs = runs::all(transaction)?;
        let mut entries = Vec::new();
        for run in runs.iter().filter(|run| run.level == self.level && run.is_merging) {
            take(transaction, run, from, to, &mut entries)?;
        }
        let moved = entries.len();
        // The newest first, which stays: the order of equal ones is that of their runs.
        entries.sort_by_key(Entry::order);
        entries.dedup_by_key(|entry| entry.print);
        match runs.iter().find(|run| run.number == self.into) {
            Some(run) => {
                blocks::put(transaction, run, run.block_bits.unwrap_or_default(), &entries)?;
                run.grow(transaction, entries.len())?;
            }
            None => put_into_table(transaction, &entries)?,
        }
        if self.done + 1 < self.slices {
            transaction
                .prepare_cached("UPDATE fold.click_id_merges SET done = done + 1 WHERE level = ?1")?
                .execute([self.level])?;
        } else {
            transaction
                .prepare_cached("DELETE FROM fold.click_id_runs WHERE level = ?1 AND is_merging")?
                .execute([self.level])?;
            transaction
                .prepare_cached("DELETE FROM fold.click_id_merges WHERE level = ?1")?
                .execute([self.level])?;
        }
        Ok(moved)
    }
}

/// Takes the entries of a run out of it whose fingerprints' upper bits are from one to before another.
fn take(transaction: &Transaction<'_>, run: &Run, from: i64, to: i64, entries: &mut Vec<Entry>) -> Result<()> {
    if let Some(bits) = run.block_bits {
        return blocks::take(transaction, run, bits, from, to, entries);
    }
    let keys = [run.key(from), run.key(to)];
    let mut slice = transaction.prepare_cached(
        "SELECT place, lowest, lead_id, with_browser, at FROM fold.young_click_ids WHERE place >= ?1 AND place < ?2",
    )?;
    let mut rows = slice.query(keys)?;
    while let Some(row) = rows.next()? {
        breath::breathe(entries.len());
        entries.push(Entry {
            print: Place::read(row)?.print(),
            lead: row.get(2)?,
            with_browser: row.get(3)?,
            at: row.get(4)?,
        });
    }
    transaction
        .prepare_cached("DELETE FROM fold.young_click_ids WHERE place >= ?1 AND place < ?2")?
        .execute(keys)?;
    Ok(())
}

static IN_TABLE: Insert = Insert::new(
    "INSERT OR REPLACE INTO fold.click_ids (print, lead_id, with_browser, at)",
    4,
);

fn put_into_table(connection: &Connection, entries: &[Entry]) -> Result<()> {
    breath::insert(&IN_TABLE, connection, entries, |row, entry| {
        for value in [entry.print, entry.lead, entry.with_browser, entry.at] {
            row.push(value)?;
        }
        Ok(())
    })
}

/// Everything into `click_ids`, the oldest first.
pub(super) fn all(transaction: &Transaction<'_>) -> Result<()> {
    for run in runs::all(transaction)?.iter().rev() {
        let mut entries = Vec::new();
        take(transaction, run, 0, 1 << PRINT_BITS, &mut entries)?;
        put_into_table(transaction, &entries)?;
    }
    for table in ["click_id_runs", "click_id_merges"] {
        transaction.execute(&format!("DELETE FROM fold.{table}"), [])?;
    }
    Ok(())
}
