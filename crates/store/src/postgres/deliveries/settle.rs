//! Writing down what platforms said. Commits are synced: lost, an event would be sent a second time.

use super::tracking::Counts;
use crate::{
    Result,
    model::{Exchange, Next, Settled, Unconfirmed},
    postgres::{
        Ids,
        destinations::workspace_of,
        sql,
        values::{lead, read_word, without_nul},
        webhooks::failures,
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    event::DeliveryState,
    ids::{DeliveryId, DestinationId},
    time::UnixMs,
};
use std::{borrow::Cow, collections::HashMap};

/// The request that verdicts come from.
struct Verdicts {
    workspace: i64,
    destination: DestinationId,
    exchange: Option<i64>,
    at: UnixMs,
}

pub(in crate::postgres) async fn settle(
    transaction: &Transaction<'_>,
    ids: Ids<'_>,
    exchange: &Exchange,
) -> Result<()> {
    let id = ids(exchange.at);
    let Some(workspace) = workspace_of(transaction, exchange.destination).await? else {
        return Ok(());
    };
    // If nothing was sent, the answer before still says most, if there was one.
    if let Some(response) = &exchange.response {
        let sql = "INSERT INTO exchanges (workspace_id, id, destination_id, at, status, trace, response, confirm_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values: sql::Values<'_> = &[
            &workspace,
            &id,
            &exchange.destination.0,
            &exchange.at.0,
            &exchange.status.map(i64::from),
            &exchange.trace.as_deref().map(without_nul),
            &without_nul(response),
            &exchange.confirm_at.map(|t| t.0),
        ];
        sql::execute(transaction, sql, values).await?;
    }
    let verdicts = Verdicts {
        workspace,
        destination: exchange.destination,
        exchange: exchange.response.is_some().then_some(id),
        at: exchange.at,
    };
    verdicts.settle(transaction, ids, &exchange.settled, may_follow).await
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

pub(in crate::postgres) async fn settle_confirmation(
    transaction: &Transaction<'_>,
    ids: Ids<'_>,
    exchange: i64,
    ask_again: Option<UnixMs>,
    settled: &[Settled],
    now: UnixMs,
) -> Result<()> {
    let sql = "UPDATE exchanges SET confirm_at = $2, confirm_tries = confirm_tries + 1 WHERE id = $1
               RETURNING workspace_id, destination_id";
    let found = sql::query_opt(transaction, sql, &[&exchange, &ask_again.map(|t| t.0)]).await?;
    let Some(row) = found else {
        return Ok(()); // forgotten meanwhile
    };
    let verdicts = Verdicts {
        workspace: row.get(0),
        destination: DestinationId(row.get(1)),
        exchange: Some(exchange),
        at: now,
    };
    let only_sent = |state: DeliveryState, _: Next| state == DeliveryState::Sent;
    verdicts.settle(transaction, ids, settled, only_sent).await
}

/// What a verdict makes of a delivery.
struct Becomes<'s> {
    id: i64,
    state: DeliveryState,
    due: Option<i64>,
    uncounted: i64,
    keeps_reason: bool,
    settled_at: Option<i64>,
    settled: &'s Settled,
}

impl Verdicts {
    async fn settle(
        &self,
        transaction: &Transaction<'_>,
        ids: Ids<'_>,
        settled: &[Settled],
        may_follow: fn(DeliveryState, Next) -> bool,
    ) -> Result<()> {
        let wanted: Vec<i64> = settled.iter().map(|settled| settled.id.0).collect();
        let sql = "SELECT id, number, state, code FROM deliveries
                   WHERE workspace_id = $1 AND id = ANY($2) AND destination_id = $3 ORDER BY id FOR NO KEY UPDATE";
        let rows = sql::query(transaction, sql, &[&self.workspace, &wanted, &self.destination.0]).await?;
        let mut known = HashMap::with_capacity(rows.len());
        for row in &rows {
            let (number, code): (i64, Option<String>) = (row.get(1), row.get(3));
            known.insert(row.get::<_, i64>(0), (number, read_state(row.get(2))?, code));
        }
        let mut counts = Counts::default();
        let mut becomes = Vec::with_capacity(settled.len());
        let is_over = |state| matches!(state, DeliveryState::Dropped | DeliveryState::Expired);
        let mut failed = Vec::new();
        for settled in settled {
            let Some((number, state, code)) = known.get_mut(&settled.id.0) else {
                continue; // forgotten meanwhile
            };
            if !may_follow(*state, settled.next) {
                continue;
            }
            let next = self.becomes(settled);
            if is_over(next.state) && !is_over(*state) {
                failed.push((next.id, next.state));
            }
            let lead = lead(self.workspace, *number);
            let after = (next.state, settled.code.as_deref());
            counts.moved(lead, (*state, code.as_deref()), after);
            (*state, *code) = (next.state, settled.code.clone());
            becomes.push(next);
        }
        self.store(transaction, &becomes).await?;
        failures::tell(transaction, ids, self.workspace, &failed, self.at).await?;
        counts.store(transaction).await
    }

