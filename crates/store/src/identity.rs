//! Who is one person, and what is said of them. A part of [`Store`](crate::Store).

use crate::{Result, model::*};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};
use std::future::Future;

/// What the server may ask of a database about persons. Every method is one transaction, but for an import.
pub trait Identity: Send + Sync + 'static {
    /// Takes in what is said of a person: finds whom it means or makes them, merges leads that have an identifier in common,
    /// lets them have what may be overwritten, and keeps it as it was said. Synced.
    fn submit(
        &self,
        workspace: WorkspaceId,
        submission: Submission,
        now: UnixMs,
    ) -> impl Future<Output = Result<Submitted>> + Send;

    /// Imports rows, in order, each as it stands when the ones before it are done; what became of each. A dry run changes
    /// nothing and says the same. An import that breaks off has done the rows up to there, and is repeated without harm.
    fn import_leads(
        &self,
        workspace: WorkspaceId,
        rows: Vec<ImportRow>,
        dry_run: bool,
        by: String,
        now: UnixMs,
    ) -> impl Future<Output = Result<Vec<Imported>>> + Send;

    /// Makes one person of two leads; the second stands for both.
    fn merge_leads(
        &self,
        from: LeadId,
        into: LeadId,
        by: String,
        now: UnixMs,
    ) -> impl Future<Output = Result<Merge>> + Send;

    /// Takes a merged lead out of the one that stands for it: both are again what they were.
    fn unmerge_lead(&self, id: LeadId, by: String, now: UnixMs) -> impl Future<Output = Result<Unmerge>> + Send;

    /// What a lead's own browser said last on a page, and no other lead that is merged with it: what the page may show it
    /// again. Nothing that came with a merge that was undone.
    fn said_on_page(&self, lead: LeadId) -> impl Future<Output = Result<Option<SaidInFull>>> + Send;

    /// By what a lead's person is known, oldest first.
    fn identifiers(&self, lead: LeadId) -> impl Future<Output = Result<Vec<Identifier>>> + Send;

    /// What is known of a lead beyond what the list shows; `None` if there is no such lead.
    fn lead_details(&self, lead: LeadId) -> impl Future<Output = Result<Option<LeadDetails>>> + Send;
}
