//! A shop with a link, where it is always some minute of a day in November.

use crate::common::{
    self,
    databases::Opens,
    shop::{agent, destination, rotator, workspace},
};
use konektor_core::{
    attribution::Platform,
    click::Click,
    decide::{Memory, Visit},
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{DeliveryId, DestinationId, LeadId, RotatorId, WorkspaceId},
    lead::{Status, TrackingStatus},
    time::UnixMs,
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

pub const START: UnixMs = UnixMs(1_795_323_600_000);
pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) Chrome/130.0.0.0 Mobile";

pub struct Shop<'o, S> {
    pub store: S,
    database: &'o dyn Opens<S>,
    pub workspace: WorkspaceId,
    rotator: RotatorId,
    pub now: UnixMs,
    memory: Option<Box<Memory>>,
    prints: Fingerprints,
    destinations: i64,
}

impl<'o, S: Store> Shop<'o, S> {
    pub async fn begin(database: &'o dyn Opens<S>) -> Self {
        let store = database.open().await;
        let shop = store.add_workspace(workspace("Toko"), START).await.unwrap();
        let ayu = agent("Ayu", "6281200000001");
        let ayu = store.add_agent(shop, ayu, START).await.unwrap().id;
        let promo = rotator("promo", &[ayu]);
        let rotator = store.add_rotator(shop, promo, START).await.unwrap().id;
        let prints = Fingerprints::new(store.installation().await.unwrap().fingerprint_key);
        let memory = Some(store.memory(FloodLimits::default()).await.unwrap());
        Self {
            store,
            database,
            workspace: shop,
            rotator,
            now: START,
            memory,
            prints,
            destinations: 0,
        }
    }

    /// The process dies: nothing is closed, nothing in memory is kept.
    pub async fn kill(&mut self) {
        self.store = self.database.open().await;
        self.database.forget_the_dead().await;
        self.memory = Some(self.store.memory(FloodLimits::default()).await.unwrap());
    }

    pub async fn restart(&mut self) {
        self.store.close().await.unwrap();
        self.kill().await;
    }

    pub fn later(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
    }

    pub async fn destination(&mut self, platform: Platform) -> DestinationId {
        self.add_destination(destination(platform)).await
    }

    pub async fn add_destination(&mut self, fields: DestinationFields) -> DestinationId {
        self.destinations += 1;
        // Random ids: the later ones are not the greater ones.
        let id = DestinationId((1 << 60) - self.destinations);
        let added = self.store.add_destination(self.workspace, id, fields, self.now).await;
        added.unwrap().id
    }

    pub fn visit(&self, query: &str, browser: &str) -> Visit {
        let link = (self.workspace, self.rotator);
        common::visit(&self.prints, link, self.now, query, browser)
    }

    /// Their clicks, as they are read back.
    pub async fn record(&mut self, visits: Vec<Visit>) -> Vec<Click> {
        self.later(MINUTE_MS);
        let routing = Arc::new(self.store.routing().await.unwrap());
        let memory = self.memory.take().expect("the memory comes back with each batch");
        let (memory, decisions) = self
            .store
            .record(routing, memory, visits, Arc::default())
            .await
            .unwrap();
        self.memory = Some(memory);
        let recorded = decisions.clicks.into_iter();
        // As they are read back.
        let stored = |click| Click {
            print: None,
            first: None,
            ..click
        };
        recorded.map(stored).collect()
    }

    pub async fn come(&mut self, visit: Visit) -> Click {
        self.record(vec![visit]).await.remove(0)
    }

    /// Somebody comes by this link, from the usual browser and without a cookie.
    pub async fn click(&mut self, query: &str) -> Click {
        let visit = self.visit(query, BROWSER);
        self.come(visit).await
    }

    /// The lead comes back by this link.
    pub async fn again(&mut self, lead: LeadId, query: &str) -> Click {
        let visit = Visit {
            cookie: Some(lead.number),
            ..self.visit(query, BROWSER)
        };
        self.come(visit).await
    }