    fn becomes<'s>(&self, settled: &'s Settled) -> Becomes<'s> {
        let (state, due, uncounted) = match settled.next {
            Next::Sent => (DeliveryState::Sent, None, 0),
            Next::Confirmed => (DeliveryState::Confirmed, None, 0),
            Next::Dropped => (DeliveryState::Dropped, None, 0),
            Next::Expired => (DeliveryState::Expired, None, 0),
            Next::Again(due) => (DeliveryState::Pending, Some(due.0), 0),
            Next::AgainUncounted(due) => (DeliveryState::Pending, Some(due.0), 1),
        };
        Becomes {
            id: settled.id.0,
            state,
            due,
            uncounted,
            // One that is only given back says nothing new of why it waits.
            keeps_reason: state == DeliveryState::Pending && settled.reason.is_none(),
            settled_at: (state != DeliveryState::Pending).then_some(self.at.0),
            settled,
        }
    }

    async fn store(&self, transaction: &Transaction<'_>, becomes: &[Becomes<'_>]) -> Result<()> {
        if becomes.is_empty() {
            return Ok(());
        }
        let texts = |text: fn(&Settled) -> Option<&str>| -> Vec<Option<Cow<'_, str>>> {
            becomes.iter().map(|next| text(next.settled).map(without_nul)).collect()
        };
        let sql = "UPDATE deliveries d
                   SET state = v.state, due = coalesce(v.due, d.due), attempts = greatest(d.attempts - v.uncounted, 0),
                       code = CASE WHEN v.keeps_reason THEN d.code ELSE v.code END,
                       reason = CASE WHEN v.keeps_reason THEN d.reason ELSE v.reason END,
                       exchange_id = coalesce($2, d.exchange_id), settled_at = v.settled_at
                   FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
                               $9::bool[], $10::bigint[])
                        AS v (id, state, due, uncounted, code, reason, keeps_reason, settled_at)
                   WHERE d.workspace_id = $1 AND d.id = v.id";
        let ids: Vec<i64> = becomes.iter().map(|next| next.id).collect();
        let values: sql::Values<'_> = &[
            &self.workspace,
            &self.exchange,
            &ids,
            &becomes.iter().map(|next| next.state.as_str()).collect::<Vec<_>>(),
            &becomes.iter().map(|next| next.due).collect::<Vec<_>>(),
            &becomes.iter().map(|next| next.uncounted).collect::<Vec<_>>(),
            &texts(|settled| settled.code.as_deref()),
            &texts(|settled| settled.reason.as_deref()),
            &becomes.iter().map(|next| next.keeps_reason).collect::<Vec<_>>(),
            &becomes.iter().map(|next| next.settled_at).collect::<Vec<_>>(),
        ];
        sql::execute(transaction, sql, values).await?;
        // Not of one that was erased while its request was under way.
        let sql = "INSERT INTO requests (workspace_id, delivery_id, request)
                   SELECT d.workspace_id, d.id, r.request FROM unnest($2::bigint[], $3::text[]) AS r (id, request)
                   JOIN deliveries d ON d.workspace_id = $1 AND d.id = r.id
                   WHERE r.request IS NOT NULL
                   ON CONFLICT (workspace_id, delivery_id) DO UPDATE SET request = excluded.request";
        let requests = texts(|settled| settled.request.as_deref());
        sql::execute(transaction, sql, &[&self.workspace, &ids, &requests]).await?;
        Ok(())
    }
}

pub(super) fn read_state(text: &str) -> Result<DeliveryState> {
    read_word("deliveries.state", DeliveryState::ALL, DeliveryState::as_str, text)
}

pub(in crate::postgres) async fn unconfirmed(
    client: &impl GenericClient,
    destination: DestinationId,
    now: UnixMs,
    limit: usize,
) -> Result<Vec<Unconfirmed>> {
    let Some(workspace) = workspace_of(client, destination).await? else {
        return Ok(Vec::new());
    };
    let sql = "SELECT e.id, e.trace, e.confirm_tries, ARRAY(
                   SELECT d.id FROM deliveries d
                   WHERE d.workspace_id = $1 AND d.exchange_id = e.id AND d.state = 'sent' ORDER BY d.id)
               FROM exchanges e WHERE e.workspace_id = $1 AND e.destination_id = $2 AND e.confirm_at <= $3
               ORDER BY e.confirm_at, e.id LIMIT $4";
    let values: sql::Values<'_> = &[&workspace, &destination.0, &now.0, &(limit as i64)];
    let rows = sql::query(client, sql, values).await?;
    let read = |row: &tokio_postgres::Row| Unconfirmed {
        exchange: row.get(0),
        trace: row.get::<_, Option<String>>(1).unwrap_or_default(),
        tries: row.get::<_, i64>(2) as u32,
        deliveries: row.get::<_, Vec<i64>>(3).into_iter().map(DeliveryId).collect(),
    };
    Ok(rows.iter().map(read).collect())
}
