//! Importing leads, and showing beforehand what it would do.
//!
//! A dry run is the import itself, done on temporary tables that have the names of the real ones and hold copies of the rows
//! it may touch: so what is shown is what then happens. A transaction that is rolled back would hold the workspace's persons
//! and its leads' rows for as long as the file is long; this one holds nothing that anybody waits for.

use super::edit::{clean, keys, owner, patch_lead};
use crate::{
    Result,
    model::{ImportAction, ImportRow, Imported, changed_fields},
    postgres::{
        Ids,
        identity::{
            find, identifiers, lock,
            notes::Notes,
            person,
            submit::{self, Numbers},
        },
        sql,
        values::number,
    },
};
use deadpool_postgres::{GenericClient, Object};
use konektor_core::{
    ids::{AgentId, LeadId, WorkspaceId},
    lead::Facts,
    time::UnixMs,
};

/// Rows of one transaction: forms and visitors of its leads wait for it.
pub(in crate::postgres) const STEP: usize = 20;

/// What an import writes to.
const WRITTEN: [&str; 4] = ["leads", "identifiers", "merges", "lead_changes"];

/// Imports rows as part of a transaction. Whether leads were made is said by the rows.
pub(in crate::postgres) async fn import(
    notes: Notes<'_>,
    workspace: WorkspaceId,
    rows: &[ImportRow],
    numbers: &mut Numbers,
) -> Result<Vec<Imported>> {
    lock::persons(notes.transaction, [workspace]).await?;
    let codes = rows.iter().filter_map(|row| row.code);
    let known_by = rows.iter().flat_map(|row| keys(&row.patch));
    lock::rows(notes.transaction, workspace, codes, known_by).await?;
    import_rows(notes, workspace, rows, numbers).await
}

async fn import_rows(
    notes: Notes<'_>,
    workspace: WorkspaceId,
    rows: &[ImportRow],
    numbers: &mut Numbers,
) -> Result<Vec<Imported>> {
    let mut imported = Vec::with_capacity(rows.len());
    for row in rows {
        imported.push(import_row(notes, workspace, row, numbers).await?);
    }
    Ok(imported)
}

/// What an import of these rows would do. The connection has to be a new one that nobody uses afterwards: what it has
/// prepared is prepared for its temporary tables.
pub(in crate::postgres) async fn rehearse(
    client: &mut Object,
    ids: Ids<'_>,
    workspace: WorkspaceId,
    rows: Vec<ImportRow>,
    by: &str,
    now: UnixMs,
) -> Result<Vec<Imported>> {
    copy_touched(client, workspace, &rows).await?;
    let next = sql::query_opt(
        client,
        "SELECT next FROM numbers WHERE workspace_id = $1",
        &[&workspace.0],
    )
    .await?;
    let next = next.map_or(1, |row| row.get::<_, i64>(0) as u64);
    let transaction = client.transaction().await?;
    let notes = Notes {
        transaction: &transaction,
        ids,
        by,
        now,
    };
    let mut numbers = Numbers::of(next..next + rows.len() as u64);
    let mut imported = import_rows(notes, workspace, &rows, &mut numbers).await?;
    transaction.commit().await?;
    for row in &mut imported {
        row.is_new = row.lead.is_some_and(|lead| lead.number.0 >= next);
    }
    Ok(imported)
}

