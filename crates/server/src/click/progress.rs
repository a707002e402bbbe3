//! What the recorder and the fold tell one another.

use konektor_core::{click::Click, fold::Fresh, ids::ClickId};
use std::sync::{
    Mutex,
    atomic::{AtomicI64, Ordering},
};
use tokio::sync::Notify;

/// How far both are: clicks go one way, how many of them are folded the other.
#[derive(Default)]
pub struct Progress {
    /// The last click that is folded.
    folded: AtomicI64,
    /// There are clicks to fold.
    pub recorded: Notify,
    /// They are these. Locked for the moment of adding a batch or taking all of them.
    fresh: Mutex<Fresh>,
}

impl Progress {
    /// Notes how far the fold has come.
    pub fn set_folded(&self, click: ClickId) {
        self.folded.store(click.0, Ordering::Relaxed);
    }

    /// Takes the clicks that were recorded since the last time.
    pub fn take_fresh(&self) -> Fresh {
        std::mem::take(&mut self.fresh.lock().expect("adding clicks cannot panic"))
    }

    pub(super) fn look_at_fresh(&self, look: impl FnOnce(&[Click])) {
        look(&self.fresh.lock().expect("adding clicks cannot panic").clicks);
    }

    pub(super) fn add_fresh(&self, after: ClickId, clicks: Vec<Click>) {
        self.fresh
            .lock()
            .expect("adding clicks cannot panic")
            .add(after, clicks);
        self.recorded.notify_one();
    }

    pub(super) fn folded(&self) -> ClickId {
        ClickId(self.folded.load(Ordering::Relaxed))
    }
}
