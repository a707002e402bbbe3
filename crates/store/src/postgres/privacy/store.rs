//! The trait, each function in a transaction of its own.

use super::{erase, erased_at, held, retention, rows_of};
use crate::{
    Privacy, Result,
    model::*,
    postgres::{PostgresStore, sql, values::number},
};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};

impl Privacy for PostgresStore {
    async fn find_persons(&self, workspace: WorkspaceId, whom: Whom) -> Result<Vec<LeadId>> {
        erase::find_persons(&self.any().await?, workspace, &whom).await
    }

    async fn all_leads_of(&self, leads: Vec<LeadId>) -> Result<Vec<LeadId>> {
        let client = self.any().await?;
        let mut all = Vec::new();
        for lead in leads {
            all.extend(rows_of(&client, lead).await?);
        }
        Ok(all)
    }

    async fn erase(&self, leads: Vec<LeadId>, now: UnixMs) -> Result<Erased> {
        let prints = self.prints();
        let mut client = self.any().await?;
        let transaction = client.transaction().await?;
        let erased = erase::erase(&transaction, &prints, &leads, now).await?;
        transaction.commit().await?;
        Ok(erased)
    }

    async fn not_erased(&self, leads: Vec<LeadId>) -> Result<Vec<LeadId>> {
        let erased = erased_at(&self.any().await?, leads.iter().copied()).await?;
        let is_left = |lead: &LeadId| !erased.contains_key(&(lead.workspace.0, number(*lead)));
        Ok(leads.into_iter().filter(is_left).collect())
    }

    async fn scrub(&self, _: Vec<String>) -> Result<bool> {
        // Dead rows and the write-ahead log are the server's: autovacuum and its recycling of segments see to them.
        Ok(true)
    }

    async fn forget_of_clicks(&self, what: Forgotten, before: UnixMs) -> Result<usize> {
        let prints = self.prints();
        let mut client = self.any().await?;
        let transaction = client.transaction().await?;
        let looked_at = retention::forget_step(&transaction, &prints, what, before).await?;
        transaction.commit().await?;
        Ok(looked_at)
    }

    async fn forget_samples(&self, before: UnixMs) -> Result<usize> {
        let forget = "DELETE FROM screening_samples WHERE at < $1";
        Ok(sql::execute(&self.any().await?, forget, &[&before.0]).await? as usize)
    }

    async fn silent_leads(
        &self,
        before: UnixMs,
        now: UnixMs,
        after: Option<LeadId>,
        limit: usize,
    ) -> Result<SilentLeads> {
        retention::silent_leads(&self.any().await?, before, now, after, limit).await
    }

    async fn held_data(
        &self,
        workspace: WorkspaceId,
        range: (UnixMs, UnixMs),
        after: Option<LeadId>,
        limit: usize,
    ) -> Result<Vec<HeldData>> {
        held::held_data(&self.any().await?, workspace, range, after, limit).await
    }
}