    pub async fn fold(&mut self) -> FoldProgress {
        self.fold_with(Fresh::default()).await
    }

    pub async fn fold_with(&mut self, fresh: Fresh) -> FoldProgress {
        let routing = Arc::new(self.store.routing().await.unwrap());
        self.store.fold(routing, fresh, 1_000).await.unwrap()
    }

    pub async fn update(&mut self, lead: LeadId, patch: LeadPatch) {
        self.later(MINUTE_MS);
        let by = "user:1".to_owned();
        let updated = self.store.update_lead(lead, patch, by, self.now).await.unwrap();
        assert!(updated.is_some());
    }

    pub async fn set_status(&mut self, lead: LeadId, status: Status) {
        let patch = LeadPatch {
            status: Some(status),
            ..LeadPatch::default()
        };
        self.update(lead, patch).await;
    }

    pub async fn deliveries(&self, filter: DeliveryFilter) -> Vec<Delivery> {
        let found = self.store.deliveries(self.workspace, filter, None, 1_000).await;
        found.unwrap()
    }

    pub async fn of_lead(&self, lead: LeadId) -> Vec<Delivery> {
        let filter = DeliveryFilter {
            lead: Some(lead),
            ..DeliveryFilter::default()
        };
        self.deliveries(filter).await
    }

    pub async fn to(&self, destination: DestinationId) -> Vec<Delivery> {
        let filter = DeliveryFilter {
            destination: Some(destination),
            ..DeliveryFilter::default()
        };
        self.deliveries(filter).await
    }

    pub async fn find(&self, id: DeliveryId) -> Delivery {
        let found = self.store.find_delivery(self.workspace, id).await.unwrap();
        found.expect("the delivery is there")
    }

    /// Takes what is due, for a minute.
    pub async fn claim(&self, destination: DestinationId) -> Claim {
        let lease = self.now.plus_ms(MINUTE_MS);
        let claim = self.store.claim_deliveries(destination, self.now, lease, 100).await;
        claim.unwrap()
    }

    /// Takes what is due, and this comes of it.
    pub async fn send(&self, destination: DestinationId, next: Next) -> Vec<DeliveryId> {
        let claimed = self.claim(destination).await.deliveries;
        let ids: Vec<_> = claimed.iter().map(|claimed| claimed.id).collect();
        self.settle(destination, &ids, next).await;
        ids
    }

    pub async fn settle(&self, destination: DestinationId, ids: &[DeliveryId], next: Next) {
        self.exchange(destination, ids, next, None).await;
    }

    pub async fn exchange(
        &self,
        destination: DestinationId,
        ids: &[DeliveryId],
        next: Next,
        confirm_at: Option<UnixMs>,
    ) {
        let exchange = Exchange {
            destination,
            at: self.now,
            status: Some(200),
            trace: Some("trace-1".to_owned()),
            response: Some("{\"answer\":1}".to_owned()),
            confirm_at,
            settled: settled(ids, next),
        };
        self.store.settle(exchange).await.unwrap();
    }

    pub async fn expire(&self) -> u64 {
        self.store.expire_deliveries(self.now).await.unwrap()
    }

    pub async fn lead(&self, lead: LeadId) -> Lead {
        let found = self.store.find_lead(lead).await.unwrap();
        found.expect("the lead is there")
    }

    pub async fn tracking(&self, lead: LeadId) -> TrackingStatus {
        self.lead(lead).await.tracking
    }
}

pub fn settled(ids: &[DeliveryId], next: Next) -> Vec<Settled> {
    let settled = |&id| Settled {
        id,
        next,
        code: Some("42".to_owned()),
        reason: Some("in plain words".to_owned()),
        request: Some("{\"event\":1}".to_owned()),
    };
    ids.iter().map(settled).collect()
}
