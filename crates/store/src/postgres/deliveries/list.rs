//! Deliveries as people see them.

use super::{settle::read_state, tracking::Counts};
use crate::{
    Result,
    model::{Delivery, DeliveryFilter, DeliveryResponse, Replay},
    postgres::{
        identity::of_one_person,
        sql,
        values::{lead, number, parse, read_trigger},
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    event::{DeliveryState, EventId, Trigger},
    fold::NO_CONSENT,
    ids::{DeliveryId, DestinationId, LeadId, WorkspaceId},
    time::UnixMs,
};
use tokio_postgres::Row;

/// Columns of a delivery as [`read`] wants them. The destination's row `x` is there even if it was removed.
const COLUMNS: &str =
    "d.id, d.destination_id, x.platform, d.workspace_id, d.number, d.trigger_kind, d.name, d.event_id,
    d.at, d.not_before, d.expires_at, d.state, x.hold IS NOT NULL, d.due, d.attempts, d.code, d.reason, d.settled_at";

fn read(row: &Row) -> Result<Delivery> {
    let state = match (read_state(row.get(11))?, row.get(12)) {
        (DeliveryState::Pending, true) => DeliveryState::Held,
        (state, _) => state,
    };
    let is_waiting = matches!(state, DeliveryState::Pending | DeliveryState::Held);
    Ok(Delivery {
        id: DeliveryId(row.get(0)),
        destination: DestinationId(row.get(1)),
        platform: parse("destinations.platform", row.get(2))?,
        lead: lead(row.get(3), row.get(4)),
        trigger: read_trigger(row.get(5))?,
        name: row.get(6),
        event_id: EventId::stored(row.get(7)),
        at: UnixMs(row.get(8)),
        not_before: UnixMs(row.get(9)),
        expires_at: UnixMs(row.get(10)),
        state,
        due: is_waiting.then_some(UnixMs(row.get(13))),
        attempts: row.get::<_, i64>(14) as u32,
        code: row.get(15),
        reason: row.get(16),
        request: None,
        response: None,
        settled_at: row.get::<_, Option<i64>>(17).map(UnixMs),
    })
}

/// A page is put together from a page of each destination and state that is asked for. There are few of them, and each
/// is a range of an index; one range over all would read a million rows to find the three that were refused.
pub(in crate::postgres) async fn deliveries(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    before: Option<DeliveryId>,
    limit: usize,
) -> Result<Vec<Delivery>> {
    if filter.lead.is_some_and(|lead| lead.workspace != workspace) {
        return Ok(Vec::new());
    }
    // Those of a person: of all leads that are one with the one that is asked for.
    let numbers: Option<Vec<i64>> = match filter.lead {
        Some(lead) => Some(of_one_person(client, lead).await?.into_iter().map(number).collect()),
        None => None,
    };
    let (destinations, states): (Vec<i64>, Vec<&str>) = wanted(client, workspace, filter).await?.into_iter().unzip();
    let sql = format!(
        "SELECT {COLUMNS} FROM unnest($2::bigint[], $3::text[]) AS k (destination_id, state)
         CROSS JOIN LATERAL (
             SELECT * FROM deliveries WHERE deliveries.workspace_id = $1
               AND deliveries.destination_id = k.destination_id AND deliveries.state = k.state AND deliveries.id < $4
               AND ($5::text IS NULL OR trigger_kind = $5) AND ($6::bigint IS NULL OR at >= $6)
               AND ($7::bigint IS NULL OR at < $7) AND ($8::bigint[] IS NULL OR deliveries.number = ANY($8))
             ORDER BY deliveries.id DESC LIMIT $9) d
         JOIN destinations x ON x.id = d.destination_id
         ORDER BY d.id DESC LIMIT $9"
    );
    let values: sql::Values<'_> = &[
        &workspace.0,
        &destinations,
        &states,
        &before.map_or(i64::MAX, |id| id.0),
        &filter.trigger.map(Trigger::as_str),
        &filter.from.map(|t| t.0),
        &filter.to.map(|t| t.0),
        &numbers,
        &(limit as i64),
    ];
    sql::query(client, &sql, values).await?.iter().map(read).collect()
}

