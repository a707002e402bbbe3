//! Making one person of two leads, and two of one again.

use super::{Found, find, lock, notes::Notes, person};
use crate::{
    Result, StoreError,
    model::{Merge, Unmerge},
    postgres::{
        sql,
        values::{json_text, lead, number, read_json},
    },
    stored::changes::{MERGED, MERGED_INTO, UNMERGED, UNMERGED_FROM},
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    lead::{
        Own,
        submission::{MOST_LEADS, take_back},
    },
};
use std::collections::BTreeSet;

/// Why two leads are one, where somebody said so.
pub(in crate::postgres) const BY_HAND: &str = "hand";

/// By hand: whatever is known of them.
pub(in crate::postgres) async fn merge(notes: Notes<'_>, from: LeadId, into: LeadId) -> Result<Merge> {
    if from.workspace != into.workspace {
        return Ok(Merge::NotFound);
    }
    lock::persons(notes.transaction, [from.workspace]).await?;
    lock::rows(notes.transaction, from.workspace, [from, into], []).await?;
    let found = (
        find(notes.transaction, from).await?,
        find(notes.transaction, into).await?,
    );
    let (Found::Stands(from), Found::Stands(into)) = found else {
        return Ok(Merge::NotFound);
    };
    if from == into {
        return Ok(Merge::AlreadyOne(into));
    }
    join(notes, from, into, BY_HAND).await?;
    Ok(Merge::Done(into))
}

/// Merges `from` into `into`, both of which stand for themselves; the id of the edge.
pub(in crate::postgres) async fn join(notes: Notes<'_>, from: LeadId, into: LeadId, why: &str) -> Result<i64> {
    let transaction = notes.transaction;
    let mut survivor = person::load(transaction, into).await?;
    survivor.absorb(&person::load(transaction, from).await?);
    // A lead that no click made has nobody: whoever has the other has the person.
    let sql = "UPDATE leads SET agent_id = (SELECT agent_id FROM leads WHERE workspace_id = $1 AND number = $2)
               WHERE workspace_id = $1 AND number = $3 AND agent_id IS NULL RETURNING agent_id";
    let (workspace, merged, stays) = (into.workspace.0, number(from), number(into));
    let lent = sql::query_opt(transaction, sql, &[&workspace, &merged, &stays]).await?;
    let lent: Option<i64> = lent.and_then(|row| row.get(0));
    let edge = (notes.ids)(notes.now);
    let sql = "INSERT INTO merges (workspace_id, id, merged, survivor, at, by, why, lent_agent)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: sql::Values<'_> = &[&workspace, &edge, &merged, &stays, &notes.now.0, &notes.by, &why, &lent];
    sql::execute(transaction, sql, values).await?;
    let sql = "UPDATE leads SET merged_into = $3 WHERE workspace_id = $1 AND (number = $2 OR merged_into = $2)";
    sql::execute(transaction, sql, &[&workspace, &merged, &stays]).await?;
    person::store(transaction, &survivor).await?;
    notes.note(into, MERGED, None, Some(from.packed().to_string())).await?;
    notes
        .note(from, MERGED_INTO, None, Some(into.packed().to_string()))
        .await?;
    Ok(edge)
}

/// Leads that are one with this one, it included; counted only until they are too many to become more.
pub(in crate::postgres) async fn count(client: &impl GenericClient, root: LeadId) -> Result<usize> {
    let sql = "SELECT count(*) FROM (
                   SELECT 1 FROM leads WHERE workspace_id = $1 AND merged_into = $2 LIMIT $3) AS merged";
    let most = MOST_LEADS as i64;
    let row = sql::query_one(client, sql, &[&root.workspace.0, &number(root), &most]).await?;
    Ok(1 + row.get::<_, i64>(0) as usize)
}

/// The younger of two, and the older, into which it is merged.
pub(in crate::postgres) async fn by_age(
    client: &impl GenericClient,
    one: LeadId,
    other: LeadId,
) -> Result<(LeadId, LeadId)> {
    let sql =
        "SELECT number FROM leads WHERE workspace_id = $1 AND number = ANY($2) ORDER BY created_at, number LIMIT 1";
    let both = [one, other].map(number);
    let oldest = sql::query_one(client, sql, &[&one.workspace.0, &both.as_slice()]).await?;
    Ok(match oldest.get::<_, i64>(0) == number(one) {
        true => (other, one),
        false => (one, other),
    })
}

/// Keeps with an edge what the submission that made it changed of the survivor.
pub(in crate::postgres) async fn keep_effect(
    notes: Notes<'_>,
    survivor: LeadId,
    edge: i64,
    before: &Own,
    after: &Own,
) -> Result<()> {
    let (before, after) = (json_text("merges.before", before)?, json_text("merges.after", after)?);
    let sql = "UPDATE merges SET before = $3, after = $4 WHERE workspace_id = $1 AND id = $2";
    sql::execute(notes.transaction, sql, &[&survivor.workspace.0, &edge, &before, &after]).await?;
    Ok(())
}

/// Of some persons, which two somebody has taken apart.
pub(in crate::postgres) struct Apart(BTreeSet<(i64, i64)>);

impl Apart {
    /// Whether somebody has taken these two, or any of those merged into them, apart.
    pub(in crate::postgres) fn are(&self, one: LeadId, other: LeadId) -> bool {
        let (one, other) = (number(one), number(other));
        self.0.contains(&(one, other)) || self.0.contains(&(other, one))
    }
}

