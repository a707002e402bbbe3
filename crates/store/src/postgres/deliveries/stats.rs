//! How a destination does.

use crate::{
    Result,
    model::DestinationStats,
    postgres::{destinations::workspace_of, sql},
};
use deadpool_postgres::GenericClient;
use konektor_core::{fold::NO_CONSENT, ids::DestinationId, time::UnixMs};

const DAY_MS: i64 = 24 * 3_600_000;

pub(in crate::postgres) async fn destination_stats(
    client: &impl GenericClient,
    destination: DestinationId,
    now: UnixMs,
) -> Result<DestinationStats> {
    let Some(workspace) = workspace_of(client, destination).await? else {
        return Ok(DestinationStats::default());
    };
    let sql = "SELECT
        (SELECT count(*) FROM deliveries WHERE workspace_id = $1 AND destination_id = $2 AND state = 'pending'),
        (SELECT not_before FROM deliveries WHERE workspace_id = $1 AND destination_id = $2 AND state = 'pending'
         ORDER BY id LIMIT 1),
        (SELECT count(*) FROM deliveries WHERE workspace_id = $1 AND destination_id = $2 AND settled_at > $3
           AND state IN ('sent', 'confirmed')),
        (SELECT count(*) FROM deliveries WHERE workspace_id = $1 AND destination_id = $2 AND settled_at > $3
           AND state IN ('dropped', 'expired') AND code IS DISTINCT FROM $4),
        (SELECT settled_at FROM deliveries WHERE workspace_id = $1 AND destination_id = $2 AND settled_at > 0
           AND state IN ('sent', 'confirmed') ORDER BY settled_at DESC LIMIT 1)";
    let since = now.plus_ms(-DAY_MS).0;
    let row = sql::query_one(client, sql, &[&workspace, &destination.0, &since, &NO_CONSENT]).await?;
    let count = |column| row.get::<_, i64>(column) as u64;
    Ok(DestinationStats {
        pending: count(0),
        oldest_due: row.get::<_, Option<i64>>(1).map(UnixMs),
        sent_today: count(2),
        failed_today: count(3),
        last_sent: row.get::<_, Option<i64>>(4).map(UnixMs),
    })
}
