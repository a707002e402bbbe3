//! The trait, each function handed to the statements that it is for.

use crate::{
    Reports, Result,
    model::*,
    postgres::{
        PostgresStore, fold, funnel,
        run::{ask, look},
    },
};
use konektor_core::{
    click::Click,
    fold::{Came, SourceKind},
    ids::{RotatorId, WorkspaceId},
    time::UnixMs,
};

impl Reports for PostgresStore {
    async fn counters(&self, workspace: WorkspaceId, metric: &'static str, range: ReportRange) -> Result<Vec<Counter>> {
        ask!(self, super::counters(workspace, metric, range))
    }

    async fn sources(
        &self,
        workspace: WorkspaceId,
        kind: SourceKind,
        range: ReportRange,
        limit: usize,
    ) -> Result<(Vec<SourceCount>, Came)> {
        ask!(self, super::sources(workspace, kind, range, limit))
    }

    async fn funnel(&self, workspace: WorkspaceId, born: BornRange) -> Result<Funnel> {
        look!(self, funnel::funnel(workspace, born))
    }

    async fn arrivals(
        &self,
        workspace: WorkspaceId,
        group: ArrivalGroup,
        born: BornRange,
    ) -> Result<Vec<(String, u64)>> {
        ask!(self, fold::arrivals(workspace, group, born))
    }

    async fn sales(&self, workspace: WorkspaceId, by: SaleDate, range: BornRange) -> Result<Vec<Sale>> {
        ask!(self, fold::sales(workspace, by, range))
    }

    async fn latest_clicks(&self, workspace: WorkspaceId, from: UnixMs, limit: usize) -> Result<Vec<Click>> {
        ask!(self, super::latest_clicks(workspace, from, limit))
    }

    async fn screening_samples(
        &self,
        workspace: WorkspaceId,
        rotator: Option<RotatorId>,
        limit: usize,
    ) -> Result<Vec<Sample>> {
        ask!(self, super::screening_samples(workspace, rotator, limit))
    }
}
