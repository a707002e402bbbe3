//! Walking back through a lead's clicks, along the links that the fold left.

use super::values::{click_columns, read_click};
use crate::Result;
use konektor_core::{
    attribution::Platform,
    click::Click,
    fold::{AdClick, AdClickSearch},
    ids::LeadId,
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension};
use std::ops::ControlFlow;

/// Clicks that are looked at for a platform's ad. Nobody has that many; a script that plays a visitor may.
const ATTRIBUTION_MOST: usize = 500;

/// Shows a lead's clicks to `see`, latest first, until it has seen enough.
pub(super) fn clicks_back(
    connection: &Connection,
    lead: LeadId,
    mut see: impl FnMut(Click) -> ControlFlow<()>,
) -> Result<()> {
    let mut latest = connection.prepare_cached(
        "SELECT coalesce(a.last_click, l.first_click) FROM main.leads l
         LEFT JOIN fold.activity a ON a.lead_id = l.id WHERE l.id = ?1",
    )?;
    let mut next: Option<i64> = latest.query_row([lead.packed()], |row| row.get(0)).optional()?;
    let sql = format!("SELECT {} FROM main.clicks c WHERE c.id = ?1", click_columns("c"));
    let mut click = connection.prepare_cached(&sql)?;
    let mut link = connection.prepare_cached("SELECT previous FROM fold.links WHERE click = ?1")?;
    while let Some(id) = next.take() {
        if let Some(row) = click.query([id])?.next()?
            && see(read_click(row, 0)?).is_break()
        {
            break;
        }
        next = link.query_row([id], |row| row.get(0)).optional()?;
    }
    Ok(())
}

/// How a lead last came through a platform's ad, up to `until`.
pub(super) fn ad_click(
    connection: &Connection,
    lead: LeadId,
    platform: Platform,
    until: UnixMs,
) -> Result<Option<AdClick>> {
    let mut search = AdClickSearch::new(platform, until);
    let mut seen = 0;
    clicks_back(connection, lead, |click| {
        search.see(click);
        seen += 1;
        match seen < ATTRIBUTION_MOST {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    Ok(search.found())
}
