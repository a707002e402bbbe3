//! The outbox of a restored backup: what it still wants to send may have been sent since.

use super::{
    tracking::Counts,
    upkeep::{Over, end},
};
use crate::{Result, StoreError};
use konektor_core::{event::DeliveryState, time::UnixMs};
use rusqlite::{Transaction, params};

/// Code of a delivery that waited in a backup.
const RESTORED: &str = "restored";
/// How soon after the backup what was due must have been tried.
const SOON_MS: i64 = 3_600_000;

/// Takes over what the database that was there before (attached as `previous_fold`) knows: which events destinations were told,
/// and what became of those that wait here; how many of them.
pub(in crate::sqlite) fn take_verdicts(transaction: &Transaction<'_>, now: UnixMs) -> Result<usize> {
    transaction.execute(
        "INSERT OR IGNORE INTO fold.told SELECT destination_id, print FROM previous_fold.told",
        [],
    )?;
    let mut known = transaction.prepare(
        "SELECT d.id, d.lead_id, p.state, p.code, p.reason, p.settled_at
         FROM fold.deliveries d JOIN previous_fold.deliveries p ON p.id = d.id AND p.event_id = d.event_id
         WHERE d.state = 'pending' AND p.state <> 'pending'",
    )?;
    let mut settle = transaction
        .prepare("UPDATE fold.deliveries SET state = ?2, code = ?3, reason = ?4, settled_at = ?5 WHERE id = ?1")?;
    let mut counts = Counts::default();
    let mut rows = known.query([])?;
    let mut settled = 0;
    while let Some(row) = rows.next()? {
        let (id, lead): (i64, i64) = (row.get(0)?, row.get(1)?);
        let state: String = row.get(2)?;
        let code: Option<String> = row.get(3)?;
        let to = DeliveryState::ALL.into_iter().find(|to| to.as_str() == state);
        let to = to.ok_or_else(|| StoreError::corrupt("deliveries.state", &state))?;
        let reason: Option<String> = row.get(4)?;
        let at: Option<i64> = row.get(5)?;
        settle.execute(params![id, state, code, reason, at.unwrap_or(now.0)])?;
        counts.moved(lead, (DeliveryState::Pending, None), (to, code.as_deref()));
        settled += 1;
    }
    counts.store(transaction)?;
    Ok(settled)
}

/// Drops what was due when the backup was taken or soon after: it was sent then, as far as one can know, and by now the platform
/// would count it a second time. People can have it sent all the same. How many.
pub(in crate::sqlite) fn drop_doubtful(transaction: &Transaction<'_>, taken_at: UnixMs, now: UnixMs) -> Result<usize> {
    let mut due = transaction.prepare(
        "SELECT d.id, d.lead_id FROM fold.deliveries d JOIN main.destinations x ON x.id = d.destination_id
         WHERE d.state = 'pending' AND d.due <= ?1 AND x.hold IS NULL AND x.active",
    )?;
    let words =
        "it waited when the backup was made that was restored since, and was probably sent then; replay it if not";
    let due = due.query_map([taken_at.plus_ms(SOON_MS).0], |row| {
        Ok(Over {
            id: row.get(0)?,
            lead: row.get(1)?,
            code: RESTORED,
            words: words.to_owned(),
        })
    })?;
    let due = due.collect::<rusqlite::Result<_>>()?;
    end(transaction, due, DeliveryState::Dropped, now)
}
