//! The audit log.

use crate::{Result, model::AuditLine, postgres::sql};
use deadpool_postgres::GenericClient;
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use tokio_postgres::Row;

pub(super) async fn add(client: &impl GenericClient, id: i64, line: &AuditLine) -> Result<()> {
    let sql = "INSERT INTO audit (workspace_id, id, at, who, what, object) VALUES ($1, $2, $3, $4, $5, $6)";
    let values: sql::Values<'_> = &[&line.workspace.0, &id, &line.at.0, &line.who, &line.what, &line.object];
    sql::execute(client, sql, values).await?;
    Ok(())
}

pub(super) async fn latest(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    limit: usize,
) -> Result<Vec<AuditLine>> {
    let sql = "SELECT at, who, what, object FROM audit WHERE workspace_id = $1 ORDER BY id DESC LIMIT $2";
    let read = |row: &Row| AuditLine {
        at: UnixMs(row.get(0)),
        workspace,
        who: row.get(1),
        what: row.get(2),
        object: row.get(3),
    };
    let rows = sql::query(client, sql, &[&workspace.0, &(limit as i64)]).await?;
    Ok(rows.iter().map(read).collect())
}
