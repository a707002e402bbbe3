//! The recorder: the only writer of clicks, new leads and turns.
//!
//! A batch is whatever arrived while the last one was committing, and who is at the door by then: no timer and no fixed size,
//! so an idle server commits a lone click at once and a busy one shares a sync among many. Nobody is answered before the
//! commit is on disk, unless it takes longer than a visitor should wait: then they are answered without the store
//! (`standby`), and what waits in the spool is recorded between later batches (`away`).

mod away;

use super::{
    progress::Progress,
    standby::{Recorded, Standby},
};
use crate::{app::App, notices::Hands, telemetry::Meters};
use konektor_core::{
    decide::{Memory, Outcome, Visit, degraded::Told},
    identity::seen::SeenClickIds,
    ids::ClickId,
    routing::Routing,
    time::UnixMs,
};
use konektor_store::{
    Attempt, Notices, Store, StoreError,
    model::{NewHandOver, Reminder},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    task::{JoinError, JoinSet},
    time::Instant,
};

/// Most visits in one transaction: beyond it, the first of a batch would wait for the last.
const MAX_BATCH: usize = 256;
/// Most looks at the sockets before a batch begins.
const LOOKS: usize = 8;
/// Visits that may wait. Each is a connection that waits, so it is reached only when the store stands still.
const QUEUE: usize = 8_192;
/// How long those whose click ID is looked up beforehand wait for that; then they are recorded like everybody.
const LOOKING_UP: Duration = Duration::from_millis(100);
/// Visits of the spool in one transaction, while nobody waits.
const REPLAY_IDLE: usize = 128;
/// The same while visitors wait, and how often: they wait some milliseconds for one, so it takes a small part of the time.
const REPLAY_BUSY: usize = 16;
const REPLAY_EVERY: Duration = Duration::from_millis(25);

struct Waiting {
    /// Boxed, since it is handed on a dozen times.
    visit: Box<Visit>,
    answer: oneshot::Sender<Answer>,
    /// What the store has to be asked for it has been looked up, so that it is at hand.
    is_looked_up: bool,
}

/// Leads to hand over, with who waits for it.
struct Overs {
    leads: Vec<NewHandOver>,
    now: UnixMs,
    done: oneshot::Sender<Option<Vec<Reminder>>>,
}

/// What the recorder says of a visit.
enum Answer {
    /// It is on disk.
    Stored(Outcome),
    /// It is not known to be; what was decided for it, if it may be.
    Late(Option<Box<Told>>),
}

/// Where the handler hands its visits in.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
    overs: mpsc::Sender<Overs>,
    standby: Arc<Standby>,
}

impl Recorder {
    /// Records a visit and gives what became of it once it is on disk. `again` makes the same visit a second time if the
    /// store is away: a copy for that case would be paid for by every visit.
    pub async fn record(&self, routing: &Routing, visit: Box<Visit>, again: impl FnOnce() -> Visit) -> Recorded {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            visit,
            answer,
            is_looked_up: false,
        };
        let answer = match self.queue.send(waiting).await {
            Ok(()) => answered.await.unwrap_or(Answer::Late(None)),
            Err(_) => Answer::Late(None),
        };
        match answer {
            Answer::Stored(outcome) => Recorded::Stored(outcome),
            Answer::Late(told) => self.standby.answer(routing, again(), told.map(|told| *told)).await,
        }
    }

    /// See [`Hands`]: turns are given where the credits are.
    async fn hand_over_leads(&self, leads: Vec<NewHandOver>, now: UnixMs) -> Option<Vec<Reminder>> {
        let (done, told) = oneshot::channel();
        self.overs.send(Overs { leads, now, done }).await.ok()?;
        told.await.ok()?
    }

    /// What stands in for the store.
    pub fn standby(&self) -> &Arc<Standby> {
        &self.standby
    }
}

impl Hands for Recorder {
    async fn hand_over(&self, leads: Vec<NewHandOver>, now: UnixMs) -> Option<Vec<Reminder>> {
        self.hand_over_leads(leads, now).await
    }
}

/// Makes a recorder and the task that does its work. The task ends when all handles are gone and the last
/// batch is committed. Its memory is built before anybody can wait for it.
pub async fn recorder(
    app: Arc<App>,
    progress: Arc<Progress>,
    meters: Meters,
    standby: Arc<Standby>,
) -> (Recorder, impl Future<Output = ()> + Send) {
    let (queue, waiting) = mpsc::channel(QUEUE);
    let (overs, handing) = mpsc::channel(1);
    let memory = app.store.memory(app.settings.flood).await.ok().map(|mut memory| {
        memory.go_on_after(standby.last_click);
        memory
    });
    let work = Work {
        highest: standby.last_click,
        standby: standby.clone(),
        app,
        progress,
        meters,
        waiting,
        handing,
        batch: Vec::with_capacity(MAX_BATCH),
        answers: Vec::with_capacity(MAX_BATCH),
        looked_up: JoinSet::new(),
        memory,
        seen: None,
        is_away: false,
        fresh_is_noted: false,
        replay_most: REPLAY_IDLE,
        replayed: Instant::now(),
    };
    let recorder = Recorder { queue, overs, standby };
    (recorder, work.run())
}

