//! Beginning a transaction that writes to one of the two files.
//!
//! `BEGIN IMMEDIATE` would lock both, and a plain `BEGIN` that reads first fails if another process (the
//! command line) commits in between. So the first statement is a write to the file that is meant: it waits for
//! its lock and takes no other.
//!
//! A statement with `RETURNING` needs a transaction too, even if it is the only one. By itself it would be committed when its
//! rows are let go of, and nobody hears of it if that fails: what was never stored would be called stored.

use crate::Result;
use rusqlite::{Connection, Transaction};

/// Begins a transaction that writes leads, clicks or configuration.
pub(super) fn on_ground(connection: &mut Connection) -> Result<Transaction<'_>> {
    begin(connection, "UPDATE main.installation SET id = id WHERE id = 0")
}

/// Begins a transaction that writes projections or the outbox.
pub(super) fn on_fold(connection: &mut Connection) -> Result<Transaction<'_>> {
    begin(connection, "UPDATE fold.watermark SET id = id WHERE id = 0")
}

/// Does `work` in a transaction that writes projections, and commits it.
pub(super) fn in_fold<T>(connection: &mut Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
    let transaction = on_fold(connection)?;
    let result = work(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

fn begin<'c>(connection: &'c mut Connection, lock: &'static str) -> Result<Transaction<'c>> {
    let transaction = connection.transaction()?;
    transaction.prepare_cached(lock)?.execute([])?;
    Ok(transaction)
}
