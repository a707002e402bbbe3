//! What shares are learned from, and what was learned. A part of [`Store`](crate::Store).

use crate::{Result, model::Given};
use konektor_core::{
    ids::{RotatorId, WorkspaceId},
    rotation::learning::Learned,
    time::UnixMs,
};
use std::future::Future;

/// What the server may ask of a database about rotation that learns.
pub trait Lessons: Send + Sync + 'static {
    /// What became of the leads that were born at a rotator at or after the one moment and before the other: by the agent whom
    /// rotation gave them to, whoever has them now, and by whether they were held out. Won are those that were within so many
    /// milliseconds of their birth. Leads that no click made, that were removed, or that another stands for are not in it.
    ///
    /// It looks at the workspace's leads one by one: for once a day, not for each look at a page.
    fn given(
        &self,
        rotator: (WorkspaceId, RotatorId),
        born: (UnixMs, UnixMs),
        won_within_ms: i64,
    ) -> impl Future<Output = Result<Vec<Given>>> + Send;

    /// Keeps what a rotator has learned, if it still learns; `false` if nothing changes by it.
    fn set_learned(
        &self,
        workspace: WorkspaceId,
        rotator: RotatorId,
        learned: Learned,
    ) -> impl Future<Output = Result<bool>> + Send;
}
