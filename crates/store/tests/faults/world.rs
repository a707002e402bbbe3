//! A shop with some of everything, and what visitors, agents and platforms do there.
#![allow(dead_code, reason = "each test binary uses its part")]

use crate::common::{
    self,
    shop::{agent, destination, rotator, webhook, workspace},
};
use konektor_core::{
    attribution::Platform,
    decide::{
        Memory, Outcome, Visit,
        degraded::{Away, Decided, Spooled},
    },
    event::DeliveryState,
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{AgentId, DestinationId, FormId, LeadId, RotatorId, UserId, WebhookId, WorkspaceId},
    lead::{NameSource, Status},
    routing::Routing,
    time::UnixMs,
};
use konektor_store::{
    Access, Attempt, Hooks, Identity, Result, Store, StoreError, WebhookStore, model::*, sqlite::SqliteStore,
};
use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

pub const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
pub const MINUTE_MS: i64 = 60_000;
pub const DAY_MS: i64 = 86_400_000;
pub const META: DestinationId = DestinationId(1 << 50);
pub const HOOK: WebhookId = WebhookId(1 << 51);
pub const FORM: FormId = FormId(1 << 52);
pub const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) Chrome/130.0.0.0 Mobile";

/// So many minutes after everything that the shop was prepared by.
pub fn at(minutes: i64) -> UnixMs {
    START.plus_ms((1_000 + minutes) * MINUTE_MS)
}

/// What does not change once the shop is prepared.
#[derive(Clone)]
pub struct Shop {
    pub workspace: WorkspaceId,
    pub agents: Vec<AgentId>,
    pub rotator: RotatorId,
    pub user: UserId,
    pub session: i64,
    pub leads: Vec<LeadId>,
    prints: Fingerprints,
}

/// What visitors were told, and what waits outside of the store to be recorded.
#[derive(Clone)]
pub struct Told {
    /// How often each lead was sent on.
    pub answered: BTreeMap<LeadId, u64>,
    pub spool: Vec<Spooled>,
    pub replays: i64,
    /// Visitor numbers for the time when the store is away.
    numbers: Range<u64>,
}

pub struct World {
    pub directory: PathBuf,
    pub shop: Shop,
    pub told: Told,
    store: Option<SqliteStore>,
    memory: Option<Box<Memory>>,
}

pub fn form() -> FormFields {
    FormFields {
        name: "Kontak".to_owned(),
        secret: None,
        mapping: None,
        guessed: true,
        redirect: None,
        active: true,
    }
}

pub fn session(user: UserId, token: u8) -> NewSession {
    NewSession {
        hash: [token; 32],
        user,
        workspace: None,
        expires_at: START.plus_ms(30 * DAY_MS),
        user_agent: "Chrome".to_owned(),
        address: "203.0.113.7".to_owned(),
    }
}

pub fn said(lead: Addressed, name: &str, phone: &str) -> Submission {
    Submission {
        lead,
        name: Some(name.to_owned()),
        phone: Some(phone.to_owned()),
        source: NameSource::Form,
        by: format!("form:{FORM}"),
        make: true,
        ..Submission::default()
    }
}

pub fn status(status: Status) -> LeadPatch {
    LeadPatch {
        status: Some(status),
        ..LeadPatch::default()
    }
}

impl World {
    /// Where nothing is yet.
    pub fn at(directory: &Path, shop: Shop, told: Told) -> Self {
        Self {
            directory: directory.to_owned(),
            shop,
            told,
            store: None,
            memory: None,
        }
    }

    pub fn path(&self) -> PathBuf {
        self.directory.join("konektor.db")
    }

    pub fn open(&mut self) -> Result<()> {
        self.memory = None;
        self.store = Some(SqliteStore::open(&self.path(), at(0))?);
        Ok(())
    }

    pub fn is_open(&self) -> bool {
        self.store.is_some()
    }

    pub async fn close(&mut self) -> Result<()> {
        // Whatever comes of it, nothing is asked of it afterwards: the process ends.
        match self.store.take() {
            Some(store) => store.close().await,
            None => Ok(()),
        }
    }

    pub fn store(&self) -> &SqliteStore {
        self.store.as_ref().expect("it is open")
    }

    pub async fn routing(&self) -> Result<Arc<Routing>> {
        Ok(Arc::new(self.store().routing().await?))
    }

    async fn take_memory(&mut self) -> Result<Box<Memory>> {
        match self.memory.take() {
            Some(memory) => Ok(memory),
            None => self.store().memory(FloodLimits::default()).await,
        }
    }

