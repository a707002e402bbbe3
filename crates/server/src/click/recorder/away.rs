//! When the store does not answer in time, is away, or is back: who waits is sent on without it, it is asked again until it
//! takes writes, and then what waits in the spool is recorded.

use super::{Answer, MAX_BATCH, REPLAY_IDLE, Waiting, Work};
use konektor_core::decide::degraded::Decided;
use konektor_store::{Attempt, Store, model::Replayed};
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait before the store is asked again after it failed.
const RETRY_AFTER: Duration = Duration::from_millis(200);

impl Work {
    /// Waits for the store. When it takes too long, `give_up` is called, and whoever comes meanwhile is sent on at once.
    pub(super) async fn see_through<T>(&mut self, job: impl Future<Output = T>, give_up: impl FnOnce(&mut Self)) -> T {
        let mut job = std::pin::pin!(job);
        let deadline = self.app.settings.commit_deadline;
        if let Ok(done) = tokio::time::timeout(deadline, job.as_mut()).await {
            return done;
        }
        give_up(self);
        loop {
            let (waiting, batch) = (&mut self.waiting, &mut self.batch);
            tokio::select! {
                done = job.as_mut() => return done,
                count = waiting.recv_many(batch, MAX_BATCH) => match count {
                    0 => return job.await,
                    _ => self.turn_away(),
                },
                Some(visits) = self.looked_up.join_next() => {
                    self.take_back(visits);
                    self.turn_away();
                }
            }
        }
    }

    /// Sends the visitors of a batch on who cannot wait for it any longer.
    pub(super) fn give_up(&mut self, attempt: &Attempt, reason: &dyn std::fmt::Display) {
        self.begin(reason);
        match attempt.give_up() {
            Some(decided) => {
                for (answer, decided) in self.answers.drain(..).zip(decided) {
                    let answered = match decided {
                        Decided::Sent(told) => {
                            self.highest = self.highest.max(told.click.unwrap_or_default());
                            Answer::Late(Some(Box::new(told)))
                        }
                        Decided::NoClick(outcome) => Answer::Stored(outcome),
                    };
                    let _ = answer.send(answered);
                }
            }
            None => {
                for answer in self.answers.drain(..) {
                    let _ = answer.send(Answer::Late(None));
                }
            }
        }
    }

    /// Sends the visitors in `batch` on without trying.
    pub(super) fn turn_away(&mut self) {
        for Waiting { answer, .. } in self.batch.drain(..) {
            let _ = answer.send(Answer::Late(None));
        }
    }

    pub(super) fn begin(&mut self, reason: &dyn std::fmt::Display) {
        self.standby.begin(reason);
        // Whom the last visitors were sent to, the fold has not told yet. Not only when it begins: a store that has come back
        // may go again before the spool is empty.
        if !std::mem::replace(&mut self.fresh_is_noted, true) {
            self.progress.look_at_fresh(|fresh| {
                self.standby.note(fresh.clicks().map(|click| (click.lead, click.agent)));
            });
        }
    }

    /// Builds the memory, and has the store prove that it takes writes, with what waits in the spool if there is anything.
    /// No visitor waits for this.
    pub(super) async fn recover(&mut self) -> bool {
        let app = self.app.clone();
        if self.memory.is_none() {
            let building = app.store.memory(app.settings.flood);
            let late = |work: &mut Self| work.begin(&"the database did not answer in time");
            match self.see_through(building, late).await {
                Ok(mut memory) => {
                    memory.go_on_after(self.highest);
                    self.memory = Some(memory);
                }
                Err(error) => {
                    self.begin(&error);
                    return false;
                }
            }
        }
        if self.is_away {
            let proven = if self.standby.spool.visits() > 0 {
                self.replay(REPLAY_IDLE).await
            } else {
                let asking = app.store.reserve_numbers(Vec::new());
                self.see_through(asking, |_| {}).await.is_ok()
            };
            self.is_away = !proven;
        }
        !self.is_away
    }

    /// Lets the store rest before it is asked again.
    pub(super) async fn rest(&mut self) {
        self.see_through(tokio::time::sleep(RETRY_AFTER), |_| {}).await;
    }

    /// Records the oldest visits of the spool, at most `most`. `false` if the store failed.
    pub(super) async fn replay(&mut self, most: usize) -> bool {
        let most = most.min(self.replay_most);
        let batch = match self.standby.spool.read(most).await {
            Ok(Some(batch)) => batch,
            Ok(None) => return true,
            Err(error) => {
                tracing::error!(%error, "the spool cannot be read; it will be tried again");
                self.rest().await;
                return true;
            }
        };
        let Some(memory) = self.memory.take() else { return false };
        let (segment, count) = (batch.segment, batch.visits.len());
        let end = batch.first + count as u64;
        self.standby.set_oldest(batch.visits[0].at);
        let single = (count == 1).then(|| batch.clone());
        let app = self.app.clone();
        let replaying = app.store.replay(app.routing.load_full(), memory, batch);
        let late = |work: &mut Self| work.begin(&"the database did not commit in time");
        let replayed = self.see_through(replaying, late).await;
        self.replayed = Instant::now();
        let over = match replayed {
            Ok((memory, Replayed { after, clicks, there })) => {
                self.memory = Some(memory);
                self.replay_most = REPLAY_IDLE;
                self.meters.replayed.increment(clicks.len() as u64);
                self.meters.clicks.increment((clicks.len() + there) as u64);
                self.progress.add_fresh(after, clicks);
                self.standby.spool.done(segment, end).await
            }
            Err(error) if error.is_refusal() => {
                // One of them is at fault. Alone it is found, and kept out of the way of the others.
                tracing::error!(%error, visits = count, "visits from the spool were refused");
                self.replay_most = 1;
                match single {
                    Some(refused) => self.standby.spool.set_aside(refused).await,
                    None => return true,
                }
            }
            Err(error) => {
                self.begin(&error);
                self.is_away = true;
                return false;
            }
        };
        match over {
            Ok(over) => {
                for segment in over {
                    if let Err(error) = app.store.forget_segment(segment).await {
                        tracing::warn!(%error, "a segment of the spool that is over stays noted in the database");
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, "the spool cannot be cleared; what is recorded is not recorded again")
            }
        }
        true
    }
}
