//! The trait, each function handed to the thread and the file that it is for.

use crate::{
    Reports, Result,
    model::*,
    sqlite::{SqliteStore, arrivals, funnel},
};
use konektor_core::{
    click::Click,
    fold::{Came, SourceKind},
    ids::{RotatorId, WorkspaceId},
    time::UnixMs,
};

impl Reports for SqliteStore {
    async fn counters(&self, workspace: WorkspaceId, metric: &'static str, range: ReportRange) -> Result<Vec<Counter>> {
        self.readers
            .run(move |c| super::counters(c, workspace, metric, range))
            .await
    }

    async fn sources(
        &self,
        workspace: WorkspaceId,
        kind: SourceKind,
        range: ReportRange,
        limit: usize,
    ) -> Result<(Vec<SourceCount>, Came)> {
        self.readers
            .run(move |c| super::sources(c, workspace, kind, range, limit))
            .await
    }

    async fn funnel(&self, workspace: WorkspaceId, born: BornRange) -> Result<Funnel> {
        self.readers.run(move |c| funnel::funnel(c, workspace, born)).await
    }

    async fn arrivals(
        &self,
        workspace: WorkspaceId,
        group: ArrivalGroup,
        born: BornRange,
    ) -> Result<Vec<(String, u64)>> {
        self.readers
            .run(move |c| arrivals::arrivals(c, workspace, group, born))
            .await
    }

    async fn sales(&self, workspace: WorkspaceId, by: SaleDate, range: BornRange) -> Result<Vec<Sale>> {
        self.readers
            .run(move |c| arrivals::sales(c, workspace, by, range))
            .await
    }

    async fn latest_clicks(&self, workspace: WorkspaceId, from: UnixMs, limit: usize) -> Result<Vec<Click>> {
        let look = move |c: &rusqlite::Connection| super::latest_clicks(c, workspace, from, limit);
        self.readers.run(look).await
    }

    async fn screening_samples(
        &self,
        workspace: WorkspaceId,
        rotator: Option<RotatorId>,
        limit: usize,
    ) -> Result<Vec<Sample>> {
        self.readers
            .run(move |c| super::screening_samples(c, workspace, rotator, limit))
            .await
    }
}
