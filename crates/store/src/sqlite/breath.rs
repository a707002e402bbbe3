//! Long work in stretches.
//!
//! What the fold and the delivery do takes tens of milliseconds at a time. Where the server has few cores, the scheduler lets
//! it have them in slices of 4 ms, each of which a visitor waits for. So it pauses after each stretch of rows.

use super::rows::{Insert, Values};
use crate::Result;
use rusqlite::Connection;
use std::{cell::Cell, time::Duration};

/// Rows read or written at a stretch: some 0.2 ms.
const STRETCH: usize = 64;
/// Long enough for whoever waits to have a turn.
const BREATH: Duration = Duration::from_micros(300);

thread_local! {
    /// On a thread that need not wait for anybody.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread goes without pauses.
pub(super) fn hold(is_held: bool) {
    IS_HELD.set(is_held);
}

/// Called before the `n`th of many rows.
pub(super) fn breathe(n: usize) {
    if n % STRETCH == STRETCH - 1 && !IS_HELD.get() {
        std::thread::sleep(BREATH);
    }
}

/// [`Insert::rows`] with pauses.
pub(super) fn insert<T>(
    insert: &Insert,
    connection: &Connection,
    rows: &[T],
    mut bind: impl FnMut(&mut Values<'_, '_>, &T) -> Result<()>,
) -> Result<()> {
    for rows in rows.chunks(STRETCH) {
        insert.rows(connection, rows, &mut bind)?;
        breathe(rows.len() - 1);
    }
    Ok(())
}
