//! How a destination does.

use crate::{Result, model::DestinationStats};
use konektor_core::{fold::NO_CONSENT, ids::DestinationId, time::UnixMs};
use rusqlite::{Connection, OptionalExtension, params};

const DAY_MS: i64 = 24 * 3_600_000;

pub(in crate::sqlite) fn destination_stats(
    connection: &Connection,
    destination: DestinationId,
    now: UnixMs,
) -> Result<DestinationStats> {
    let mut waiting = connection
        .prepare_cached("SELECT count(*) FROM fold.deliveries WHERE destination_id = ?1 AND state = 'pending'")?;
    let pending = waiting.query_row([destination.0], |row| row.get(0))?;
    let mut oldest = connection.prepare_cached(
        "SELECT not_before FROM fold.deliveries WHERE destination_id = ?1 AND state = 'pending' ORDER BY id LIMIT 1",
    )?;
    let oldest_due = oldest
        .query_row([destination.0], |row| row.get(0).map(UnixMs))
        .optional()?;
    let mut today = connection.prepare_cached(
        "SELECT count(*) FILTER (WHERE state IN ('sent', 'confirmed')),
                count(*) FILTER (WHERE state IN ('dropped', 'expired') AND code IS NOT ?3)
         FROM fold.deliveries WHERE destination_id = ?1 AND settled_at > ?2",
    )?;
    let since = now.plus_ms(-DAY_MS).0;
    let (sent_today, failed_today) = today.query_row(params![destination.0, since, NO_CONSENT], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let mut last = connection.prepare_cached(
        "SELECT settled_at FROM fold.deliveries
         WHERE destination_id = ?1 AND settled_at > 0 AND state IN ('sent', 'confirmed')
         ORDER BY settled_at DESC LIMIT 1",
    )?;
    let last_sent = last
        .query_row([destination.0], |row| row.get(0).map(UnixMs))
        .optional()?;
    Ok(DestinationStats {
        pending,
        oldest_due,
        sent_today,
        failed_today,
        last_sent,
    })
}
