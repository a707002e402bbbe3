//! Long work in stretches.
//!
//! What the fold and the delivery do takes tens of milliseconds at a time. Where the server has few cores, the scheduler lets
//! it have them in slices of 4 ms, each of which a visitor waits for. So it pauses whenever it has worked for a stretch.
//!
//! By the clock, not by rows: one that lies beside the one before costs a tenth of a microsecond, and one of ten million leads, on
//! a page of its own, twenty. A pause costs as much as some rows, too.

use super::rows::{Insert, Values};
use crate::Result;
use rusqlite::Connection;
use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// How long to work before a pause.
const STRETCH: Duration = Duration::from_micros(200);
/// Rows between two looks at the clock, which cost a part of a row.
const LOOK: usize = 8;
/// Long enough for whoever waits to have a turn.
const BREATH: Duration = Duration::from_micros(300);
/// Of who is behind; the system makes some 100 µs of it.
const SHORT_BREATH: Duration = Duration::from_micros(50);

thread_local! {
    /// On a thread that need not wait for anybody.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
    static IS_BEHIND: Cell<bool> = const { Cell::new(false) };
    /// When its last pause ended.
    static WORKS_SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
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

/// Called between two pieces of work: pauses if it was a stretch since the last pause.
#[expect(
    clippy::disallowed_methods,
    reason = "only how long visitors wait depends on it, not what is done"
)]
pub(super) fn pause() {
    let is_over = |since: Instant| since.elapsed() >= STRETCH;
    if IS_HELD.get() || !WORKS_SINCE.get().is_none_or(is_over) {
        return;
    }
    std::thread::sleep(if IS_BEHIND.get() { SHORT_BREATH } else { BREATH });
    WORKS_SINCE.set(Some(Instant::now()));
}

/// Called before the `n`th of many rows.
pub(super) fn breathe(n: usize) {
    if n % LOOK == LOOK - 1 {
        pause();
    }
}

/// [`Insert::rows`] with pauses.
pub(super) fn insert<T>(
    insert: &Insert,
    connection: &Connection,
    rows: &[T],
    mut bind: impl FnMut(&mut Values<'_, '_>, &T) -> Result<()>,
) -> Result<()> {
    for rows in rows.chunks(insert.most_at_once().max(LOOK)) {
        insert.rows(connection, rows, &mut bind)?;
        pause();
    }
    Ok(())
}
