//! Counting what is not counted: requests that are not people's, and links that are not there.

use konektor_core::{
    ids::RotatorId,
    routing::Rotator,
    screening::Class,
    time::{Day, UnixMs},
};
use konektor_store::model::{Sample, Screened};
use std::{collections::HashMap, sync::Mutex};

/// Samples kept between two flushes, of each rotator and reason.
const SAMPLES: usize = 3;

/// Counts since the last flush. Bots are few beside people, so one lock among them is no burden.
#[derive(Default)]
pub struct NotCounted {
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    counts: HashMap<(RotatorId, Day, Class), Screened>,
    samples: HashMap<(RotatorId, Class), Vec<Sample>>,
}

impl NotCounted {
    /// Counts a request; `describe` is only asked for the few that are kept as samples.
    pub fn add(&self, rotator: &Rotator, reason: Class, now: UnixMs, describe: impl FnOnce() -> String) {
        let (workspace, day) = (rotator.workspace.id, now.day_in(&rotator.workspace.time_zone));
        let mut pending = self.pending.lock().expect("counting cannot panic");
        let screened = Screened {
            workspace,
            day,
            rotator: rotator.id,
            reason,
            count: 0,
        };
        pending
            .counts
            .entry((rotator.id, day, reason))
            .or_insert(screened)
            .count += 1;
        if rotator.workspace.is_strict {
            return; // a sample has addresses and click IDs in it
        }
        let samples = pending.samples.entry((rotator.id, reason)).or_default();
        if samples.len() < SAMPLES {
            samples.push(Sample {
                workspace,
                rotator: rotator.id,
                reason,
                at: now,
                request: describe(),
            });
        }
    }

    /// Takes what was counted since the last time.
    pub fn take(&self) -> (Vec<Screened>, Vec<Sample>) {
        let pending = std::mem::take(&mut *self.pending.lock().expect("counting cannot panic"));
        (
            pending.counts.into_values().collect(),
            pending.samples.into_values().flatten().collect(),
        )
    }
}
