//! Taking in what is said of a person: one transaction, synced.

use super::{
    find,
    identifiers::{self, Given},
    lock, merge,
    notes::Notes,
    person,
};
use crate::{
    Result,
    model::{Addressed, IdentifierKind, Submission, Submitted},
    postgres::{
        record::{FLAG_REUSED_CODE, FLAG_UNVERIFIED},
        sql,
        values::{json_text, lead as lead_of, number, without_nul},
    },
    stored::{changes::CREATED, persons::Named},
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    ids::{LeadId, VisitorNumber, WorkspaceId},
    lead::submission::{Proof, Said, Standing, apply, plan},
    time::UnixMs,
};
use std::{collections::VecDeque, convert::Infallible, ops::Range};

/// Visitor numbers for leads that no click makes. They are reserved by a commit of their own, beforehand: the recorders of
/// all servers take their blocks from the same row, and must not wait until a transaction that may take long has ended.
/// One that is not used is a gap, as after a crash.
#[derive(Default)]
pub(in crate::postgres) struct Numbers(VecDeque<u64>);

impl Numbers {
    pub(in crate::postgres) fn of(numbers: Range<u64>) -> Self {
        Self(numbers.collect())
    }

    /// Reserves so many.
    pub(in crate::postgres) async fn reserve(
        client: &impl GenericClient,
        workspace: WorkspaceId,
        count: u64,
    ) -> Result<Self> {
        let sql = "INSERT INTO numbers (workspace_id, next) VALUES ($1, 1 + $2::bigint)
                   ON CONFLICT (workspace_id) DO UPDATE SET next = numbers.next + $2 RETURNING next";
        let row = sql::query_one(client, sql, &[&workspace.0, &(count as i64)]).await?;
        let end = row.get::<_, i64>(0) as u64;
        Ok(Self::of(end - count..end))
    }

    pub(in crate::postgres) fn next(&mut self) -> Option<VisitorNumber> {
        self.0.pop_front().map(VisitorNumber)
    }
}

/// Takes in a submission. `None` if it takes a number and there is none: then nothing has changed, and it is to be tried
/// again with one.
pub(in crate::postgres) async fn take_in(
    notes: Notes<'_>,
    workspace: WorkspaceId,
    submission: &Submission,
    numbers: &mut Numbers,
) -> Result<Option<Submitted>> {
    let transaction = notes.transaction;
    lock::persons(transaction, [workspace]).await?;
    if let Some(lead) = repeated(transaction, workspace, submission).await? {
        return Ok(Some(Submitted::Repeated { lead }));
    }
    let addressed = match submission.lead {
        Addressed::Visitor(lead) | Addressed::Code(lead) => Some(lead),
        Addressed::Nobody => None,
    };
    lock::rows(transaction, workspace, addressed, submission.identifiers()).await?;
    let named = named(transaction, workspace, submission).await?;
    let holders = holders(transaction, workspace, submission).await?;
    let mut found = Vec::new();
    for (_, holder) in &holders {
        found.push(standing(transaction, *holder).await?);
    }
    let addressed = match named.root {
        Some(root) => Some(standing(transaction, root).await?),
        None => None,
    };
    let met = found.iter().chain(&addressed).map(|standing| standing.lead);
    let apart = merge::apart(transaction, workspace, met).await?;
    let planned = plan::<Infallible>(named.proof, addressed, &found, |one, other| Ok(apart.are(one, other)));
    let Ok(plan) = planned;
    let (lead, made) = match plan.lead {
        Some(lead) => (lead, false),
        None if !submission.make => return Ok(Some(Submitted::NotFound)),
        None => match make(notes, workspace, named.lead, submission.reused_code, numbers).await? {
            Some(made) => made,
            None => return Ok(None),
        },
    };
    let mut edge = None;
    for other in &plan.merge {
        let both_have = |(_, holder): &&(IdentifierKind, LeadId)| holder == other || *holder == lead;
        let why = holders
            .iter()
            .find(both_have)
            .map_or(IdentifierKind::Phone, |(kind, _)| *kind);
        edge = Some(merge::join(notes, *other, lead, why.as_str()).await?);
    }
    change(notes, lead, submission, named.proof, edge).await?;
    // What is said goes to the row of the browser that said it, and stays with it if that is taken out again.
    let row = named.lead.filter(|_| named.root.is_some() || made).unwrap_or(lead);
    if named.proof != Proof::Code {
        for (kind, value) in submission.identifiers() {
            let given = Given {
                kind,
                value,
                lead: row,
                at: notes.now,
                by: &submission.by,
                merge: edge,
            };
            identifiers::give(transaction, &given).await?;
        }
    }
    keep(notes, row, submission, named.proof, edge).await?;
    Ok(Some(Submitted::Done {
        lead,
        made,
        merged: plan.merge,
    }))
}

/// A submission with texts as PostgreSQL takes them.
pub(in crate::postgres) fn clean(mut submission: Submission) -> Submission {
    let texts = [
        &mut submission.name,
        &mut submission.phone,
        &mut submission.email,
        &mut submission.whatsapp,
    ];
    for text in texts.into_iter().flatten() {
        *text = without_nul(text).into_owned();
    }
    submission.by = without_nul(&submission.by).into_owned();
    submission
}

/// Whom the submission was taken in for, if it was.
async fn repeated(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    submission: &Submission,
) -> Result<Option<LeadId>> {
    let Some(once) = submission.once else { return Ok(None) };
    let sql = "SELECT number FROM submissions WHERE workspace_id = $1 AND once = $2";
    let Some(row) = sql::query_opt(client, sql, &[&workspace.0, &once.as_slice()]).await? else {
        return Ok(None);
    };
    let lead = lead_of(workspace.0, row.get(0));
    Ok(Some(find(client, lead).await?.standing().unwrap_or(lead)))
}

