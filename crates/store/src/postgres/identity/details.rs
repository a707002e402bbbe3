//! What is known of one lead beyond what the list shows.

use super::{find, identifiers};
use crate::{
    Result,
    model::{LeadDetails, MergedLead, SaidInFull, StoredSubmission},
    postgres::{
        sql,
        values::{lead as lead_of, number, read_json},
    },
};
use deadpool_postgres::GenericClient;
use konektor_core::{ids::LeadId, time::UnixMs};

pub(in crate::postgres) async fn details(client: &impl GenericClient, lead: LeadId) -> Result<Option<LeadDetails>> {
    let Some(root) = find(client, lead).await?.standing() else {
        return Ok(None);
    };
    let mut details = LeadDetails {
        identifiers: identifiers::of_lead(client, root).await?,
        merged: merged(client, root).await?,
        ..LeadDetails::default()
    };
    // What came with a merge that was undone was undone with it.
    let sql = "SELECT s.at, s.said FROM submissions s
               LEFT JOIN merges m ON m.workspace_id = s.workspace_id AND m.id = s.merge_id
               WHERE s.workspace_id = $1 AND m.undone_at IS NULL AND s.number IN (
                   SELECT $2::bigint UNION ALL SELECT number FROM leads WHERE workspace_id = $1 AND merged_into = $2)
               ORDER BY s.id";
    for row in sql::query(client, sql, &[&root.workspace.0, &number(root)]).await? {
        let at = UnixMs(row.get(0));
        let said: SaidInFull = read_json("submissions.said", row.get(1))?;
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
async fn merged(client: &impl GenericClient, root: LeadId) -> Result<Vec<MergedLead>> {
    let sql = "SELECT m.merged, m.at, m.by, m.why FROM leads l
               JOIN merges m ON m.workspace_id = l.workspace_id AND m.merged = l.number AND m.undone_at IS NULL
               WHERE l.workspace_id = $1 AND l.merged_into = $2 ORDER BY m.id DESC";
    let rows = sql::query(client, sql, &[&root.workspace.0, &number(root)]).await?;
    let read = |row: &tokio_postgres::Row| MergedLead {
        id: lead_of(root.workspace.0, row.get(0)),
        at: UnixMs(row.get(1)),
        by: row.get(2),
        why: row.get(3),
    };
    Ok(rows.iter().map(read).collect())
}

/// What a lead's own row was told last by a page.
pub(in crate::postgres) async fn said_on_page(client: &impl GenericClient, lead: LeadId) -> Result<Option<SaidInFull>> {
    let sql = "SELECT s.said FROM submissions s
               JOIN leads l ON l.workspace_id = s.workspace_id AND l.number = s.number AND l.removed_at IS NULL
               LEFT JOIN merges m ON m.workspace_id = s.workspace_id AND m.id = s.merge_id
               WHERE s.workspace_id = $1 AND s.number = $2 AND s.by LIKE 'page:%' AND m.undone_at IS NULL
               ORDER BY s.id DESC LIMIT 1";
    let row = sql::query_opt(client, sql, &[&lead.workspace.0, &number(lead)]).await?;
    row.map(|row| read_json("submissions.said", row.get(0))).transpose()
}

/// A lead's submissions before `before`, newest first.
pub(in crate::postgres) async fn submissions(
    client: &impl GenericClient,
    lead: LeadId,
    before: i64,
    limit: usize,
) -> Result<Vec<StoredSubmission>> {
    let sql = "SELECT at, by, said FROM submissions
               WHERE workspace_id = $1 AND number = $2 AND at < $3 ORDER BY id DESC LIMIT $4";
    let values: sql::Values<'_> = &[&lead.workspace.0, &number(lead), &before, &(limit as i64)];
    let rows = sql::query(client, sql, values).await?;
    let submissions = rows.iter().map(|row| {
        Ok(StoredSubmission {
            lead,
            at: UnixMs(row.get(0)),
            by: row.get(1),
            said: read_json("submissions.said", row.get(2))?,
        })
    });
    submissions.collect()
}
