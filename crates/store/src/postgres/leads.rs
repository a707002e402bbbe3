//! Leads: the list, one, its edits.

use super::{
    deliveries::tracking::{self, read_status, status_columns},
    record::{FLAG_PINNED, FLAG_SHARED_LINK, hand_over},
    sql,
    values::{CLICK_COLUMNS, click_columns, lead, number, parse, read_click, without_nul},
};
use crate::{
    Result,
    model::{Lead, LeadFilter, LeadPatch},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{AgentId, LeadId, WorkspaceId},
    lead::Status,
    time::UnixMs,
};
use tokio_postgres::{Row, types::ToSql};

/// Columns of the lead itself.
const OWN_COLUMNS: usize = 14;

fn lead_columns() -> String {
    format!(
        "l.workspace_id, l.number, l.agent_id, l.flags, l.name, l.name_source, l.status, l.phone, l.email, l.value,
         l.currency, l.notes, coalesce(a.clicks, 1), l.created_at, {}, {}, {}",
        click_columns("first"),
        click_columns("last"),
        status_columns()
    )
}

const LEAD_TABLES: &str = "leads l
    JOIN clicks first ON first.workspace_id = l.workspace_id AND first.id = l.first_click
    LEFT JOIN activity a ON a.workspace_id = l.workspace_id AND a.number = l.number
    LEFT JOIN clicks last ON last.workspace_id = a.workspace_id AND last.id = a.last_click
    LEFT JOIN tracking t ON t.workspace_id = l.workspace_id AND t.number = l.number";

fn read_lead(row: &Row) -> Result<Lead> {
    let flags: i64 = row.get(3);
    let (first, second) = (OWN_COLUMNS, OWN_COLUMNS + CLICK_COLUMNS);
    let first = read_click(row, first)?;
    let last = match row.get::<_, Option<i64>>(second) {
        Some(_) => read_click(row, second)?,
        None => first.clone(),
    };
    let (name, source): (Option<String>, Option<&str>) = (row.get(4), row.get(5));
    let name = match name.zip(source) {
        Some((name, source)) => Some((name, parse("leads.name_source", source)?)),
        None => None,
    };
    let status: Option<&str> = row.get(6);
    Ok(Lead {
        id: lead(row.get(0), row.get(1)),
        agent: row.get::<_, Option<i64>>(2).map(AgentId),
        created_at: UnixMs(row.get(13)),
        unverified: false,
        reused_code: false,
        merged: false,
        pinned: flags & FLAG_PINNED != 0,
        shared_link: flags & FLAG_SHARED_LINK != 0,
        name,
        status: status.map_or(Ok(Status::New), |status| parse("leads.status", status))?,
        phone: row.get(7),
        email: row.get(8),
        value: row.get(9),
        currency: row.get(10),
        notes: row.get(11),
        click_count: row.get::<_, i64>(12) as u32,
        first: Some(first),
        last: Some(last),
        tracking: read_status(row, second + CLICK_COLUMNS),
    })
}

