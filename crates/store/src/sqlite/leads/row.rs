//! A lead's row with its clicks, and one lead of several rows.

use crate::{
    Result, StoreError,
    model::Lead,
    sqlite::{
        activity, arrivals,
        deliveries::tracking::{counted_columns, read_counted},
        record::{FLAG_PINNED, FLAG_REUSED_CODE, FLAG_SHARED_LINK, FLAG_UNVERIFIED},
        values::{click_columns, read_click},
        walk::clicks_back,
    },
    stored::{leads::LeadRow, values::parse},
};
use konektor_core::{
    click::Click,
    ids::{AgentId, LeadId},
    lead::Status,
    time::UnixMs,
};
use rusqlite::{Connection, Row, types::Value};
use std::{collections::HashMap, ops::ControlFlow};

/// What [`read`] wants of [`tables`].
pub(super) fn columns() -> String {
    format!(
        "l.id, l.agent_id, l.flags, l.name, l.name_source, l.status, l.phone, l.email, l.value, l.currency, l.notes,
         coalesce({}, iif(l.first_click = 0, 0, 1)), l.created_at, l.merged_into, l.own IS NOT NULL, {}, {}, {}",
        activity::CLICKS,
        click_columns("first"),
        click_columns("last"),
        counted_columns()
    )
}

/// A lead that no click made has no first one.
pub(super) fn tables() -> String {
    format!(
        "leads l LEFT JOIN clicks first ON first.id = l.first_click
         {} LEFT JOIN clicks last ON last.id = {}
         LEFT JOIN fold.tracking t ON t.lead_id = l.id",
        activity::JOINED,
        activity::LAST_CLICK
    )
}
const FIRST: usize = 15;
const LAST: usize = FIRST + 6;
const COUNTED: usize = LAST + 6;

pub(super) fn read(row: &Row<'_>) -> Result<LeadRow> {
    let flags: i64 = row.get(2)?;
    let click = |column: usize| -> Result<Option<Click>> {
        match row.get::<_, Option<i64>>(column)? {
            Some(_) => read_click(row, column).map(Some),
            None => Ok(None),
        }
    };
    let first = click(FIRST)?;
    let last = match click(LAST)? {
        Some(last) => Some(last),
        None => first.clone(),
    };
    let name: Option<String> = row.get(3)?;
    let source: Option<String> = row.get(4)?;
    let status: Option<String> = row.get(5)?;
    let counted = read_counted(row, COUNTED)?;
    let lead = Lead {
        id: LeadId::from_packed(row.get(0)?),
        created_at: UnixMs(row.get(12)?),
        agent: row.get::<_, Option<i64>>(1)?.map(AgentId),
        pinned: flags & FLAG_PINNED != 0,
        shared_link: flags & FLAG_SHARED_LINK != 0,
        unverified: flags & FLAG_UNVERIFIED != 0,
        reused_code: flags & FLAG_REUSED_CODE != 0,
        merged: row.get(14)?,
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
        arrival: None, // where the lead is put together
        tracking: counted.status(),
    };
    Ok(LeadRow {
        lead,
        merged_into: row.get::<_, Option<i64>>(13)?.map(LeadId::from_packed),
        counted,
    })
}

/// Puts together what several leads that are one have beside their columns: clicks, and what the ad platforms know. The
/// members of all are read at once, and not at all where there are none.
pub(super) fn complete(connection: &Connection, rows: Vec<LeadRow>) -> Result<Vec<Lead>> {
    let mut members = members(connection, &rows)?;
    let mut leads = Vec::with_capacity(rows.len());
    for mut row in rows {
        for member in members.remove(&row.lead.id).unwrap_or_default() {
            row.add(member);
        }
        if row.lead.first.is_none() && row.lead.last.is_some() {
            row.lead.first = oldest(connection, row.lead.id)?;
        }
        row.lead.tracking = row.counted.status();
        row.lead.arrival = match row.lead.merged {
            true => arrivals::of_person(connection, row.lead.id)?,
            false => arrivals::of_lead(connection, row.lead.id)?,
        };
        leads.push(row.lead);
    }
    Ok(leads)
}

fn members(connection: &Connection, rows: &[LeadRow]) -> Result<HashMap<LeadId, Vec<LeadRow>>> {
    let several = rows.iter().filter(|row| row.lead.merged);
    let several: Vec<_> = several.map(|row| Value::from(row.lead.id.packed())).collect();
    let mut members: HashMap<LeadId, Vec<LeadRow>> = HashMap::new();
    if several.is_empty() {
        return Ok(members);
    }
    let (columns, tables, places) = (columns(), tables(), vec!["?"; several.len()].join(", "));
    let sql = format!("SELECT {columns} FROM {tables} WHERE l.merged_into IN ({places}) ORDER BY l.id");
    let mut stored = connection.prepare(&sql)?;
    let mut found = stored.query(rusqlite::params_from_iter(several))?;
    while let Some(row) = found.next()? {
        let row = read(row)?;
        if let Some(root) = row.merged_into {
            members.entry(root).or_default().push(row);
        }
    }
    Ok(members)
}

/// The first click of a lead that was there before it: its row names none.
fn oldest(connection: &Connection, lead: LeadId) -> Result<Option<Click>> {
    let mut oldest = None;
    clicks_back(connection, lead, |click| {
        oldest = Some(click);
        ControlFlow::Continue(())
    })?;
    Ok(oldest)
}