/// Makes the temporary tables, and copies what the rows may touch: who is named by a code, who has a number or address, and
/// all who are one with them, with their identifiers and what somebody has taken apart.
async fn copy_touched(client: &mut Object, workspace: WorkspaceId, rows: &[ImportRow]) -> Result<()> {
    let schema = sql::query_one(client, "SELECT quote_ident(current_schema())", &[]).await?;
    let schema: String = schema.get(0);
    for table in WRITTEN {
        // Each by itself: a transaction over all would keep its look at the originals' shape.
        let like = format!("CREATE TEMPORARY TABLE {table} (LIKE {schema}.{table} INCLUDING ALL)");
        client.batch_execute(&like).await?;
    }
    let codes = rows.iter().filter_map(|row| row.code);
    let codes: Vec<i64> = codes.filter(|code| code.workspace == workspace).map(number).collect();
    let known_by = rows.iter().flat_map(|row| keys(&row.patch));
    let (kinds, values): (Vec<_>, Vec<_>) = known_by.map(|(kind, value)| (kind.as_str(), value)).unzip();
    let touched = format!(
        "SELECT g.number FROM (
             SELECT l.number, l.merged_into FROM {schema}.leads l WHERE l.workspace_id = $1 AND l.number = ANY($2)
             UNION
             SELECT l.number, l.merged_into FROM unnest($3::text[], $4::text[]) AS k (kind, value)
             JOIN {schema}.identifiers i ON i.workspace_id = $1 AND i.kind = k.kind AND i.value = k.value
             JOIN {schema}.leads l ON l.workspace_id = $1 AND l.number = i.number) named
         JOIN {schema}.leads g ON g.workspace_id = $1
              AND (g.number = coalesce(named.merged_into, named.number)
                   OR g.merged_into = coalesce(named.merged_into, named.number))"
    );
    // What it copies is of one moment.
    let transaction = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
        .start()
        .await?;
    let touched = sql::query(&transaction, &touched, &[&workspace.0, &codes, &kinds, &values]).await?;
    let touched: Vec<i64> = touched.iter().map(|row| row.get(0)).collect();
    for (table, of) in [
        ("leads", "number = ANY($2)"),
        ("identifiers", "number = ANY($2)"),
        ("merges", "(merged = ANY($2) OR survivor = ANY($2))"),
    ] {
        let copy =
            format!("INSERT INTO pg_temp.{table} SELECT * FROM {schema}.{table} WHERE workspace_id = $1 AND {of}");
        sql::execute(&transaction, &copy, &[&workspace.0, &touched]).await?;
    }
    Ok(transaction.commit().await?)
}

async fn import_row(
    notes: Notes<'_>,
    workspace: WorkspaceId,
    row: &ImportRow,
    numbers: &mut Numbers,
) -> Result<Imported> {
    let named = match row.code {
        Some(code) => match find(notes.transaction, code).await?.standing() {
            Some(root) => Some(root),
            None => return Ok(Imported::of(ImportAction::NoSuchLead)),
        },
        None => None,
    };
    let mut patch = clean(row.patch.clone());
    let mut known = Vec::from_iter(named);
    for (kind, value) in keys(&patch) {
        known.extend(identifiers::holder(notes.transaction, workspace, kind, value).await?);
    }
    let (lead, made) = match known.first() {
        Some(lead) => (*lead, false),
        None => {
            let number = numbers.next().expect("there is one for each row");
            let lead = LeadId { workspace, number };
            submit::insert(notes, lead, row.created_at.unwrap_or(notes.now), 0).await?;
            (lead, true)
        }
    };
    let before = seen(notes, lead).await?;
    // A name that is shown already stays as it is, whoever gave it; so does an owner.
    if let (Some(Some((name, _))), Some(shown)) = (&patch.name, &before.0.name)
        && *name == shown.text
    {
        patch.name = None;
    }
    if patch.value.is_some() && patch.currency.is_none() {
        let shown = before.0.worth.as_ref().and_then(|worth| worth.currency.clone());
        patch.currency = Some(shown.or_else(|| row.default_currency.clone()));
    }
    patch.agent = patch.agent.filter(|agent| before.1 != Some(*agent));
    // Two who have what the row says become one by it, unless somebody has taken them apart.
    let others: Vec<LeadId> = known.iter().copied().filter(|other| *other != lead).collect();
    let Some(root) = patch_lead(notes, lead, patch).await? else {
        return Ok(Imported::of(ImportAction::NoSuchLead));
    };
    let mut merged = false;
    for other in others {
        merged |= find(notes.transaction, other).await?.standing() == Some(root);
    }
    let after = seen(notes, root).await?;
    let changes = changed_fields(&before, &after);
    let action = match (made, merged, changes.is_empty()) {
        (true, _, _) => ImportAction::Create,
        (false, true, _) => ImportAction::Merge,
        (false, false, false) => ImportAction::Update,
        (false, false, true) => ImportAction::Unchanged,
    };
    Ok(Imported {
        action,
        lead: Some(root),
        is_new: made,
        changes,
    })
}

/// What is shown of a lead, and who has it.
async fn seen(notes: Notes<'_>, lead: LeadId) -> Result<(Facts, Option<AgentId>)> {
    let agent = owner(notes, lead).await?;
    Ok((person::load(notes.transaction, lead).await?.shown(), agent))
}
