//! The recorder's memory, as it is after a start or after a failure.

use super::{PostgresStore, record::clicks_after, sql, values::read_json};
use crate::Result;
use deadpool_postgres::GenericClient;
use konektor_core::{
    click::Click,
    decide::Memory,
    flood::FloodLimits,
    identity::continuity::ClickIdUse,
    ids::{ClickId, RotatorId},
    rotation::Rotation,
};
use std::sync::atomic::Ordering;

/// Clicks that are read at once.
const CHUNK: usize = 4_096;

impl PostgresStore {
    /// See [`crate::Store::memory`].
    pub(super) async fn build_memory(&self, limits: FloodLimits) -> Result<Box<Memory>> {
        let place = self.place().await?;
        let client = self.any().await?;
        let prints = self.prints();
        let watermark = watermark(&client, place.id).await?;
        // Click IDs that the fold has not indexed yet.
        let mut unfolded = Vec::new();
        let mut last = watermark;
        loop {
            let clicks = clicks_after(&client, place.id, last, CHUNK).await?;
            for Click {
                id, at, lead, facts, ..
            } in &clicks
            {
                last = *id;
                if let Some(press) = facts.press {
                    let (print, used) = ClickIdUse::of_press(press, *lead, *at);
                    unfolded.push((print, used, *id));
                }
                let ua = prints.user_agent(&facts.ua);
                if let Some(print) = prints.click_id(lead.workspace, &facts.touch, ua, &facts.lang) {
                    let (lead, with_browser, at) = (*lead, print.with_browser, *at);
                    unfolded.push((print, ClickIdUse { lead, with_browser, at }, *id));
                }
            }
            if clicks.len() < CHUNK {
                break;
            }
        }
        // An id is never made twice, not even one of a batch that failed.
        let made = self.last_click.load(Ordering::Relaxed);
        let made = if ClickId(made).node() == place.id {
            made.max(0)
        } else {
            0
        };
        let last = last.0.max(made).max(place.id);
        self.last_click.store(last, Ordering::Relaxed);
        let mut memory = Box::new(Memory::new(ClickId(last), limits));
        for (print, used, click) in unfolded {
            memory.remember_click_id(print, used, click);
        }
        let sql = "SELECT rotator_id, state FROM rotations WHERE node = $1";
        for row in sql::query(&client, sql, &[&place.id]).await? {
            memory.set_rotation(RotatorId(row.get(0)), read_json("rotations.state", row.get(1))?);
        }
        Ok(memory)
    }

    /// A rotator's rotation at this server.
    pub(super) async fn rotation_here(&self, rotator: RotatorId) -> Result<Rotation> {
        let place = self.place().await?;
        let client = self.any().await?;
        let sql = "SELECT r.state FROM rotators x
                   JOIN rotations r ON r.workspace_id = x.workspace_id AND r.rotator_id = x.id AND r.node = $2
                   WHERE x.id = $1";
        let state = sql::query_opt(&client, sql, &[&rotator.0, &place.id]).await?;
        state.map_or(Ok(Rotation::default()), |row| read_json("rotations.state", row.get(0)))
    }
}

/// The last click of a place that is folded.
pub(super) async fn watermark(client: &impl GenericClient, place: i64) -> Result<ClickId> {
    let row = sql::query_one(client, "SELECT watermark FROM nodes WHERE id = $1", &[&place]).await?;
    Ok(ClickId(row.get(0)))
}
