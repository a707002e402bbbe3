//! Senders as they come and go: one for each destination or webhook that is to be told something, so that one that hangs costs the
//! others nothing. [`run`] looks again and again who is to be told, and ends all of them while the clock cannot be believed: what was
//! sent or has expired cannot be taken back. When it can be again, things begin as after a start.

use crate::app::App;
use konektor_core::time::UnixMs;
use konektor_store::StoreError;
use std::{collections::HashMap, hash::Hash, sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// How often it is looked although nobody said that something changed: another node may have changed it, or the command line.
const UPKEEP: Duration = Duration::from_secs(30);

/// What is to be sent, to receivers of one kind.
pub trait Outbox: Send {
    /// By which a receiver is known.
    type Id: Copy + Eq + Hash + Send + Sync;
    /// Who is told.
    type Receiver: Send + Sync;
    /// For logs.
    const NAME: &str;
    /// Longest wait for what is under way when the server ends. What is cut off is sent again under the same id.
    const DRAIN: Duration;

    /// Told when receivers were added, changed or removed.
    fn changed(&self) -> &Notify;

    /// Makes due what was taken when the server ended, or is due by a clock that was wrong.
    fn release(&self, now: UnixMs) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// One look at everything: makes the senders those of the receivers as they are, expires, forgets.
    fn look(
        &mut self,
        senders: &mut Senders<Self::Id, Self::Receiver>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Says that a receiver has no sender any more.
    fn ended(&self, id: Self::Id);
}

/// Sends until `stop`.
pub async fn run<O: Outbox>(app: Arc<App>, mut outbox: O, stop: CancellationToken) {
    let mut senders = Senders::default();
    let mut is_released = false;
    loop {
        let doubted_for = app.watch.doubted_for();
        if doubted_for.is_some() {
            senders
                .end_unless(|_, _| false)
                .into_iter()
                .for_each(|id| outbox.ended(id));
            is_released = false;
        } else {
            if !is_released && let Err(error) = outbox.release(app.watch.now()).await {
                tracing::error!(%error, outbox = O::NAME, "what had been taken before could not be released");
            }
            is_released = true;
            if let Err(error) = outbox.look(&mut senders).await {
                tracing::error!(%error, outbox = O::NAME, "the upkeep failed; it will be tried again");
            }
        }
        tokio::select! {
            () = outbox.changed().notified() => {}
            () = tokio::time::sleep(doubted_for.unwrap_or(UPKEEP).min(UPKEEP)) => {}
            () = stop.cancelled() => break,
        }
    }
    senders.end_unless(|_, _| false);
    let ended = async {
        for (_, task) in senders.ending {
            let _ = task.await;
        }
    };
    if tokio::time::timeout(O::DRAIN, ended).await.is_err() {
        tracing::warn!(
            outbox = O::NAME,
            "something was still on its way at the end; it will be sent again"
        );
    }
}

/// Those that run, and those that are at their last requests.
pub struct Senders<I, R> {
    running: HashMap<I, Running<R>>,
    ending: HashMap<I, JoinHandle<()>>,
}

/// A sender, with what it was started for.
pub struct Running<R> {
    /// Who is told, as it was then.
    pub receiver: R,
    /// Since when.
    pub since: UnixMs,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl<I: Copy + Eq + Hash, R> Senders<I, R> {
    /// The one of a receiver, if it runs.
    pub fn find(&self, id: I) -> Option<&Running<R>> {
        self.running.get(&id)
    }

    /// Ends those that are not wanted as they are, and lets go of those that have ended by themselves: all that do not run any more.
    pub fn end_unless(&mut self, is_wanted: impl Fn(I, &R) -> bool) -> Vec<I> {
        self.ending.retain(|_, task| !task.is_finished());
        let is_over = |(id, running): (&I, &Running<R>)| {
            let is_over = running.task.is_finished() || !is_wanted(*id, &running.receiver);
            is_over.then_some(*id)
        };
        let over: Vec<_> = self.running.iter().filter_map(is_over).collect();
        for id in &over {
            if let Some(Running { stop, task, .. }) = self.running.remove(id) {
                stop.cancel();
                self.ending.insert(*id, task);
            }
        }
        over
    }

    /// Starts a receiver's sender, which ends when it is told to by `stop`.
    pub fn start<S>(&mut self, id: I, receiver: R, since: UnixMs, sender: impl FnOnce(CancellationToken) -> S)
    where
        S: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let sender = sender(stop.clone());
        let before = self.ending.remove(&id);
        let task = tokio::spawn(async move {
            // The one before may still be at its last requests: together they would be too many.
            if let Some(before) = before {
                let _ = before.await;
            }
            sender.await;
        });
        let running = Running {
            receiver,
            since,
            stop,
            task,
        };
        self.running.insert(id, running);
    }
}

impl<I, R> Default for Senders<I, R> {
    fn default() -> Self {
        Self {
            running: HashMap::new(),
            ending: HashMap::new(),
        }
    }
}
