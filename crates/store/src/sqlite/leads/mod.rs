//! Leads: the list, and one.

mod behind;
mod days;
pub(super) mod edit;
pub(super) mod import;
mod row;
#[cfg(test)]
mod tests;

use super::{activity, deliveries::tracking};
use crate::{
    Result,
    model::{FoundLeads, Lead, LeadFilter, is_cut},
    stored::leads::LeadRow,
};
use konektor_core::{
    fold::NAME_MAX_BYTES,
    ids::{LeadId, WorkspaceId},
    lead::{Status, TrackingStatus},
};
use rusqlite::{Connection, types::Value};
use std::ops::Range;

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

    /// Other bounds for ids than those of the first condition.
    fn set_ids(&mut self, bounds: [i64; 2]) {
        for (value, bound) in self.values.iter_mut().zip(bounds) {
            *value = bound.into();
        }
    }
}

/// Conditions of which a lead has to meet one, and their values in the same order.
#[derive(Default)]
struct Alternatives {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Alternatives {
    /// `what` of the leads that meet one, each condition by its own index. As one condition with `OR`, SQLite goes along all rows.
    fn select(&self, what: &str) -> String {
        let of_each = self.conditions.iter();
        let of_each = of_each.map(|condition| format!("SELECT {what} FROM leads l WHERE {condition}"));
        of_each.collect::<Vec<_>>().join(" UNION ALL ")
    }

    /// Those who meet one; whoever was merged into another is that one.
    fn ids(&self) -> String {
        self.select("coalesce(l.merged_into, l.id)")
    }

    /// Whether so few meet one that they are best found by the indexes first: each costs a read of its row, anywhere in the file.
    /// Where many do, as with one letter, the newest are found sooner along the rows. They are counted in the indexes alone.
    fn fit_few(&self, connection: &Connection) -> Result<bool> {
        const FEW: usize = 2_000;
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT {FEW})",
            self.select("1")
        );
        let mut stored = connection.prepare_cached(&sql)?;
        let count: usize = stored.query_row(rusqlite::params_from_iter(&self.values), |row| row.get(0))?;
        Ok(count < FEW)
    }
}

/// Rows that are looked at for one part of the list: 10 to 15 ms. Where few of millions fit, the list comes in parts that hold few or
/// none, instead of all at once after seconds.
pub(super) const MOST_ROWS: i64 = 30_000;
/// Ranges of ids that are looked through for them, where leads are far between.
const MOST_QUESTIONS: i64 = 500;

