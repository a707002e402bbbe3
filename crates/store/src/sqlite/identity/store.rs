//! The trait, each function handed to the thread that it is for.

use super::{details, identifiers, merge, submit};
use crate::{
    Identity, Result,
    model::*,
    sqlite::{
        SqliteStore,
        leads::import::{STEP, import, rehearse},
        open::Files,
    },
};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};
use std::sync::atomic::Ordering;

impl Identity for SqliteStore {
    async fn submit(&self, workspace: WorkspaceId, submission: Submission, now: UnixMs) -> Result<Submitted> {
        let made_beside = self.made_beside.clone();
        self.writer
            .run(move |c| {
                let submitted = submit::submit(c, workspace, &submission, now)?;
                if matches!(submitted, Submitted::Done { made: true, .. }) {
                    made_beside.store(true, Ordering::Relaxed);
                }
                Ok(submitted)
            })
            .await
    }

    async fn import_leads(
        &self,
        workspace: WorkspaceId,
        rows: Vec<ImportRow>,
        dry_run: bool,
        by: String,
        now: UnixMs,
    ) -> Result<Vec<Imported>> {
        if dry_run {
            let work = move |files: &Files| rehearse(files, workspace, &rows, &by, now);
            return self.readers.run_apart(work).await;
        }
        let mut imported = Vec::with_capacity(rows.len());
        for step in rows.chunks(STEP) {
            let (step, by, made_beside) = (step.to_vec(), by.clone(), self.made_beside.clone());
            let done = self.writer.run(move |c| {
                let done = import(c, workspace, &step, &by, now)?;
                if done.iter().any(|row| row.action == ImportAction::Create) {
                    made_beside.store(true, Ordering::Relaxed);
                }
                Ok(done)
            });
            imported.extend(done.await?);
        }
        Ok(imported)
    }

    async fn merge_leads(&self, from: LeadId, into: LeadId, by: String, now: UnixMs) -> Result<Merge> {
        self.writer.run(move |c| merge::merge(c, from, into, &by, now)).await
    }

    async fn unmerge_lead(&self, id: LeadId, by: String, now: UnixMs) -> Result<Unmerge> {
        self.writer.run(move |c| merge::unmerge(c, id, &by, now)).await
    }

    async fn identifiers(&self, lead: LeadId) -> Result<Vec<Identifier>> {
        self.readers.run(move |c| identifiers::of_lead(c, lead)).await
    }

    async fn said_on_page(&self, lead: LeadId) -> Result<Option<SaidInFull>> {
        self.readers.run(move |c| details::said_on_page(c, lead)).await
    }

    async fn lead_details(&self, lead: LeadId) -> Result<Option<LeadDetails>> {
        self.readers.run(move |c| details::details(c, lead)).await
    }
}
