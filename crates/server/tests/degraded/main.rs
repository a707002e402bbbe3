//! A redirect that never stops: the database locked by somebody else, a full disk, a directory that cannot be written, and
//! `kill -9` meanwhile. SPEC section 7. Every visit gets its 302 quickly, and afterwards each is there once, as what it was.
//!
//! Longer by hand: `KONEKTOR_LOCK_SECONDS=60 KONEKTOR_KILL_ROUNDS=20 cargo test -p konektor --test degraded -- --nocapture`.

#[path = "../common/mod.rs"]
mod common;

mod crowd;
mod full;
mod killed;
mod locked;
mod read_only;

use common::{database, shop::Shop, wait_for};
use std::path::Path;

/// The default deadline, as a visitor has it.
const DEADLINE: (&str, &str) = ("KONEKTOR_COMMIT_DEADLINE_MS", "150");

/// A number from the environment, for longer runs by hand.
fn by_hand(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().expect("a number"))
}

/// Holds the database as another process would that never lets go.
fn lock(data: &Path) -> database::Holder {
    database::hold(data)
}

/// Waits until visitors are sent on without the database, and both the counter and `/readyz` say so. One after the other, since
/// an earlier outage may end between the two.
fn wait_until_degraded(shop: &Shop) {
    wait_for("degraded mode", || {
        let counted = shop.server.metric("konektor_degraded") == 1;
        let ready = shop.server.readiness();
        (counted && (ready.status, ready.text().trim()) == (200, "degraded")).then_some(())
    });
}

/// Waits until the database has all that waited.
fn wait_until_drained(shop: &Shop) {
    wait_for("the end of degraded mode", || {
        let over = shop.server.metric("konektor_degraded") == 0 && shop.server.metric("konektor_spool_clicks") == 0;
        over.then_some(())
    });
    wait_for("ready", || {
        (shop.server.readiness().text().trim() == "ready").then_some(())
    });
}
