//! What messages are about.

use crate::{
    Result,
    model::{AbsentAgent, Edited, MessageData, MessageSubject, UntouchedLead},
    sqlite::{
        config::read_agent,
        deliveries::list,
        leads::find_lead,
        notices::{find_digest, find_reminder},
        values::{click_columns, read_click, read_json, read_word},
    },
};
use konektor_core::{
    click::Click,
    ids::{DeliveryId, LeadId},
    webhook::{Absence, EventKind},
};
use rusqlite::Connection;

/// `None` if it is gone.
pub(super) fn of(connection: &Connection, subject: MessageSubject) -> Result<Option<MessageData>> {
    let MessageSubject {
        kind,
        lead,
        first,
        last,
    } = subject;
    Ok(match (kind, lead) {
        (EventKind::LeadCreated, Some(lead)) => find_lead(connection, lead)?.map(Box::new).map(MessageData::Created),
        (EventKind::LeadUpdated, Some(lead)) => match find_lead(connection, lead)? {
            Some(found) => Some(MessageData::Updated(
                Box::new(found),
                edits(connection, lead, first, last)?,
            )),
            None => None,
        },
        (EventKind::ClickRecorded, _) => click(connection, first)?.map(Box::new).map(MessageData::Click),
        (EventKind::DeliveryFailed, Some(lead)) => list::find(connection, lead.workspace, DeliveryId(first))?
            .map(Box::new)
            .map(MessageData::Delivery),
        (EventKind::AgentUnavailable, _) => absence(connection, first)?.map(Box::new).map(MessageData::Absence),
        (EventKind::LeadUntouched, Some(lead)) => {
            let found = find_lead(connection, lead)?.zip(find_reminder(connection, first)?);
            found.map(|(lead, reminder)| {
                MessageData::Untouched(Box::new(UntouchedLead {
                    lead: Box::new(lead),
                    reminder,
                }))
            })
        }
        (EventKind::Digest, _) => find_digest(connection, first)?.map(MessageData::Digest),
        _ => None,
    })
}

fn edits(connection: &Connection, lead: LeadId, first: i64, last: i64) -> Result<Vec<Edited>> {
    let mut stored = connection.prepare_cached(
        "SELECT field, old, new, by FROM main.lead_changes WHERE id BETWEEN ?2 AND ?3 AND lead_id = ?1 ORDER BY id",
    )?;
    let edits = stored.query_map([lead.packed(), first, last], |row| {
        Ok(Edited {
            field: row.get(0)?,
            old: row.get(1)?,
            new: row.get(2)?,
            by: row.get(3)?,
        })
    })?;
    Ok(edits.collect::<rusqlite::Result<_>>()?)
}

fn click(connection: &Connection, id: i64) -> Result<Option<Click>> {
    let sql = format!("SELECT {} FROM main.clicks c WHERE c.id = ?1", click_columns("c"));
    let mut stored = connection.prepare_cached(&sql)?;
    let mut rows = stored.query([id])?;
    rows.next()?.map(|row| read_click(row, 0)).transpose()
}

/// A removed agent's row is still there.
fn absence(connection: &Connection, id: i64) -> Result<Option<AbsentAgent>> {
    let mut stored = connection.prepare_cached(
        "SELECT a.*, n.why, n.rotators FROM main.agent_absences n JOIN main.agents a ON a.id = n.agent_id WHERE n.id = ?1",
    )?;
    let mut rows = stored.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let why: String = row.get("why")?;
    Ok(Some(AbsentAgent {
        agent: read_agent(row)?,
        why: read_word("agent_absences.why", Absence::ALL, Absence::as_str, &why)?,
        rotators: read_json("agent_absences.rotators", row.get_ref("rotators")?)?,
    }))
}
