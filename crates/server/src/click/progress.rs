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
    /// There are so many that the fold should not wait for more: those beyond what can be held it has to read back.
    pub crowded: Notify,
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

    pub(super) fn look_at_fresh(&self, look: impl FnOnce(&Fresh)) {
        look(&self.fresh.lock().expect("adding clicks cannot panic"));
    }

    pub(super) fn add_fresh(&self, after: ClickId, clicks: Vec<Click>) {
        let mut fresh = self.fresh.lock().expect("adding clicks cannot panic");
        let was_half_full = fresh.is_half_full();
        fresh.add(after, clicks);
        let is_half_full = fresh.is_half_full();
        drop(fresh);
        self.recorded.notify_one();
        if is_half_full && !was_half_full {
            self.crowded.notify_one();
        }
    }

    pub(super) fn folded(&self) -> ClickId {
        ClickId(self.folded.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use konektor_core::{
        ids::{LeadId, RotatorId, VisitorNumber, WorkspaceId},
        time::UnixMs,
    };

    fn clicks(ids: std::ops::Range<i64>) -> Vec<Click> {
        let facts = r#"{"by":"new","why":"turn","touch":{"layer":"direct"},"host":"wa.brand.com"}"#;
        let click = Click {
            id: ClickId(0),
            at: UnixMs(1),
            lead: LeadId {
                workspace: WorkspaceId(1),
                number: VisitorNumber(1),
            },
            rotator: RotatorId(1),
            agent: None,
            is_first_use: false,
            first: None,
            print: None,
            facts: serde_json::from_str(facts).unwrap(),
        };
        ids.map(|id| Click {
            id: ClickId(id),
            ..click.clone()
        })
        .collect()
    }

    #[test]
    fn the_fold_is_called_while_there_is_room_for_as_many_again() {
        let progress = Progress::default();
        let mut last = 0;
        while progress.crowded.notified().now_or_never().is_none() {
            progress.add_fresh(ClickId(last), clicks(last + 1..last + 65));
            last += 64;
        }
        progress.add_fresh(ClickId(last), clicks(last + 1..2 * last + 1));
        assert!(progress.crowded.notified().now_or_never().is_none(), "it was called");
        let fresh = progress.take_fresh();
        assert!(!fresh.overflowed());
        assert_eq!(fresh.count() as i64, 2 * last);
    }
}
