//! Whether chats have started: what follows from a lead's changes, and the sums for the reports.

use super::{activity, breath, identity::group, values::read_json};
use crate::{
    Result,
    model::{ArrivalGroup, BornRange, SALES_MOST, Sale, SaleDate},
};
use konektor_core::{
    click::ClickFacts,
    fold::cut,
    ids::{LeadId, WorkspaceId},
    lead::{Arrival, Told},
    time::UnixMs,
    user_agent,
};
use rusqlite::{Connection, Transaction, params};
use std::collections::BTreeSet;

/// Changes that are read at once.
const CHUNK: usize = 1_000;

/// When the chat of a person started, of whichever of the leads that are one.
pub(super) fn of_person(connection: &Connection, root: LeadId) -> Result<Option<Arrival>> {
    let mut arrivals = Vec::new();
    for lead in group(connection, root)? {
        arrivals.extend(of_lead(connection, lead)?);
    }
    Ok(arrivals.into_iter().min_by_key(|arrival| arrival.at))
}

/// When the chat of a lead started, without those that are merged with it.
pub(super) fn of_lead(connection: &Connection, lead: LeadId) -> Result<Option<Arrival>> {
    let mut stored = connection.prepare_cached(
        "SELECT at, field, new, by FROM main.lead_changes
         WHERE lead_id = ?1 AND field IN ('arrived', 'status') ORDER BY id",
    )?;
    let told = stored.query_map([lead.packed()], |row| {
        Ok(Told {
            at: UnixMs(row.get(0)?),
            field: row.get(1)?,
            new: row.get(2)?,
            by: row.get(3)?,
        })
    })?;
    Ok(Arrival::of(told.collect::<rusqlite::Result<Vec<_>>>()?))
}

/// Brings the sums up to the changes that are there.
pub(super) fn fold(transaction: &Transaction<'_>) -> Result<()> {
    loop {
        let mut stored = transaction.prepare_cached(
            "SELECT id, lead_id, field IN ('arrived', 'status') FROM main.lead_changes
             WHERE id > (SELECT arrival FROM fold.watermark) ORDER BY id LIMIT ?1",
        )?;
        let (mut last, mut read, mut leads) = (None, 0, BTreeSet::new());
        let mut rows = stored.query([CHUNK as i64])?;
        while let Some(row) = rows.next()? {
            last = Some(row.get::<_, i64>(0)?);
            read += 1;
            if row.get(2)? {
                leads.insert(row.get::<_, i64>(1)?);
            }
        }
        for (n, lead) in leads.into_iter().enumerate() {
            breath::breathe(n);
            count(transaction, LeadId::from_packed(lead))?;
            count_sale(transaction, lead)?;
        }
        if let Some(last) = last {
            transaction
                .prepare_cached("UPDATE fold.watermark SET arrival = ?1")?
                .execute([last])?;
        }
        if read < CHUNK {
            return Ok(());
        }
    }
}

/// Makes a lead's row what follows from its changes. One that no click made is in no rate of clicks.
fn count(transaction: &Transaction<'_>, lead: LeadId) -> Result<()> {
    let Some(arrival) = of_lead(transaction, lead)? else {
        transaction
            .prepare_cached("DELETE FROM fold.arrivals WHERE lead_id = ?1")?
            .execute([lead.packed()])?;
        return Ok(());
    };
    type Born = (
        i64,
        i64,
        Option<i64>,
        Option<String>,
        Option<String>,
        Option<String>,
        ClickFacts,
    );
    let mut stored = transaction.prepare_cached(
        "SELECT l.created_at, l.rotator_id, l.agent_id, l.platform, l.source, l.campaign, c.facts
         FROM main.leads l JOIN main.clicks c ON c.id = l.first_click WHERE l.id = ?1",
    )?;
    let mut rows = stored.query([lead.packed()])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let (born_at, rotator, agent, platform, source, campaign, facts): Born = (
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        read_json("clicks.facts", row.get_ref(6)?)?,
    );
    let in_app = user_agent::parse(&facts.ua).in_app.map_or("", |app| app.as_str());
    transaction
        .prepare_cached("INSERT OR REPLACE INTO fold.arrivals VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            lead.packed(),
            arrival.at.0,
            born_at,
            rotator,
            agent.map(|agent| agent.to_string()).unwrap_or_default(),
            platform.unwrap_or_default(),
            cut(source.as_deref()),
            cut(campaign.as_deref()),
            in_app,
        ])?;
    Ok(())
}

