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

/// Does `work` in a transaction that writes projections and is synced before this returns. What the fold computes needs no
/// sync, for a power cut takes it together with its watermark, and it is computed again. What a platform said is
/// not computed from anything: lost, its event would be sent a second time. A sync writes out all transactions before
/// it too, so a delivery is never less durable than its verdict.
pub(super) fn synced_on_fold<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T>,
) -> Result<T> {
    connection.execute_batch("PRAGMA fold.synchronous = FULL")?;
    let done = in_fold(connection, work);
    // SQLite takes this setting between transactions only, and by here there is none, whatever became of it.
    connection.execute_batch("PRAGMA fold.synchronous = NORMAL")?;
    done
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

#[cfg(test)]
mod tests {
    use super::{super::open::Files, *};
    use crate::StoreError;

    /// 1 is NORMAL, 2 is FULL.
    fn synchronous(connection: &Connection) -> i64 {
        let found = connection.query_row("PRAGMA fold.synchronous", [], |row| row.get(0));
        found.unwrap()
    }

    #[test]
    fn only_a_verdict_is_synced_and_what_follows_a_failed_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::beside(&directory.path().join("konektor.db"));
        files.prepare().unwrap();
        let mut folder = files.open_folder().unwrap();
        assert_eq!(synced_on_fold(&mut folder, |t| Ok(synchronous(t))).unwrap(), 2);
        assert_eq!(synchronous(&folder), 1);
        let failed = synced_on_fold::<()>(&mut folder, |_| Err(StoreError::Closed));
        assert!(matches!(failed, Err(StoreError::Closed)));
        assert_eq!(in_fold(&mut folder, |t| Ok(synchronous(t))).unwrap(), 1);
    }
}
