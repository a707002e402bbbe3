//! Deliveries as people see them.

use super::{settle::read_state, tracking::Counts};
use crate::{
    Result,
    model::{Delivery, DeliveryFilter, DeliveryResponse, Replay},
    sqlite::{
        identity::find as find_lead,
        values::{parse, read_trigger},
    },
};
use konektor_core::{
    event::{DeliveryState, EventId, Trigger},
    fold::NO_CONSENT,
    ids::{DeliveryId, DestinationId, LeadId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// Columns and tables of a delivery as [`read`] wants them. The destination's row is there even if it was removed.
const DELIVERY: &str = "SELECT d.id, d.destination_id, x.platform, d.lead_id, d.trigger_kind, d.name, d.event_id, d.at,
           d.not_before, d.expires_at, d.state, x.hold IS NOT NULL, d.due, d.attempts, d.code, d.reason, d.settled_at,
           d.exchange_id
    FROM fold.deliveries d CROSS JOIN main.destinations x ON x.id = d.destination_id";

fn read(row: &Row<'_>) -> Result<Delivery> {
    let state = match (read_state(&row.get::<_, String>(10)?)?, row.get(11)?) {
        (DeliveryState::Pending, true) => DeliveryState::Held,
        (state, _) => state,
    };
    let is_waiting = matches!(state, DeliveryState::Pending | DeliveryState::Held);
    Ok(Delivery {
        id: DeliveryId(row.get(0)?),
        destination: DestinationId(row.get(1)?),
        platform: parse("destinations.platform", row.get_ref(2)?)?,
        lead: LeadId::from_packed(row.get(3)?),
        trigger: read_trigger(&row.get::<_, String>(4)?)?,
        name: row.get(5)?,
        event_id: EventId::stored(row.get(6)?),
        at: UnixMs(row.get(7)?),
        not_before: UnixMs(row.get(8)?),
        expires_at: UnixMs(row.get(9)?),
        state,
        due: is_waiting.then_some(UnixMs(row.get(12)?)),
        attempts: row.get(13)?,
        code: row.get(14)?,
        reason: row.get(15)?,
        request: None,
        response: None,
        settled_at: row.get::<_, Option<i64>>(16)?.map(UnixMs),
    })
}

/// A destination's deliveries in a state, newest first. All that is filtered by is in the index.
const OF_STATE: &str = "SELECT id FROM fold.deliveries INDEXED BY deliveries_by_state";
/// A lead's few deliveries.
const OF_LEAD: &str = "SELECT id FROM fold.deliveries INDEXED BY deliveries_by_lead";

/// A page is put together from a page of each destination and state that is asked for. There are few of them, and each
/// is a range of an index; one query over all would read a million rows to find the three that were refused.
pub(in crate::sqlite) fn deliveries(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    before: Option<DeliveryId>,
    limit: usize,
) -> Result<Vec<Delivery>> {
    let source = if filter.lead.is_some() { OF_LEAD } else { OF_STATE };
    let sql = format!(
        "{source} WHERE destination_id = ?1 AND state = ?2 AND id < ?3 AND (?4 IS NULL OR trigger_kind = ?4)
           AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6) {} ORDER BY id DESC LIMIT ?8",
        if filter.lead.is_some() {
            "AND lead_id IN (SELECT ?7 UNION ALL SELECT id FROM main.leads WHERE merged_into = ?7)"
        } else {
            "AND ?7 IS NULL"
        }
    );
    // Those of a person: of all leads that are one with the one that is asked for.
    let lead = match filter.lead {
        Some(lead) => Some(find_lead(connection, lead)?.standing().unwrap_or(lead)),
        None => None,
    };
    let mut page = connection.prepare_cached(&sql)?;
    let mut ids: Vec<i64> = Vec::new();
    for (destination, state) in wanted(connection, workspace, filter)? {
        let found = page.query_map(
            params![
                destination,
                state.as_str(),
                before.map_or(i64::MAX, |id| id.0),
                filter.trigger.map(Trigger::as_str),
                filter.from.map(|t| t.0),
                filter.to.map(|t| t.0),
                lead.map(LeadId::packed),
                limit as i64
            ],
            |row| row.get::<_, i64>(0),
        )?;
        for id in found {
            ids.push(id?);
        }
    }
    ids.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    ids.truncate(limit);
    let mut by_id = connection.prepare_cached(&format!("{DELIVERY} WHERE d.id = ?1"))?;
    let mut deliveries = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = by_id.query([id])?.next()? {
            deliveries.push(read(row)?);
        }
    }
    Ok(deliveries)
}

