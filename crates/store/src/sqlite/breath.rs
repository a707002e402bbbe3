//! Long work in stretches.
//!
//! What the fold, the delivery and the dashboard's questions do takes tens of milliseconds at a time. Where the server has few cores,
//! the scheduler lets them have it in slices of 4 ms, each of which a visitor waits for. So they pause whenever they have worked for a
//! stretch.
//!
//! By the clock, not by rows: one that lies beside the one before costs a tenth of a microsecond, and one of ten million leads, on
//! a page of its own, twenty. A pause costs as much as some rows, too.

use super::rows::{Insert, Values};
use crate::Result;
use rusqlite::Connection;
use std::{
    cell::Cell,
    ffi::c_int,
    time::{Duration, Instant},
};

/// How long to work before a pause.
const STRETCH: Duration = Duration::from_micros(200);
/// Rows between two looks at the clock, which cost a part of a row.
const LOOK: usize = 8;
/// SQLite's instructions between two looks at the clock: some 20 µs.
const INSTRUCTIONS: c_int = 1_000;
/// Long enough for whoever waits to have a turn.
const BREATH: Duration = Duration::from_micros(300);
/// Of who is in haste; the system makes some 100 µs of it.
const SHORT_BREATH: Duration = Duration::from_micros(50);

thread_local! {
    /// On a thread that need not wait for anybody.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
    static IS_IN_HASTE: Cell<bool> = const { Cell::new(false) };
    /// When its last pause ended, or it began.
    static WORKS_SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// While it lives, this thread makes short pauses: somebody waits for what it does, or it is behind, and would never catch up with
/// clicks that come as fast as they can.
pub(super) struct Haste(());

impl Haste {
    pub(super) fn make() -> Self {
        IS_IN_HASTE.set(true);
        Self(())
    }
}

impl Drop for Haste {
    fn drop(&mut self) {
        IS_IN_HASTE.set(false);
    }
}

/// Whether this thread goes without pauses.
pub(super) fn hold(is_held: bool) {
    IS_HELD.set(is_held);
}

/// Called where somebody has waited for work before.
#[expect(
    clippy::disallowed_methods,
    reason = "only how long visitors wait depends on it, not what is done"
)]
pub(super) fn begin() {
    WORKS_SINCE.set(Some(Instant::now()));
}

/// Has a connection's queries pause, too, and end with an error once `is_over`.
pub(super) fn within_queries(connection: &mut Connection, is_over: impl Fn() -> bool + Send + 'static) -> Result<()> {
    let ends = move || {
        pause();
        is_over()
    };
    Ok(connection.progress_handler(INSTRUCTIONS, Some(ends))?)
}

/// Called between two pieces of work: pauses if it was a stretch since the last pause.
pub(super) fn pause() {
    let is_over = |since: Instant| since.elapsed() >= STRETCH;
    if IS_HELD.get() || !WORKS_SINCE.get().is_none_or(is_over) {
        return;
    }
    std::thread::sleep(if IS_IN_HASTE.get() { SHORT_BREATH } else { BREATH });
    begin();
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
