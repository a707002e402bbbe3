//! The installation, its workspaces, and who may enter them.

use super::{
    say_routing_changed, sql,
    values::{bytes, taken},
};
use crate::{
    Result,
    model::{ApiKey, Installation, NewApiKey, NewUser, NewWorkspace, Workspace},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{UserId, WorkspaceId},
    time::UnixMs,
};
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

pub(super) async fn add_user(transaction: &Transaction<'_>, new: &NewUser, now: UnixMs) -> Result<UserId> {
    // Who was invited and has not answered yet has no password to keep.
    let sql = "INSERT INTO users (email, password_hash, created_at) VALUES ($1, $2, $3)
               ON CONFLICT (email) DO UPDATE SET password_hash =
                   CASE users.password_hash WHEN '' THEN excluded.password_hash ELSE users.password_hash END
               RETURNING id";
    let user = sql::query_one(transaction, sql, &[&new.email, &new.password_hash, &now.0]).await?;
    let user: i64 = user.get(0);
    let sql = "INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, $3)
               ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role, joined = true
               WHERE NOT memberships.joined";
    let added = sql::execute(transaction, sql, &[&new.workspace.0, &user, &new.role.as_str()]).await?;
    if added == 0 {
        return Err(taken(format!("the e-mail address {} in this workspace", new.email)));
    }
    Ok(UserId(user))
}

pub(super) async fn add_api_key(client: &impl GenericClient, new: NewApiKey, now: UnixMs) -> Result<ApiKey> {
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

pub(super) async fn find_api_key(client: &impl GenericClient, hash: [u8; 32], now: UnixMs) -> Result<Option<ApiKey>> {
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM api_keys
         WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)"
    );
    let found = sql::query_opt(client, &sql, &[&hash.as_slice(), &now.0]).await?;
    Ok(found.as_ref().map(read_key))
}

pub(super) async fn api_keys(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
    let sql = format!("SELECT {KEY_COLUMNS} FROM api_keys WHERE workspace_id = $1 AND revoked_at IS NULL ORDER BY id");
    Ok(sql::query(client, &sql, &[&workspace.0])
        .await?
        .iter()
        .map(read_key)
        .collect())
}

pub(super) async fn revoke_api_key(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    id: i64,
    now: UnixMs,
) -> Result<bool> {
    let sql = "UPDATE api_keys SET revoked_at = $3 WHERE id = $2 AND workspace_id = $1 AND revoked_at IS NULL";
    Ok(sql::execute(client, sql, &[&workspace.0, &id, &now.0]).await? > 0)
}
