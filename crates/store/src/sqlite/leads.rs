//! Leads: the list, one, its edits.

use super::{
    deliveries::tracking::{self, read_status, status_columns},
    record::{FLAG_PINNED, FLAG_SHARED_LINK, hand_over},
    transaction,
    values::{click_columns, read_click},
};
use crate::{
    Result, StoreError,
    model::{Lead, LeadFilter, LeadPatch},
};
use konektor_core::{
    ids::{AgentId, LeadId, NUMBER_BITS, VisitorNumber, WorkspaceId},
    lead::{NameSource, Status, TrackingStatus},
    time::UnixMs,
};
use rusqlite::{Connection, Row, Transaction, params, types::Value};

fn lead_columns() -> String {
    format!(
        "l.id, l.agent_id, l.flags, l.name, l.name_source, l.status, l.phone, l.email, l.value, l.currency, l.notes,
         coalesce(a.clicks, 1), {}, {}, {}",
        click_columns("first"),
        click_columns("last"),
        status_columns()
    )
}

const LEAD_TABLES: &str = "leads l
    JOIN clicks first ON first.id = l.first_click
    LEFT JOIN fold.activity a ON a.lead_id = l.id
    LEFT JOIN clicks last ON last.id = a.last_click
    LEFT JOIN fold.tracking t ON t.lead_id = l.id";

fn read_lead(row: &Row<'_>) -> Result<Lead> {
    let flags: i64 = row.get(2)?;
    let first = read_click(row, 12)?;
    let last = match row.get::<_, Option<i64>>(18)? {
        Some(_) => read_click(row, 18)?,
        None => first.clone(),
    };
    let name: Option<String> = row.get(3)?;
    let source: Option<String> = row.get(4)?;
    let status: Option<String> = row.get(5)?;
    Ok(Lead {
        id: LeadId::from_packed(row.get(0)?),
        agent: row.get::<_, Option<i64>>(1)?.map(AgentId),
        pinned: flags & FLAG_PINNED != 0,
        shared_link: flags & FLAG_SHARED_LINK != 0,
        name: name
            .zip(source)
            .map(|(name, source)| Ok::<_, StoreError>((name, parse("leads.name_source", &source)?)))
            .transpose()?,
        status: status.map_or(Ok(Status::New), |status| parse("leads.status", &status))?,
        phone: row.get(6)?,
        email: row.get(7)?,
        value: row.get(8)?,
        currency: row.get(9)?,
        notes: row.get(10)?,
        click_count: row.get(11)?,
        first,
        last,
        tracking: read_status(row, 24)?,
    })
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(what: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|e| StoreError::corrupt(what, e))
}

/// Conditions and their values, put together as a filter asks for them.
#[derive(Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition; each `?` in it stands for the next of `values`.
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql
            .push_str(if self.sql.is_empty() { " WHERE (" } else { " AND (" });
        self.sql.push_str(condition);
        self.sql.push(')');
        self.values.extend(values);
    }
}

/// Conditions of which a lead has to meet one, and their values in the same order.
#[derive(Default)]
struct Alternatives {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Alternatives {
    /// The leads that meet one, each condition by its own index. As one condition with `OR`, SQLite goes along all rows.
    fn ids(&self) -> String {
        let of_each = self.conditions.iter();
        let of_each = of_each.map(|condition| format!("SELECT l.id FROM leads l WHERE {condition}"));
        of_each.collect::<Vec<_>>().join(" UNION ALL ")
    }

    /// Whether so few meet one that they are best found by the indexes first. Where very many do, as with one letter, the
    /// newest are found sooner along the rows.
    fn fit_few(&self, connection: &Connection) -> Result<bool> {
        const FEW: usize = 10_000;
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT {FEW})", self.ids());
        let mut stored = connection.prepare_cached(&sql)?;
        let count: usize = stored.query_row(rusqlite::params_from_iter(&self.values), |row| row.get(0))?;
        Ok(count < FEW)
    }
}

