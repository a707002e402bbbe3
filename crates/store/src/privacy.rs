//! What is forgotten, and when. A part of [`Store`](crate::Store).

use crate::{Result, model::*};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};
use std::future::Future;

/// What the server may ask of a database about forgetting.
pub trait Privacy: Send + Sync + 'static {
    /// The leads of the persons who are meant, those that were removed from the lists too. One id a person.
    fn find_persons(&self, workspace: WorkspaceId, whom: Whom) -> impl Future<Output = Result<Vec<LeadId>>> + Send;

    /// Erases persons: the leads, all that are one with them, and whatever is kept of them. Their ids stay, so that their cookies
    /// make new visitors. Synced. Erasing somebody again who is erased does no harm, and finishes what was cut off.
    fn erase(&self, leads: Vec<LeadId>, now: UnixMs) -> impl Future<Output = Result<Erased>> + Send;

    /// All rows that belong to the persons with these ids: what [`Privacy::erase`] would take.
    fn all_leads_of(&self, leads: Vec<LeadId>) -> impl Future<Output = Result<Vec<LeadId>>> + Send;

    /// Those of these leads that are not noted as erased.
    fn not_erased(&self, leads: Vec<LeadId>) -> impl Future<Output = Result<Vec<LeadId>>> + Send;

    /// Sees to it that erased content is not in the database's files any more either: writes logs back and empties them, looks
    /// for `needles` in the bytes, and rewrites a file in which one is found. `false` if others did not let it finish: ask again.
    fn scrub(&self, needles: Vec<String>) -> impl Future<Output = Result<bool>> + Send;

    /// Takes something away from clicks that are older than `before`, a bounded step; how many clicks were looked at, 0 at the end.
    fn forget_of_clicks(&self, what: Forgotten, before: UnixMs) -> impl Future<Output = Result<usize>> + Send;

    /// Removes samples of what was not counted that are older than `before`; how many.
    fn forget_samples(&self, before: UnixMs) -> impl Future<Output = Result<usize>> + Send;

    /// Persons of whom nothing was heard since `before`, at most `limit` leads looked at behind `after`; with where to go on.
    /// Clicks that no pass of the fold has come to count as well; `now` says how old they can be.
    fn silent_leads(
        &self,
        before: UnixMs,
        now: UnixMs,
        after: Option<LeadId>,
        limit: usize,
    ) -> impl Future<Output = Result<SilentLeads>> + Send;

    /// Of which leads a workspace held which kinds of data in a time range, behind `after`, oldest first.
    fn held_data(
        &self,
        workspace: WorkspaceId,
        range: (UnixMs, UnixMs),
        after: Option<LeadId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<HeldData>>> + Send;
}