    /// A visit without a cookie.
    pub fn visitor(&self, minutes: i64, query: &str) -> Visit {
        let link = (self.shop.workspace, self.shop.rotator);
        common::visit(&self.shop.prints, link, at(minutes), query, BROWSER)
    }

    /// A visit with the cookie of a lead.
    pub fn returning(&self, minutes: i64, query: &str, lead: LeadId) -> Visit {
        Visit {
            cookie: Some(lead.number),
            ..self.visitor(minutes, query)
        }
    }

    /// What the server does with a batch of visits: records it, and where the store fails, tells each visitor what was decided,
    /// or chooses without the store, and keeps that. Asked again, it records what was kept.
    pub async fn visit(&mut self, visits: Vec<Visit>) -> Result<()> {
        if !self.told.spool.is_empty() {
            return self.replay().await;
        }
        let routing = self.routing().await?;
        let attempt = Arc::new(Attempt::default());
        let recorded = match self.take_memory().await {
            Ok(memory) => {
                let recording = self
                    .store()
                    .record(routing.clone(), memory, visits.clone(), attempt.clone());
                recording.await
            }
            Err(error) => Err(error),
        };
        match recorded {
            Ok((memory, decisions)) => {
                self.memory = Some(memory);
                for outcome in decisions.outcomes {
                    let Outcome::Sent { lead, .. } = outcome else {
                        panic!("{outcome:?}")
                    };
                    *self.told.answered.entry(lead).or_default() += 1;
                }
                Ok(())
            }
            Err(error) => {
                self.tell_without_the_store(&routing, visits, &attempt);
                Err(error)
            }
        }
    }

    fn tell_without_the_store(&mut self, routing: &Routing, visits: Vec<Visit>, attempt: &Attempt) {
        let rotator = routing.rotator(self.shop.rotator).expect("it is there");
        let mut decided = attempt.give_up().map(Vec::into_iter);
        let mut away = Away::new(100, FloodLimits::default());
        away.set_numbers(self.shop.workspace, self.told.numbers.clone());
        for visit in visits {
            let told = match decided.as_mut().map(|decided| decided.next().expect("one each")) {
                Some(Decided::Sent(told)) => told,
                Some(Decided::NoClick(outcome)) => panic!("{outcome:?}"),
                None => away.choose(routing, rotator, &visit).expect("no flood"),
            };
            away.remember(&visit, &told);
            *self.told.answered.entry(told.lead.expect("a number")).or_default() += 1;
            self.told.spool.push(Spooled::new(rotator, visit, &told));
        }
        self.told.numbers = away.numbers(self.shop.workspace);
    }

    /// Keeps visits as if they had been answered while the store was away.
    pub async fn spool(&mut self, visits: Vec<Visit>) -> Result<()> {
        if self.told.spool.is_empty() {
            let routing = self.routing().await?;
            self.tell_without_the_store(&routing, visits, &Attempt::default());
        }
        Ok(())
    }

    /// Records what waits outside of the store.
    pub async fn replay(&mut self) -> Result<()> {
        if self.told.spool.is_empty() {
            return Ok(());
        }
        let routing = self.routing().await?;
        let memory = self.take_memory().await?;
        let batch = ReplayBatch {
            segment: -7_000 - self.told.replays,
            first: 0,
            visits: self.told.spool.clone(),
        };
        let (memory, _) = self.store().replay(routing, memory, batch).await?;
        self.memory = Some(memory);
        self.told.spool.clear();
        self.told.replays += 1;
        Ok(())
    }

    pub async fn fold(&mut self) -> Result<()> {
        let routing = self.routing().await?;
        let folded = self.store().fold(routing, Fresh::default(), 1_000).await?;
        if let Some(memory) = &mut self.memory {
            memory.forget_old(at(0), folded.watermark);
        }
        Ok(())
    }

    pub async fn patch(&self, lead: usize, minutes: i64, patch: LeadPatch) -> Result<()> {
        let by = "user:1".to_owned();
        let updated = self
            .store()
            .update_lead(self.shop.leads[lead], patch, by, at(minutes))
            .await?;
        assert!(updated.is_some(), "lead {lead} is there");
        Ok(())
    }

    /// Takes what is due at the destination.
    pub async fn claim(&self, minutes: i64, most: usize) -> Result<()> {
        let lease = at(minutes).plus_ms(MINUTE_MS);
        self.store().claim_deliveries(META, at(minutes), lease, most).await?;
        Ok(())
    }

