//! API keys.

use crate::{
    Result,
    model::{ApiKey, NewApiKey},
    postgres::sql,
};
use deadpool_postgres::GenericClient;
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use tokio_postgres::Row;

pub(super) async fn add(client: &impl GenericClient, new: NewApiKey, now: UnixMs) -> Result<ApiKey> {
    let sql = "INSERT INTO api_keys (workspace_id, name, key_hash, scopes, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    let NewApiKey {
        workspace,
        name,
        hash,
        scopes,
        expires_at,
    } = new;
    let (words, ends) = (scopes.join(","), expires_at.map(|t| t.0));
    let values: sql::Values<'_> = &[&workspace.0, &name, &hash.as_slice(), &words, &now.0, &ends];
    let id = sql::query_one(client, sql, values).await?.get(0);
    Ok(ApiKey {
        id,
        workspace,
        name,
        scopes,
        created_at: now,
        expires_at,
    })
}

const KEY_COLUMNS: &str = "id, workspace_id, name, scopes, created_at, expires_at";

fn read_key(row: &Row) -> ApiKey {
    let scopes: &str = row.get(3);
    ApiKey {
        id: row.get(0),
        workspace: WorkspaceId(row.get(1)),
        name: row.get(2),
        scopes: scopes.split(',').map(str::to_owned).collect(),
        created_at: UnixMs(row.get(4)),
        expires_at: row.get::<_, Option<i64>>(5).map(UnixMs),
    }
}

pub(super) async fn find(client: &impl GenericClient, hash: [u8; 32], now: UnixMs) -> Result<Option<ApiKey>> {
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM api_keys
         WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)"
    );
    let found = sql::query_opt(client, &sql, &[&hash.as_slice(), &now.0]).await?;
    Ok(found.as_ref().map(read_key))
}

pub(super) async fn of_workspace(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
    let sql = format!("SELECT {KEY_COLUMNS} FROM api_keys WHERE workspace_id = $1 AND revoked_at IS NULL ORDER BY id");
    Ok(sql::query(client, &sql, &[&workspace.0])
        .await?
        .iter()
        .map(read_key)
        .collect())
}

pub(super) async fn revoke(client: &impl GenericClient, workspace: WorkspaceId, id: i64, now: UnixMs) -> Result<bool> {
    let sql = "UPDATE api_keys SET revoked_at = $3 WHERE id = $2 AND workspace_id = $1 AND revoked_at IS NULL";
    Ok(sql::execute(client, sql, &[&workspace.0, &id, &now.0]).await? > 0)
}
