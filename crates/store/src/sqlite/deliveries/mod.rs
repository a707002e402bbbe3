//! The outbox: events on their way to ad platforms, and what became of them. The fold puts them in (`fold/events.rs`).

pub(super) mod claim;
pub(super) mod leases;
pub(super) mod list;
pub(super) mod restored;
pub(super) mod settle;
pub(super) mod stats;
pub(super) mod tracking;
pub(super) mod upkeep;

use crate::Result;
use konektor_core::{event::DeliveryState, time::UnixMs};
use rusqlite::{Transaction, params};

/// Ends a delivery that was not sent; whether it was still pending.
fn give_up(
    transaction: &Transaction<'_>,
    id: i64,
    state: DeliveryState,
    (code, reason): (&str, &str),
    now: UnixMs,
) -> Result<bool> {
    let ended = transaction
        .prepare_cached(
            "UPDATE fold.deliveries SET state = ?2, code = ?3, reason = ?4, settled_at = ?5
             WHERE id = ?1 AND state = 'pending'",
        )?
        .execute(params![id, state.as_str(), code, reason, now.0])?;
    Ok(ended > 0)
}

/// Code and words of a delivery whose time was over since `expires_at`; what it was waiting for before stays in them.
fn too_old(expires_at: UnixMs, before: Option<&str>) -> (&'static str, String) {
    let since = expires_at.timestamp().strftime("%Y-%m-%d %H:%M UTC");
    let reason = match before {
        None => format!("too old for the platform since {since}"),
        Some(before) => format!("too old for the platform since {since}; it could not be sent before: {before}"),
    };
    ("too_old", reason)
}
