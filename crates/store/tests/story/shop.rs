//! A shop with two agents and a link, and what it has to remember between two chapters.

use crate::common::{
    self,
    shop::{agent, rotator, workspace},
};
use konektor_core::{
    decide::{Decisions, Memory, Visit},
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{AgentId, LeadId, RotatorId, WorkspaceId},
    time::{Day, UnixMs},
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

pub const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
pub const TODAY: Day = Day(20_261_122);
pub const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36";

pub struct Story<S> {
    pub store: S,
    pub workspace: WorkspaceId,
    pub other: WorkspaceId,
    pub agents: Vec<AgentId>,
    pub rotator: RotatorId,
    memory: Option<Box<Memory>>,
    prints: Fingerprints,
    pub now: UnixMs,
    pub leads: Vec<LeadId>,
    /// Clicks handed to the next fold; every other fold is handed none and reads the log.
    fresh: Option<Fresh>,
}

impl<S: Store> Story<S> {
    pub async fn begin(store: S) -> Self {
        let shop = store.add_workspace(workspace("Toko"), START).await.unwrap();
        let other = store.add_workspace(workspace("Another"), START).await.unwrap();
        let mut agents = Vec::new();
        for (name, phone) in [("Ayu", "6281200000001"), ("Budi", "6281200000002")] {
            agents.push(store.add_agent(shop, agent(name, phone), START).await.unwrap().id);
        }
        let rotator = store
            .add_rotator(shop, rotator("promo", &agents), START)
            .await
            .unwrap()
            .id;
        let prints = Fingerprints::new(store.installation().await.unwrap().fingerprint_key);
        let memory = Some(store.memory(FloodLimits::default()).await.unwrap());
        Self {
            store,
            workspace: shop,
            other,
            agents,
            rotator,
            memory,
            prints,
            now: START,
            leads: Vec::new(),
            fresh: Some(Fresh::default()),
        }
    }

    pub async fn reopen(&mut self, store: S) {
        self.store = store;
        self.fresh = None;
        self.memory = Some(self.store.memory(FloodLimits::default()).await.unwrap());
    }

    pub fn visit(&self, query: &str, browser: &str) -> Visit {
        let link = (self.workspace, self.rotator);
        common::visit(&self.prints, link, self.now, query, browser)
    }

    pub async fn record(&mut self, visits: Vec<Visit>) -> Decisions {
        self.now = self.now.plus_ms(60_000);
        let routing = Arc::new(self.store.routing().await.unwrap());
        let memory = self.memory.take().expect("the memory comes back with each batch");
        let (memory, decisions) = self
            .store
            .record(routing, memory, visits, Arc::default())
            .await
            .unwrap();
        self.memory = Some(memory);
        if let Some(fresh) = &mut self.fresh {
            fresh.add(decisions.after, decisions.clicks.clone());
        }
        decisions
    }

    pub async fn fold(&mut self) -> FoldProgress {
        let routing = Arc::new(self.store.routing().await.unwrap());
        let next = self.fresh.is_none().then(Fresh::default);
        let fresh = std::mem::replace(&mut self.fresh, next).unwrap_or_default();
        let progress = self.store.fold(routing, fresh, 1_000).await.unwrap();
        self.memory.as_mut().unwrap().forget_old(self.now, progress.watermark);
        progress
    }

    pub async fn lead(&self, index: usize) -> Lead {
        self.store
            .find_lead(self.leads[index])
            .await
            .unwrap()
            .expect("the lead is there")
    }
}
