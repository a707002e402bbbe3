//! Ending what cannot be sent any more, and forgetting what is long over. In bounded steps: a step holds up the fold,
//! so a hundred thousand deliveries of a dead destination take many.

use super::{give_up, too_old, tracking::Counts};
use crate::{Result, sqlite::webhooks::failures};
use konektor_core::{event::DeliveryState, ids::DestinationId, time::UnixMs};
use rusqlite::{Transaction, params};

/// Most deliveries of a step.
pub(in crate::sqlite) const STEP: usize = 10_000;

/// Code of a delivery whose destination was removed.
const DESTINATION_REMOVED: (&str, &str) = ("destination_removed", "the destination was removed");

/// Pending deliveries that are over: id, lead, and code and words why.
type Over = Vec<(i64, i64, &'static str, String)>;

/// Expires pending deliveries whose time is over, and drops those of removed destinations (a fold whose routing was a
/// moment old may have made some); how many. What is under a lease is left to whoever sends it: its lease ends.
pub(in crate::sqlite) fn expire(transaction: &Transaction<'_>, now: UnixMs) -> Result<usize> {
    let mut done = 0;
    let mut destinations = transaction.prepare_cached("SELECT id, removed_at IS NOT NULL FROM main.destinations")?;
    let destinations = destinations.query_map([], |row| Ok((DestinationId(row.get(0)?), row.get(1)?)))?;
    for destination in destinations {
        let (destination, removed): (DestinationId, bool) = destination?;
        done += match removed {
            true => drop_pending(transaction, destination, now, STEP - done)?,
            false => {
                let over = find_too_old(transaction, destination, now, STEP - done)?;
                end(transaction, over, DeliveryState::Expired, now)?
            }
        };
    }
    Ok(done)
}

fn find_too_old(transaction: &Transaction<'_>, destination: DestinationId, now: UnixMs, limit: usize) -> Result<Over> {
    let mut stored = transaction.prepare_cached(
        "SELECT id, lead_id, expires_at, reason FROM fold.deliveries INDEXED BY deliveries_due
         WHERE destination_id = ?1 AND state = 'pending' AND due <= ?2 AND expires_at <= ?2 LIMIT ?3",
    )?;
    let over = stored.query_map(params![destination.0, now.0, limit as i64], |row| {
        let before: Option<String> = row.get(3)?;
        let (code, reason) = too_old(UnixMs(row.get(2)?), before.as_deref());
        Ok((row.get(0)?, row.get(1)?, code, reason))
    })?;
    Ok(over.collect::<rusqlite::Result<_>>()?)
}

/// Drops up to `limit` pending deliveries of a removed destination, those on their way too; how many.
pub(in crate::sqlite) fn drop_pending(
    transaction: &Transaction<'_>,
    destination: DestinationId,
    now: UnixMs,
    limit: usize,
) -> Result<usize> {
    let mut stored = transaction.prepare_cached(
        "SELECT id, lead_id FROM fold.deliveries INDEXED BY deliveries_due
         WHERE destination_id = ?1 AND state = 'pending' LIMIT ?2",
    )?;
    let (code, reason) = DESTINATION_REMOVED;
    let over = stored.query_map([destination.0, limit as i64], |row| {
        Ok((row.get(0)?, row.get(1)?, code, reason.to_owned()))
    })?;
    let over = over.collect::<rusqlite::Result<_>>()?;
    end(transaction, over, DeliveryState::Dropped, now)
}

fn end(transaction: &Transaction<'_>, over: Over, state: DeliveryState, now: UnixMs) -> Result<usize> {
    let mut counts = Counts::default();
    let ended = over.len();
    for (id, lead, code, reason) in over {
        give_up(transaction, id, state, (code, &reason), now)?;
        // Who removes a destination knows what they give up.
        if state == DeliveryState::Expired {
            failures::tell(transaction, id, state, now)?;
        }
        counts.moved(lead, (DeliveryState::Pending, None), (state, Some(code)));
    }
    counts.store(transaction)?;
    Ok(ended)
}

/// Makes a repaired destination's deliveries due at once instead of at their next attempt. One that is on its way just
/// now may be sent twice, under the same id.
pub(in crate::sqlite) fn make_due(
    transaction: &Transaction<'_>,
    destination: DestinationId,
    now: UnixMs,
) -> Result<()> {
    let mut hurry = transaction.prepare_cached(
        "UPDATE fold.deliveries SET due = max(not_before, ?2)
         WHERE destination_id = ?1 AND state = 'pending' AND due > ?2 AND due > not_before",
    )?;
    hurry.execute([destination.0, now.0])?;
    Ok(())
}

/// Deletes up to [`STEP`] deliveries that were settled before then, and exchanges of before then that no delivery
/// refers to any more; how many deliveries.
pub(in crate::sqlite) fn forget(transaction: &Transaction<'_>, before: UnixMs) -> Result<usize> {
    let mut destinations = transaction.prepare_cached("SELECT id FROM main.destinations")?;
    let mut settled = transaction.prepare_cached(
        "SELECT id FROM fold.deliveries INDEXED BY deliveries_settled
         WHERE destination_id = ?1 AND settled_at < ?2 LIMIT ?3",
    )?;
    let mut forget = transaction.prepare_cached("DELETE FROM fold.deliveries WHERE id = ?1")?;
    let mut forget_request = transaction.prepare_cached("DELETE FROM fold.requests WHERE delivery_id = ?1")?;
    let mut forgotten = 0;
    for destination in destinations.query_map([], |row| row.get::<_, i64>(0))? {
        let room = (STEP - forgotten) as i64;
        let ids = settled.query_map([destination?, before.0, room], |row| row.get::<_, i64>(0))?;
        for id in ids.collect::<rusqlite::Result<Vec<_>>>()? {
            forget_request.execute([id])?;
            forgotten += forget.execute([id])?;
        }
    }
    forget_exchanges(transaction, before)?;
    Ok(forgotten)
}

/// Exchanges are in the order of time, so the first young one ends the search. What is not confirmed yet is kept.
fn forget_exchanges(transaction: &Transaction<'_>, before: UnixMs) -> Result<()> {
    let mut oldest = transaction.prepare_cached(
        "SELECT e.id, e.at, e.confirm_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM fold.deliveries d WHERE d.exchange_id = e.id)
         FROM fold.exchanges e ORDER BY e.id",
    )?;
    let mut rows = oldest.query([])?;
    let mut orphans: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        if UnixMs(row.get(1)?) >= before || orphans.len() == STEP {
            break;
        }
        if row.get(2)? {
            orphans.push(row.get(0)?);
        }
    }
    let mut forget = transaction.prepare_cached("DELETE FROM fold.exchanges WHERE id = ?1")?;
    for id in orphans {
        forget.execute([id])?;
    }
    Ok(())
}