/// The recorder's work.
struct Work {
    app: Arc<App>,
    progress: Arc<Progress>,
    meters: Meters,
    standby: Arc<Standby>,
    waiting: mpsc::Receiver<Waiting>,
    /// Leads that nobody answers, now and then: between two batches.
    handing: mpsc::Receiver<Overs>,
    batch: Vec<Waiting>,
    answers: Vec<oneshot::Sender<Answer>>,
    /// Visits that are put aside until what they ask for is at hand.
    looked_up: JoinSet<Vec<Waiting>>,
    memory: Option<Box<Memory>>,
    /// The filter of click IDs that the memory waits for.
    seen: Option<oneshot::Receiver<Option<SeenClickIds>>>,
    /// The store has failed, and has not shown since that it takes writes.
    is_away: bool,
    /// The standby knows of all clicks that the fold has not taken yet.
    fresh_is_noted: bool,
    /// The greatest click id that a transaction may have used which is not known to have failed.
    highest: ClickId,
    replay_most: usize,
    replayed: Instant,
}

impl Work {
    async fn run(mut self) {
        loop {
            if (self.memory.is_none() || self.is_away) && !self.recover().await {
                self.take_back_all();
                self.turn_away();
                if self.is_over() {
                    return;
                }
                self.rest().await;
                continue;
            }
            self.standby.end_if_drained();
            let is_idle = self.waiting.is_empty();
            let waits = self.standby.spool.visits() > 0;
            if waits && !self.is_over() && (is_idle || self.replayed.elapsed() >= REPLAY_EVERY) {
                self.replay(if is_idle { REPLAY_IDLE } else { REPLAY_BUSY }).await;
                continue;
            }
            if let Ok(overs) = self.handing.try_recv() {
                self.hand_over(overs).await;
                continue;
            }
            let (waiting, batch, handing) = (&mut self.waiting, &mut self.batch, &mut self.handing);
            tokio::select! {
                biased;
                count = waiting.recv_many(batch, MAX_BATCH) => {
                    if count == 0 {
                        match self.looked_up.join_next().await {
                            Some(visits) => self.take_back(visits),
                            None => return,
                        }
                    }
                    self.gather().await;
                    self.commit().await;
                }
                Some(visits) = self.looked_up.join_next() => {
                    self.take_back(visits);
                    self.gather().await;
                    self.commit().await;
                }
                Some(overs) = handing.recv() => self.hand_over(overs).await,
                () = self.standby.spool.appended() => {}
            }
        }
    }

    /// Hands leads over. Visitors who come meanwhile wait for it as for a batch, and not longer.
    async fn hand_over(&mut self, Overs { leads, now, done }: Overs) {
        let Some(memory) = self.memory.take() else { return };
        let app = self.app.clone();
        let handing = app.store.hand_over(app.routing.load_full(), memory, leads, now);
        let late = |work: &mut Self| work.begin(&"the database did not commit in time");
        match self.see_through(handing, late).await {
            Ok((memory, moved)) => {
                self.memory = Some(memory);
                // Who asked may have ended; the leads are moved all the same.
                let _ = done.send(Some(moved));
            }
            Err(error) => {
                tracing::error!(%error, "leads could not be handed over; it will be tried again");
                self.begin(&error);
                self.is_away = true;
                let _ = done.send(None);
            }
        }
    }

    /// All handles are gone and nobody waits. What is in the spool stays there for the next start.
    fn is_over(&self) -> bool {
        self.waiting.is_closed() && self.waiting.is_empty() && self.looked_up.is_empty()
    }

    /// Takes in who is at the door already: gives way until a look at the sockets has brought nobody new. What a commit costs
    /// beside its rows (the sync, the pages that every commit changes, the statements) is shared by half as many again, and
    /// an idle server loses microseconds.
    async fn gather(&mut self) {
        self.take_back_all();
        for _ in 0..LOOKS {
            let before = self.batch.len();
            tokio::task::yield_now().await;
            while self.batch.len() < MAX_BATCH
                && let Ok(waiting) = self.waiting.try_recv()
            {
                self.batch.push(waiting);
            }
            if self.batch.len() == before {
                break;
            }
        }
    }

