//! The installation, and its workspaces.

use super::{say_routing_changed, sql, values::bytes};
use crate::{
    Result,
    model::{Installation, NewWorkspace, Workspace},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use tokio_postgres::Row;

/// Random bytes from the server's own strong generator: a UUID has 122 random bits, and two are hashed into one.
const RANDOM: &str = "sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea)";

/// The installation's secrets' seeds, made at first start.
pub(super) async fn installation(client: &impl GenericClient, now: UnixMs) -> Result<Installation> {
    let key = format!("INSERT INTO installation SELECT 1, substr({RANDOM}, 1, 16), $1 ON CONFLICT DO NOTHING");
    sql::execute(client, &key, &[&now.0]).await?;
    let salt = format!(
        "INSERT INTO signing_keys (id, salt, created_at) SELECT 1, {RANDOM}, $1
         WHERE NOT EXISTS (SELECT 1 FROM signing_keys) ON CONFLICT DO NOTHING"
    );
    if sql::execute(client, &salt, &[&now.0]).await? > 0 {
        // The first one has its number; those that follow are counted from there.
        sql::query(
            client,
            "SELECT setval(pg_get_serial_sequence('signing_keys', 'id'), 1)",
            &[],
        )
        .await?;
    }
    let key = sql::query_one(client, "SELECT fingerprint_key FROM installation", &[]).await?;
    let salts = sql::query(client, "SELECT id, salt FROM signing_keys ORDER BY id", &[]).await?;
    let salts = salts.iter().map(|row| {
        let id: i64 = row.get(0);
        Ok((id as u16, bytes("signing_keys.salt", row.get(1))?))
    });
    Ok(Installation {
        fingerprint_key: bytes("installation.fingerprint_key", key.get(0))?,
        signing_salts: salts.collect::<Result<_>>()?,
    })
}

pub(super) async fn add_signing_salt(client: &impl GenericClient, salt: [u8; 32], now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO signing_keys (salt, created_at) VALUES ($1, $2)";
    sql::execute(client, sql, &[&salt.as_slice(), &now.0]).await?;
    Ok(())
}

pub(super) async fn add_workspace(
    transaction: &Transaction<'_>,
    new: &NewWorkspace,
    now: UnixMs,
) -> Result<WorkspaceId> {
    let sql = "INSERT INTO workspaces (name, country, time_zone, code_key, created_at) VALUES ($1, $2, $3, $4, $5)
               RETURNING id";
    let key = new.code_key.as_slice();
    let row = sql::query_one(
        transaction,
        sql,
        &[&new.name, &new.country, &new.time_zone, &key, &now.0],
    )
    .await?;
    say_routing_changed(transaction).await?;
    Ok(WorkspaceId(row.get(0)))
}

const WORKSPACE_COLUMNS: &str = "id, name, country, time_zone, currency, privacy_mode = 'strict'";

fn read_workspace(row: &Row) -> Workspace {
    Workspace {
        id: WorkspaceId(row.get(0)),
        name: row.get(1),
        country: row.get(2),
        time_zone: row.get(3),
        currency: row.get(4),
        is_strict: row.get(5),
    }
}

pub(super) async fn workspaces(client: &impl GenericClient) -> Result<Vec<Workspace>> {
    let sql = format!("SELECT {WORKSPACE_COLUMNS} FROM workspaces ORDER BY id");
    Ok(sql::query(client, &sql, &[])
        .await?
        .iter()
        .map(read_workspace)
        .collect())
}

pub(super) async fn find_workspace(client: &impl GenericClient, id: WorkspaceId) -> Result<Option<Workspace>> {
    let sql = format!("SELECT {WORKSPACE_COLUMNS} FROM workspaces WHERE id = $1");
    Ok(sql::query_opt(client, &sql, &[&id.0])
        .await?
        .as_ref()
        .map(read_workspace))
}

pub(super) async fn set_workspace(transaction: &Transaction<'_>, workspace: &Workspace) -> Result<bool> {
    let sql = "UPDATE workspaces SET name = $2, country = $3, time_zone = $4, currency = $5, privacy_mode = $6
               WHERE id = $1";
    let privacy_mode = if workspace.is_strict { "strict" } else { "off" };
    let Workspace {
        id,
        name,
        country,
        time_zone,
        currency,
        ..
    } = workspace;
    let set = sql::execute(
        transaction,
        sql,
        &[&id.0, name, country, time_zone, currency, &privacy_mode],
    )
    .await?;
    say_routing_changed(transaction).await?;
    Ok(set > 0)
}
