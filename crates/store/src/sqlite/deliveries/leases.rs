//! Which deliveries are lent: claimed by a sender, in one request, that has not settled them yet.
//!
//! An attempt counts when its lease ends: as it is settled, or by its time, when nobody knows whether the platform has heard of it.

use crate::{Result, StoreError, model::Settled};
use konektor_core::{
    ids::{DeliveryId, DestinationId},
    time::UnixMs,
};
use rusqlite::{Connection, Row, Transaction, params};
use std::collections::HashMap;

/// A destination's leases.
#[derive(Default)]
pub(super) struct Leases {
    /// Until when nobody else gets it.
    lent: HashMap<i64, UnixMs>,
    /// Of leases that ended by their time: attempts that do not count yet.
    uncounted: HashMap<i64, u32>,
    /// Rows of these.
    over: Vec<i64>,
}

impl Leases {
    /// Those of a destination.
    pub(super) fn read(connection: &Connection, destination: DestinationId, now: UnixMs) -> Result<Self> {
        let mut leases = Self::default();
        for Lease { row, until, deliveries } in stored(connection, destination)? {
            if until > now {
                leases.lent.extend(deliveries.into_iter().map(|id| (id, until)));
                continue;
            }
            leases.over.push(row);
            for id in deliveries {
                *leases.uncounted.entry(id).or_default() += 1;
            }
        }
        Ok(leases)
    }

    /// How many are lent.
    pub(super) fn len(&self) -> usize {
        self.lent.len()
    }

    /// Whether a delivery is.
    pub(super) fn contains(&self, id: i64) -> bool {
        self.lent.contains_key(&id)
    }

    /// When the first of them comes back.
    pub(super) fn next_end(&self) -> Option<UnixMs> {
        self.lent.values().copied().min()
    }

    /// A delivery's attempts that do not count yet.
    pub(super) fn uncounted(&self, id: i64) -> u32 {
        self.uncounted.get(&id).copied().unwrap_or(0)
    }

    /// Whether some have ended by their time, and are still written down.
    pub(super) fn have_ended(&self) -> bool {
        !self.over.is_empty()
    }

    /// Ends those whose time is over.
    pub(super) fn end_over(self, transaction: &Transaction<'_>) -> Result<()> {
        for (id, attempts) in self.uncounted {
            count(transaction, id, attempts)?;
        }
        let mut end = transaction.prepare_cached("DELETE FROM fold.leases WHERE id = ?1")?;
        for row in self.over {
            end.execute([row])?;
        }
        Ok(())
    }
}

/// Lends deliveries of a destination.
pub(super) fn lend(
    transaction: &Transaction<'_>,
    destination: DestinationId,
    deliveries: impl Iterator<Item = DeliveryId>,
    until: UnixMs,
) -> Result<()> {
    let deliveries = write_ids(deliveries.map(|id| id.0));
    if !deliveries.is_empty() {
        transaction
            .prepare_cached("INSERT INTO fold.leases (destination_id, until, deliveries) VALUES (?1, ?2, ?3)")?
            .execute(params![destination.0, until.0, deliveries])?;
    }
    Ok(())
}

/// Ends leases of what is settled; which of these were lent.
pub(super) fn give_back(
    transaction: &Transaction<'_>,
    destination: DestinationId,
    settled: &[Settled],
) -> Result<Vec<bool>> {
    let places: HashMap<i64, usize> = settled
        .iter()
        .enumerate()
        .map(|(n, settled)| (settled.id.0, n))
        .collect();
    let mut were_lent = vec![false; settled.len()];
    for Lease {
        row, mut deliveries, ..
    } in stored(transaction, destination)?
    {
        let lent = deliveries.len();
        deliveries.retain(|id| match places.get(id) {
            None => true,
            Some(&place) => {
                were_lent[place] = true;
                false
            }
        });
        if deliveries.is_empty() {
            transaction
                .prepare_cached("DELETE FROM fold.leases WHERE id = ?1")?
                .execute([row])?;
        } else if deliveries.len() < lent {
            transaction
                .prepare_cached("UPDATE fold.leases SET deliveries = ?2 WHERE id = ?1")?
                .execute(params![row, write_ids(deliveries.into_iter())])?;
        }
    }
    Ok(were_lent)
}

/// Ends all leases, of all destinations.
pub(in crate::sqlite) fn end_all(transaction: &Transaction<'_>) -> Result<()> {
    let mut all = transaction.prepare("SELECT deliveries FROM fold.leases")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        for id in read_ids(row, 0)? {
            count(transaction, id, 1)?;
        }
    }
    transaction.execute("DELETE FROM fold.leases", [])?;
    Ok(())
}

fn count(transaction: &Transaction<'_>, id: i64, attempts: u32) -> Result<()> {
    transaction
        .prepare_cached("UPDATE fold.deliveries SET attempts = attempts + ?2 WHERE id = ?1 AND state = 'pending'")?
        .execute(params![id, attempts])?;
    Ok(())
}

struct Lease {
    row: i64,
    until: UnixMs,
    deliveries: Vec<i64>,
}

/// A request's each, so few.
fn stored(connection: &Connection, destination: DestinationId) -> Result<Vec<Lease>> {
    let mut leases =
        connection.prepare_cached("SELECT id, until, deliveries FROM fold.leases WHERE destination_id = ?1")?;
    let mut rows = leases.query([destination.0])?;
    let mut stored = Vec::new();
    while let Some(row) = rows.next()? {
        stored.push(Lease {
            row: row.get(0)?,
            until: UnixMs(row.get(1)?),
            deliveries: read_ids(row, 2)?,
        });
    }
    Ok(stored)
}

fn write_ids(ids: impl Iterator<Item = i64>) -> Vec<u8> {
    ids.flat_map(i64::to_le_bytes).collect()
}

fn read_ids(row: &Row<'_>, column: usize) -> Result<Vec<i64>> {
    let bytes = row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
    let (ids, rest) = bytes.as_chunks();
    match rest {
        [] => Ok(ids.iter().copied().map(i64::from_le_bytes).collect()),
        _ => Err(StoreError::corrupt(
            "leases.deliveries",
            format!("{} bytes", bytes.len()),
        )),
    }
}
