//! Writing down what platforms said.

use super::{leases, tracking::Counts};
use crate::{
    Result,
    model::{Exchange, Next, Settled, Unconfirmed},
    sqlite::{
        breath::{Haste, breathe},
        values::read_word,
        webhooks::failures,
    },
};
use konektor_core::{
    event::DeliveryState,
    ids::{DeliveryId, DestinationId},
    time::UnixMs,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, params};

/// The request that a verdict comes from.
struct Verdicts<'t> {
    transaction: &'t Transaction<'t>,
    find: CachedStatement<'t>,
    change: CachedStatement<'t>,
    keep_request: CachedStatement<'t>,
    destination: DestinationId,
    exchange: Option<i64>,
    at: UnixMs,
    counts: Counts,
}

pub(in crate::sqlite) fn settle(transaction: &Transaction<'_>, exchange: &Exchange) -> Result<()> {
    let stored = match &exchange.response {
        // Nothing was sent: the answer before, if there was one, still says most.
        None => None,
        Some(response) => {
            transaction
                .prepare_cached(
                    "INSERT INTO fold.exchanges (destination_id, at, status, trace, response, confirm_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    exchange.destination.0,
                    exchange.at.0,
                    exchange.status,
                    exchange.trace,
                    response,
                    exchange.confirm_at.map(|t| t.0)
                ])?;
            Some(transaction.last_insert_rowid())
        }
    };
    let mut verdicts = Verdicts::new(transaction, exchange.destination, stored, exchange.at)?;
    // Of a backlog the next request waits for this.
    let _haste = Haste::make();
    let were_lent = leases::give_back(transaction, exchange.destination, &exchange.settled)?;
    for (n, (settled, was_lent)) in exchange.settled.iter().zip(were_lent).enumerate() {
        breathe(n);
        verdicts.settle(settled, was_lent, may_follow)?;
    }
    verdicts.counts.store(transaction)
}

/// Whether a request's verdict counts for a delivery in this state. One that somebody else has settled meanwhile (its
/// lease had ended, its destination was removed) stays so, unless the platform has it after all.
fn may_follow(state: DeliveryState, next: Next) -> bool {
    match state {
        DeliveryState::Pending | DeliveryState::Held => true,
        DeliveryState::Dropped | DeliveryState::Expired => matches!(next, Next::Sent | Next::Confirmed),
        DeliveryState::Sent => next == Next::Confirmed,
        DeliveryState::Confirmed => false,
    }
}

pub(in crate::sqlite) fn settle_confirmation(
    transaction: &Transaction<'_>,
    exchange: i64,
    ask_again: Option<UnixMs>,
    settled: &[Settled],
    now: UnixMs,
) -> Result<()> {
    let destination = transaction
        .prepare_cached(
            "UPDATE fold.exchanges SET confirm_at = ?2, confirm_tries = confirm_tries + 1 WHERE id = ?1
             RETURNING destination_id",
        )?
        .query_row(params![exchange, ask_again.map(|t| t.0)], |row| row.get(0))
        .optional()?;
    let Some(destination) = destination else {
        return Ok(()); // forgotten meanwhile
    };
    let mut verdicts = Verdicts::new(transaction, DestinationId(destination), Some(exchange), now)?;
    for (n, settled) in settled.iter().enumerate() {
        breathe(n);
        verdicts.settle(settled, false, |state, _| state == DeliveryState::Sent)?;
    }
    verdicts.counts.store(transaction)
}

