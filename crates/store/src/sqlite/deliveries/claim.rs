//! Taking deliveries to send them.

use super::{
    leases::{self, Leases},
    too_old,
    upkeep::{Over, end},
};
use crate::{
    Result,
    model::{Claim, Claimed, EventDetails},
    sqlite::{
        breath::breathe,
        destinations::{open_platform, read_consent},
        values::{click_columns, read_click, read_json, read_trigger},
    },
};
use konektor_core::{
    evenness::LONGEST_WAIT_MS,
    event::{DeliveryState, EventId},
    ids::{DeliveryId, DestinationId, LeadId},
    time::UnixMs,
};
use rusqlite::{Connection, Row, Transaction, types::ValueRef};

/// Code of a delivery whose click is gone.
const CLICK_ERASED: (&str, &str) = ("click_erased", "the visitor's click was erased before this was sent");

/// What is due, to be sent or to be ended instead, and leases that ended by their time.
#[derive(Default)]
pub(in crate::sqlite) struct Found {
    pub(in crate::sqlite) claim: Claim,
    expired: Vec<Over>,
    erased: Vec<Over>,
    leases: Leases,
}

impl Found {
    /// Whether there is nothing to be written down.
    pub(in crate::sqlite) fn is_nothing(&self) -> bool {
        let Self {
            claim,
            expired,
            erased,
            leases,
        } = self;
        claim.deliveries.is_empty() && expired.is_empty() && erased.is_empty() && !leases.have_ended()
    }

    /// Adds what becomes of a delivery that is due, from the columns of [`find`].
    fn add(&mut self, row: &Row<'_>, now: UnixMs) -> Result<()> {
        let (id, lead, expires_at) = (row.get(1)?, row.get(2)?, UnixMs(row.get(10)?));
        if expires_at <= now {
            let before: Option<String> = row.get(11)?;
            let (code, words) = too_old(expires_at, before.as_deref());
            self.expired.push(Over { id, lead, code, words });
            return Ok(());
        }
        if row.get_ref(12)? == ValueRef::Null {
            let (code, words) = CLICK_ERASED;
            let words = words.to_owned();
            self.erased.push(Over { id, lead, code, words });
            return Ok(());
        }
        let details = match row.get_ref(8)? {
            ValueRef::Null => EventDetails::default(),
            json => read_json("deliveries.details", json)?,
        };
        let attempts: u32 = row.get(9)?;
        self.claim.deliveries.push(Claimed {
            id: DeliveryId(id),
            event_id: EventId::stored(row.get(5)?),
            trigger: read_trigger(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?)?,
            name: row.get(4)?,
            at: UnixMs(row.get(6)?),
            consent: read_consent(
                "deliveries.consent",
                row.get_ref(7)?.as_str().map_err(rusqlite::Error::from)?,
            )?,
            details,
            click: read_click(row, 12)?,
            lead: LeadId::from_packed(lead),
            attempts: attempts + self.leases.uncounted(id) + 1,
            expires_at,
        });
        Ok(())
    }
}

/// Looks for up to `limit` deliveries that are due and not lent. By a reader: the fold's thread has enough to do.
pub(in crate::sqlite) fn find(
    connection: &Connection,
    destination: DestinationId,
    now: UnixMs,
    limit: usize,
) -> Result<Found> {
    // The fold's file first: a transaction sees each file as it was at its first look into it, and an event that is younger than
    // its view of the clicks would look as if its click had been erased.
    let mut found = Found {
        leases: Leases::read(connection, destination, now)?,
        ..Found::default()
    };
    if open_platform(connection, destination)?.is_none() {
        return Ok(Found::default());
    }
    // What is lent comes back.
    let mut next_due = found.leases.next_end();
    let sql = format!(
        "SELECT d.due, d.id, d.lead_id, d.trigger_kind, d.name, d.event_id, d.at, d.consent, d.details, d.attempts,
                d.expires_at, d.reason, {}
         FROM fold.deliveries d LEFT JOIN main.clicks c ON c.id = d.click_id
         WHERE d.destination_id = ?1 AND d.state = 'pending' ORDER BY d.due LIMIT ?2",
        click_columns("c")
    );
    let mut pending = connection.prepare_cached(&sql)?;
    let most = limit + found.leases.len() + 1;
    let mut rows = pending.query([destination.0, most as i64])?;
    let mut taken = 0;
    while let Some(row) = rows.next()? {
        let id = row.get(1)?;
        if found.leases.contains(id) {
            continue;
        }
        let due = UnixMs(row.get(0)?);
        if due > now || taken == limit {
            next_due = Some(next_due.map_or(due, |next| next.min(due)));
            break;
        }
        breathe(taken);
        taken += 1;
        found.add(row, now)?;
    }
    found.claim.next_due = next_due;
    Ok(found)
}

/// Lends what was found to be sent, and ends the rest. Nobody else may have claimed of this destination since.
pub(in crate::sqlite) fn take(
    transaction: &Transaction<'_>,
    destination: DestinationId,
    mut found: Found,
    now: UnixMs,
    lease: UnixMs,
    limit: usize,
) -> Result<Claim> {
    if found.leases.have_ended() {
        // Whoever had it may have settled it since, all the same.
        found = find(transaction, destination, now, limit)?;
    }
    found.leases.end_over(transaction)?;
    end(transaction, found.expired, DeliveryState::Expired, now)?;
    end(transaction, found.erased, DeliveryState::Dropped, now)?;
    let claimed = found.claim.deliveries.iter().map(|claimed| claimed.id);
    leases::lend(transaction, destination, claimed, lease)?;
    Ok(found.claim)
}

/// Ends all leases, and makes due what waits for another attempt, or for a year that a clock was in.
pub(in crate::sqlite) fn release(transaction: &Transaction<'_>, now: UnixMs) -> Result<()> {
    leases::end_all(transaction)?;
    let far = now.plus_ms(LONGEST_WAIT_MS);
    transaction.execute(
        "UPDATE fold.deliveries SET due = max(iif(not_before > ?2, ?1, not_before), ?1)
         WHERE state = 'pending' AND due > max(iif(not_before > ?2, ?1, not_before), ?1)",
        [now.0, far.0],
    )?;
    Ok(())
}