    /// Brings the memory up to date, and puts those of `batch` aside of whom the store has to be asked who used their click ID
    /// before, until that was read once. It may be anywhere in the file, and on the thread that records clicks the whole batch
    /// would wait for the disk.
    fn put_aside(&mut self) {
        let Some(memory) = &mut self.memory else { return };
        memory.forget_old(self.app.clock.now(), self.progress.folded());
        let mut prints = Vec::new();
        let has_to_ask = |waiting: &mut Waiting| {
            let print = match waiting.is_looked_up {
                true => None,
                false => memory.has_to_ask(&waiting.visit),
            };
            prints.extend(print);
            print.is_some()
        };
        let mut aside: Vec<_> = self.batch.extract_if(.., has_to_ask).collect();
        if aside.is_empty() {
            return;
        }
        self.meters.looked_up.increment(aside.len() as u64);
        let app = self.app.clone();
        self.looked_up.spawn(async move {
            // Whether it could be read is seen when they are recorded.
            let _ = tokio::time::timeout(LOOKING_UP, app.store.warm_click_ids(prints)).await;
            for waiting in &mut aside {
                waiting.is_looked_up = true;
            }
            aside
        });
    }

    /// Visits that had been put aside. Had the task panicked, they would be answered as if the store were away.
    fn take_back(&mut self, visits: Result<Vec<Waiting>, JoinError>) {
        self.batch.extend(visits.unwrap_or_default());
    }

    fn take_back_all(&mut self) {
        while let Some(visits) = self.looked_up.try_join_next() {
            self.take_back(visits);
        }
    }

    /// Records the visits of `batch`, and answers them.
    async fn commit(&mut self) {
        let routing = self.app.routing.load_full();
        self.put_aside();
        let visits = self.take_batch(&routing);
        if visits.is_empty() {
            return;
        }
        let Some(mut memory) = self.memory.take() else { return };
        let count = visits.len();
        self.keep_seen(&mut memory);
        let attempt = Arc::new(Attempt::default());
        let app = self.app.clone();
        let recording = app.store.record(routing, memory, visits, attempt.clone());
        let recorded = self
            .see_through(recording, |work| {
                work.give_up(&attempt, &"the database did not commit in time")
            })
            .await;
        match recorded {
            Ok((memory, decisions)) => {
                self.memory = Some(memory);
                self.meters.batch_size.record(count as f64);
                for (answer, outcome) in self.answers.drain(..).zip(decisions.outcomes) {
                    // A visitor who hung up does not wait for the answer; their click counts all the same.
                    let _ = answer.send(Answer::Stored(outcome));
                }
                self.progress.add_fresh(decisions.after, decisions.clicks);
                self.fresh_is_noted = false;
            }
            // The batch was rolled back because its visitors had been answered: the store works.
            Err(StoreError::GivenUp) => {}
            Err(error) => {
                // The memory is gone, and is built anew when the store is back.
                tracing::error!(%error, visits = count, "clicks could not be recorded");
                self.give_up(&attempt, &error);
                self.is_away = true;
            }
        }
    }

    /// Sees to it that the memory has a filter of all click IDs. It is made beside the recorder: until it comes, click IDs are
    /// looked up.
    fn keep_seen(&mut self, memory: &mut Memory) {
        if memory.await_seen() {
            let (app, (made, seen)) = (self.app.clone(), oneshot::channel());
            self.seen = Some(seen);
            tokio::spawn(async move {
                let seen = app.store.seen_click_ids().await.unwrap_or_else(|error| {
                    if !matches!(error, StoreError::Closed) {
                        tracing::warn!(%error, "click IDs are looked up one by one: their filter could not be made");
                    }
                    None
                });
                // The recorder may have ended, or have built its memory anew and asked again.
                let _ = made.send(seen);
            });
        } else if let Some(seen) = &mut self.seen
            && let Ok(seen) = seen.try_recv()
        {
            memory.set_seen(seen);
            self.seen = None;
        }
        self.meters.click_id_filter.set(memory.seen_bytes() as f64);
    }

    /// The visits of `batch`. Those whose visitors have clicks in the spool follow them there: so each visitor's clicks stay
    /// in their order, and nobody is given to a second agent because the first is not known yet.
    fn take_batch(&mut self, routing: &Routing) -> Vec<Visit> {
        let away = (!self.standby.spool.is_empty()).then(|| self.standby.away());
        let mut visits = Vec::with_capacity(self.batch.len());
        for Waiting { visit, answer, .. } in self.batch.drain(..) {
            let waits = away.as_ref().is_some_and(|away| {
                let rotator = routing.rotator(visit.rotator);
                rotator.is_some_and(|rotator| away.waits(rotator.workspace.id, &visit))
            });
            if waits {
                let _ = answer.send(Answer::Late(None));
            } else {
                visits.push(*visit);
                self.answers.push(answer);
            }
        }
        visits
    }
}
