//! The trait, each function in a transaction of its own.

use super::{
    details, identifiers, merge,
    notes::Notes,
    submit::{self, Numbers},
};
use crate::{
    Identity, Result,
    model::*,
    postgres::{
        PostgresStore,
        leads::import::{STEP, import, rehearse},
        run::{ask, look, noted},
    },
};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};
use std::sync::atomic::Ordering;

impl Identity for PostgresStore {
    async fn submit(&self, workspace: WorkspaceId, submission: Submission, now: UnixMs) -> Result<Submitted> {
        let submission = submit::clean(submission);
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        let mut client = self.any().await?;
        let mut numbers = Numbers::default();
        let submitted = loop {
            let transaction = client.transaction().await?;
            let notes = Notes {
                transaction: &transaction,
                ids: &ids,
                by: &submission.by,
                now,
            };
            if let Some(submitted) = submit::take_in(notes, workspace, &submission, &mut numbers).await? {
                transaction.commit().await?;
                break submitted;
            }
            transaction.rollback().await?;
            numbers = Numbers::reserve(&client, workspace, 1).await?;
        };
        if matches!(submitted, Submitted::Done { made: true, .. }) {
            self.made_beside.store(true, Ordering::Relaxed);
        }
        Ok(submitted)
    }

    async fn import_leads(
        &self,
        workspace: WorkspaceId,
        rows: Vec<ImportRow>,
        dry_run: bool,
        by: String,
        now: UnixMs,
    ) -> Result<Vec<Imported>> {
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        if dry_run {
            return rehearse(&mut self.pools.apart().await?, &ids, workspace, rows, &by, now).await;
        }
        let mut client = self.any().await?;
        let mut imported = Vec::with_capacity(rows.len());
        for step in rows.chunks(STEP) {
            let mut numbers = Numbers::reserve(&client, workspace, step.len() as u64).await?;
            let transaction = client.transaction().await?;
            let notes = Notes {
                transaction: &transaction,
                ids: &ids,
                by: &by,
                now,
            };
            let done = import(notes, workspace, step, &mut numbers).await?;
            transaction.commit().await?;
            if done.iter().any(|row| row.action == ImportAction::Create) {
                self.made_beside.store(true, Ordering::Relaxed);
            }
            imported.extend(done);
        }
        Ok(imported)
    }

    async fn merge_leads(&self, from: LeadId, into: LeadId, by: String, now: UnixMs) -> Result<Merge> {
        noted!(self, by, now, |notes| merge::merge(notes, from, into).await?)
    }

    async fn unmerge_lead(&self, id: LeadId, by: String, now: UnixMs) -> Result<Unmerge> {
        noted!(self, by, now, |notes| merge::unmerge(notes, id).await?)
    }

    async fn identifiers(&self, lead: LeadId) -> Result<Vec<Identifier>> {
        look!(self, identifiers::of_lead(lead))
    }

    async fn said_on_page(&self, lead: LeadId) -> Result<Option<SaidInFull>> {
        ask!(self, details::said_on_page(lead))
    }

    async fn lead_details(&self, lead: LeadId) -> Result<Option<LeadDetails>> {
        look!(self, details::details(lead))
    }
}
