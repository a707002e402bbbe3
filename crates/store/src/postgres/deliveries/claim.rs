//! Taking deliveries to send them. Several servers take at once: each gets what no other is taking.

use super::{Over, give_up, too_old};
use crate::{
    Result,
    model::{Claim, Claimed, EventDetails},
    postgres::{
        Ids,
        destinations::{open_workspace, read_consent},
        sql,
        values::{click_columns, lead, read_click, read_json, read_trigger},
    },
};
use deadpool_postgres::Transaction;
use konektor_core::{
    evenness::LONGEST_WAIT_MS,
    event::{DeliveryState, EventId},
    ids::{DeliveryId, DestinationId},
    time::UnixMs,
};
use tokio_postgres::Row;

/// Code of a delivery whose click is gone.
const CLICK_ERASED: (&str, &str) = ("click_erased", "the visitor's click was erased before this was sent");

/// What becomes of a delivery that is due.
enum Due {
    Send(Box<Claimed>),
    Over(Over),
}

pub(in crate::postgres) async fn claim(
    transaction: &Transaction<'_>,
    ids: Ids<'_>,
    destination: DestinationId,
    now: UnixMs,
    lease: UnixMs,
    limit: usize,
) -> Result<Claim> {
    let Some(workspace) = open_workspace(transaction, destination).await? else {
        return Ok(Claim::default());
    };
    let sql = format!(
        "SELECT d.id, d.number, d.trigger_kind, d.name, d.event_id, d.at, d.consent, d.details, d.attempts,
                d.expires_at, d.reason, {}
         FROM deliveries d LEFT JOIN clicks c ON c.workspace_id = d.workspace_id AND c.id = d.click_id
         WHERE d.workspace_id = $1 AND d.destination_id = $2 AND d.state = 'pending' AND d.due <= $3
         ORDER BY d.due, d.expires_at, d.id LIMIT $4 FOR NO KEY UPDATE OF d SKIP LOCKED",
        click_columns("c")
    );
    let values: sql::Values<'_> = &[&workspace, &destination.0, &now.0, &(limit as i64)];
    let (mut claim, mut over) = (Claim::default(), Vec::new());
    let rows = sql::query(transaction, &sql, values).await?;
    for row in &rows {
        match read(row, workspace, now)? {
            Due::Send(claimed) => claim.deliveries.push(*claimed),
            Due::Over(gone) => over.push(gone),
        }
    }
    give_up(transaction, ids, workspace, &over, now).await?;
    let taken: Vec<i64> = claim.deliveries.iter().map(|claimed| claimed.id.0).collect();
    if !taken.is_empty() {
        let sql = "UPDATE deliveries SET due = $3, attempts = attempts + 1 WHERE workspace_id = $1 AND id = ANY($2)";
        sql::execute(transaction, sql, &[&workspace, &taken, &lease.0]).await?;
    }
    let sql = "SELECT due FROM deliveries
               WHERE workspace_id = $1 AND destination_id = $2 AND state = 'pending' AND id <> ALL($3)
               ORDER BY due LIMIT 1";
    let next = sql::query_opt(transaction, sql, &[&workspace, &destination.0, &taken]).await?;
    claim.next_due = next.map(|row| UnixMs(row.get(0)));
    Ok(claim)
}

/// Makes due what waits for another attempt, for the end of a lease, or for a year that a clock was in.
pub(in crate::postgres) async fn release(transaction: &Transaction<'_>, now: UnixMs) -> Result<()> {
    let far = now.plus_ms(LONGEST_WAIT_MS);
    let sql = "UPDATE deliveries SET due = greatest(CASE WHEN not_before > $2 THEN $1 ELSE not_before END, $1)
               WHERE state = 'pending' AND due > greatest(CASE WHEN not_before > $2 THEN $1 ELSE not_before END, $1)";
    sql::execute(transaction, sql, &[&now.0, &far.0]).await?;
    Ok(())
}

fn read(row: &Row, workspace: i64, now: UnixMs) -> Result<Due> {
    let (id, number, expires_at) = (row.get(0), row.get(1), UnixMs(row.get(9)));
    if expires_at <= now {
        let (code, reason) = too_old(expires_at, row.get(10));
        return Ok(Due::Over(Over {
            id,
            number,
            state: DeliveryState::Expired,
            code,
            reason,
        }));
    }
    if row.get::<_, Option<i64>>(11).is_none() {
        let (code, reason) = CLICK_ERASED;
        return Ok(Due::Over(Over {
            id,
            number,
            state: DeliveryState::Dropped,
            code,
            reason: reason.to_owned(),
        }));
    }
    let details: Option<&str> = row.get(7);
    let details = details.map_or(Ok(EventDetails::default()), |json| {
        read_json("deliveries.details", json)
    })?;
    let attempts: i64 = row.get(8);
    Ok(Due::Send(Box::new(Claimed {
        id: DeliveryId(id),
        event_id: EventId::stored(row.get(4)),
        trigger: read_trigger(row.get(2))?,
        name: row.get(3),
        at: UnixMs(row.get(5)),
        consent: read_consent("deliveries.consent", row.get(6))?,
        details,
        click: read_click(row, 11)?,
        lead: lead(workspace, number),
        attempts: attempts as u32 + 1,
        expires_at,
    })))
}