pub(super) fn leads(
    connection: &Connection,
    most_rows: i64,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    before: Option<LeadId>,
    limit: usize,
) -> Result<FoundLeads> {
    let (mut conditions, mut order) = (Conditions::default(), "l.id");
    let Range { start: lowest, end } = days::all_of(workspace);
    let end = before.map_or(end, LeadId::packed);
    conditions.and(
        "l.id >= ? AND l.id < ? AND l.removed_at IS NULL AND l.merged_into IS NULL",
        [lowest.into(), end.into()],
    );
    let is_by_status = matches!(filter.status, Some(status) if status != Status::New) && filter.asks_for_status_only();
    match filter.status {
        // `new` is what a row is born with.
        Some(Status::New) => conditions.and("l.status IS NULL OR l.status = 'new'", []),
        Some(status) => conditions.and("l.status = ?", [status.as_str().to_owned().into()]),
        None => {}
    }
    let mut tables = row::tables();
    if let Some(status) = filter.tracking {
        let wanted = tracking::condition(status);
        // Where nothing rarer is asked for, the list goes along the rows of `tracking`, not along all leads.
        let by_status = status == TrackingStatus::Synced && !matches!(filter.status, None | Some(Status::New));
        if wanted.along.is_empty() || filter.search.is_some() || by_status {
            conditions.and(&wanted.of_lead(), []);
        } else {
            tables = format!("{} CROSS JOIN {}", wanted.along, row::tables());
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
        let came_by = format!("l.platform = ? OR {} = ?", activity::LAST_PLATFORM);
        conditions.and(&came_by, [platform.clone(), platform]);
    }
    for (column, value) in [("l.source", &filter.source), ("l.campaign", &filter.campaign)] {
        match value {
            Some(value) if is_cut(value) => conditions.and(
                &format!("{column} = ? OR (substr({column}, 1, ?) = ? AND length(CAST({column} AS BLOB)) > ?)"),
                [
                    value.clone().into(),
                    (value.chars().count() as i64).into(),
                    value.clone().into(),
                    (NAME_MAX_BYTES as i64).into(),
                ],
            ),
            Some(value) => conditions.and(&format!("{column} = ?"), [value.clone().into()]),
            None => {}
        }
    }
    behind::conditions(&mut conditions, workspace, filter);
    if let Some(from) = filter.from {
        conditions.and("l.created_at >= ?", [from.0.into()]);
    }
    if let Some(to) = filter.to {
        conditions.and("l.created_at < ?", [to.0.into()]);
    }
    // Others have an index that leads to those who fit.
    let mut is_along_rows = order == "l.id" && !is_by_status && filter.sold.is_none();
    if is_along_rows && filter.arrived == Some(true) && filter.search.is_none() {
        // Along those who have arrived, of the same ids: a question for each lead costs more than the lead.
        tables = format!("fold.arrivals r CROSS JOIN {}", row::tables());
        conditions.and("r.lead_id >= ?1 AND r.lead_id < ?2 AND r.lead_id = l.id", []);
        order = "r.lead_id";
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
            return Ok(FoundLeads::default());
        }
        let found = match any.fit_few(connection)? {
            true => {
                is_along_rows = false;
                format!("l.id IN ({})", any.ids())
            }
            false => any.conditions.join(" OR "),
        };
        conditions.and(&found, any.values);
    }
    if !is_along_rows {
        let found = select(connection, &tables, &conditions, order, limit)?;
        return Ok(FoundLeads::to(limit, row::complete(connection, found)?));
    }
    let ranges = match filter.search {
        None => days::ranges(connection, workspace, filter)?,
        Some(_) => None,
    };
    let is_by_days = ranges.is_some();
    let (mut found, mut rows_left, mut next) = (Vec::new(), most_rows, None);
    let all = lowest..end;
    'ranges: for ids in ranges.unwrap_or_else(|| Vec::from([all])) {
        let (from, mut to) = (ids.start.max(lowest), ids.end.min(end));
        while let Some(newest) = newest(connection, from..to)? {
            if found.len() == limit {
                break 'ranges;
            }
            if rows_left <= 0 {
                next = Some(newest + 1);
                break 'ranges;
            }
            to = from.max(newest + 1 - rows_left);
            conditions.set_ids([to, newest + 1]);
            found.extend(select(connection, &tables, &conditions, order, limit - found.len())?);
            if found.len() < limit {
                // Numbers that nobody has cost nothing, but each question something.
                rows_left -= rows(connection, to..newest + 1)?.max(most_rows / MOST_QUESTIONS);
            }
        }
    }
    if is_by_days {
        conditions.set_ids([next.unwrap_or(lowest), end]);
        let (sql, values) = days::others(workspace, filter);
        conditions.and(&sql, values);
        found.extend(select(connection, &tables, &conditions, order, limit)?);
        found.sort_by_key(|row| std::cmp::Reverse(row.lead.id.packed()));
        found.dedup_by_key(|row| row.lead.id);
        found.truncate(limit);
    }
    let mut found = FoundLeads::to(limit, row::complete(connection, found)?);
    found.next = found.next.or(next.map(LeadId::from_packed));
    Ok(found)
}

/// The newest lead with one of these ids.
fn newest(connection: &Connection, ids: Range<i64>) -> Result<Option<i64>> {
    let mut newest = connection.prepare_cached("SELECT max(id) FROM leads WHERE id >= ?1 AND id < ?2")?;
    Ok(newest.query_row([ids.start, ids.end], |row| row.get(0))?)
}

/// How many there are.
fn rows(connection: &Connection, ids: Range<i64>) -> Result<i64> {
    let mut count = connection.prepare_cached("SELECT count(*) FROM leads WHERE id >= ?1 AND id < ?2")?;
    Ok(count.query_row([ids.start, ids.end], |row| row.get(0))?)
}

fn select(
    connection: &Connection,
    tables: &str,
    conditions: &Conditions,
    order: &str,
    limit: usize,
) -> Result<Vec<LeadRow>> {
    let (columns, wanted) = (row::columns(), &conditions.sql);
    let sql = format!("SELECT {columns} FROM {tables}{wanted} ORDER BY {order} DESC LIMIT ?");
    let limit = Value::from(limit as i64);
    let mut stored = connection.prepare_cached(&sql)?;
    let mut rows = stored.query(rusqlite::params_from_iter(conditions.values.iter().chain([&limit])))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(row::read(row)?);
    }
    Ok(found)
}

/// A lead by its id, or the one that it was merged into.
pub(super) fn find_lead(connection: &Connection, id: LeadId) -> Result<Option<Lead>> {
    let (columns, tables) = (row::columns(), row::tables());
    let sql = format!(
        "SELECT {columns} FROM {tables} WHERE l.id = ?1 AND (l.removed_at IS NULL OR l.merged_into IS NOT NULL)"
    );
    let mut stored = connection.prepare_cached(&sql)?;
    let mut find = |id: LeadId| stored.query([id.packed()])?.next()?.map(row::read).transpose();
    let found = match find(id)? {
        Some(LeadRow {
            merged_into: Some(root),
            ..
        }) => find(root)?,
        found => found,
    };
    let found = found.filter(|found| found.merged_into.is_none());
    Ok(row::complete(connection, found.into_iter().collect())?.pop())
}
