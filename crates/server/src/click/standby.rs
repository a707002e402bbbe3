//! Answers visitors while the store is away: where they go, and their click to the spool.
//!
//! The recorder says when; this knows how. Nothing of it is used, and no lock taken, while all is well.

use super::spool::Spool;
use crate::{app::App, telemetry::Meters};
use konektor_core::{
    decide::{
        Outcome, SendTo, Visit,
        degraded::{Away, Spooled, Told},
    },
    ids::{AgentId, ClickId, LeadId},
    routing::Routing,
    time::UnixMs,
};
use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicI64, Ordering},
};

/// Leads whose agents are remembered: some 10 MB.
const OWNERS: usize = 200_000;
/// Notes under one lock: some 0.1 ms, in which no visitor is answered.
const AT_ONCE: usize = 512;

/// What became of a visit.
pub enum Recorded {
    /// Decided by the store, and on disk there if there is a click.
    Stored(Outcome),
    /// The store is away. The click is in the spool, or lost and counted.
    Degraded {
        /// Whose click it is, if a number was at hand.
        lead: Option<LeadId>,
        /// Where they go all the same.
        to: SendTo,
        /// A name that a person gave the lead, where it is known.
        name: Option<String>,
    },
}

/// What stands in for the store.
pub struct Standby {
    app: Arc<App>,
    away: Mutex<Away>,
    /// Where clicks wait.
    pub spool: Spool,
    /// The last click id that a visitor of an earlier process may have.
    pub last_click: ClickId,
    /// When the oldest visit in the spool came.
    oldest: AtomicI64,
    meters: Meters,
}

impl Standby {
    /// Opens the spool, and remembers the visitors whose clicks an earlier process left there.
    pub fn open(app: Arc<App>, meters: Meters) -> Result<Self, String> {
        let directory = app.settings.data.join(super::spool::DIRECTORY);
        let mut away = Away::new(OWNERS, app.settings.flood);
        let mut last_click = ClickId::default();
        let mut oldest = app.clock.now();
        let leftover = |spooled: Spooled| {
            oldest = oldest.min(spooled.at);
            last_click = last_click.max(spooled.click.unwrap_or_default());
            away.remember_spooled(&spooled);
        };
        let spool = Spool::open(&directory, app.settings.spool_max_bytes, leftover)
            .map_err(|e| format!("cannot open the spool in {}: {e}", directory.display()))?;
        if !spool.is_empty() {
            tracing::warn!(
                visits = spool.visits(),
                "an earlier process left visits in the spool; they are recorded now"
            );
            app.degraded.begin(app.clock.now());
            meters.is_degraded.set(1.0);
        }
        Ok(Self {
            away: Mutex::new(away),
            spool,
            last_click,
            oldest: oldest.0.into(),
            meters,
            app,
        })
    }

    /// What is known without the store.
    pub fn away(&self) -> MutexGuard<'_, Away> {
        self.away.lock().expect("choosing an agent cannot panic")
    }

    /// Answers a visit without the store: with what was decided for it, or else with a choice of its own.
    pub async fn answer(&self, routing: &Routing, visit: Visit, told: Option<Told>) -> Recorded {
        let Some(rotator) = routing.rotator(visit.rotator) else {
            return Recorded::Stored(Outcome::Gone);
        };
        let (told, written) = {
            let mut away = self.away();
            let told = match told {
                Some(told) => {
                    away.remember(&visit, &told);
                    told
                }
                None => match away.choose(routing, rotator, &visit) {
                    Some(told) => told,
                    None => return Recorded::Stored(Outcome::Flood),
                },
            };
            if self.spool.is_empty() {
                self.set_oldest(visit.at);
            }
            // Under the lock, so that nobody finds the spool empty who finds the visitor among those who wait.
            let written = self.spool.append(&Spooled::new(rotator, visit, &told));
            (told, written)
        };
        self.meters.degraded.increment(1);
        // The disk has no more time than the store had. What it says afterwards is counted there.
        let _ = tokio::time::timeout(self.app.settings.commit_deadline, written).await;
        let Told { lead, to, name, .. } = told;
        Recorded::Degraded { lead, to, name }
    }

    /// Notes when the oldest visit in the spool came.
    pub fn set_oldest(&self, at: UnixMs) {
        self.oldest.store(at.0, Ordering::Relaxed);
    }

    /// How long the oldest visit in the spool has waited.
    pub fn oldest_waits_ms(&self) -> Option<i64> {
        let oldest = UnixMs(self.oldest.load(Ordering::Relaxed));
        (!self.spool.is_empty()).then(|| self.app.clock.now().since(oldest).max(0))
    }

    /// Notes whom leads were sent to while all is well.
    pub fn note(&self, mut sent: impl Iterator<Item = (LeadId, Option<AgentId>)>) {
        while self.note_some(&mut sent) {}
    }

    /// The same of thousands: gives way to visitors meanwhile.
    pub async fn note_many(&self, mut sent: impl Iterator<Item = (LeadId, Option<AgentId>)>) {
        while self.note_some(&mut sent) {
            tokio::task::yield_now().await;
        }
    }

    /// `false` if these were the last.
    fn note_some(&self, sent: &mut impl Iterator<Item = (LeadId, Option<AgentId>)>) -> bool {
        let mut away = self.away();
        for _ in 0..AT_ONCE {
            let Some((lead, agent)) = sent.next() else { return false };
            if let Some(agent) = agent {
                away.note(lead, agent);
            }
        }
        true
    }

    /// The store does not do its work.
    pub fn begin(&self, reason: &dyn std::fmt::Display) {
        if self.app.degraded.begin(self.app.clock.now()) {
            self.meters.is_degraded.set(1.0);
            tracing::warn!(%reason, "degraded: visitors are sent on without the database, clicks go to the spool");
        }
    }

    /// The store does its work; if nothing waits any more, it is over.
    pub fn end_if_drained(&self) {
        if self.app.degraded.since().is_none() {
            return;
        }
        let mut away = self.away();
        if self.spool.is_empty()
            && let Some(since) = self.app.degraded.end()
        {
            away.none_wait();
            self.meters.is_degraded.set(0.0);
            let seconds = self.app.clock.now().since(since) / 1_000;
            tracing::info!(seconds, "no longer degraded: the database has all clicks");
        }
    }
}
