//! Connections with WhatsApp's Cloud API.

use crate::{
    Result,
    model::{Whatsapp, WhatsappCounts, WhatsappFields},
    postgres::sql,
};
use deadpool_postgres::GenericClient;
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use tokio_postgres::Row;

const COLUMNS: &str = "workspace_id, token, created_at, messages, statuses, others, refused, last_received_at,
                       phone_number_id, app_secret, verify_token";

fn read(row: &Row) -> Whatsapp {
    let count = |column| row.get::<_, i64>(column) as u64;
    Whatsapp {
        workspace: WorkspaceId(row.get(0)),
        token: row.get(1),
        created_at: UnixMs(row.get(2)),
        counts: WhatsappCounts {
            messages: count(3),
            statuses: count(4),
            others: count(5),
            refused: count(6),
        },
        last_received_at: row.get::<_, Option<i64>>(7).map(UnixMs),
        fields: WhatsappFields {
            phone_number_id: row.get(8),
            app_secret: row.get(9),
            verify_token: row.get(10),
        },
    }
}

pub(super) async fn of_workspace(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Option<Whatsapp>> {
    let sql = format!("SELECT {COLUMNS} FROM whatsapp WHERE workspace_id = $1");
    Ok(sql::query_opt(client, &sql, &[&workspace.0]).await?.as_ref().map(read))
}

pub(super) async fn find(client: &impl GenericClient, token: &str) -> Result<Option<Whatsapp>> {
    let sql = format!("SELECT {COLUMNS} FROM whatsapp WHERE token = $1");
    Ok(sql::query_opt(client, &sql, &[&token]).await?.as_ref().map(read))
}

pub(super) async fn set(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    token: &str,
    fields: &WhatsappFields,
    now: UnixMs,
) -> Result<Whatsapp> {
    let sql = format!(
        "INSERT INTO whatsapp (workspace_id, token, created_at, phone_number_id, app_secret, verify_token)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (workspace_id) DO UPDATE
         SET phone_number_id = excluded.phone_number_id, app_secret = excluded.app_secret,
             verify_token = excluded.verify_token
         RETURNING {COLUMNS}"
    );
    let values: sql::Values<'_> = &[
        &workspace.0,
        &token,
        &now.0,
        &fields.phone_number_id,
        &fields.app_secret,
        &fields.verify_token,
    ];
    Ok(read(&sql::query_one(client, &sql, values).await?))
}

pub(super) async fn remove(client: &impl GenericClient, workspace: WorkspaceId) -> Result<bool> {
    let removed = sql::execute(client, "DELETE FROM whatsapp WHERE workspace_id = $1", &[&workspace.0]).await?;
    Ok(removed > 0)
}

pub(super) async fn count(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    came: WhatsappCounts,
    now: UnixMs,
) -> Result<()> {
    let sql = "UPDATE whatsapp
               SET messages = messages + $2, statuses = statuses + $3, others = others + $4, refused = refused + $5,
                   last_received_at = CASE WHEN $6 THEN $7 ELSE last_received_at END
               WHERE workspace_id = $1";
    let came_at_all = came.messages + came.statuses + came.others > 0;
    let [messages, statuses, others, refused] =
        [came.messages, came.statuses, came.others, came.refused].map(|count| count as i64);
    let values: sql::Values<'_> = &[
        &workspace.0,
        &messages,
        &statuses,
        &others,
        &refused,
        &came_at_all,
        &now.0,
    ];
    sql::execute(client, sql, values).await?;
    Ok(())
}
