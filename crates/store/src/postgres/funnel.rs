//! How leads stand: by status, with what they are worth. Summed when asked for, from an index that holds only the leads
//! on which somebody has worked.

use super::{sql, values::parse};
use crate::{
    Result, StoreError,
    model::{BornRange, Funnel, WorkedLeads},
};
use deadpool_postgres::GenericClient;
use konektor_core::ids::{AgentId, WorkspaceId};

// A sum of bigints is numeric and cannot overflow; it travels as text, for there is no other type that holds it.
const WORKED: &str = "
    SELECT agent_id, coalesce(status, 'new'), currency, count(*), sum(value)::text
    FROM leads
    WHERE workspace_id = $1 AND created_at >= $2 AND created_at < $3 AND removed_at IS NULL
      AND merged_into IS NULL AND (status IS NOT NULL OR value IS NOT NULL) AND ($4::bigint IS NULL OR rotator_id = $4)
    GROUP BY 1, 2, 3
    ORDER BY agent_id NULLS FIRST, coalesce(status, 'new') COLLATE \"C\", currency COLLATE \"C\" NULLS FIRST";
const GONE: &str = "
    SELECT count(*) FROM leads
    WHERE workspace_id = $1 AND created_at >= $2 AND created_at < $3 AND (removed_at IS NOT NULL OR merged_into IS NOT NULL)
      AND ($4::bigint IS NULL OR rotator_id = $4)";

const ADDED: &str = "
    SELECT count(*) FROM leads
    WHERE workspace_id = $1 AND created_at >= $2 AND created_at < $3 AND first_click = 0
      AND ($4::bigint IS NULL OR rotator_id = $4)";

pub(super) async fn funnel(client: &impl GenericClient, workspace: WorkspaceId, born: BornRange) -> Result<Funnel> {
    let rotator = born.rotator.map(|r| r.0);
    let wanted: sql::Values<'_> = &[&workspace.0, &born.from.0, &born.to.0, &rotator];
    let gone: i64 = sql::query_one(client, GONE, wanted).await?.get(0);
    let added: i64 = sql::query_one(client, ADDED, wanted).await?.get(0);
    let read = |row: &tokio_postgres::Row| {
        let value: Option<&str> = row.get(4);
        let value = value.map_or(Ok(0), |sum| {
            sum.parse().map_err(|e| StoreError::corrupt("leads.value", e))
        });
        Ok(WorkedLeads {
            agent: row.get::<_, Option<i64>>(0).map(AgentId),
            status: parse("leads.status", row.get(1))?,
            currency: row.get(2),
            leads: row.get::<_, i64>(3) as u64,
            value: value?,
        })
    };
    let worked = sql::query(client, WORKED, wanted).await?;
    Ok(Funnel {
        worked: worked.iter().map(read).collect::<Result<_>>()?,
        gone: gone as u64,
        added: added as u64,
    })
}
