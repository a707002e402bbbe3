//! Connections with WhatsApp's Cloud API.

use crate::{
    Result,
    model::{Whatsapp, WhatsappCounts, WhatsappFields},
    sqlite::transaction::on_ground,
};
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

fn read(row: &Row<'_>) -> rusqlite::Result<Whatsapp> {
    Ok(Whatsapp {
        workspace: WorkspaceId(row.get("workspace_id")?),
        token: row.get("token")?,
        created_at: UnixMs(row.get("created_at")?),
        counts: WhatsappCounts {
            messages: row.get("messages")?,
            statuses: row.get("statuses")?,
            others: row.get("others")?,
            refused: row.get("refused")?,
        },
        last_received_at: row.get::<_, Option<i64>>("last_received_at")?.map(UnixMs),
        fields: WhatsappFields {
            phone_number_id: row.get("phone_number_id")?,
            app_secret: row.get("app_secret")?,
            verify_token: row.get("verify_token")?,
        },
    })
}

pub(super) fn of_workspace(connection: &Connection, workspace: WorkspaceId) -> Result<Option<Whatsapp>> {
    let mut stored = connection.prepare_cached("SELECT * FROM main.whatsapp WHERE workspace_id = ?1")?;
    Ok(stored.query_row([workspace.0], read).optional()?)
}

pub(super) fn find(connection: &Connection, token: &str) -> Result<Option<Whatsapp>> {
    let mut stored = connection.prepare_cached("SELECT * FROM main.whatsapp WHERE token = ?1")?;
    Ok(stored.query_row([token], read).optional()?)
}

pub(super) fn set(
    connection: &mut Connection,
    workspace: WorkspaceId,
    token: &str,
    fields: &WhatsappFields,
    now: UnixMs,
) -> Result<Whatsapp> {
    let transaction = on_ground(connection)?;
    let mut set = transaction.prepare_cached(
        "INSERT INTO whatsapp (workspace_id, token, created_at, phone_number_id, app_secret, verify_token)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (workspace_id) DO UPDATE
         SET phone_number_id = excluded.phone_number_id, app_secret = excluded.app_secret,
             verify_token = excluded.verify_token
         RETURNING *",
    )?;
    let fields = params![
        workspace.0,
        token,
        now.0,
        fields.phone_number_id,
        fields.app_secret,
        fields.verify_token
    ];
    let whatsapp = set.query_row(fields, read)?;
    drop(set);
    transaction.commit()?;
    Ok(whatsapp)
}

pub(super) fn remove(connection: &Connection, workspace: WorkspaceId) -> Result<bool> {
    Ok(connection.execute("DELETE FROM whatsapp WHERE workspace_id = ?1", [workspace.0])? > 0)
}

pub(super) fn count(connection: &Connection, workspace: WorkspaceId, came: WhatsappCounts, now: UnixMs) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE whatsapp
             SET messages = messages + ?2, statuses = statuses + ?3, others = others + ?4, refused = refused + ?5,
                 last_received_at = CASE WHEN ?2 + ?3 + ?4 > 0 THEN ?6 ELSE last_received_at END
             WHERE workspace_id = ?1",
        )?
        .execute(params![
            workspace.0,
            came.messages,
            came.statuses,
            came.others,
            came.refused,
            now.0
        ])?;
    Ok(())
}
