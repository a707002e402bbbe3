//! Ending what cannot be sent any more, and forgetting what is long over. In bounded steps: a step holds up the fold,
//! so a hundred thousand deliveries of a dead destination take many.

use super::{give_up, leases::Leases, too_old, tracking::Counts};
use crate::{
    Result,
    sqlite::{breath::breathe, webhooks::failures},
};
use konektor_core::{event::DeliveryState, ids::DestinationId, time::UnixMs};
use rusqlite::{Transaction, params};

/// Most deliveries of a step.
pub(in crate::sqlite) const STEP: usize = 10_000;

/// Code of a delivery whose destination was removed.
const DESTINATION_REMOVED: (&str, &str) = ("destination_removed", "the destination was removed");

/// A pending delivery that is over, and why.
pub(super) struct Over {
    pub(super) id: i64,
    pub(super) lead: i64,
    pub(super) code: &'static str,
    pub(super) words: String,
}

/// Expires pending deliveries whose time is over, and drops those of removed destinations (a fold whose routing was a
/// moment old may have made some); how many. What is lent is left to whoever sends it: its lease ends.
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

fn find_too_old(
    transaction: &Transaction<'_>,
    destination: DestinationId,
    now: UnixMs,
    limit: usize,
) -> Result<Vec<Over>> {
    let leases = Leases::read(transaction, destination, now)?;
    let mut stored = transaction.prepare_cached(
        "SELECT id, lead_id, expires_at, reason FROM fold.deliveries INDEXED BY deliveries_due
         WHERE destination_id = ?1 AND state = 'pending' AND due <= ?2 AND expires_at <= ?2 LIMIT ?3",
    )?;
    let most = limit + leases.len();
    let mut rows = stored.query(params![destination.0, now.0, most as i64])?;
    let mut over = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        if leases.contains(id) {
            continue;
        }
        if over.len() == limit {
            break;
        }
        let before: Option<String> = row.get(3)?;
        let (code, words) = too_old(UnixMs(row.get(2)?), before.as_deref());
        let lead = row.get(1)?;
        over.push(Over { id, lead, code, words });
    }
    Ok(over)
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
    let (code, words) = DESTINATION_REMOVED;
    let over = stored.query_map([destination.0, limit as i64], |row| {
        Ok(Over {
            id: row.get(0)?,
            lead: row.get(1)?,
            code,
            words: words.to_owned(),
        })
    })?;
    let over = over.collect::<rusqlite::Result<_>>()?;
    end(transaction, over, DeliveryState::Dropped, now)
}

/// Ends what is still pending of these; how many were looked at.
pub(super) fn end(transaction: &Transaction<'_>, all: Vec<Over>, state: DeliveryState, now: UnixMs) -> Result<usize> {
    let mut counts = Counts::default();
    let looked_at = all.len();
    for (n, over) in all.into_iter().enumerate() {
        breathe(n);
        let Over { id, lead, code, words } = over;
        if !give_up(transaction, id, state, (code, &words), now)? {
            continue; // settled since it was found
        }
        // Who removes a destination, erases a visitor or restores a backup knows what they give up.
        if state == DeliveryState::Expired {
            failures::tell(transaction, id, state, now)?;
        }
        counts.moved(lead, (DeliveryState::Pending, None), (state, Some(code)));
    }
    counts.store(transaction)?;
    Ok(looked_at)
}

/// Makes a repaired destination's deliveries due at once instead of at their next attempt.
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
