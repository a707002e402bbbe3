//! The entries of merged runs: blocks, each with all whose fingerprints begin with the same bits.

use super::{
    super::rows::Insert,
    runs::{PRINT_BITS, Run},
};
use crate::{Result, StoreError};
use konektor_core::{identity::continuity::ClickIdUse, ids::LeadId, time::UnixMs};
use rusqlite::{CachedStatement, Connection, Row, Transaction, params};

/// An entry of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) print: i64,
    pub(super) lead: i64,
    pub(super) with_browser: i64,
    pub(super) at: i64,
}

impl Entry {
    const BYTES: usize = 4 * size_of::<i64>();

    fn write(&self, into: &mut Vec<u8>) {
        for number in [self.print, self.lead, self.with_browser, self.at] {
            into.extend_from_slice(&number.to_be_bytes());
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let (numbers, _) = bytes.as_chunks();
        let number = |n: usize| i64::from_be_bytes(numbers[n]);
        Self {
            print: number(0),
            lead: number(1),
            with_browser: number(2),
            at: number(3),
        }
    }

    /// By which entries are in order.
    pub(super) fn order(&self) -> u64 {
        self.print as u64
    }

    pub(super) fn used(&self) -> ClickIdUse {
        ClickIdUse {
            lead: LeadId::from_packed(self.lead),
            with_browser: self.with_browser,
            at: UnixMs(self.at),
        }
    }
}

/// The entries of the block that is in a row's column.
fn entries<'r>(row: &'r Row<'_>, column: usize) -> Result<impl Iterator<Item = Entry> + use<'r>> {
    let entries = row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
    let entries = entries.chunks_exact(Entry::BYTES);
    match entries.remainder() {
        [] => Ok(entries.map(Entry::read)),
        _ => Err(StoreError::corrupt("click_id_blocks.entries", "half an entry")),
    }
}

/// Finds entries of single fingerprints.
pub(super) struct Blocks<'c> {
    block: CachedStatement<'c>,
}

impl<'c> Blocks<'c> {
    pub(super) fn open(connection: &'c Connection) -> Result<Self> {
        Ok(Self {
            block: connection.prepare_cached("SELECT entries FROM fold.click_id_blocks WHERE place = ?1")?,
        })
    }

    /// The entry of a fingerprint, if its block, which is at `place`, has one.
    pub(super) fn find(&mut self, place: i64, print: i64) -> Result<Option<Entry>> {
        let mut rows = self.block.query([place])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        // Some eighty to a block: looking at each is as quick as halving.
        Ok(entries(row, 0)?.find(|entry| entry.print == print))
    }
}

static BLOCKS: Insert = Insert::new("INSERT INTO fold.click_id_blocks (place, entries)", 2);

/// Puts entries, which are in order and of blocks that the run does not have yet, into it.
pub(super) fn put(transaction: &Transaction<'_>, run: &Run, bits: u32, entries: &[Entry]) -> Result<()> {
    let block_of = |entry: &Entry| block_of(entry.print, bits);
    let blocks: Vec<_> = entries.chunk_by(|a, b| block_of(a) == block_of(b)).collect();
    let mut bytes = Vec::new();
    BLOCKS.rows(transaction, &blocks, |row, entries| {
        bytes.clear();
        for entry in *entries {
            entry.write(&mut bytes);
        }
        row.push(run.key(block_of(&entries[0])))?;
        row.push(&bytes[..])
    })
}

/// The number of the block in which a fingerprint's entry would be.
pub(super) fn block_of(print: i64, bits: u32) -> i64 {
    (print as u64).checked_shr(u64::BITS - bits).unwrap_or(0) as i64
}

/// Takes the blocks of a run out of it whose fingerprints' upper [`PRINT_BITS`] are from one to before another. Blocks are not
/// divided: both have to be the first of one.
pub(super) fn take(
    transaction: &Transaction<'_>,
    run: &Run,
    bits: u32,
    from: i64,
    to: i64,
    taken: &mut Vec<Entry>,
) -> Result<()> {
    let keys = [from, to].map(|upper| run.key(upper >> (PRINT_BITS - bits)));
    let mut slice =
        transaction.prepare_cached("SELECT entries FROM fold.click_id_blocks WHERE place >= ?1 AND place < ?2")?;
    let mut rows = slice.query(keys)?;
    while let Some(row) = rows.next()? {
        taken.extend(entries(row, 0)?);
    }
    transaction
        .prepare_cached("DELETE FROM fold.click_id_blocks WHERE place >= ?1 AND place < ?2")?
        .execute(keys)?;
    Ok(())
}

/// Calls `each` with all entries.
pub(super) fn for_each(connection: &Connection, mut each: impl FnMut(Entry)) -> Result<()> {
    let mut all = connection.prepare("SELECT entries FROM fold.click_id_blocks")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        entries(row, 0)?.for_each(&mut each);
    }
    Ok(())
}

/// How many there are.
pub(super) fn count(connection: &Connection) -> Result<usize> {
    let sql = "SELECT coalesce(sum(length(entries)), 0) FROM fold.click_id_blocks";
    let bytes: usize = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(bytes / Entry::BYTES)
}

/// Deletes those entries of a block for which `is_gone` holds.
pub(super) fn delete(transaction: &Transaction<'_>, place: i64, is_gone: impl Fn(&Entry) -> bool) -> Result<()> {
    delete_where(transaction, "place = ?1", place, is_gone)
}

/// Deletes those of all blocks.
pub(super) fn delete_all(transaction: &Transaction<'_>, is_gone: impl Fn(&Entry) -> bool) -> Result<()> {
    delete_where(transaction, "place >= ?1", 0, is_gone)
}

fn delete_where(
    transaction: &Transaction<'_>,
    condition: &str,
    value: i64,
    is_gone: impl Fn(&Entry) -> bool,
) -> Result<()> {
    let sql = format!("SELECT place, entries FROM fold.click_id_blocks WHERE {condition}");
    let mut blocks = transaction.prepare_cached(&sql)?;
    let mut rows = blocks.query([value])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        if !entries(row, 1)?.any(|entry| is_gone(&entry)) {
            continue;
        }
        let mut stay = Vec::new();
        entries(row, 1)?
            .filter(|entry| !is_gone(entry))
            .for_each(|entry| entry.write(&mut stay));
        changed.push((row.get::<_, i64>(0)?, stay));
    }
    let mut change = transaction.prepare_cached("UPDATE fold.click_id_blocks SET entries = ?2 WHERE place = ?1")?;
    for (place, stay) in changed {
        change.execute(params![place, stay])?;
    }
    Ok(())
}
