//! What is known of one lead beyond what the list shows.

use super::{find, identifiers};
use crate::{
    Result,
    model::{LeadDetails, MergedLead, SaidInFull, StoredSubmission},
    sqlite::values::read_json,
};
use konektor_core::{ids::LeadId, time::UnixMs};
use rusqlite::{Connection, params};

pub(in crate::sqlite) fn details(connection: &Connection, lead: LeadId) -> Result<Option<LeadDetails>> {
    let Some(root) = find(connection, lead)?.standing() else {
        return Ok(None);
    };
    let mut details = LeadDetails {
        identifiers: identifiers::of_lead(connection, root)?,
        merged: merged(connection, root)?,
        ..LeadDetails::default()
    };
    // What came with a merge that was undone was undone with it.
    let mut said = connection.prepare_cached(
        "SELECT s.at, s.said FROM main.submissions s LEFT JOIN main.merges m ON m.id = s.merge_id
         WHERE s.lead_id IN (SELECT ?1 UNION ALL SELECT id FROM main.leads WHERE merged_into = ?1)
           AND m.undone_at IS NULL
         ORDER BY s.id",
    )?;
    let mut rows = said.query([root.packed()])?;
    while let Some(row) = rows.next()? {
        let at = UnixMs(row.get(0)?);
        let said: SaidInFull = read_json("submissions.said", row.get_ref(1)?)?;
        for (name, value) in said.fields {
            match details.custom.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => details.custom.push((name, value)),
            }
        }
        if let Some(consent) = said.consent {
            details.consent = Some((consent, at));
        }
    }
    Ok(Some(details))
}

/// The leads that were merged into this one, directly or not, latest first.
fn merged(connection: &Connection, root: LeadId) -> Result<Vec<MergedLead>> {
    let mut edges = connection.prepare_cached(
        "SELECT m.merged, m.at, m.by, m.why FROM main.leads l
         JOIN main.merges m ON m.merged = l.id AND m.undone_at IS NULL
         WHERE l.merged_into = ?1 ORDER BY m.id DESC",
    )?;
    let merged = edges.query_map([root.packed()], |row| {
        Ok(MergedLead {
            id: LeadId::from_packed(row.get(0)?),
            at: UnixMs(row.get(1)?),
            by: row.get(2)?,
            why: row.get(3)?,
        })
    })?;
    Ok(merged.collect::<rusqlite::Result<_>>()?)
}

/// What a lead's own row was told last by a page.
pub(in crate::sqlite) fn said_on_page(connection: &Connection, lead: LeadId) -> Result<Option<SaidInFull>> {
    let mut said = connection.prepare_cached(
        "SELECT s.said FROM main.submissions s JOIN main.leads l ON l.id = s.lead_id AND l.removed_at IS NULL
         LEFT JOIN main.merges m ON m.id = s.merge_id
         WHERE s.lead_id = ?1 AND s.by GLOB 'page:*' AND m.undone_at IS NULL
         ORDER BY s.id DESC LIMIT 1",
    )?;
    let mut rows = said.query([lead.packed()])?;
    match rows.next()? {
        Some(row) => Ok(Some(read_json("submissions.said", row.get_ref(0)?)?)),
        None => Ok(None),
    }
}

/// A lead's submissions before `before`, newest first.
pub(in crate::sqlite) fn submissions(
    connection: &Connection,
    lead: LeadId,
    before: i64,
    limit: usize,
) -> Result<Vec<StoredSubmission>> {
    let mut said = connection.prepare_cached(
        "SELECT at, by, said FROM main.submissions WHERE lead_id = ?1 AND at < ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let mut rows = said.query(params![lead.packed(), before, limit as i64])?;
    let mut submissions = Vec::new();
    while let Some(row) = rows.next()? {
        submissions.push(StoredSubmission {
            lead,
            at: UnixMs(row.get(0)?),
            by: row.get(1)?,
            said: read_json("submissions.said", row.get_ref(2)?)?,
        });
    }
    Ok(submissions)
}