    /// This comes of the first so many that wait.
    pub async fn settle(&self, minutes: i64, most: usize, next: Next) -> Result<()> {
        let mut waiting = self.deliveries(DeliveryState::Pending).await?;
        waiting.sort_by_key(|delivery| delivery.id);
        let settled = waiting.iter().take(most).map(|delivery| Settled {
            id: delivery.id,
            next,
            code: None,
            reason: Some("so it is".to_owned()),
            request: Some("{\"event\":1}".to_owned()),
        });
        let exchange = Exchange {
            destination: META,
            at: at(minutes),
            status: Some(200),
            trace: Some("trace-1".to_owned()),
            response: Some("{}".to_owned()),
            confirm_at: (next == Next::Sent).then(|| at(minutes + 30)),
            settled: settled.collect(),
        };
        self.store().settle(exchange).await
    }

    /// Deliveries in this state.
    pub async fn deliveries(&self, state: DeliveryState) -> Result<Vec<Delivery>> {
        let filter = DeliveryFilter {
            state: Some(state),
            ..DeliveryFilter::default()
        };
        self.store().deliveries(self.shop.workspace, filter, None, 100).await
    }
}

/// Makes the shop in a directory. It is closed afterwards.
pub async fn prepare(directory: &Path) -> (Shop, Told) {
    let store = SqliteStore::open(&directory.join("konektor.db"), START).expect("it opens");
    let owner = NewOwner {
        workspace: workspace("Toko"),
        currency: None,
        email: "rina@kopi.id".to_owned(),
        password_hash: "hash".to_owned(),
    };
    let (user, shop) = store.set_up(owner, START).await.expect("done").expect("the first");
    let mut agents = Vec::new();
    for (name, phone) in [("Ayu", "6281200000001"), ("Budi", "6281200000002")] {
        agents.push(store.add_agent(shop, agent(name, phone), START).await.expect("done").id);
    }
    let link = store
        .add_rotator(shop, rotator("promo", &agents), START)
        .await
        .expect("done")
        .id;
    store
        .add_destination(shop, META, destination(Platform::Meta), START)
        .await
        .expect("done");
    store.add_webhook(shop, HOOK, webhook(), START).await.expect("done");
    store
        .add_form(shop, FORM, "token".to_owned(), form(), START)
        .await
        .expect("done");
    let session = store
        .add_session(session(user, 1), START)
        .await
        .expect("done")
        .expect("a member");
    let numbers = 0..200;
    let ahead = vec![NumberBlock {
        workspace: shop,
        numbers,
    }];
    let numbers = store.reserve_numbers(ahead).await.expect("done").remove(0).numbers;
    let prints = Fingerprints::new(store.installation().await.expect("done").fingerprint_key);
    let shop = Shop {
        workspace: shop,
        agents,
        rotator: link,
        user,
        session,
        leads: Vec::new(),
        prints,
    };
    let told = Told {
        answered: BTreeMap::new(),
        spool: Vec::new(),
        replays: 0,
        numbers,
    };
    let mut world = World::at(directory, shop, told);
    world.store = Some(store);
    fill(&mut world).await.expect("nothing fails yet");
    world.shop.leads = world.told.answered.keys().copied().collect();
    work(&mut world).await.expect("nothing fails yet");
    world.close().await.expect("nothing fails yet");
    (
        world.shop,
        Told {
            answered: BTreeMap::new(),
            ..world.told
        },
    )
}

/// Eight visitors by an ad.
async fn fill(world: &mut World) -> Result<()> {
    for n in 0..8 {
        let visit = world.visitor(-900 + n, &format!("fbclid=IwFirst{n}&utm_campaign=lebaran"));
        world.visit(vec![visit]).await?;
    }
    world.fold().await
}

/// Names, a merge, statuses, and events in every state.
async fn work(world: &mut World) -> Result<()> {
    let leads = world.shop.leads.clone();
    world.claim(-800, 8).await?;
    world.settle(-800, 4, Next::Sent).await?;
    world.settle(-790, 1, Next::Dropped).await?;
    for (lead, name, phone) in [
        (1, "Siti", "6281100000001"),
        (2, "Siti A", "6281100000001"),
        (3, "Tono", "6281100000003"),
    ] {
        let form = said(Addressed::Visitor(leads[lead]), name, phone);
        world.store().submit(world.shop.workspace, form, at(-780)).await?;
    }
    world.patch(4, -770, status(Status::Qualified)).await?;
    world.patch(5, -769, status(Status::Won)).await?;
    // The second of them is erased by a flow: by way of all of their clicks.
    for (minute, lead) in [(-760, 0), (-759, 1), (-758, 1)] {
        let again = world.returning(minute, "utm_source=bio", leads[lead]);
        world.visit(vec![again]).await?;
    }
    world.fold().await?;
    assert!(
        world
            .store()
            .find_lead(leads[0])
            .await?
            .is_some_and(|lead| lead.click_count == 2)
    );
    Ok::<(), StoreError>(())
}
