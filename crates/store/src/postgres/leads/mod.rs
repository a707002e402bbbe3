//! Leads: the list, and one.

mod behind;
pub(super) mod edit;
pub(super) mod import;
mod row;

use super::{
    deliveries::tracking,
    sql,
    values::{number, without_nul},
};
use crate::{
    Result,
    model::{FoundLeads, Lead, LeadFilter, LeadSearch, is_cut},
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    fold::NAME_MAX_BYTES,
    ids::{LeadId, WorkspaceId},
    lead::Status,
};
use tokio_postgres::types::ToSql;

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

    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values
            .iter()
            .map(|value| value.as_ref() as &(dyn ToSql + Sync))
            .collect()
    }
}

pub(super) async fn leads(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    before: Option<LeadId>,
    limit: usize,
) -> Result<FoundLeads> {
    let mut conditions = Conditions {
        sql: "l.workspace_id = $1 AND l.removed_at IS NULL AND l.merged_into IS NULL".to_owned(),
        values: vec![Box::new(workspace.0)],
    };
    if let Some(search) = &filter.search {
        let any = alternatives(&mut conditions, workspace, search);
        if any.is_empty() {
            return Ok(FoundLeads::default());
        }
        let found = match fit_few(client, &conditions, &any).await? {
            true => format!("l.number IN ({})", ids(&any)),
            false => any.join(" OR "),
        };
        conditions.and(&found);
    }
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
            let value = without_nul(value).into_owned();
            let (is_cut, chars) = (is_cut(&value), value.chars().count());
            let value = conditions.value(value);
            match is_cut {
                true => conditions.and(&format!(
                    "{column} = {value}
                     OR (left({column}, {chars}) = {value} AND octet_length({column}) > {NAME_MAX_BYTES})"
                )),
                false => conditions.and(&format!("{column} = {value}")),
            }
        }
    }
    behind::conditions(&mut conditions, filter);
    let at_most = conditions.value(limit as i64);
    let sql = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY l.number DESC LIMIT {at_most}",
        row::columns(),
        row::TABLES,
        conditions.sql
    );
    let rows = sql::query(client, &sql, &conditions.values()).await?;
    let rows = rows.iter().map(row::read).collect::<Result<_>>()?;
    Ok(FoundLeads::to(limit, row::complete(client, rows).await?))
}

/// What a search looks for, as conditions of which a lead has to meet one.
fn alternatives(conditions: &mut Conditions, workspace: WorkspaceId, search: &LeadSearch) -> Vec<String> {
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
    any
}

/// The leads that stand for those that meet one, each condition by its own index: also who was merged is found.
fn ids(any: &[String]) -> String {
    let of_each = any.iter().map(|condition| {
        format!("SELECT coalesce(l.merged_into, l.number) FROM leads l WHERE l.workspace_id = $1 AND {condition}")
    });
    of_each.collect::<Vec<_>>().join(" UNION ALL ")
}

/// Whether so few meet one that they are best found by the indexes first. Where very many do, as with one letter, the
/// newest are found sooner along the rows.
async fn fit_few(client: &impl GenericClient, conditions: &Conditions, any: &[String]) -> Result<bool> {
    const FEW: i64 = 10_000;
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM ({}) f LIMIT {FEW}) g", ids(any));
    let row = sql::query_one(client, &sql, &conditions.values()).await?;
    Ok(row.get::<_, i64>(0) < FEW)
}

/// A lead by its id, or the one that it was merged into.
pub(super) async fn find_lead(client: &impl GenericClient, id: LeadId) -> Result<Option<Lead>> {
    let sql = format!(
        "SELECT {} FROM {}
         WHERE l.workspace_id = $1 AND l.removed_at IS NULL AND l.number = (
             SELECT coalesce(merged_into, number) FROM leads WHERE workspace_id = $1 AND number = $2)",
        row::columns(),
        row::TABLES
    );
    let found = sql::query_opt(client, &sql, &[&id.workspace.0, &number(id)]).await?;
    let found = found.as_ref().map(row::read).transpose()?;
    Ok(row::complete(client, found.into_iter().collect()).await?.pop())
}