pub(super) fn leads(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    before: Option<LeadId>,
    limit: usize,
) -> Result<Vec<Lead>> {
    let (mut conditions, mut order) = (Conditions::default(), "l.id");
    let lowest = LeadId {
        workspace,
        number: VisitorNumber(0),
    }
    .packed();
    let end = before.map_or((workspace.0 + 1) << NUMBER_BITS, LeadId::packed);
    conditions.and(
        "l.id >= ? AND l.id < ? AND l.removed_at IS NULL",
        [lowest.into(), end.into()],
    );
    match filter.status {
        // `new` is what a row is born with.
        Some(Status::New) => conditions.and("l.status IS NULL OR l.status = 'new'", []),
        Some(status) => conditions.and("l.status = ?", [status.as_str().to_owned().into()]),
        None => {}
    }
    let mut tables = LEAD_TABLES.to_owned();
    if let Some(status) = filter.tracking {
        let wanted = tracking::condition(status);
        // Where nothing rarer is asked for, the list goes along the rows of `tracking`, not along all leads.
        let by_status = status == TrackingStatus::Synced && !matches!(filter.status, None | Some(Status::New));
        if wanted.along.is_empty() || filter.search.is_some() || by_status {
            conditions.and(&wanted.of_lead(), []);
        } else {
            tables = format!("{} CROSS JOIN {LEAD_TABLES}", wanted.along);
            conditions.and(
                "w.lead_id >= ? AND w.lead_id < ? AND w.lead_id = l.id",
                [lowest.into(), end.into()],
            );
            conditions.and(&wanted.sql, []);
            order = "w.lead_id";
        }
    }
    if let Some(agent) = filter.agent {
        conditions.and("l.agent_id = ?", [agent.0.into()]);
    }
    if let Some(rotator) = filter.rotator {
        conditions.and("l.rotator_id = ?", [rotator.0.into()]);
    }
    if let Some(platform) = filter.platform {
        let platform = Value::from(platform.as_str().to_owned());
        conditions.and("l.platform = ? OR a.last_platform = ?", [platform.clone(), platform]);
    }
    for (column, value) in [("l.source", &filter.source), ("l.campaign", &filter.campaign)] {
        if let Some(value) = value {
            conditions.and(&format!("{column} = ?"), [value.clone().into()]);
        }
    }
    if let Some(from) = filter.from {
        conditions.and("l.created_at >= ?", [from.0.into()]);
    }
    if let Some(to) = filter.to {
        conditions.and("l.created_at < ?", [to.0.into()]);
    }
    if let Some(search) = &filter.search {
        let mut any = Alternatives::default();
        let mut or = |condition: &str, values: Vec<Value>| {
            any.conditions.push(condition.to_owned());
            any.values.extend(values);
        };
        if let Some(lead) = search.lead {
            or("l.id = ?", vec![lead.packed().into()]);
        }
        // Ranges instead of LIKE: they use the index, and no character of the text has a meaning.
        let mut or_prefix = |condition: &str, prefix: &str| {
            or(
                condition,
                vec![prefix.to_owned().into(), format!("{prefix}\u{10FFFF}").into()],
            );
        };
        if let Some(prefix) = &search.name_prefix {
            or_prefix("l.name COLLATE NOCASE >= ? AND l.name COLLATE NOCASE < ?", prefix);
        }
        for prefix in &search.phone_prefixes {
            or_prefix("l.phone >= ? AND l.phone < ?", prefix);
        }
        if let Some(prefix) = &search.email_prefix {
            or_prefix("l.email >= ? AND l.email < ?", prefix);
        }
        if any.conditions.is_empty() {
            return Ok(Vec::new());
        }
        let found = match any.fit_few(connection)? {
            true => format!("l.id IN ({})", any.ids()),
            false => any.conditions.join(" OR "),
        };
        conditions.and(&found, any.values);
    }
    let (columns, wanted) = (lead_columns(), &conditions.sql);
    let sql = format!("SELECT {columns} FROM {tables}{wanted} ORDER BY {order} DESC LIMIT ?");
    conditions.values.push((limit as i64).into());

    let mut stored = connection.prepare_cached(&sql)?;
    let mut rows = stored.query(rusqlite::params_from_iter(conditions.values))?;
    let mut leads = Vec::new();
    while let Some(row) = rows.next()? {
        leads.push(read_lead(row)?);
    }
    Ok(leads)
}

pub(super) fn find_lead(connection: &Connection, id: LeadId) -> Result<Option<Lead>> {
    let sql = format!(
        "SELECT {} FROM {LEAD_TABLES} WHERE l.id = ?1 AND l.removed_at IS NULL",
        lead_columns()
    );
    let mut stored = connection.prepare_cached(&sql)?;
    let mut rows = stored.query([id.packed()])?;
    rows.next()?.map(read_lead).transpose()
}

