//! The town: a shop, its people, and a server as far as it matters: what it does when, and what it remembers.

use crate::{
    common::{
        databases::{Opens, SqliteFile},
        shop,
    },
    platforms::Platforms,
    random::Random,
    visits::Visitor,
};
use konektor_core::{
    attribution::Platform,
    decide::{
        Memory,
        degraded::{Away, Spooled},
    },
    evenness::{Evenness, Reading},
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{AgentId, ClickId, DestinationId, LeadId, RotatorId, WebhookId, WorkspaceId},
    routing::Routing,
    time::UnixMs,
};
use konektor_store::{Store, WebhookStore, model::*, sqlite::SqliteStore};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;
pub const HOOK: WebhookId = WebhookId(1 << 52);
/// Visitor numbers at hand while the database is away.
const AHEAD: u64 = 512;

/// What happened, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub clicks: u64,
    pub replayed: u64,
    pub events: u64,
    pub messages: u64,
    pub restarts: u64,
    pub outages: u64,
    pub jumps: u64,
    pub merges: u64,
    pub erased: u64,
    pub agents: u64,
}

pub struct Town {
    file: SqliteFile,
    pub store: SqliteStore,
    pub random: Random,
    /// The time, and how far the server's clock is off.
    pub time: UnixMs,
    pub off_ms: i64,
    /// Whether the server believes it.
    evenness: Evenness,
    /// Whether senders have begun since it did not.
    pub is_released: bool,
    pub workspace: WorkspaceId,
    pub rotators: Vec<RotatorId>,
    pub agents: Vec<AgentId>,
    pub prints: Fingerprints,
    pub memory: Option<Box<Memory>>,
    /// The greatest click id that may be in the database.
    pub highest: ClickId,
    pub fresh: Fresh,
    pub away: Away,
    /// The database is away until then.
    pub away_until: Option<UnixMs>,
    /// What waits to be recorded, and how much of the segment was before it.
    pub spool: Vec<Spooled>,
    pub segment: i64,
    pub replayed: u64,
    pub visitors: Vec<Visitor>,
    /// How many browsers there have been.
    pub strangers: usize,
    /// Where each lead stands in `visitors`.
    pub by_lead: BTreeMap<LeadId, usize>,
    pub erased: BTreeSet<LeadId>,
    pub erased_clicks: u64,
    pub platforms: Platforms,
    pub figures: Figures,
}

pub fn agent(n: usize) -> AgentFields {
    // Zones whose summer ends within the month, and one that has none.
    let zones = ["Asia/Jakarta", "Europe/Berlin", "America/New_York"];
    AgentFields {
        time_zone: Some(zones[n % 3].to_owned()),
        daily_cap: (n % 2 == 1).then_some(9),
        ..shop::agent(&format!("Agen {n}"), &format!("62812000{n:05}"))
    }
}

pub fn rotator(slug: &str, agents: &[AgentId]) -> RotatorFields {
    let mut fields = shop::rotator(slug, agents);
    for share in &mut fields.agents {
        share.weight = 1 + (share.agent.0 % 3) as u32;
    }
    fields
}

/// Both clocks, while nothing is wrong.
fn even(time: UnixMs) -> Reading {
    Reading {
        wall: time,
        steady_ms: time.0,
    }
}

impl Town {
    /// A new town at this time.
    pub async fn found(time: UnixMs, seed: u64) -> Self {
        let file = SqliteFile::new(time);
        let store = file.open().await;
        let new = NewWorkspace {
            time_zone: "Europe/Berlin".to_owned(),
            ..shop::workspace("Toko")
        };
        let workspace = store.add_workspace(new, time).await.expect("done");
        let mut agents = Vec::new();
        for n in 0..4 {
            agents.push(store.add_agent(workspace, agent(n), time).await.expect("done").id);
        }
        let mut rotators = Vec::new();
        for slug in ["promo", "bio"] {
            let added = store.add_rotator(workspace, rotator(slug, &agents), time).await;
            rotators.push(added.expect("done").id);
        }
        let platforms = [Platform::Meta, Platform::Google, Platform::Tiktok, Platform::Linkedin];
        let platforms = platforms
            .into_iter()
            .zip(1..)
            .map(|(platform, n)| (DestinationId(n << 50), platform));
        let platforms: Vec<_> = platforms.collect();
        for (id, platform) in &platforms {
            let added = store
                .add_destination(workspace, *id, shop::destination(*platform), time)
                .await;
            added.expect("done");
        }
        store
            .add_webhook(workspace, HOOK, shop::webhook(), time)
            .await
            .expect("done");
        let prints = Fingerprints::new(store.installation().await.expect("done").fingerprint_key);
        let mut town = Self {
            file,
            store,
            random: Random::new(seed),
            time,
            off_ms: 0,
            evenness: Evenness::begin(even(time), None),
            is_released: true,
            workspace,
            rotators,
            agents,
            prints,
            memory: None,
            highest: ClickId(0),
            fresh: Fresh::default(),
            away: Away::new(1_000, FloodLimits::default()),
            away_until: None,
            spool: Vec::new(),
            segment: -1,
            replayed: 0,
            visitors: Vec::new(),
            strangers: 0,
            by_lead: BTreeMap::new(),
            erased: BTreeSet::new(),
            erased_clicks: 0,
            platforms: Platforms::new(platforms),
            figures: Figures::default(),
        };
        town.look_ahead().await;
        town
    }

