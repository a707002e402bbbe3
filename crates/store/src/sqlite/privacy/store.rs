//! The trait, each function handed to the thread that it is for.

use super::{all_rows, erase, held, retention, scrub};
use crate::{
    Privacy, Result,
    model::*,
    sqlite::{SqliteStore, click_ids},
};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};

impl Privacy for SqliteStore {
    async fn find_persons(&self, workspace: WorkspaceId, whom: Whom) -> Result<Vec<LeadId>> {
        self.readers
            .run(move |c| erase::find_persons(c, workspace, &whom))
            .await
    }

    async fn all_leads_of(&self, leads: Vec<LeadId>) -> Result<Vec<LeadId>> {
        self.readers.run(move |c| all_rows(c, &leads)).await
    }

    async fn erase(&self, leads: Vec<LeadId>, now: UnixMs) -> Result<Erased> {
        let prints = self.prints();
        self.readers
            .run_apart(move |files| erase::erase(&mut files.open_writer()?, &prints, &leads, now))
            .await
    }

    async fn not_erased(&self, leads: Vec<LeadId>) -> Result<Vec<LeadId>> {
        self.readers
            .run(move |c| {
                let mut erased = c.prepare_cached("SELECT 1 FROM main.erased WHERE lead_id = ?1")?;
                let mut left = Vec::new();
                for lead in leads {
                    if !erased.exists([lead.packed()])? {
                        left.push(lead);
                    }
                }
                Ok(left)
            })
            .await
    }

    async fn scrub(&self, needles: Vec<String>) -> Result<bool> {
        let descriptors = self.descriptors.clone();
        self.readers
            .run_apart(move |files| scrub::scrub(files, &descriptors, &needles))
            .await
    }

    async fn forget_of_clicks(&self, what: Forgotten, before: UnixMs) -> Result<usize> {
        let prints = self.prints();
        let clicks = self.readers.run(move |c| retention::next(c, what, before)).await?;
        if clicks.is_empty() {
            return Ok(0);
        }
        let count = clicks.len();
        let indexed = retention::indexed(&prints, what, &clicks);
        self.in_fold(move |t| click_ids::forget_older(t, &indexed, before))
            .await?;
        self.writer.run(move |c| retention::forget(c, what, clicks)).await?;
        Ok(count)
    }

    async fn forget_samples(&self, before: UnixMs) -> Result<usize> {
        let forget = "DELETE FROM fold.screening_samples WHERE at < ?1";
        self.in_fold(move |t| Ok(t.execute(forget, [before.0])?)).await
    }

    async fn silent_leads(
        &self,
        before: UnixMs,
        _now: UnixMs,
        after: Option<LeadId>,
        limit: usize,
    ) -> Result<SilentLeads> {
        self.readers
            .run(move |c| retention::silent_leads(c, before, after, limit))
            .await
    }

    async fn held_data(
        &self,
        workspace: WorkspaceId,
        range: (UnixMs, UnixMs),
        after: Option<LeadId>,
        limit: usize,
    ) -> Result<Vec<HeldData>> {
        self.readers
            .run(move |c| held::held_data(c, workspace, range, after, limit))
            .await
    }
}
