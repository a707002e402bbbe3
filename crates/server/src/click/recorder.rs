//! The recorder: the only writer of clicks, new leads and turns.
//!
//! A batch is whatever arrived while the last one was committing: no timer and no fixed size, so an idle
//! server commits a lone click at once and a busy one shares a sync among many. Nobody is answered before the
//! commit is on disk.

use crate::{app::App, telemetry::Meters};
use konektor_core::{
    click::Click,
    decide::{Decisions, Memory, Outcome, Visit},
    fold::Fresh,
    ids::ClickId,
};
use konektor_store::{Store, StoreError};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, mpsc, oneshot};

/// Most visits in one transaction: beyond it, the first of a batch would wait for the last.
const MAX_BATCH: usize = 256;
/// Visits that may wait. Each is a connection that waits, so it is reached only when the store stands still.
const QUEUE: usize = 8_192;
/// How long to wait before the store is asked again after it failed.
const RETRY_AFTER: Duration = Duration::from_millis(200);

struct Waiting {
    visit: Visit,
    answer: oneshot::Sender<Outcome>,
}

/// Where the handler hands its visits in.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
}

/// What the recorder and the fold tell one another.
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

    fn add_fresh(&self, after: ClickId, clicks: Vec<Click>) {
        self.fresh
            .lock()
            .expect("adding clicks cannot panic")
            .add(after, clicks);
        self.recorded.notify_one();
    }

    fn folded(&self) -> ClickId {
        ClickId(self.folded.load(Ordering::Relaxed))
    }
}

impl Recorder {
    /// Records a visit and gives its outcome once it is on disk; `None` if the store failed.
    pub async fn record(&self, visit: Visit) -> Option<Outcome> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Waiting { visit, answer }).await.ok()?;
        answered.await.ok()
    }
}

/// Makes a recorder and the task that does its work. The task ends when all handles are gone and the last
/// batch is committed.
pub fn recorder(app: Arc<App>, progress: Arc<Progress>, meters: Meters) -> (Recorder, impl Future<Output = ()> + Send) {
    let (queue, waiting) = mpsc::channel(QUEUE);
    (Recorder { queue }, run(app, progress, meters, waiting))
}

async fn run(app: Arc<App>, progress: Arc<Progress>, meters: Meters, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    let mut answers = Vec::with_capacity(MAX_BATCH);
    let mut memory = None;
    while waiting.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let mut visits = Vec::with_capacity(batch.len());
        for Waiting { visit, answer } in batch.drain(..) {
            visits.push(visit);
            answers.push(answer);
        }
        let count = visits.len();
        match commit(&app, &progress, memory.take(), visits).await {
            Ok((kept, decisions)) => {
                memory = Some(kept);
                meters.batch_size.record(count as f64);
                for (answer, outcome) in answers.drain(..).zip(decisions.outcomes) {
                    // A visitor who hung up does not wait for the answer; their click counts all the same.
                    let _ = answer.send(outcome);
                }
                progress.add_fresh(decisions.after, decisions.clicks);
            }
            Err(error) => {
                // Dropping the answers tells the handlers; the memory is gone and is built anew.
                answers.clear();
                meters.clicks_lost.increment(count as u64);
                tracing::error!(%error, visits = count, "clicks could not be recorded");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}

async fn commit(
    app: &App,
    progress: &Progress,
    memory: Option<Box<Memory>>,
    visits: Vec<Visit>,
) -> Result<(Box<Memory>, Decisions), StoreError> {
    let mut memory = match memory {
        Some(memory) => memory,
        None => app.store.memory(app.settings.flood).await?,
    };
    memory.forget_old(app.clock.now(), progress.folded());
    let routing = app.routing.load_full();
    app.store.record(routing, memory, visits, Arc::default()).await
}
