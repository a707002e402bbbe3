//! What somebody should look at.

use super::sql;
use crate::{Result, model::Alert};
use deadpool_postgres::GenericClient;
use konektor_core::{ids::WorkspaceId, time::UnixMs};

pub(super) async fn raise(client: &impl GenericClient, alert: &Alert) -> Result<bool> {
    let sql = "INSERT INTO alerts (workspace_id, kind, subject, message, since) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (workspace_id, kind, subject) WHERE until IS NULL
               DO UPDATE SET message = excluded.message WHERE alerts.message <> excluded.message";
    let Alert {
        workspace,
        kind,
        subject,
        message,
        since,
        ..
    } = alert;
    let changed = sql::execute(client, sql, &[&workspace.0, kind, subject, message, &since.0]).await?;
    Ok(changed > 0)
}

pub(super) async fn end(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    kind: &'static str,
    subject: i64,
    now: UnixMs,
) -> Result<bool> {
    let sql = "UPDATE alerts SET until = $4 WHERE workspace_id = $1 AND kind = $2 AND subject = $3 AND until IS NULL";
    Ok(sql::execute(client, sql, &[&workspace.0, &kind, &subject, &now.0]).await? > 0)
}

/// Ends all that are about one thing.
pub(super) async fn end_all(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    subject: i64,
    now: UnixMs,
) -> Result<()> {
    let sql = "UPDATE alerts SET until = $3 WHERE workspace_id = $1 AND subject = $2 AND until IS NULL";
    sql::execute(client, sql, &[&workspace.0, &subject, &now.0]).await?;
    Ok(())
}

/// Those that are open, oldest first.
pub(super) async fn alerts(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<Alert>> {
    let sql = "SELECT id, kind, subject, message, since FROM alerts
               WHERE workspace_id = $1 AND until IS NULL ORDER BY id";
    let rows = sql::query(client, sql, &[&workspace.0]).await?;
    let read = |row: &tokio_postgres::Row| Alert {
        id: row.get(0),
        workspace,
        kind: row.get(1),
        subject: row.get(2),
        message: row.get(3),
        since: UnixMs(row.get(4)),
    };
    Ok(rows.iter().map(read).collect())
}
