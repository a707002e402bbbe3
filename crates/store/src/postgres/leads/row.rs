//! A lead's row with its clicks, and one lead of several rows.

use crate::{
    Result,
    model::Lead,
    postgres::{
        deliveries::tracking::{counted_columns, read_counted},
        fold::arrivals_of,
        record::{FLAG_PINNED, FLAG_REUSED_CODE, FLAG_SHARED_LINK, FLAG_UNVERIFIED},
        sql,
        values::{CLICK_COLUMNS, click_columns, lead, number, parse, read_click},
        walk::first_click,
    },
    stored::leads::LeadRow,
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    click::Click,
    ids::{AgentId, LeadId},
    lead::Status,
    time::UnixMs,
};
use std::collections::HashMap;
use tokio_postgres::Row;

/// What [`read`] wants of [`TABLES`].
pub(super) fn columns() -> String {
    format!(
        "l.workspace_id, l.number, l.agent_id, l.flags, l.name, l.name_source, l.status, l.phone, l.email, l.value,
         l.currency, l.notes, coalesce(a.clicks, CASE l.first_click WHEN 0 THEN 0 ELSE 1 END), l.created_at, l.merged_into,
         l.own IS NOT NULL, {}, {}, {}",
        click_columns("first"),
        click_columns("last"),
        counted_columns()
    )
}

/// A lead that no click made has no first one.
pub(super) const TABLES: &str = "leads l
    LEFT JOIN clicks first ON first.workspace_id = l.workspace_id AND first.id = l.first_click
    LEFT JOIN activity a ON a.workspace_id = l.workspace_id AND a.number = l.number
    LEFT JOIN clicks last ON last.workspace_id = a.workspace_id AND last.id = a.last_click
    LEFT JOIN tracking t ON t.workspace_id = l.workspace_id AND t.number = l.number";
const FIRST: usize = 16;
const LAST: usize = FIRST + CLICK_COLUMNS;
const COUNTED: usize = LAST + CLICK_COLUMNS;

pub(super) fn read(row: &Row) -> Result<LeadRow> {
    let flags: i64 = row.get(3);
    let click = |column: usize| -> Result<Option<Click>> {
        let there: Option<i64> = row.get(column);
        there.map(|_| read_click(row, column)).transpose()
    };
    let first = click(FIRST)?;
    let last = click(LAST)?.or_else(|| first.clone());
    let (name, source): (Option<String>, Option<&str>) = (row.get(4), row.get(5));
    let name = match name.zip(source) {
        Some((name, source)) => Some((name, parse("leads.name_source", source)?)),
        None => None,
    };
    let status: Option<&str> = row.get(6);
    let counted = read_counted(row, COUNTED);
    let id = lead(row.get(0), row.get(1));
    let shown = Lead {
        id,
        created_at: UnixMs(row.get(13)),
        agent: row.get::<_, Option<i64>>(2).map(AgentId),
        pinned: flags & FLAG_PINNED != 0,
        shared_link: flags & FLAG_SHARED_LINK != 0,
        unverified: flags & FLAG_UNVERIFIED != 0,
        reused_code: flags & FLAG_REUSED_CODE != 0,
        merged: row.get(15),
        name,
        status: status.map_or(Ok(Status::New), |status| parse("leads.status", status))?,
        phone: row.get(7),
        email: row.get(8),
        value: row.get(9),
        currency: row.get(10),
        notes: row.get(11),
        click_count: row.get::<_, i64>(12) as u32,
        first,
        last,
        arrival: None, // where the lead is put together
        tracking: counted.status(),
    };
    let merged_into: Option<i64> = row.get(14);
    Ok(LeadRow {
        lead: shown,
        merged_into: merged_into.map(|root| lead(id.workspace.0, root)),
        counted,
    })
}

/// Puts together what several leads that are one have beside their columns: clicks, and what the ad platforms know. The
/// members of all are read at once, and not at all where there are none.
pub(super) async fn complete(client: &impl GenericClient, rows: Vec<LeadRow>) -> Result<Vec<Lead>> {
    let mut members = members(client, &rows).await?;
    let mut leads = Vec::with_capacity(rows.len());
    // The leads that are one, each once.
    let mut persons: Vec<Vec<LeadId>> = Vec::with_capacity(rows.len());
    for mut row in rows {
        let mut person = vec![row.lead.id];
        for member in members.remove(&row.lead.id).unwrap_or_default() {
            person.push(member.lead.id);
            row.add(member);
        }
        persons.push(person);
        if row.lead.first.is_none() && row.lead.last.is_some() {
            // It was there before its first click: its row names none.
            row.lead.first = first_click(client, row.lead.id).await?;
        }
        row.lead.tracking = row.counted.status();
        leads.push(row.lead);
    }
    let mut arrivals = arrivals_of(client, &persons.concat()).await?;
    for (lead, person) in leads.iter_mut().zip(&persons) {
        let told = person.iter().filter_map(|id| arrivals.remove(id));
        lead.arrival = told.min_by_key(|arrival| arrival.at);
    }
    Ok(leads)
}

/// All of one workspace, as a list is.
async fn members(client: &impl GenericClient, rows: &[LeadRow]) -> Result<HashMap<LeadId, Vec<LeadRow>>> {
    let several = rows.iter().filter(|row| row.lead.merged);
    let several: Vec<LeadId> = several.map(|row| row.lead.id).collect();
    let mut members: HashMap<LeadId, Vec<LeadRow>> = HashMap::new();
    let Some(one) = several.first() else {
        return Ok(members);
    };
    let numbers: Vec<i64> = several.iter().map(|lead| number(*lead)).collect();
    let sql = format!(
        "SELECT {} FROM {TABLES} WHERE l.workspace_id = $1 AND l.merged_into = ANY($2) ORDER BY l.number",
        columns()
    );
    for row in sql::query(client, &sql, &[&one.workspace.0, &numbers]).await? {
        let row = read(&row)?;
        if let Some(root) = row.merged_into {
            members.entry(root).or_default().push(row);
        }
    }
    Ok(members)
}
