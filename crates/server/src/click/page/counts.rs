//! Views of pages, and what became of their forms: counted in memory, written down with each pass of the fold. They are
//! counts and nothing else; a crash loses those of the last two seconds.

use konektor_core::{
    ids::RotatorId,
    page::outcome::FormOutcome,
    routing::Rotator,
    time::{Day, UnixMs},
};
use konektor_store::model::{Count, PAGE_FORMS, VIEWS};
use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

/// Counts since they were last taken.
#[derive(Default)]
pub struct PageCounts {
    pending: Mutex<HashMap<Key, Count>>,
}

type Key = (RotatorId, Day, &'static str, Cow<'static, str>);

impl PageCounts {
    /// A person was shown the page.
    pub fn view(&self, rotator: &Rotator, now: UnixMs) {
        self.add(rotator, now, VIEWS, "");
    }

    /// Something became of a form.
    pub fn form(&self, rotator: &Rotator, now: UnixMs, outcome: FormOutcome) {
        self.add(rotator, now, PAGE_FORMS, outcome.as_str());
    }

    fn add(&self, rotator: &Rotator, now: UnixMs, metric: &'static str, key: &'static str) {
        let (workspace, day) = (rotator.workspace.id, now.day_in(&rotator.workspace.time_zone));
        let none = Count {
            workspace,
            day,
            rotator: rotator.id,
            metric,
            key: key.into(),
            n: 0,
        };
        let mut pending = self.lock();
        pending.entry((rotator.id, day, metric, key.into())).or_insert(none).n += 1;
    }

    /// Takes what was counted since the last time.
    pub fn take(&self) -> Vec<Count> {
        std::mem::take(&mut *self.lock()).into_values().collect()
    }

    /// Puts back what could not be written down.
    pub fn put_back(&self, counts: Vec<Count>) {
        let mut pending = self.lock();
        for count in counts {
            let key = (count.rotator, count.day, count.metric, count.key.clone());
            match pending.get_mut(&key) {
                Some(known) => known.n += count.n,
                None => drop(pending.insert(key, count)),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Count>> {
        self.pending.lock().expect("counting cannot panic")
    }
}