impl<'t> Verdicts<'t> {
    fn new(
        transaction: &'t Transaction<'t>,
        destination: DestinationId,
        exchange: Option<i64>,
        at: UnixMs,
    ) -> Result<Self> {
        Ok(Self {
            transaction,
            find: transaction.prepare_cached(
                "SELECT lead_id, state, code FROM fold.deliveries WHERE id = ?1 AND destination_id = ?2",
            )?,
            change: transaction.prepare_cached(
                "UPDATE fold.deliveries
                 SET state = ?2, due = coalesce(?3, due), attempts = attempts + ?4,
                     code = iif(?9, code, ?5), reason = iif(?9, reason, ?6), exchange_id = coalesce(?7, exchange_id), settled_at = ?8
                 WHERE id = ?1",
            )?,
            keep_request: transaction.prepare_cached("INSERT OR REPLACE INTO fold.requests VALUES (?1, ?2)")?,
            destination,
            exchange,
            at,
            counts: Counts::default(),
        })
    }

    /// `was_lent` if its attempt counts with this.
    fn settle(&mut self, settled: &Settled, was_lent: bool, may_follow: fn(DeliveryState, Next) -> bool) -> Result<()> {
        let known = self
            .find
            .query_row([settled.id.0, self.destination.0], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, Option<String>>(2)?,
                ))
            })
            .optional()?;
        let Some((lead, state, code)) = known else {
            return Ok(()); // forgotten meanwhile
        };
        let state = read_state(&state)?;
        if !may_follow(state, settled.next) {
            return Ok(());
        }
        let (next, due) = match settled.next {
            Next::Sent => (DeliveryState::Sent, None),
            Next::Confirmed => (DeliveryState::Confirmed, None),
            Next::Dropped => (DeliveryState::Dropped, None),
            Next::Expired => (DeliveryState::Expired, None),
            Next::Again(due) | Next::AgainUncounted(due) => (DeliveryState::Pending, Some(due.0)),
        };
        let is_attempt = was_lent && !matches!(settled.next, Next::AgainUncounted(_));
        // One that is only given back says nothing new of why it waits.
        let keeps_reason = next == DeliveryState::Pending && settled.reason.is_none();
        let settled_at = (next != DeliveryState::Pending).then_some(self.at.0);
        self.change.execute(params![
            settled.id.0,
            next.as_str(),
            due,
            is_attempt,
            settled.code,
            settled.reason,
            self.exchange,
            settled_at,
            keeps_reason
        ])?;
        if let Some(request) = &settled.request {
            self.keep_request.execute(params![settled.id.0, request])?;
        }
        let is_over = |state| matches!(state, DeliveryState::Dropped | DeliveryState::Expired);
        if is_over(next) && !is_over(state) {
            failures::tell(self.transaction, settled.id.0, next, self.at)?;
        }
        let after = (next, settled.code.as_deref());
        self.counts.moved(lead, (state, code.as_deref()), after);
        Ok(())
    }
}

pub(super) fn read_state(text: &str) -> Result<DeliveryState> {
    read_word("deliveries.state", DeliveryState::ALL, DeliveryState::as_str, text)
}

pub(in crate::sqlite) fn unconfirmed(
    connection: &Connection,
    destination: DestinationId,
    now: UnixMs,
    limit: usize,
) -> Result<Vec<Unconfirmed>> {
    let mut asked = connection.prepare_cached(
        "SELECT id, trace, confirm_tries FROM fold.exchanges
         WHERE destination_id = ?1 AND confirm_at <= ?2 ORDER BY confirm_at LIMIT ?3",
    )?;
    let mut of_exchange = connection
        .prepare_cached("SELECT id FROM fold.deliveries WHERE exchange_id = ?1 AND state = 'sent' ORDER BY id")?;
    let mut rows = asked.query([destination.0, now.0, limit as i64])?;
    let mut unconfirmed = Vec::new();
    while let Some(row) = rows.next()? {
        let exchange = row.get(0)?;
        let deliveries = of_exchange.query_map([exchange], |row| row.get(0).map(DeliveryId))?;
        unconfirmed.push(Unconfirmed {
            exchange,
            trace: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            tries: row.get(2)?,
            deliveries: deliveries.collect::<rusqlite::Result<_>>()?,
        });
    }
    Ok(unconfirmed)
}
