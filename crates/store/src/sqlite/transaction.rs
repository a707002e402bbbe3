//! Beginning a transaction that writes to one of the two files.
//!
//! `BEGIN IMMEDIATE` would lock both, and a plain `BEGIN` that reads first fails if another process (the
//! command line) commits in between. So the first statement is a write to the file that is meant: it waits for
//! its lock and takes no other.

use crate::Result;
use rusqlite::{Connection, Transaction};

/// Begins a transaction that writes leads, clicks or configuration.
pub(super) fn on_ground(connection: &mut Connection) -> Result<Transaction<'_>> {
    begin(connection, "UPDATE main.installation SET id = id WHERE id = 0")
}

/// Begins a transaction that writes projections.
pub(super) fn on_fold(connection: &mut Connection) -> Result<Transaction<'_>> {
    begin(connection, "UPDATE fold.watermark SET id = id WHERE id = 0")
}

fn begin<'c>(connection: &'c mut Connection, lock: &'static str) -> Result<Transaction<'c>> {
    let transaction = connection.transaction()?;
    transaction.prepare_cached(lock)?.execute([])?;
    Ok(transaction)
}
