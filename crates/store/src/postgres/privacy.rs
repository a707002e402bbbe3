//! Erasing and forgetting, which this version does not do on PostgreSQL: docs/privacy.md says so.

use super::PostgresStore;
use crate::{Privacy, Result, StoreError, model::*};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};

const NOT_YET: StoreError = StoreError::NotYet("erasing persons and forgetting what is old");

impl Privacy for PostgresStore {
    async fn find_persons(&self, _: WorkspaceId, _: Whom) -> Result<Vec<LeadId>> {
        Err(NOT_YET)
    }

    async fn all_leads_of(&self, _: Vec<LeadId>) -> Result<Vec<LeadId>> {
        Err(NOT_YET)
    }

    async fn erase(&self, _: Vec<LeadId>, _: UnixMs) -> Result<Erased> {
        Err(NOT_YET)
    }

    async fn not_erased(&self, _: Vec<LeadId>) -> Result<Vec<LeadId>> {
        Err(NOT_YET)
    }

    async fn scrub(&self, _: Vec<String>) -> Result<bool> {
        // The server's own business: VACUUM overwrites what is dead.
        Ok(true)
    }

    async fn forget_of_clicks(&self, _: Forgotten, _: UnixMs) -> Result<usize> {
        Err(NOT_YET)
    }

    async fn silent_leads(&self, _: UnixMs, _: Option<LeadId>, _: usize) -> Result<SilentLeads> {
        Err(NOT_YET)
    }

    async fn held_data(
        &self,
        _: WorkspaceId,
        _: (UnixMs, UnixMs),
        _: Option<LeadId>,
        _: usize,
    ) -> Result<Vec<HeldData>> {
        Err(NOT_YET)
    }
}
