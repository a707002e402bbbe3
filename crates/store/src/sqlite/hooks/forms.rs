//! Form hooks.

use super::super::{
    transaction::on_ground,
    values::{json_text, read_json},
};
use crate::{
    Result,
    model::{Form, FormFields},
};
use konektor_core::{
    form::Mapping,
    ids::{FormId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, Row, params, types::ValueRef};
use serde::de::DeserializeOwned;

fn read(row: &Row<'_>) -> Result<Form> {
    Ok(Form {
        id: FormId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace_id")?),
        token: row.get("token")?,
        created_at: UnixMs(row.get("created_at")?),
        sample: json_or_none("forms.sample", row.get_ref("sample")?)?,
        received: row.get("received")?,
        refused: row.get("refused")?,
        last_received_at: row.get::<_, Option<i64>>("last_received_at")?.map(UnixMs),
        fields: FormFields {
            name: row.get("name")?,
            secret: row.get("secret")?,
            mapping: json_or_none("forms.mapping", row.get_ref("mapping")?)?,
            guessed: row.get("guessed")?,
            redirect: row.get("redirect")?,
            active: row.get("active")?,
        },
    })
}

fn json_or_none<T: DeserializeOwned>(what: &'static str, value: ValueRef<'_>) -> Result<Option<T>> {
    match value {
        ValueRef::Null => Ok(None),
        value => read_json(what, value).map(Some),
    }
}

fn mapping_text(mapping: Option<&Mapping>) -> Result<Option<String>> {
    mapping.map(|mapping| json_text("forms.mapping", mapping)).transpose()
}

pub(super) fn forms(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<Form>> {
    let mut stored = connection.prepare_cached(
        "SELECT * FROM main.forms WHERE workspace_id = ?1 AND removed_at IS NULL ORDER BY created_at, id",
    )?;
    let mut rows = stored.query([workspace.0])?;
    let mut forms = Vec::new();
    while let Some(row) = rows.next()? {
        forms.push(read(row)?);
    }
    Ok(forms)
}

pub(super) fn find(connection: &Connection, token: &str) -> Result<Option<Form>> {
    let mut stored = connection.prepare_cached("SELECT * FROM main.forms WHERE token = ?1 AND removed_at IS NULL")?;
    let mut rows = stored.query([token])?;
    rows.next()?.map(read).transpose()
}

pub(super) fn add(
    connection: &Connection,
    workspace: WorkspaceId,
    id: FormId,
    token: String,
    fields: FormFields,
    now: UnixMs,
) -> Result<Form> {
    connection
        .prepare_cached(
            "INSERT INTO forms (id, workspace_id, created_at, token, name, secret, mapping, guessed, redirect, active)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            id.0,
            workspace.0,
            now.0,
            token,
            fields.name,
            fields.secret,
            mapping_text(fields.mapping.as_ref())?,
            fields.guessed,
            fields.redirect,
            fields.active
        ])?;
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

pub(super) fn set(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: FormId,
    fields: &FormFields,
) -> Result<Option<Form>> {
    let transaction = on_ground(connection)?;
    let mut set = transaction.prepare_cached(
        "UPDATE forms SET name = ?3, secret = ?4, mapping = ?5, guessed = ?6, redirect = ?7, active = ?8
         WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL RETURNING *",
    )?;
    let mut rows = set.query(params![
        workspace.0,
        id.0,
        fields.name,
        fields.secret,
        mapping_text(fields.mapping.as_ref())?,
        fields.guessed,
        fields.redirect,
        fields.active
    ])?;
    let form = rows.next()?.map(read).transpose()?;
    drop(rows);
    drop(set);
    transaction.commit()?;
    Ok(form)
}

/// The row stays, for the timelines that name it, without its secret and without anything of its posts.
pub(super) fn remove(connection: &mut Connection, workspace: WorkspaceId, id: FormId, now: UnixMs) -> Result<bool> {
    let transaction = on_ground(connection)?;
    let removed = transaction
        .prepare_cached(
            "UPDATE forms SET removed_at = ?3, secret = NULL, sample = NULL
             WHERE id = ?2 AND workspace_id = ?1 AND removed_at IS NULL",
        )?
        .execute([workspace.0, id.0, now.0])?;
    if removed > 0 {
        transaction.execute("DELETE FROM form_posts WHERE form_id = ?1", [id.0])?;
    }
    transaction.commit()?;
    Ok(removed > 0)
}
