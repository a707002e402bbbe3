//! Form hooks.

use crate::{
    Result,
    model::{Form, FormFields},
    postgres::{
        sql,
        values::{json_text, read_json},
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    form::Mapping,
    ids::{FormId, WorkspaceId},
    time::UnixMs,
};
use serde::de::DeserializeOwned;
use tokio_postgres::Row;

const COLUMNS: &str = "id, workspace_id, token, created_at, sample, received, refused, last_received_at, name, secret,
                       mapping, guessed, redirect, active";

fn read(row: &Row) -> Result<Form> {
    Ok(Form {
        id: FormId(row.get(0)),
        workspace: WorkspaceId(row.get(1)),
        token: row.get(2),
        created_at: UnixMs(row.get(3)),
        sample: json_or_none("forms.sample", row.get(4))?,
        received: row.get::<_, i64>(5) as u64,
        refused: row.get::<_, i64>(6) as u64,
        last_received_at: row.get::<_, Option<i64>>(7).map(UnixMs),
        fields: FormFields {
            name: row.get(8),
            secret: row.get(9),
            mapping: json_or_none("forms.mapping", row.get(10))?,
            guessed: row.get(11),
            redirect: row.get(12),
            active: row.get(13),
        },
    })
}

fn json_or_none<T: DeserializeOwned>(what: &'static str, json: Option<&str>) -> Result<Option<T>> {
    json.map(|json| read_json(what, json)).transpose()
}

pub(super) fn mapping_text(mapping: Option<&Mapping>) -> Result<Option<String>> {
    mapping.map(|mapping| json_text("forms.mapping", mapping)).transpose()
}

pub(super) async fn forms(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<Form>> {
    let sql =
        format!("SELECT {COLUMNS} FROM forms WHERE workspace_id = $1 AND removed_at IS NULL ORDER BY created_at, id");
    sql::query(client, &sql, &[&workspace.0])
        .await?
        .iter()
        .map(read)
        .collect()
}

pub(super) async fn find(client: &impl GenericClient, token: &str) -> Result<Option<Form>> {
    let sql = format!("SELECT {COLUMNS} FROM forms WHERE token = $1 AND removed_at IS NULL");
    sql::query_opt(client, &sql, &[&token])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

pub(super) async fn add(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    id: FormId,
    token: String,
    fields: FormFields,
    now: UnixMs,
) -> Result<Form> {
    let sql =
        "INSERT INTO forms (id, workspace_id, created_at, token, name, secret, mapping, guessed, redirect, active)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let mapping = mapping_text(fields.mapping.as_ref())?;
    let values: sql::Values<'_> = &[
        &id.0,
        &workspace.0,
        &now.0,
        &token,
        &fields.name,
        &fields.secret,
        &mapping,
        &fields.guessed,
        &fields.redirect,
        &fields.active,
    ];
    sql::execute(client, sql, values).await?;
    Ok(Form {
        id,
        workspace,
        token,
        created_at: now,
        sample: None,
        received: 0,
        refused: 0,
        last_received_at: None,
        fields,
    })
}

pub(super) async fn set(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    id: FormId,
    fields: &FormFields,
) -> Result<Option<Form>> {
    let sql = format!(
        "UPDATE forms SET name = $3, secret = $4, mapping = $5, guessed = $6, redirect = $7, active = $8
         WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL RETURNING {COLUMNS}"
    );
    let values: sql::Values<'_> = &[
        &workspace.0,
        &id.0,
        &fields.name,
        &fields.secret,
        &mapping_text(fields.mapping.as_ref())?,
        &fields.guessed,
        &fields.redirect,
        &fields.active,
    ];
    sql::query_opt(client, &sql, values)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The row stays, for the timelines that name it, without its secret and without anything of its posts.
pub(super) async fn remove(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    id: FormId,
    now: UnixMs,
) -> Result<bool> {
    let sql = "UPDATE forms SET removed_at = $3, secret = NULL, sample = NULL
               WHERE id = $2 AND workspace_id = $1 AND removed_at IS NULL";
    let removed = sql::execute(transaction, sql, &[&workspace.0, &id.0, &now.0]).await?;
    if removed > 0 {
        let sql = "DELETE FROM form_posts WHERE workspace_id = $1 AND form_id = $2";
        sql::execute(transaction, sql, &[&workspace.0, &id.0]).await?;
    }
    Ok(removed > 0)
}