/// The destinations of a workspace, removed ones too, with the stored states that a filter asks for.
async fn wanted(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
) -> Result<Vec<(i64, &'static str)>> {
    let sql = "SELECT id, hold IS NOT NULL FROM destinations
               WHERE workspace_id = $1 AND ($2::bigint IS NULL OR id = $2)";
    let rows = sql::query(client, sql, &[&workspace.0, &filter.destination.map(|d| d.0)]).await?;
    let mut wanted = Vec::new();
    for row in rows {
        let (id, held): (i64, bool) = (row.get(0), row.get(1));
        let states: &[DeliveryState] = match filter.state {
            // Never stored, see `DeliveryState::Held`: all but it.
            None => &DeliveryState::ALL,
            Some(DeliveryState::Held) if held => &[DeliveryState::Pending],
            Some(DeliveryState::Held) => &[],
            Some(DeliveryState::Pending) if held => &[],
            Some(ref state) => std::slice::from_ref(state),
        };
        let stored = states.iter().filter(|state| **state != DeliveryState::Held);
        wanted.extend(stored.map(|state| (id, state.as_str())));
    }
    Ok(wanted)
}

pub(in crate::postgres) async fn find(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    id: DeliveryId,
) -> Result<Option<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS}, r.request, e.at, e.status, e.trace, e.response
         FROM deliveries d JOIN destinations x ON x.id = d.destination_id
         LEFT JOIN requests r ON r.workspace_id = d.workspace_id AND r.delivery_id = d.id
         LEFT JOIN exchanges e ON e.workspace_id = d.workspace_id AND e.id = d.exchange_id
         WHERE d.workspace_id = $1 AND d.id = $2"
    );
    let Some(row) = sql::query_opt(client, &sql, &[&workspace.0, &id.0]).await? else {
        return Ok(None);
    };
    let mut delivery = read(&row)?;
    delivery.request = row.get(18);
    delivery.response = row.get::<_, Option<i64>>(19).map(|at| DeliveryResponse {
        at: UnixMs(at),
        status: row.get::<_, Option<i64>>(20).map(|status| status as u16),
        trace: row.get(21),
        body: row.get(22),
    });
    Ok(Some(delivery))
}

/// A lead's deliveries of events before `before`, newest first.
pub(in crate::postgres) async fn of_lead(
    client: &impl GenericClient,
    lead: LeadId,
    before: i64,
    limit: usize,
) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries d JOIN destinations x ON x.id = d.destination_id
         WHERE d.workspace_id = $1 AND d.number = $2 AND d.at < $3 ORDER BY d.at DESC, d.id DESC LIMIT $4"
    );
    let values: sql::Values<'_> = &[&lead.workspace.0, &number(lead), &before, &(limit as i64)];
    sql::query(client, &sql, values).await?.iter().map(read).collect()
}

pub(in crate::postgres) async fn replay(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: DeliveryId,
    now: UnixMs,
) -> Result<Replay> {
    let sql = "SELECT d.number, d.state, d.code, d.expires_at, x.removed_at IS NOT NULL
               FROM deliveries d JOIN destinations x ON x.id = d.destination_id
               WHERE d.workspace_id = $1 AND d.id = $2 FOR NO KEY UPDATE OF d";
    let Some(row) = sql::query_opt(transaction, sql, &[&workspace.0, &id.0]).await? else {
        return Ok(Replay::NotFound);
    };
    let (state, code, expires_at) = (
        read_state(row.get(1))?,
        row.get::<_, Option<&str>>(2),
        UnixMs(row.get(3)),
    );
    match state {
        DeliveryState::Pending | DeliveryState::Held => return Ok(Replay::AlreadyPending),
        DeliveryState::Sent | DeliveryState::Confirmed => return Ok(Replay::AlreadySent),
        DeliveryState::Dropped | DeliveryState::Expired => {}
    }
    if code == Some(NO_CONSENT) {
        return Ok(Replay::NoConsent);
    }
    if row.get(4) {
        return Ok(Replay::DestinationRemoved);
    }
    if expires_at <= now {
        return Ok(Replay::TooOld(expires_at));
    }
    let sql = "UPDATE deliveries
               SET state = 'pending', attempts = 0, due = greatest(not_before, $3), code = NULL, reason = NULL,
                   settled_at = NULL
               WHERE workspace_id = $1 AND id = $2";
    sql::execute(transaction, sql, &[&workspace.0, &id.0, &now.0]).await?;
    let mut counts = Counts::default();
    let lead = lead(workspace.0, row.get(0));
    counts.moved(lead, (state, code), (DeliveryState::Pending, None));
    counts.store(transaction).await?;
    Ok(Replay::Pending)
}
