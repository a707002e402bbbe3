//! Edits by hand.

use crate::{
    Result,
    model::{IdentifierKind, LeadPatch},
    postgres::{
        fold::arrivals_of,
        identity::{
            find, group,
            identifiers::{self, Given},
            lock, merge,
            notes::Notes,
            person,
        },
        record::{FLAG_UNVERIFIED, hand_over},
        sql,
        values::{number, without_nul},
    },
};
use konektor_core::{
    ids::{AgentId, LeadId, WorkspaceId},
    lead::{ARRIVED, submission::may_merge},
};
use std::collections::BTreeSet;

/// Several leads in one transaction; those that stand for them afterwards. Leads that are not there are left out.
pub(in crate::postgres) async fn patch_leads(
    notes: Notes<'_>,
    ids: &[LeadId],
    patch: LeadPatch,
) -> Result<Vec<LeadId>> {
    let patch = clean(patch);
    let workspaces: BTreeSet<WorkspaceId> = ids.iter().map(|id| id.workspace).collect();
    lock::persons(notes.transaction, workspaces.iter().copied()).await?;
    for workspace in workspaces {
        lock::rows(notes.transaction, workspace, ids.iter().copied(), keys(&patch)).await?;
    }
    let mut patched = Vec::with_capacity(ids.len());
    for id in ids {
        patched.extend(patch_lead(notes, *id, patch.clone()).await?);
    }
    Ok(patched)
}

/// The identifiers that a patch gives.
pub(super) fn keys(patch: &LeadPatch) -> impl Iterator<Item = (IdentifierKind, &str)> {
    let values = [
        (IdentifierKind::Phone, &patch.phone),
        (IdentifierKind::Email, &patch.email),
    ];
    values
        .into_iter()
        .filter_map(|(kind, value)| Some((kind, value.as_ref()?.as_deref()?)))
}

/// Its row stays for the clicks and deliveries that name it; those that were merged into it go with it.
pub(in crate::postgres) async fn remove(notes: Notes<'_>, id: LeadId) -> Result<bool> {
    let transaction = notes.transaction;
    lock::persons(transaction, [id.workspace]).await?;
    lock::rows(transaction, id.workspace, [id], []).await?;
    let Some(root) = find(transaction, id).await?.standing() else {
        return Ok(false);
    };
    let sql = "UPDATE leads SET removed_at = $3 WHERE workspace_id = $1 AND number = $2";
    sql::execute(transaction, sql, &[&root.workspace.0, &number(root), &notes.now.0]).await?;
    identifiers::take_all(transaction, root).await?;
    let at = notes.now.0.to_string();
    notes.note(root, "removed_at", None, Some(at)).await?;
    Ok(true)
}

/// Changes a lead whose rows, and those of whoever has its new identifiers, are locked; the lead that stands for it
/// afterwards.
pub(super) async fn patch_lead(notes: Notes<'_>, id: LeadId, patch: LeadPatch) -> Result<Option<LeadId>> {
    let transaction = notes.transaction;
    let Some(mut root) = find(transaction, id).await?.standing() else {
        return Ok(None);
    };
    let mut edges = Vec::new();
    for (kind, value) in [
        (IdentifierKind::Phone, patch.phone.as_ref()),
        (IdentifierKind::Email, patch.email.as_ref()),
    ] {
        if let Some(value) = value {
            edges.extend(identify(notes, &mut root, kind, value.as_deref()).await?);
        }
    }
    let mut person = person::load(transaction, root).await?;
    let (own, shown) = (person.own.clone(), person.shown());
    let known = patch.identify(&mut person, &shown);
    for edge in edges {
        merge::keep_effect(notes, root, edge, &own, &known).await?;
    }
    patch.change_rest(&mut person, &shown, notes.now);
    if person.own != own {
        person::store(transaction, &person).await?;
        notes.changes(root, &shown, &person.shown()).await?;
    }
    if patch.name.is_some() {
        // Somebody who may has said who it is.
        let sql = "UPDATE leads SET flags = flags & ~$3::bigint
                   WHERE workspace_id = $1 AND number = $2 AND flags & $3 <> 0";
        let values: sql::Values<'_> = &[&root.workspace.0, &number(root), &FLAG_UNVERIFIED];
        sql::execute(transaction, sql, values).await?;
    }
    if let Some(arrived) = patch.arrived {
        note_arrival(notes, root, arrived).await?;
    }
    if let Some(agent) = patch.agent {
        let before = owner(notes, root).await?;
        let (before, after) = (before.map(|agent| agent.to_string()), agent.to_string());
        notes.note(root, "agent_id", before, Some(after)).await?;
        hand_over(transaction, root, agent).await?;
    }
    Ok(Some(root))
}

