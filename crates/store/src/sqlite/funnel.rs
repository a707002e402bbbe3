//! How leads stand: by status, with what they are worth.
//!
//! Summed when asked for, from an index that holds only the leads on which somebody has worked, with all that is summed in
//! it. Counters kept on each change of a status would have to follow every edit of a value, of an owner, every merge, undo
//! and removal, and would stay wrong for ever once they missed one. The index cannot: it is as exact as the rows, costs
//! the click path nothing since rows are born outside of it, and a month of a shop with a million leads is some ten
//! thousand entries that lie side by side.

use crate::{
    Result, StoreError,
    model::{BornRange, Funnel, WorkedLeads},
};
use konektor_core::{
    ids::{AgentId, WorkspaceId},
    lead::Status,
};
use rusqlite::{Connection, params};

// The condition on status and value stands there as in the index, or it would not be used. Whole units and thousandths are
// summed apart: SQLite refuses a sum beyond 64 bits, and ten thousand of the largest values would come to that.
const WORKED: &str = "
    SELECT agent_id, coalesce(status, 'new'), currency, count(*), sum(value / 1000), sum(value % 1000)
    FROM main.leads INDEXED BY leads_worked
    WHERE id >> 35 = ?1 AND created_at >= ?2 AND created_at < ?3 AND removed_at IS NULL AND merged_into IS NULL
      AND (status IS NOT NULL OR value IS NOT NULL) AND (?4 IS NULL OR rotator_id = ?4)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
const GONE: &str = "
    SELECT count(*) FROM main.leads INDEXED BY leads_gone
    WHERE id >> 35 = ?1 AND created_at >= ?2 AND created_at < ?3 AND (removed_at IS NOT NULL OR merged_into IS NOT NULL)
      AND (?4 IS NULL OR rotator_id = ?4)";
const ADDED: &str = "
    SELECT count(*) FROM main.leads INDEXED BY leads_added
    WHERE id >> 35 = ?1 AND created_at >= ?2 AND created_at < ?3 AND first_click = 0 AND (?4 IS NULL OR rotator_id = ?4)";

pub(super) fn funnel(connection: &Connection, workspace: WorkspaceId, born: BornRange) -> Result<Funnel> {
    let BornRange { from, to, rotator } = born;
    let wanted = params![workspace.0, from.0, to.0, rotator.map(|r| r.0)];
    let count = |sql| -> Result<u64> { Ok(connection.prepare_cached(sql)?.query_row(wanted, |row| row.get(0))?) };
    let (gone, added) = (count(GONE)?, count(ADDED)?);
    let mut stored = connection.prepare_cached(WORKED)?;
    let mut rows = stored.query(wanted)?;
    let mut worked = Vec::new();
    while let Some(row) = rows.next()? {
        let status: String = row.get(1)?;
        let (units, thousandths): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
        worked.push(WorkedLeads {
            agent: row.get::<_, Option<i64>>(0)?.map(AgentId),
            status: status
                .parse::<Status>()
                .map_err(|e| StoreError::corrupt("leads.status", e))?,
            currency: row.get(2)?,
            leads: row.get(3)?,
            value: i128::from(units.unwrap_or(0)) * 1_000 + i128::from(thousandths.unwrap_or(0)),
        });
    }
    Ok(Funnel { worked, gone, added })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_leads_row_is_touched() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in ["V1__ground", "V2__destinations", "V4__worked_leads", "V9__identity"] {
            let path = format!("{}/src/migrations/sqlite/{migration}.sql", env!("CARGO_MANIFEST_DIR"));
            connection
                .execute_batch(&std::fs::read_to_string(path).unwrap())
                .unwrap();
        }
        for sql in [WORKED, GONE, ADDED] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = plan.query_map(params![1, 2, 3, 4], |row| row.get(3)).unwrap();
            let steps: Vec<String> = steps.collect::<rusqlite::Result<_>>().unwrap();
            assert!(
                steps[0].contains("USING COVERING INDEX") && steps[0].contains("created_at>?"),
                "{steps:?}"
            );
        }
    }
}
