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
/// So many rows that lie beside each other cost what one does otherwise.
const BESIDE: usize = 8;
/// Long enough for whoever waits to have a turn.
const BREATH: Duration = Duration::from_micros(300);
/// Of who is behind; the system makes some 100 µs of it.
const SHORT_BREATH: Duration = Duration::from_micros(50);

thread_local! {
    /// On a thread that need not wait for anybody.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
    static IS_BEHIND: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, this thread makes short pauses: it is behind, and would never catch up with clicks that come as fast as they can.
pub(super) struct Haste(());

impl Haste {
    pub(super) fn make() -> Self {
        IS_BEHIND.set(true);
        Self(())
    }
}

impl Drop for Haste {
    fn drop(&mut self) {
        IS_BEHIND.set(false);
    }
}

/// Whether this thread goes without pauses.
pub(super) fn hold(is_held: bool) {
    IS_HELD.set(is_held);
}

/// Called after a stretch.
pub(super) fn pause() {
    if !IS_HELD.get() {
        std::thread::sleep(if IS_BEHIND.get() { SHORT_BREATH } else { BREATH });
    }
}

/// Called before the `n`th of many rows.
pub(super) fn breathe(n: usize) {
    if n % STRETCH == STRETCH - 1 {
        pause();
    }
}

/// The same before one of many rows that cost so little that one in `share` stands for them all.
pub(super) fn breathe_one_in(share: usize, n: usize) {
    if n.is_multiple_of(share) {
        breathe(n / share);
    }
}

/// The same before a row that lies beside the one before.
pub(super) fn breathe_beside(n: usize) {
    breathe_one_in(BESIDE, n);
}

/// [`Insert::rows`] with pauses.
pub(super) fn insert<T>(
    insert: &Insert,
    connection: &Connection,
    rows: &[T],
    bind: impl FnMut(&mut Values<'_, '_>, &T) -> Result<()>,
) -> Result<()> {
    insert_by(STRETCH, insert, connection, rows, bind)
}

/// The same for rows in the order of their keys, many to a page.
pub(super) fn insert_in_order<T>(
    insert: &Insert,
    connection: &Connection,
    rows: &[T],
    bind: impl FnMut(&mut Values<'_, '_>, &T) -> Result<()>,
) -> Result<()> {
    insert_by(STRETCH * BESIDE, insert, connection, rows, bind)
}

fn insert_by<T>(
    stretch: usize,
    insert: &Insert,
    connection: &Connection,
    rows: &[T],
    mut bind: impl FnMut(&mut Values<'_, '_>, &T) -> Result<()>,
) -> Result<()> {
    for rows in rows.chunks(stretch) {
        insert.rows(connection, rows, &mut bind)?;
        if rows.len() == stretch {
            pause();
        }
    }
    Ok(())
}