/// Looks at the persons that these leads stand for.
pub(in crate::postgres) async fn apart(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    roots: impl IntoIterator<Item = LeadId>,
) -> Result<Apart> {
    let roots: BTreeSet<i64> = roots.into_iter().map(number).collect();
    if roots.len() < 2 {
        return Ok(Apart(BTreeSet::new()));
    }
    let roots: Vec<i64> = roots.into_iter().collect();
    let sql = "WITH member (number, root) AS (
                   SELECT number, coalesce(merged_into, number) FROM leads
                   WHERE workspace_id = $1 AND (number = ANY($2) OR merged_into = ANY($2)))
               SELECT DISTINCT one.root, other.root FROM member one
               JOIN merges m ON m.workspace_id = $1 AND m.merged = one.number AND m.undone_at IS NOT NULL
               JOIN member other ON other.number = m.survivor
               WHERE one.root <> other.root";
    let rows = sql::query(client, sql, &[&workspace.0, &roots]).await?;
    Ok(Apart(rows.iter().map(|row| (row.get(0), row.get(1))).collect()))
}

/// The edge by which a lead was merged.
struct Edge {
    id: i64,
    survivor: LeadId,
    lent_agent: Option<i64>,
    effect: Option<(Own, Own)>,
}

/// Takes a lead out of the one that it was merged into.
pub(in crate::postgres) async fn unmerge(notes: Notes<'_>, id: LeadId) -> Result<Unmerge> {
    let transaction = notes.transaction;
    lock::persons(transaction, [id.workspace]).await?;
    lock::rows(transaction, id.workspace, [id], []).await?;
    let Found::Stands(root) = find(transaction, id).await? else {
        return Ok(Unmerge::NotFound);
    };
    let merged = match root == id {
        false => id,
        // Of the one that stands for others it is plain what is meant if there is but one.
        true => match direct(transaction, root).await?.as_slice() {
            [] => return Ok(Unmerge::NotMerged),
            [only] => *only,
            several => return Ok(Unmerge::WhichOne(several.to_vec())),
        },
    };
    let survivor = part(notes, merged, root).await?;
    Ok(Unmerge::Done { lead: merged, survivor })
}

/// The leads that were merged into this one itself, latest first.
async fn direct(client: &impl GenericClient, survivor: LeadId) -> Result<Vec<LeadId>> {
    let sql =
        "SELECT merged FROM merges WHERE workspace_id = $1 AND survivor = $2 AND undone_at IS NULL ORDER BY id DESC";
    let merged = sql::query(client, sql, &[&survivor.workspace.0, &number(survivor)]).await?;
    let merged = merged.iter().map(|row| lead(survivor.workspace.0, row.get(0)));
    Ok(merged.collect())
}

/// Takes a lead, with those that had been merged into it before, out of `root`; what it had been merged into.
async fn part(notes: Notes<'_>, merged: LeadId, root: LeadId) -> Result<LeadId> {
    let transaction = notes.transaction;
    let workspace = merged.workspace.0;
    let edge = find_edge(transaction, merged).await?;
    let sql = "UPDATE merges SET undone_at = $3, undone_by = $4 WHERE workspace_id = $1 AND id = $2";
    sql::execute(transaction, sql, &[&workspace, &edge.id, &notes.now.0, &notes.by]).await?;
    let sql = "WITH RECURSIVE below (number) AS (
                   SELECT $2::bigint UNION
                   SELECT m.merged FROM merges m JOIN below ON m.survivor = below.number
                   WHERE m.workspace_id = $1 AND m.undone_at IS NULL)
               UPDATE leads SET merged_into = nullif($2, number)
               WHERE workspace_id = $1 AND number IN (SELECT number FROM below)";
    sql::execute(transaction, sql, &[&workspace, &number(merged)]).await?;
    let sql = "DELETE FROM identifiers WHERE workspace_id = $1 AND merge_id = $2";
    sql::execute(transaction, sql, &[&workspace, &edge.id]).await?;
    if let Some(lent) = edge.lent_agent {
        let sql = "UPDATE leads SET agent_id = NULL
                   WHERE workspace_id = $1 AND number = $2 AND agent_id = $3 AND flags & 2 = 0";
        sql::execute(transaction, sql, &[&workspace, &number(edge.survivor), &lent]).await?;
    }
    if let Some((before, after)) = &edge.effect
        && let Some(mut own) = person::load_own(transaction, edge.survivor).await?
    {
        take_back(&mut own, before, after);
        person::store_own(transaction, edge.survivor, &own).await?;
    }
    for lead in [root, merged] {
        person::store(transaction, &person::load(transaction, lead).await?).await?;
    }
    let (from, out) = (edge.survivor.packed().to_string(), merged.packed().to_string());
    notes.note(edge.survivor, UNMERGED, Some(out), None).await?;
    notes.note(merged, UNMERGED_FROM, Some(from), None).await?;
    Ok(edge.survivor)
}

async fn find_edge(client: &impl GenericClient, merged: LeadId) -> Result<Edge> {
    let sql = "SELECT id, survivor, lent_agent, before, after FROM merges
               WHERE workspace_id = $1 AND merged = $2 AND undone_at IS NULL";
    let row = sql::query_opt(client, sql, &[&merged.workspace.0, &number(merged)]).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("merges", "a lead is merged without an edge"))?;
    let effect = match (row.get(3), row.get(4)) {
        (Some(before), Some(after)) => Some((read_json("merges.before", before)?, read_json("merges.after", after)?)),
        _ => None,
    };
    Ok(Edge {
        id: row.get(0),
        survivor: lead(merged.workspace.0, row.get(1)),
        lent_agent: row.get(2),
        effect,
    })
}
