//! Runs: small ordered pieces of the index. Those of the lowest level are rows of one table, those that were merged blocks of
//! another ([`super::blocks`]); the upper bits of a key are the run's number.

use super::blocks::block_of;
use crate::Result;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// Bits of a fingerprint in an entry's key, below the run's number.
pub(super) const PRINT_BITS: u32 = 54;
/// The rest of its 64.
const LOWEST_BITS: u32 = 64 - PRINT_BITS;
/// So that a key, and the one after a run's last, stays positive. Some seventy are in use at most.
const MOST_RUNS: i64 = (1 << (63 - PRINT_BITS)) - 2;

/// Where an entry is among the rows. In one run there is room for one of those fingerprints that differ only in their lowest bits. That two of a
/// quarter of a million do happens in one of half a million runs, and then the click ID of the first is unknown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) place: i64,
    pub(super) lowest: i64,
}

impl Place {
    /// Of the columns `place` and `lowest`, the first two.
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            place: row.get(0)?,
            lowest: row.get(1)?,
        })
    }

    pub(super) fn print(self) -> i64 {
        (self.place << LOWEST_BITS) | self.lowest
    }
}

/// A run. Newer ones have lower levels, and of one level greater numbers in `since`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) number: i64,
    pub(super) level: i64,
    pub(super) entries: usize,
    pub(super) is_merging: bool,
    /// How many of a fingerprint's upper bits are the number of its block; `None`: the entries are rows.
    pub(super) block_bits: Option<u32>,
}

impl Run {
    /// Where the row of a fingerprint would be in it.
    pub(super) fn place(&self, print: i64) -> Place {
        let upper = (print as u64 >> LOWEST_BITS) as i64;
        Place {
            place: self.key(upper),
            lowest: print & ((1 << LOWEST_BITS) - 1),
        }
    }

    /// Where the block of a fingerprint would be in it, if it has blocks.
    pub(super) fn block(&self, print: i64) -> Option<i64> {
        self.block_bits.map(|bits| self.key(block_of(print, bits)))
    }

    /// The key of a fingerprint's upper bits, or, of one more than the greatest, the key after its last.
    pub(super) fn key(&self, upper: i64) -> i64 {
        (self.number << PRINT_BITS) + upper
    }

    /// Notes that so many entries came.
    pub(super) fn grow(&self, transaction: &Transaction<'_>, entries: usize) -> Result<()> {
        transaction
            .prepare_cached("UPDATE fold.click_id_runs SET entries = entries + ?2 WHERE run = ?1")?
            .execute(params![self.number, entries])?;
        Ok(())
    }
}

/// All of them, newest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<Run>> {
    let mut all = connection.prepare_cached(
        "SELECT run, level, entries, is_merging, block_bits FROM fold.click_id_runs ORDER BY level, since DESC",
    )?;
    let runs = all.query_map([], |row| {
        Ok(Run {
            number: row.get(0)?,
            level: row.get(1)?,
            entries: row.get(2)?,
            is_merging: row.get(3)?,
            block_bits: row.get(4)?,
        })
    })?;
    Ok(runs.collect::<rusqlite::Result<_>>()?)
}

/// The run of the lowest level that has room; a new one if none has.
pub(super) fn filling(transaction: &Transaction<'_>, entries_of_run: usize) -> Result<Run> {
    let newest = all(transaction)?.first().copied();
    match newest.filter(|run| run.level == 0 && run.entries < entries_of_run) {
        Some(run) => Ok(run),
        None => begin(transaction, 0, None),
    }
}

/// A new run, the newest of its level.
pub(super) fn begin(transaction: &Transaction<'_>, level: i64, block_bits: Option<u32>) -> Result<Run> {
    let number: Option<i64> = transaction
        .prepare_cached(
            "INSERT INTO fold.click_id_runs (run, level, since, entries, block_bits)
             SELECT free.run, ?1, coalesce((SELECT max(since) FROM fold.click_id_runs), 0) + 1, 0, ?3 FROM (
                 SELECT 1 AS run UNION ALL SELECT run + 1 FROM fold.click_id_runs
             ) AS free
             WHERE free.run <= ?2 AND free.run NOT IN (SELECT run FROM fold.click_id_runs) LIMIT 1 RETURNING run",
        )?
        .query_row(params![level, MOST_RUNS, block_bits], |row| row.get(0))
        .optional()?;
    let number = number.ok_or_else(|| crate::StoreError::corrupt("click_id_runs", "too many runs"))?;
    Ok(Run {
        number,
        level,
        entries: 0,
        is_merging: false,
        block_bits,
    })
}
