//! Not there yet, see [`LACKS`](super::LACKS): the server refuses PostgreSQL until it is.

use super::PostgresStore;
use crate::{Identity, Result, StoreError, model::*};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};

const NOT_YET: StoreError = StoreError::NotYet("submissions, merges and imports of leads");

impl Identity for PostgresStore {
    async fn submit(&self, _workspace: WorkspaceId, _submission: Submission, _now: UnixMs) -> Result<Submitted> {
        Err(NOT_YET)
    }

    async fn import_leads(
        &self,
        _workspace: WorkspaceId,
        _rows: Vec<ImportRow>,
        _dry_run: bool,
        _by: String,
        _now: UnixMs,
    ) -> Result<Vec<Imported>> {
        Err(NOT_YET)
    }

    async fn merge_leads(&self, _from: LeadId, _into: LeadId, _by: String, _now: UnixMs) -> Result<Merge> {
        Err(NOT_YET)
    }

    async fn unmerge_lead(&self, _id: LeadId, _by: String, _now: UnixMs) -> Result<Unmerge> {
        Err(NOT_YET)
    }

    async fn identifiers(&self, _lead: LeadId) -> Result<Vec<Identifier>> {
        Err(NOT_YET)
    }

    async fn lead_details(&self, _lead: LeadId) -> Result<Option<LeadDetails>> {
        Err(NOT_YET)
    }

    async fn said_on_page(&self, _lead: LeadId) -> Result<Option<SaidInFull>> {
        Err(NOT_YET)
    }
}