/// The destinations of a workspace, removed ones too, with the stored states that a filter asks for.
fn wanted(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
) -> Result<Vec<(i64, DeliveryState)>> {
    let mut stored = connection.prepare_cached(
        "SELECT id, hold IS NOT NULL FROM main.destinations WHERE workspace_id = ?1 AND (?2 IS NULL OR id = ?2)",
    )?;
    let of_workspace = stored.query_map(params![workspace.0, filter.destination.map(|d| d.0)], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?))
    })?;
    let mut wanted = Vec::new();
    for destination in of_workspace {
        let (id, held) = destination?;
        let states: &[DeliveryState] = match filter.state {
            // Never stored, see `DeliveryState::Held`: all but it.
            None => &DeliveryState::ALL,
            Some(DeliveryState::Held) if held => &[DeliveryState::Pending],
            Some(DeliveryState::Held) => &[],
            Some(DeliveryState::Pending) if held => &[],
            Some(ref state) => std::slice::from_ref(state),
        };
        let stored = states.iter().filter(|state| **state != DeliveryState::Held);
        wanted.extend(stored.map(|state| (id, *state)));
    }
    Ok(wanted)
}

pub(in crate::sqlite) fn find(
    connection: &Connection,
    workspace: WorkspaceId,
    id: DeliveryId,
) -> Result<Option<Delivery>> {
    let mut by_id = connection.prepare_cached(&format!("{DELIVERY} WHERE d.id = ?1 AND x.workspace_id = ?2"))?;
    let mut rows = by_id.query([id.0, workspace.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut delivery = read(row)?;
    let exchange: Option<i64> = row.get(17)?;
    delivery.request = connection
        .prepare_cached("SELECT request FROM fold.requests WHERE delivery_id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    delivery.response = connection
        .prepare_cached("SELECT at, status, trace, response FROM fold.exchanges WHERE id = ?1")?
        .query_row([exchange], |row| {
            Ok(DeliveryResponse {
                at: UnixMs(row.get(0)?),
                status: row.get(1)?,
                trace: row.get(2)?,
                body: row.get(3)?,
            })
        })
        .optional()?;
    Ok(Some(delivery))
}

/// A lead's deliveries of events before `before`, newest first.
pub(in crate::sqlite) fn of_lead(
    connection: &Connection,
    lead: LeadId,
    before: i64,
    limit: usize,
) -> Result<Vec<Delivery>> {
    let sql = format!("{DELIVERY} WHERE d.lead_id = ?1 AND d.at < ?2 ORDER BY d.at DESC, d.id DESC LIMIT ?3");
    let mut stored = connection.prepare_cached(&sql)?;
    let mut rows = stored.query([lead.packed(), before, limit as i64])?;
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        deliveries.push(read(row)?);
    }
    Ok(deliveries)
}

pub(in crate::sqlite) fn replay(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: DeliveryId,
    now: UnixMs,
) -> Result<Replay> {
    let known = transaction
        .prepare_cached(
            "SELECT d.lead_id, d.state, d.code, d.expires_at, x.removed_at IS NOT NULL
             FROM fold.deliveries d JOIN main.destinations x ON x.id = d.destination_id
             WHERE d.id = ?1 AND x.workspace_id = ?2",
        )?
        .query_row([id.0, workspace.0], |row| {
            let code: Option<String> = row.get(2)?;
            Ok((
                row.get(0)?,
                row.get::<_, String>(1)?,
                code,
                UnixMs(row.get(3)?),
                row.get(4)?,
            ))
        })
        .optional()?;
    let Some((lead, state, code, expires_at, removed)): Option<(i64, _, _, _, bool)> = known else {
        return Ok(Replay::NotFound);
    };
    let state = read_state(&state)?;
    match state {
        DeliveryState::Pending | DeliveryState::Held => return Ok(Replay::AlreadyPending),
        DeliveryState::Sent | DeliveryState::Confirmed => return Ok(Replay::AlreadySent),
        DeliveryState::Dropped | DeliveryState::Expired => {}
    }
    if code.as_deref() == Some(NO_CONSENT) {
        return Ok(Replay::NoConsent);
    }
    if removed {
        return Ok(Replay::DestinationRemoved);
    }
    if expires_at <= now {
        return Ok(Replay::TooOld(expires_at));
    }
    transaction
        .prepare_cached(
            "UPDATE fold.deliveries
             SET state = 'pending', attempts = 0, due = max(not_before, ?2), code = NULL, reason = NULL,
                 settled_at = NULL
             WHERE id = ?1",
        )?
        .execute([id.0, now.0])?;
    let mut counts = Counts::default();
    counts.moved(lead, (state, code.as_deref()), (DeliveryState::Pending, None));
    counts.store(transaction)?;
    Ok(Replay::Pending)
}