/// Makes a lead's sale what its last status says.
fn count_sale(transaction: &Transaction<'_>, lead: i64) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM fold.sales WHERE lead_id = ?1")?
        .execute([lead])?;
    transaction
        .prepare_cached(&format!(
            "INSERT INTO fold.sales
             SELECT l.id, c.at, l.created_at, l.rotator_id, coalesce({} > 1, 0)
             FROM (SELECT at, new FROM main.lead_changes WHERE lead_id = ?1 AND field = 'status' ORDER BY id DESC LIMIT 1) c
             JOIN main.leads l ON l.id = ?1 {} WHERE c.new = 'won'",
            activity::CLICKS,
            activity::JOINED
        ))?
        .execute([lead])?;
    Ok(())
}

/// See [`crate::Store::sales`]. Of leads that are one, the one that stands for them says what the sale was worth.
pub(super) fn sales(
    connection: &Connection,
    workspace: WorkspaceId,
    by: SaleDate,
    range: BornRange,
) -> Result<Vec<Sale>> {
    let date = by.column();
    let sql = format!(
        "SELECT min(s.won_at), min(s.born_at), max(s.returning_lead), r.value, r.currency
         FROM fold.sales s JOIN main.leads l ON l.id = s.lead_id JOIN main.leads r ON r.id = coalesce(l.merged_into, l.id)
         WHERE s.lead_id >> 35 = ?1 AND s.{date} >= ?2 AND s.{date} < ?3 AND (?4 IS NULL OR s.rotator_id = ?4)
           AND r.removed_at IS NULL AND r.status = 'won'
         GROUP BY r.id ORDER BY min(s.{date}) LIMIT ?5"
    );
    let mut stored = connection.prepare_cached(&sql)?;
    let rotator = range.rotator.map(|rotator| rotator.0);
    let wanted = params![workspace.0, range.from.0, range.to.0, rotator, SALES_MOST as i64];
    let sales = stored.query_map(wanted, |row| {
        Ok(Sale {
            won_at: UnixMs(row.get(0)?),
            born_at: UnixMs(row.get(1)?),
            returning: row.get(2)?,
            value: row.get(3)?,
            currency: row.get(4)?,
        })
    })?;
    Ok(sales.collect::<rusqlite::Result<_>>()?)
}

/// See [`crate::Store::arrivals`]. Summed when asked for, out of an index that has all of it: as many rows as there are
/// chats in the time that is asked about.
pub(super) fn arrivals(
    connection: &Connection,
    workspace: WorkspaceId,
    group: ArrivalGroup,
    born: BornRange,
) -> Result<Vec<(String, u64)>> {
    let sql = format!(
        "SELECT CAST({} AS TEXT), count(*) FROM fold.arrivals INDEXED BY arrivals_born
         WHERE lead_id >> 35 = ?1 AND born_at >= ?2 AND born_at < ?3 AND (?4 IS NULL OR rotator_id = ?4)
         GROUP BY 1 ORDER BY 2 DESC, 1",
        group.column()
    );
    let mut stored = connection.prepare_cached(&sql)?;
    let rotator = born.rotator.map(|rotator| rotator.0);
    let sums = stored.query_map(params![workspace.0, born.from.0, born.to.0, rotator], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(sums.collect::<rusqlite::Result<_>>()?)
}
