//! What is summed up and shown: a part of [`Store`](crate::Store).

use crate::{Result, model::*};
use konektor_core::{
    click::Click,
    fold::{Came, SourceKind},
    ids::{RotatorId, WorkspaceId},
    time::UnixMs,
};
use std::future::Future;

/// What the server may ask of a database for reports. Nothing is changed, and nothing here waits for the recorder.
pub trait Reports: Send + Sync + 'static {
    /// Counters of the metrics whose name is given, summed over the days.
    fn counters(
        &self,
        workspace: WorkspaceId,
        metric: &'static str,
        range: ReportRange,
    ) -> impl Future<Output = Result<Vec<Counter>>> + Send;

    /// Where clicks came from over the days: the `limit` names with the most clicks, and the sum of all.
    fn sources(
        &self,
        workspace: WorkspaceId,
        kind: SourceKind,
        range: ReportRange,
        limit: usize,
    ) -> impl Future<Output = Result<(Vec<SourceCount>, Came)>> + Send;

    /// How the leads of some time stand.
    fn funnel(&self, workspace: WorkspaceId, born: BornRange) -> impl Future<Output = Result<Funnel>> + Send;

    /// How many of the leads that first came by a click at some time have started their chat, by what they are grouped by:
    /// its name or id, empty where there is none. What was told within the last second may be missing.
    fn arrivals(
        &self,
        workspace: WorkspaceId,
        group: ArrivalGroup,
        born: BornRange,
    ) -> impl Future<Output = Result<Vec<(String, u64)>>> + Send;

    /// The sales of some time, by the day of the sale or of the first click, in that order; at most [`SALES_MOST`]. A
    /// person whose leads were merged has one. What was won within the last second may be missing.
    fn sales(
        &self,
        workspace: WorkspaceId,
        by: SaleDate,
        range: BornRange,
    ) -> impl Future<Output = Result<Vec<Sale>>> + Send;

    /// A workspace's latest clicks that are not older than `from`, oldest first: at most `limit`, out of at most
    /// [`LOG_LOOK`] of the log. For samples; sums are in the counters.
    fn latest_clicks(
        &self,
        workspace: WorkspaceId,
        from: UnixMs,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Click>>> + Send;

    /// Samples of requests that were not counted, latest first.
    fn screening_samples(
        &self,
        workspace: WorkspaceId,
        rotator: Option<RotatorId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Sample>>> + Send;
}
