//! What the agents have made of the leads: statuses, sales, some names. Of many leads only of some, so that a big demo is
//! made as fast as its clicks are.

use super::{
    Error,
    traffic::{chance, spread},
};
use crate::app::App;
use konektor_core::{
    ids::LeadId,
    lead::{NameSource, Status},
    time::UnixMs,
};
use konektor_store::{Store, model::LeadPatch};
use std::collections::BTreeMap;

/// Leads on which somebody has worked, at most.
const WORKED: u64 = 2_000;
/// Leads that have a name, at most: each is a write of its own.
const NAMED: usize = 60;
const WEEK_MS: i64 = 7 * 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// What is sold, in thousandths of a rupiah.
const PRICES: [i64; 5] = [149_000_000, 199_000_000, 249_000_000, 349_000_000, 499_000_000];
const NAMES: [&str; 12] = [
    "Siti Rahma",
    "Dewi Lestari",
    "Agus Salim",
    "Rina Marlina",
    "Joko Susilo",
    "Putri Ayu",
    "Hendra Wijaya",
    "Maya Sari",
    "Bayu Pratama",
    "Indah Permata",
    "Rizky Ramadhan",
    "Nur Aini",
];

/// Leads on which somebody may have worked.
pub(super) struct Work {
    /// One of so many leads.
    every: u64,
    /// By week, by what became of them, by what they bought.
    groups: BTreeMap<(i64, Status, Option<i64>), Vec<LeadId>>,
    latest: Vec<LeadId>,
}

impl Work {
    /// Of so many leads.
    pub(super) fn on(leads: u64) -> Self {
        Self {
            every: leads.div_ceil(WORKED).max(1),
            groups: BTreeMap::new(),
            latest: Vec::new(),
        }
    }

    /// The `n`th lead came.
    pub(super) fn see(&mut self, n: u64, at: UnixMs, lead: LeadId) {
        if !n.is_multiple_of(self.every) {
            return;
        }
        let x = spread(n ^ 0x0057_A7E5);
        let Some(status) = became(x % 100) else { return };
        let price = (status == Status::Won).then(|| PRICES[(x >> 32) as usize % PRICES.len()]);
        let week = at.0.div_euclid(WEEK_MS);
        self.groups.entry((week, status, price)).or_default().push(lead);
        self.latest.push(lead);
    }

    /// Writes it down: everybody was contacted first, and went on from there within some days.
    pub(super) async fn write_down(self, app: &App, now: UnixMs) -> Result<(), Error> {
        let by = || "user:1".to_owned();
        for ((week, status, price), leads) in self.groups {
            let end = UnixMs((week + 1) * WEEK_MS);
            let contacted = LeadPatch {
                status: Some(Status::Contacted),
                ..LeadPatch::default()
            };
            let hours = 1.0 + 20.0 * chance(week as u64 ^ leads.len() as u64);
            let at = end.plus_ms((hours * HOUR_MS as f64) as i64).min(now.plus_ms(-HOUR_MS));
            app.store.update_leads(leads.clone(), contacted, by(), at).await?;
            if status == Status::Contacted {
                continue;
            }
            let further = LeadPatch {
                status: Some(status),
                value: price.map(Some),
                currency: price.map(|_| Some("IDR".to_owned())),
                ..LeadPatch::default()
            };
            let at = at.plus_ms(24 * HOUR_MS).min(now);
            app.store.update_leads(leads, further, by(), at).await?;
        }
        for (n, lead) in self.latest.into_iter().rev().take(NAMED).enumerate() {
            let name = NAMES[spread(n as u64) as usize % NAMES.len()].to_owned();
            let patch = LeadPatch {
                name: Some(Some((name, NameSource::Manual))),
                ..LeadPatch::default()
            };
            app.store.update_lead(lead, patch, by(), now).await?;
        }
        Ok(())
    }
}

/// What becomes of each of a hundred leads; `None` of those whom nobody has answered.
fn became(x: u64) -> Option<Status> {
    Some(match x {
        0..24 => Status::Contacted,
        24..38 => Status::Responded,
        38..47 => Status::Qualified,
        47..52 => Status::Hot,
        52..55 => Status::Proposal,
        55..57 => Status::Negotiation,
        57..58 => Status::Invoice,
        58..67 => Status::Won,
        67..78 => Status::Lost,
        _ => return None,
    })
}