/// Conditions and their values, put together as a filter asks for them.
struct Conditions {
    sql: String,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Conditions {
    /// The number of a value that a condition is about to name.
    fn value(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND (");
        self.sql.push_str(condition);
        self.sql.push(')');
    }
}

pub(super) async fn leads(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    before: Option<LeadId>,
    limit: usize,
) -> Result<Vec<Lead>> {
    let mut conditions = Conditions {
        sql: "l.workspace_id = $1 AND l.removed_at IS NULL".to_owned(),
        values: vec![Box::new(workspace.0)],
    };
    if let Some(before) = before {
        let before = conditions.value(number(before));
        conditions.and(&format!("l.number < {before}"));
    }
    match filter.status {
        // `new` is what a row is born with.
        Some(Status::New) => conditions.and("l.status IS NULL OR l.status = 'new'"),
        Some(status) => {
            let status = conditions.value(status.as_str());
            conditions.and(&format!("l.status = {status}"));
        }
        None => {}
    }
    if let Some(status) = filter.tracking {
        conditions.and(&tracking::condition(status));
    }
    let numbers = [
        ("l.agent_id =", filter.agent.map(|a| a.0)),
        ("l.rotator_id =", filter.rotator.map(|r| r.0)),
        ("l.created_at >=", filter.from.map(|t| t.0)),
        ("l.created_at <", filter.to.map(|t| t.0)),
    ];
    for (condition, value) in numbers {
        if let Some(value) = value {
            let value = conditions.value(value);
            conditions.and(&format!("{condition} {value}"));
        }
    }
    if let Some(platform) = filter.platform {
        let platform = conditions.value(platform.as_str());
        conditions.and(&format!("l.platform = {platform} OR a.last_platform = {platform}"));
    }
    for (column, value) in [("l.source", &filter.source), ("l.campaign", &filter.campaign)] {
        if let Some(value) = value {
            let value = conditions.value(without_nul(value).into_owned());
            conditions.and(&format!("{column} = {value}"));
        }
    }
    if let Some(search) = &filter.search {
        let mut any = Vec::new();
        if let Some(lead) = search.lead.filter(|lead| lead.workspace == workspace) {
            let number = conditions.value(number(lead));
            any.push(format!("l.number = {number}"));
        }
        // Ranges instead of LIKE: they use the index, and no character of the text has a meaning.
        let prefixes = search.name_prefix.iter().map(|prefix| ("lower(l.name)", prefix));
        let prefixes = prefixes.chain(search.phone_prefixes.iter().map(|prefix| ("l.phone", prefix)));
        let prefixes = prefixes.chain(search.email_prefix.iter().map(|prefix| ("l.email", prefix)));
        for (column, prefix) in prefixes {
            let prefix = without_nul(prefix).into_owned();
            let (from, to) = (
                conditions.value(prefix.clone()),
                conditions.value(format!("{prefix}\u{10FFFF}")),
            );
            let [from, to] = match column {
                "lower(l.name)" => [from, to].map(|value| format!("lower({value}::text)")),
                _ => [from, to].map(|value| format!("{value}::text")),
            };
            any.push(format!(
                "({column} COLLATE \"C\" >= {from} AND {column} COLLATE \"C\" < {to})"
            ));
        }
        if any.is_empty() {
            return Ok(Vec::new());
        }
        conditions.and(&any.join(" OR "));
    }
    let limit = conditions.value(limit as i64);
    let sql = format!(
        "SELECT {} FROM {LEAD_TABLES} WHERE {} ORDER BY l.number DESC LIMIT {limit}",
        lead_columns(),
        conditions.sql
    );
    let values: Vec<_> = conditions
        .values
        .iter()
        .map(|value| value.as_ref() as &(dyn ToSql + Sync))
        .collect();
    sql::query(client, &sql, &values).await?.iter().map(read_lead).collect()
}

pub(super) async fn find_lead(client: &impl GenericClient, id: LeadId) -> Result<Option<Lead>> {
    let sql = format!(
        "SELECT {} FROM {LEAD_TABLES} WHERE l.workspace_id = $1 AND l.number = $2 AND l.removed_at IS NULL",
        lead_columns()
    );
    let found = sql::query_opt(client, &sql, &[&id.workspace.0, &number(id)]).await?;
    found.as_ref().map(read_lead).transpose()
}

/// Its row stays for the clicks and deliveries that name it.
pub(super) async fn remove(
    transaction: &Transaction<'_>,
    id: LeadId,
    by: &str,
    now: UnixMs,
    change: i64,
) -> Result<bool> {
    let sql = "UPDATE leads SET removed_at = $3 WHERE workspace_id = $1 AND number = $2 AND removed_at IS NULL";
    let removed = sql::execute(transaction, sql, &[&id.workspace.0, &number(id), &now.0]).await?;
    if removed > 0 {
        let edit = Edit {
            transaction,
            id,
            by,
            now,
        };
        edit.note(change, "removed_at", None, Some(now.0.to_string())).await?;
    }
    Ok(removed > 0)
}

/// Locks the rows of leads until the end of the transaction, in the order of their keys.
pub(super) async fn lock(transaction: &Transaction<'_>, ids: &[LeadId]) -> Result<()> {
    let sql = "SELECT 1 FROM leads WHERE (workspace_id, number) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
               ORDER BY workspace_id, number FOR NO KEY UPDATE";
    let workspaces: Vec<i64> = ids.iter().map(|id| id.workspace.0).collect();
    let numbers: Vec<i64> = ids.iter().map(|id| number(*id)).collect();
    sql::query(transaction, sql, &[&workspaces, &numbers]).await?;
    Ok(())
}

/// Changes a lead whose row is locked; `change` makes the ids of what is noted.
pub(super) async fn patch_lead(
    transaction: &Transaction<'_>,
    id: LeadId,
    patch: LeadPatch,
    by: &str,
    now: UnixMs,
    change: impl Fn() -> i64 + Send + Sync,
) -> Result<Option<Lead>> {
    let Some(lead) = find_lead(transaction, id).await? else {
        return Ok(None);
    };
    let edit = Edit {
        transaction,
        id,
        by,
        now,
    };
    let patch = clean(patch);
    if let Some(name) = patch.name {
        let (old, new) = (lead.name.clone().unzip().0, name.clone().unzip().0);
        if edit.set(change(), "name", old, new).await? {
            let source = name.as_ref().map(|(_, source)| source.as_str());
            edit.write("name_source", &source).await?;
        }
    }
    if let Some(status) = patch.status {
        let (old, new) = (lead.status.as_str().to_owned(), status.as_str().to_owned());
        edit.set(change(), "status", Some(old), Some(new)).await?;
    }
    for (column, old, new) in [("phone", lead.phone, patch.phone), ("email", lead.email, patch.email)] {
        if let Some(new) = new {
            edit.set(change(), column, old, new).await?;
        }
    }
    if let Some(value) = patch.value {
        edit.set(change(), "value", lead.value, value).await?;
    }
    for (column, old, new) in [
        ("currency", lead.currency, patch.currency),
        ("notes", lead.notes, patch.notes),
    ] {
        if let Some(new) = new {
            edit.set(change(), column, old, new).await?;
        }
    }
    if let Some(agent) = patch.agent {
        let (old, new) = (lead.agent.map(|a| a.to_string()), agent.to_string());
        edit.note(change(), "agent_id", old, Some(new)).await?;
        hand_over(transaction, id, agent).await?;
    }
    find_lead(transaction, id).await
}

/// The texts of a patch as PostgreSQL takes them.
fn clean(patch: LeadPatch) -> LeadPatch {
    let text = |text: Option<Option<String>>| text.map(|text| text.map(|text| without_nul(&text).into_owned()));
    LeadPatch {
        name: patch
            .name
            .map(|name| name.map(|(name, source)| (without_nul(&name).into_owned(), source))),
        email: text(patch.email),
        notes: text(patch.notes),
        ..patch
    }
}

/// One person's edit of one lead.
struct Edit<'a> {
    transaction: &'a Transaction<'a>,
    id: LeadId,
    by: &'a str,
    now: UnixMs,
}

impl Edit<'_> {
    /// Sets a column and notes it in the timeline; `false` if it had that value already.
    async fn set<T>(&self, change: i64, column: &'static str, old: Option<T>, new: Option<T>) -> Result<bool>
    where
        T: PartialEq + ToString + ToSql + Sync + Send,
    {
        if old == new {
            return Ok(false);
        }
        let (was, is) = (old.as_ref().map(T::to_string), new.as_ref().map(T::to_string));
        self.note(change, column, was, is).await?;
        self.write(column, &new).await?;
        Ok(true)
    }

    async fn write(&self, column: &'static str, value: &(dyn ToSql + Sync)) -> Result<()> {
        let sql = format!("UPDATE leads SET {column} = $3 WHERE workspace_id = $1 AND number = $2");
        sql::execute(self.transaction, &sql, &[&self.id.workspace.0, &number(self.id), value]).await?;
        Ok(())
    }

    async fn note(&self, change: i64, field: &str, old: Option<String>, new: Option<String>) -> Result<()> {
        let sql = "INSERT INTO lead_changes (workspace_id, id, number, at, field, old, new, by, unfolded)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true)";
        let values: sql::Values<'_> = &[
            &self.id.workspace.0,
            &change,
            &number(self.id),
            &self.now.0,
            &field,
            &old,
            &new,
            &self.by,
        ];
        sql::execute(self.transaction, sql, values).await?;
        Ok(())
    }
}