/// Notes that the chat has started, or takes it back, from whichever of the leads that are one it was told of.
async fn note_arrival(notes: Notes<'_>, root: LeadId, arrived: bool) -> Result<()> {
    let leads = group(notes.transaction, root).await?;
    let arrivals = arrivals_of(notes.transaction, &leads).await?;
    if arrived && arrivals.is_empty() {
        let at = notes.now.0.to_string();
        return notes.note(root, ARRIVED, None, Some(at)).await;
    }
    for lead in leads.into_iter().filter(|_| !arrived) {
        if let Some(arrival) = arrivals.get(&lead) {
            notes.note(lead, ARRIVED, Some(arrival.at.0.to_string()), None).await?;
        }
    }
    Ok(())
}

/// Who has a lead.
pub(super) async fn owner(notes: Notes<'_>, lead: LeadId) -> Result<Option<AgentId>> {
    let sql = "SELECT agent_id FROM leads WHERE workspace_id = $1 AND number = $2";
    let row = sql::query_one(notes.transaction, sql, &[&lead.workspace.0, &number(lead)]).await?;
    Ok(row.get::<_, Option<i64>>(0).map(AgentId))
}

/// The texts of a patch as PostgreSQL takes them.
pub(super) fn clean(patch: LeadPatch) -> LeadPatch {
    let text = |text: Option<Option<String>>| text.map(|text| text.map(|text| without_nul(&text).into_owned()));
    LeadPatch {
        name: patch
            .name
            .map(|name| name.map(|(name, source)| (without_nul(&name).into_owned(), source))),
        phone: text(patch.phone),
        email: text(patch.email),
        notes: text(patch.notes),
        ..patch
    }
}

/// Lets a lead be known by a number or address that somebody gives it by hand. If another has it, the two are one: the edge.
/// What it replaces goes if it was given by hand, for then it was a mistake; what the person said themselves stays.
async fn identify(
    notes: Notes<'_>,
    root: &mut LeadId,
    kind: IdentifierKind,
    value: Option<&str>,
) -> Result<Option<i64>> {
    let transaction = notes.transaction;
    let column = kind.as_str();
    let sql = format!("SELECT {column} FROM leads WHERE workspace_id = $1 AND number = $2");
    let shown = sql::query_one(transaction, &sql, &[&root.workspace.0, &number(*root)]).await?;
    let shown: Option<String> = shown.get(0);
    if shown.as_deref() == value {
        return Ok(None);
    }
    let holder = match value {
        Some(value) => identifiers::holder(transaction, root.workspace, kind, value).await?,
        None => None,
    };
    if let Some(other) = holder.filter(|holder| holder != root) {
        let counts = (
            merge::count(transaction, *root).await?,
            merge::count(transaction, other).await?,
        );
        let apart = merge::apart(transaction, root.workspace, [*root, other]).await?;
        if !may_merge(counts.0, counts.1) || apart.are(*root, other) {
            return Ok(None);
        }
        let (from, into) = merge::by_age(transaction, *root, other).await?;
        *root = into;
        return merge::join(notes, from, into, column).await.map(Some);
    }
    if let Some(shown) = &shown
        && (value.is_none() || identifiers::is_by_hand(transaction, root.workspace, kind, shown).await?)
    {
        identifiers::take(transaction, *root, kind, shown).await?;
    }
    if let Some(value) = value {
        let given = Given {
            kind,
            value,
            lead: *root,
            at: notes.now,
            by: notes.by,
            merge: None,
        };
        identifiers::give(transaction, &given).await?;
    }
    Ok(None)
}