    pub fn path(&self) -> PathBuf {
        self.file.path()
    }

    /// What the server takes the time to be.
    pub fn now(&self) -> UnixMs {
        self.time.plus_ms(self.off_ms)
    }

    /// One in so many times.
    pub fn chance(&mut self, of: usize) -> bool {
        self.random.below(of) == 0
    }

    pub async fn routing(&self) -> Arc<Routing> {
        Arc::new(self.store.routing().await.expect("it answers"))
    }

    pub async fn take_memory(&mut self) -> Box<Memory> {
        match self.memory.take() {
            Some(memory) => memory,
            None => {
                let mut memory = self.store.memory(FloodLimits::default()).await.expect("it answers");
                memory.go_on_after(self.highest);
                memory
            }
        }
    }

    /// The server looks at its clock, beside one that does not jump.
    fn look_at_the_clock(&mut self) -> &Evenness {
        let wall = self.now();
        self.evenness.look(Reading {
            wall,
            ..even(self.time)
        });
        &self.evenness
    }

    /// Whether the server sends and lets expire: what cannot be taken back is only done by a clock that it believes.
    pub fn may_send(&mut self) -> bool {
        self.look_at_the_clock().send_in_ms() == 0
    }

    /// Whether the server forgets what is old.
    pub fn may_forget(&mut self) -> bool {
        self.look_at_the_clock().forget_in_ms() == 0
    }

    /// Reserves numbers for the time when the database is away.
    pub async fn look_ahead(&mut self) {
        if self.away.numbers(self.workspace).count() as u64 > AHEAD / 2 {
            return;
        }
        let ahead = NumberBlock {
            workspace: self.workspace,
            numbers: 0..AHEAD,
        };
        for block in self.store.reserve_numbers(vec![ahead]).await.expect("it answers") {
            self.away.set_numbers(self.workspace, block.numbers);
        }
    }

    /// Ends the server, in order or by a kill, and starts it again.
    pub async fn restart(&mut self) {
        self.figures.restarts += 1;
        if self.chance(2) {
            self.store.close().await.expect("it closes");
        }
        self.store = self.file.open().await;
        self.memory = None;
        self.fresh = Fresh::default();
        self.release().await;
        // What is in the spool outlives it; whom the others were sent to is read back.
        let mut away = Away::new(1_000, FloodLimits::default());
        for (lead, agent) in self.store.recent_owners(1_000).await.expect("it answers") {
            away.note(lead, agent);
        }
        self.spool.iter().for_each(|spooled| away.remember_spooled(spooled));
        self.away = away;
        self.look_ahead().await;
    }

    /// The server's clock goes wrong by so much, stays so for so many minutes, and is right again.
    pub async fn clock_jumps(&mut self, off_ms: i64, minutes: i64) {
        self.figures.jumps += 1;
        for off_ms in [off_ms, 0] {
            self.off_ms = off_ms;
            assert!(!self.may_send(), "it notices");
            if off_ms != 0 {
                for _ in 0..minutes / 10 {
                    self.ten_minutes().await;
                }
            }
        }
    }

    /// What was claimed, or is due by a clock that was wrong, is due.
    pub async fn release(&mut self) {
        let now = self.now();
        self.store.release_claims(now).await.expect("it answers");
        self.store.release_messages(now).await.expect("it answers");
        self.is_released = true;
    }

    pub async fn close(self) {
        self.store.close().await.expect("it closes");
    }
}