pub(super) fn update_lead(
    connection: &mut Connection,
    id: LeadId,
    patch: LeadPatch,
    by: &str,
    now: UnixMs,
) -> Result<Option<Lead>> {
    let transaction = transaction::on_ground(connection)?;
    let lead = patch_lead(&transaction, id, patch, by, now)?;
    transaction.commit()?;
    Ok(lead)
}

/// Several leads in one transaction; those that are not there are left out.
pub(super) fn update_leads(
    connection: &mut Connection,
    ids: &[LeadId],
    patch: &LeadPatch,
    by: &str,
    now: UnixMs,
) -> Result<()> {
    let transaction = transaction::on_ground(connection)?;
    for id in ids {
        patch_lead(&transaction, *id, patch.clone(), by, now)?;
    }
    Ok(transaction.commit()?)
}

/// Its row stays for the clicks and deliveries that name it.
pub(super) fn remove(connection: &mut Connection, id: LeadId, by: &str, now: UnixMs) -> Result<bool> {
    let transaction = transaction::on_ground(connection)?;
    let removed = transaction
        .prepare_cached("UPDATE leads SET removed_at = ?2 WHERE id = ?1 AND removed_at IS NULL")?
        .execute(params![id.packed(), now.0])?;
    if removed > 0 {
        let edit = Edit {
            transaction: &transaction,
            id,
            by,
            now,
        };
        edit.note("removed_at", None, Some(now.0.to_string()))?;
    }
    transaction.commit()?;
    Ok(removed > 0)
}

fn patch_lead(
    transaction: &Transaction<'_>,
    id: LeadId,
    patch: LeadPatch,
    by: &str,
    now: UnixMs,
) -> Result<Option<Lead>> {
    let Some(lead) = find_lead(transaction, id)? else {
        return Ok(None);
    };
    let edit = Edit {
        transaction,
        id,
        by,
        now,
    };
    if let Some(name) = patch.name {
        let (old, new) = (lead.name.clone().unzip().0, name.clone().unzip().0);
        let source = name.as_ref().map(|(_, source)| source_text(*source));
        if edit.set("name", old, new)? {
            edit.write("name_source", source.map(str::to_owned).into())?;
        }
    }
    if let Some(status) = patch.status {
        edit.set(
            "status",
            Some(lead.status.as_str().to_owned()),
            Some(status.as_str().to_owned()),
        )?;
    }
    if let Some(phone) = patch.phone {
        edit.set("phone", lead.phone, phone)?;
    }
    if let Some(email) = patch.email {
        edit.set("email", lead.email, email)?;
    }
    if let Some(value) = patch.value {
        edit.set("value", lead.value, value)?;
    }
    if let Some(currency) = patch.currency {
        edit.set("currency", lead.currency, currency)?;
    }
    if let Some(notes) = patch.notes {
        edit.set("notes", lead.notes, notes)?;
    }
    if let Some(agent) = patch.agent {
        edit.note("agent_id", lead.agent.map(|a| a.to_string()), Some(agent.to_string()))?;
        hand_over(transaction, id, agent)?;
    }
    find_lead(transaction, id)
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
    fn set<T>(&self, column: &'static str, old: Option<T>, new: Option<T>) -> Result<bool>
    where
        T: PartialEq + ToString + Into<Value>,
    {
        if old == new {
            return Ok(false);
        }
        self.note(column, old.as_ref().map(T::to_string), new.as_ref().map(T::to_string))?;
        self.write(column, new.map_or(Value::Null, Into::into))?;
        Ok(true)
    }

    fn write(&self, column: &'static str, value: Value) -> Result<()> {
        let sql = format!("UPDATE leads SET {column} = ?2 WHERE id = ?1");
        self.transaction
            .prepare_cached(&sql)?
            .execute(params![self.id.packed(), value])?;
        Ok(())
    }

    fn note(&self, field: &str, old: Option<String>, new: Option<String>) -> Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT INTO lead_changes (lead_id, at, field, old, new, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![self.id.packed(), self.now.0, field, old, new, self.by])?;
        Ok(())
    }
}

fn source_text(source: NameSource) -> &'static str {
    match source {
        NameSource::Auto => "auto",
        NameSource::Form => "form",
        NameSource::Whatsapp => "whatsapp",
        NameSource::Manual => "manual",
    }
}
