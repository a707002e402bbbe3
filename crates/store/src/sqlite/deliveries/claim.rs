//! Taking deliveries to send them.

use super::{give_up, too_old, tracking::Counts};
use crate::{
    Result,
    model::{Claim, Claimed, EventDetails},
    sqlite::{
        breath::{Haste, breathe},
        destinations::{open_platform, read_consent},
        values::{click_columns, read_click, read_json, read_trigger},
        webhooks::failures,
    },
};
use konektor_core::{
    evenness::LONGEST_WAIT_MS,
    event::{DeliveryState, EventId},
    ids::{DeliveryId, DestinationId, LeadId},
    time::UnixMs,
};
use rusqlite::{Row, Transaction, types::ValueRef};

/// Code of a delivery whose click is gone.
const CLICK_ERASED: (&str, &str) = ("click_erased", "the visitor's click was erased before this was sent");

/// What becomes of a delivery that is due.
enum Due {
    Send(Box<Claimed>),
    Expired { id: i64, lead: i64, reason: String },
    Erased { id: i64, lead: i64 },
}

pub(in crate::sqlite) fn claim(
    transaction: &Transaction<'_>,
    destination: DestinationId,
    now: UnixMs,
    lease: UnixMs,
    limit: usize,
) -> Result<Claim> {
    if open_platform(transaction, destination)?.is_none() {
        return Ok(Claim::default());
    }
    // Of a backlog the next request waits for this.
    let _haste = Haste::make();
    let (due, next_due) = due(transaction, destination, now, limit)?;
    let mut lend =
        transaction.prepare_cached("UPDATE fold.deliveries SET due = ?2, attempts = attempts + 1 WHERE id = ?1")?;
    let mut claim = Claim {
        next_due,
        ..Claim::default()
    };
    let mut counts = Counts::default();
    for (n, due) in due.into_iter().enumerate() {
        breathe(n);
        let (lead, id, state, why) = match due {
            Due::Send(claimed) => {
                lend.execute([claimed.id.0, lease.0])?;
                claim.deliveries.push(*claimed);
                continue;
            }
            Due::Expired { id, lead, ref reason } => (lead, id, DeliveryState::Expired, ("too_old", reason.as_str())),
            Due::Erased { id, lead } => (lead, id, DeliveryState::Dropped, CLICK_ERASED),
        };
        give_up(transaction, id, state, why, now)?;
        if state == DeliveryState::Expired {
            failures::tell(transaction, id, state, now)?;
        }
        counts.moved(lead, (DeliveryState::Pending, None), (state, Some(why.0)));
    }
    counts.store(transaction)?;
    Ok(claim)
}

/// Makes due what waits for another attempt, for the end of a lease, or for a year that a clock was in.
pub(in crate::sqlite) fn release(transaction: &Transaction<'_>, now: UnixMs) -> Result<()> {
    let far = now.plus_ms(LONGEST_WAIT_MS);
    transaction.execute(
        "UPDATE fold.deliveries SET due = max(iif(not_before > ?2, ?1, not_before), ?1)
         WHERE state = 'pending' AND due > max(iif(not_before > ?2, ?1, not_before), ?1)",
        [now.0, far.0],
    )?;
    Ok(())
}

/// Up to `limit` deliveries that are due, and when the next one is.
fn due(
    transaction: &Transaction<'_>,
    destination: DestinationId,
    now: UnixMs,
    limit: usize,
) -> Result<(Vec<Due>, Option<UnixMs>)> {
    let sql = format!(
        "SELECT d.due, d.id, d.lead_id, d.trigger_kind, d.name, d.event_id, d.at, d.consent, d.details, d.attempts,
                d.expires_at, d.reason, {}
         FROM fold.deliveries d LEFT JOIN main.clicks c ON c.id = d.click_id
         WHERE d.destination_id = ?1 AND d.state = 'pending' ORDER BY d.due LIMIT ?2",
        click_columns("c")
    );
    let mut pending = transaction.prepare_cached(&sql)?;
    let mut rows = pending.query([destination.0, limit as i64 + 1])?;
    let mut taken = Vec::new();
    while let Some(row) = rows.next()? {
        let due = UnixMs(row.get(0)?);
        if due > now || taken.len() == limit {
            return Ok((taken, Some(due)));
        }
        breathe(taken.len());
        taken.push(read(row, now)?);
    }
    Ok((taken, None))
}

fn read(row: &Row<'_>, now: UnixMs) -> Result<Due> {
    let (id, lead, expires_at) = (row.get(1)?, row.get(2)?, UnixMs(row.get(10)?));
    if expires_at <= now {
        let before: Option<String> = row.get(11)?;
        let (_, reason) = too_old(expires_at, before.as_deref());
        return Ok(Due::Expired { id, lead, reason });
    }
    if row.get_ref(12)? == ValueRef::Null {
        return Ok(Due::Erased { id, lead });
    }
    let details = match row.get_ref(8)? {
        ValueRef::Null => EventDetails::default(),
        json => read_json("deliveries.details", json)?,
    };
    let attempts: u32 = row.get(9)?;
    Ok(Due::Send(Box::new(Claimed {
        id: DeliveryId(id),
        event_id: EventId::stored(row.get(5)?),
        trigger: read_trigger(&row.get::<_, String>(3)?)?,
        name: row.get(4)?,
        at: UnixMs(row.get(6)?),
        consent: read_consent("deliveries.consent", &row.get::<_, String>(7)?)?,
        details,
        click: read_click(row, 12)?,
        lead: LeadId::from_packed(lead),
        attempts: attempts + 1,
        expires_at,
    })))
}
