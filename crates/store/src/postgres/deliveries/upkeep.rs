//! Ending what cannot be sent any more, and forgetting what is long over. In bounded steps, so that no transaction is long.

use super::{Over, give_up, too_old};
use crate::{
    Result,
    postgres::{Ids, destinations::workspace_of, sql},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{event::DeliveryState, ids::DestinationId, time::UnixMs};

/// Most deliveries of a step.
pub(in crate::postgres) const STEP: usize = 10_000;

/// Code of a delivery whose destination was removed.
const DESTINATION_REMOVED: (&str, &str) = ("destination_removed", "the destination was removed");

/// Expires pending deliveries whose time is over, and drops those of removed destinations (a fold whose routing was a
/// moment old may have made some); how many. What is under a lease is left to whoever sends it: its lease ends.
pub(in crate::postgres) async fn expire(transaction: &Transaction<'_>, ids: Ids<'_>, now: UnixMs) -> Result<usize> {
    let mut done = 0;
    let sql = "SELECT id, workspace_id, removed_at IS NOT NULL FROM destinations ORDER BY id";
    for row in sql::query(transaction, sql, &[]).await? {
        let (destination, workspace): (i64, i64) = (row.get(0), row.get(1));
        done += match row.get(2) {
            true => drop_pending(transaction, ids, DestinationId(destination), now, STEP - done).await?,
            false => {
                let over = find_too_old(transaction, (workspace, destination), now, STEP - done).await?;
                give_up(transaction, ids, workspace, &over, now).await?;
                over.len()
            }
        };
    }
    Ok(done)
}

async fn find_too_old(
    transaction: &Transaction<'_>,
    (workspace, destination): (i64, i64),
    now: UnixMs,
    limit: usize,
) -> Result<Vec<Over>> {
    let sql = "SELECT id, number, expires_at, reason FROM deliveries
               WHERE workspace_id = $1 AND destination_id = $2 AND state = 'pending' AND due <= $3 AND expires_at <= $3
               LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED";
    let rows = sql::query(transaction, sql, &[&workspace, &destination, &now.0, &(limit as i64)]).await?;
    let read = |row: &tokio_postgres::Row| {
        let (code, reason) = too_old(UnixMs(row.get(2)), row.get(3));
        Over {
            id: row.get(0),
            number: row.get(1),
            state: DeliveryState::Expired,
            code,
            reason,
        }
    };
    Ok(rows.iter().map(read).collect())
}

/// Drops up to `limit` pending deliveries of a removed destination, those on their way too; how many.
pub(in crate::postgres) async fn drop_pending(
    transaction: &Transaction<'_>,
    ids: Ids<'_>,
    destination: DestinationId,
    now: UnixMs,
    limit: usize,
) -> Result<usize> {
    let Some(workspace) = workspace_of(transaction, destination).await? else {
        return Ok(0);
    };
    let sql = "SELECT id, number FROM deliveries WHERE workspace_id = $1 AND destination_id = $2 AND state = 'pending'
               LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED";
    let rows = sql::query(transaction, sql, &[&workspace, &destination.0, &(limit as i64)]).await?;
    let (code, reason) = DESTINATION_REMOVED;
    let read = |row: &tokio_postgres::Row| Over {
        id: row.get(0),
        number: row.get(1),
        state: DeliveryState::Dropped,
        code,
        reason: reason.to_owned(),
    };
    let over: Vec<_> = rows.iter().map(read).collect();
    give_up(transaction, ids, workspace, &over, now).await?;
    Ok(over.len())
}

/// Makes a repaired destination's deliveries due at once instead of at their next attempt. One that is on its way just
/// now may be sent twice, under the same id.
pub(in crate::postgres) async fn make_due(
    client: &impl GenericClient,
    destination: DestinationId,
    now: UnixMs,
) -> Result<()> {
    let sql = "UPDATE deliveries SET due = greatest(not_before, $3)
               WHERE workspace_id = $1 AND destination_id = $2 AND state = 'pending' AND due > $3 AND due > not_before";
    if let Some(workspace) = workspace_of(client, destination).await? {
        sql::execute(client, sql, &[&workspace, &destination.0, &now.0]).await?;
    }
    Ok(())
}

/// Deletes up to [`STEP`] deliveries that were settled before then, and exchanges of before then that no delivery
/// refers to any more; how many deliveries. Whole months of them were dropped as partitions before.
pub(in crate::postgres) async fn forget(transaction: &Transaction<'_>, before: UnixMs) -> Result<usize> {
    let sql = "WITH over AS (
                   SELECT d.workspace_id, d.id
                   FROM destinations x
                   JOIN deliveries d ON d.workspace_id = x.workspace_id AND d.destination_id = x.id
                   WHERE d.settled_at < $1 LIMIT $2 FOR UPDATE OF d SKIP LOCKED
               ), requests_gone AS (
                   DELETE FROM requests r USING over WHERE r.workspace_id = over.workspace_id AND r.delivery_id = over.id
               )
               DELETE FROM deliveries d USING over WHERE d.workspace_id = over.workspace_id AND d.id = over.id";
    let forgotten = sql::execute(transaction, sql, &[&before.0, &(STEP as i64)]).await?;
    // What is not confirmed yet is kept.
    let sql = "DELETE FROM exchanges e WHERE e.at < $1 AND e.confirm_at IS NULL AND NOT EXISTS (
                   SELECT 1 FROM deliveries d WHERE d.workspace_id = e.workspace_id AND d.exchange_id = e.id)";
    sql::execute(transaction, sql, &[&before.0]).await?;
    let sql = "DELETE FROM requests r USING (
                   SELECT r.workspace_id, r.delivery_id FROM requests r WHERE r.delivery_id < $1 AND NOT EXISTS (
                       SELECT 1 FROM deliveries d WHERE d.workspace_id = r.workspace_id AND d.id = r.delivery_id)
                   LIMIT $2) gone
               WHERE r.workspace_id = gone.workspace_id AND r.delivery_id = gone.delivery_id";
    let first = konektor_core::ids::ClickId::before(0, before).0;
    sql::execute(transaction, sql, &[&first, &(STEP as i64)]).await?;
    Ok(forgotten as usize)
}