/// A lead of another workspace, or one that was removed or erased, is nobody.
async fn named(client: &impl GenericClient, workspace: WorkspaceId, submission: &Submission) -> Result<Named> {
    Ok(match Named::asked(submission, workspace) {
        Some(asked) => Named::of(asked, find(client, asked.1).await?),
        None => Named::NOBODY,
    })
}

/// Who has its identifiers, in the order in which these count.
async fn holders(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    submission: &Submission,
) -> Result<Vec<(IdentifierKind, LeadId)>> {
    let mut holders = Vec::new();
    for (kind, value) in submission.identifiers() {
        if let Some(holder) = identifiers::holder(client, workspace, kind, value).await? {
            holders.push((kind, holder));
        }
    }
    Ok(holders)
}

async fn standing(client: &impl GenericClient, root: LeadId) -> Result<Standing> {
    let sql = "SELECT created_at FROM leads WHERE workspace_id = $1 AND number = $2";
    let row = sql::query_one(client, sql, &[&root.workspace.0, &number(root)]).await?;
    Ok(Standing {
        lead: root,
        born_at: UnixMs(row.get(0)),
        leads: merge::count(client, root).await?,
    })
}

/// Makes a lead that no click made; whether it was not there. `None` if that takes a number and there is none.
async fn make(
    notes: Notes<'_>,
    workspace: WorkspaceId,
    known: Option<LeadId>,
    reused_code: bool,
    numbers: &mut Numbers,
) -> Result<Option<(LeadId, bool)>> {
    let lead = match known {
        Some(lead) => lead,
        None => match numbers.next() {
            Some(number) => LeadId { workspace, number },
            None => return Ok(None),
        },
    };
    let flags = if reused_code { FLAG_REUSED_CODE } else { 0 };
    let made = insert(notes, lead, notes.now, flags).await?;
    Ok(Some((lead, made)))
}

/// Adds the row of a lead that no click made. `false` if its click made it at this moment, for the recorder does not wait
/// for others: then that row is the one that is meant.
pub(in crate::postgres) async fn insert(notes: Notes<'_>, lead: LeadId, born_at: UnixMs, flags: i64) -> Result<bool> {
    let sql = "INSERT INTO leads (workspace_id, number, first_click, created_at, rotator_id, flags)
               VALUES ($1, $2, 0, $3, 0, $4) ON CONFLICT (workspace_id, number) DO NOTHING";
    let values: sql::Values<'_> = &[&lead.workspace.0, &number(lead), &born_at.0, &flags];
    if sql::execute(notes.transaction, sql, values).await? == 0 {
        return Ok(false);
    }
    notes.note(lead, CREATED, None, Some(born_at.0.to_string())).await?;
    Ok(true)
}

/// Lets the person have what is said.
async fn change(
    notes: Notes<'_>,
    lead: LeadId,
    submission: &Submission,
    proof: Proof,
    edge: Option<i64>,
) -> Result<()> {
    let mut phone = submission.phone.as_deref();
    let mut email = submission.email.as_deref();
    if proof == Proof::Code {
        // A number that somebody else has is not believed of this one for the sake of a code.
        if is_anothers(notes, lead, IdentifierKind::Phone, phone).await? {
            phone = None;
        }
        if is_anothers(notes, lead, IdentifierKind::Email, email).await? {
            email = None;
        }
        let sql = "UPDATE leads SET flags = flags | $3 WHERE workspace_id = $1 AND number = $2";
        let values: sql::Values<'_> = &[&lead.workspace.0, &number(lead), &FLAG_UNVERIFIED];
        sql::execute(notes.transaction, sql, values).await?;
    }
    let said = Said {
        name: submission.name.as_deref(),
        source: submission.source,
        phone,
        email,
        contacted: submission.contacted,
    };
    let mut person = person::load(notes.transaction, lead).await?;
    let (own, shown) = (person.own.clone(), person.shown());
    apply(&mut person, said, proof, notes.now);
    if let Some(edge) = edge {
        merge::keep_effect(notes, lead, edge, &own, &person.own).await?;
    }
    if person.own != own {
        person::store(notes.transaction, &person).await?;
        notes.changes(lead, &shown, &person.shown()).await?;
    }
    Ok(())
}

async fn is_anothers(notes: Notes<'_>, lead: LeadId, kind: IdentifierKind, value: Option<&str>) -> Result<bool> {
    let Some(value) = value else { return Ok(false) };
    let holder = identifiers::holder(notes.transaction, lead.workspace, kind, value).await?;
    Ok(holder.is_some_and(|holder| holder != lead))
}

/// Keeps the submission as it was said.
async fn keep(notes: Notes<'_>, lead: LeadId, submission: &Submission, proof: Proof, edge: Option<i64>) -> Result<()> {
    let said = submission.in_full(proof == Proof::Code);
    let sql = "INSERT INTO submissions (workspace_id, id, number, at, by, said, once, merge_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: sql::Values<'_> = &[
        &lead.workspace.0,
        &(notes.ids)(notes.now),
        &number(lead),
        &notes.now.0,
        &notes.by,
        &json_text("submissions.said", &said)?,
        &submission.once.as_ref().map(|once| once.as_slice()),
        &edge,
    ];
    sql::execute(notes.transaction, sql, values).await?;
    Ok(())
}
