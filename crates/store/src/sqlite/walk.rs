//! Walking back through a lead's clicks, along the links that the fold left.

use super::{
    activity,
    identity::{Found, find, group},
    values::{click_columns, read_click},
};
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
    let mut next = latest_click(connection, lead)?;
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

/// Where the way back begins.
pub(super) fn latest_click(connection: &Connection, lead: LeadId) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT coalesce({}, l.first_click) FROM main.leads l {} WHERE l.id = ?1",
        activity::LAST_CLICK,
        activity::JOINED
    );
    let mut latest = connection.prepare_cached(&sql)?;
    Ok(latest.query_row([lead.packed()], |row| row.get(0)).optional()?)
}

/// How a person last came through a platform's ad, up to `until`: by the clicks of all leads that are one.
pub(super) fn ad_click(
    connection: &Connection,
    lead: LeadId,
    platform: Platform,
    until: UnixMs,
) -> Result<Option<AdClick>> {
    let mut search = AdClickSearch::new(platform, until);
    let leads = match find(connection, lead)? {
        Found::Stands(root) => group(connection, root)?,
        Found::Never | Found::Gone => vec![lead],
    };
    let [only] = leads.as_slice() else {
        for click in latest_of(connection, &leads)? {
            search.see(click);
        }
        return Ok(search.found());
    };
    let mut seen = 0;
    clicks_back(connection, *only, |click| {
        search.see(click);
        seen += 1;
        match seen < ATTRIBUTION_MOST {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    Ok(search.found())
}

/// The latest clicks of several leads, latest first.
fn latest_of(connection: &Connection, leads: &[LeadId]) -> Result<Vec<Click>> {
    let mut clicks = Vec::new();
    for lead in leads {
        let mut room = ATTRIBUTION_MOST;
        clicks_back(connection, *lead, |click| {
            clicks.push(click);
            room -= 1;
            match room {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })?;
    }
    clicks.sort_unstable_by_key(|click| std::cmp::Reverse(click.id));
    clicks.truncate(ATTRIBUTION_MOST);
    Ok(clicks)
}
