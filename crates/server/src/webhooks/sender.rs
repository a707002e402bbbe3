//! One webhook's sender: claims what is due, has it sent, several messages at once, and writes down what came of it. It ends
//! when it is told to, when its webhook is given up, or when the clock has jumped.

use super::{
    attempt::{Attempted, attempt},
    payload,
    secret::Secrets,
};
use crate::app::App;
use konektor_core::{
    time::UnixMs,
    webhook::{MessageId, retry::after_failure},
};
use konektor_store::{
    StoreError, WebhookStore,
    model::{ClaimedMessage, MessageAttempt, NextMessage, SettledMessage, Webhook, WebhookHealth},
};
use metrics::counter;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Messages on their way to one receiver at once.
const WIDTH: usize = 16;
/// After so many failures in a row there is one at a time: who hangs holds up its own messages, and little else.
const PATIENCE: u32 = 3;
/// How long nobody else gets what was claimed: longer than any attempt takes.
const LEASE_MS: i64 = 60_000;
/// How often to look although nobody said that there is work.
const IDLE_MS: i64 = 10_000;
/// After the database failed.
const STORE_AGAIN_MS: i64 = 2_000;
/// How often it is noted that a receiver still fails.
const NOTE_MS: i64 = 60_000;
/// A receiver that has taken nothing for so long is given up.
pub(super) const GIVE_UP_MS: i64 = 5 * 86_400_000;
const GONE: &str = "What it was about is not there any more, so there is nothing to send.";

pub(super) struct Sender {
    app: Arc<App>,
    webhook: Webhook,
    secrets: Secrets,
    wake: Arc<Notify>,
    stop: CancellationToken,
    random: fastrand::Rng,
    /// Attempts in a row that failed.
    failures: u32,
    failing_since: Option<UnixMs>,
    noted_at: UnixMs,
    /// What could not be written down yet.
    unsettled: Vec<SettledMessage>,
    given_up: bool,
}

/// An attempt that is over.
struct Done {
    row: i64,
    tries: u32,
    attempted: Attempted,
}

impl Sender {
    pub(super) fn new(
        app: Arc<App>,
        webhook: Webhook,
        secrets: Secrets,
        wake: Arc<Notify>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            random: fastrand::Rng::with_seed(u64::from_ne_bytes(crate::secrets::random())),
            failing_since: webhook.failing_since,
            app,
            webhook,
            secrets,
            wake,
            stop,
            failures: 0,
            noted_at: UnixMs(0),
            unsettled: Vec::new(),
            given_up: false,
        }
    }

    /// Sends until it is told to stop, and then waits for what is on its way.
    pub(super) async fn run(mut self) {
        let mut flight = JoinSet::new();
        let mut look_at = UnixMs(0);
        loop {
            let now = self.app.watch.now();
            // What is on its way has its end; the next sender begins when the clock can be believed.
            let is_doubted = self.app.watch.doubt().is_some();
            let is_ending = self.given_up || self.stop.is_cancelled() || is_doubted;
            if is_ending && flight.is_empty() {
                if is_doubted {
                    self.app.webhooks.webhooks_changed();
                }
                return;
            }
            let room = self.width().saturating_sub(flight.len());
            if !is_ending && room > 0 && now >= look_at {
                look_at = match self.launch(room, &mut flight).await {
                    Ok(next) => next,
                    Err(error) => self.put_off(&error, now),
                };
                continue;
            }
            let wait = Duration::from_millis(look_at.since(now).clamp(1, IDLE_MS) as u64);
            tokio::select! {
                Some(done) = flight.join_next() => {
                    let mut all = vec![done];
                    while let Some(more) = flight.try_join_next() {
                        all.push(more);
                    }
                    // One that panicked says so itself, and is sent again when its lease ends.
                    let all = all.into_iter().flatten().collect();
                    look_at = match self.conclude(all).await {
                        Ok(next) => look_at.min(next),
                        Err(error) => self.put_off(&error, now),
                    };
                }
                () = self.wake.notified(), if !is_ending => look_at = UnixMs(0),
                () = tokio::time::sleep(wait), if !is_ending && room > 0 => {
                    // Without a clock that is driven, time is up; with one, a look does no harm.
                    look_at = look_at.min(self.app.watch.now());
                }
                () = self.stop.cancelled(), if !is_ending => {}
            }
        }
    }

    fn width(&self) -> usize {
        if self.failures < PATIENCE { WIDTH } else { 1 }
    }

    fn put_off(&self, error: &StoreError, now: UnixMs) -> UnixMs {
        tracing::error!(%error, webhook = %self.webhook.id, "messages could not be read or written");
        now.plus_ms(STORE_AGAIN_MS)
    }

    /// Claims up to `room` messages and sends them on their way; when to look again.
    async fn launch(&mut self, room: usize, flight: &mut JoinSet<Done>) -> Result<UnixMs, StoreError> {
        self.write_down().await?;
        let now = self.app.watch.now();
        let store = &self.app.store;
        let claim = store
            .claim_messages(self.webhook.id, now, now.plus_ms(LEASE_MS), room)
            .await?;
        let next = claim.next_due.unwrap_or_else(|| now.plus_ms(IDLE_MS));
        for (message, payload) in self.freeze(claim.messages).await? {
            let (app, url) = (self.app.clone(), self.webhook.fields.url.clone());
            let secrets = self.secrets.clone();
            flight.spawn(async move {
                Done {
                    row: message.row,
                    tries: message.tries,
                    attempted: attempt(&app, &url, &secrets, &message.id, payload).await,
                }
            });
        }
        Ok(next)
    }

    /// The messages with what is sent of them, which is made and kept where it was not yet. Those of which nothing is left
    /// to say are settled here.
    async fn freeze(&mut self, claimed: Vec<ClaimedMessage>) -> Result<Vec<(ClaimedMessage, String)>, StoreError> {
        let (mut ready, mut new) = (Vec::new(), Vec::new());
        for mut message in claimed {
            match message.payload.take() {
                Some(payload) => ready.push((message, payload)),
                None => new.push(message),
            }
        }
        if new.is_empty() {
            return Ok(ready);
        }
        let subjects = new.iter().map(|message| message.subject).collect();
        let data = self.app.store.message_data(subjects).await?;
        let workspace = self.app.routing.load().workspace(self.webhook.workspace).cloned();
        let mut frozen = Vec::new();
        for (message, data) in new.into_iter().zip(data) {
            let kind = message.subject.kind;
            let body = match (data, &workspace) {
                (Some(data), Some(workspace)) => payload::body(&self.app, workspace, kind, message.at, data).await,
                _ => None,
            };
            match body {
                Some(body) => {
                    frozen.push((message.row, body.clone()));
                    ready.push((message, body));
                }
                None => self.unsettled.push(nothing_to_say(&message, self.app.watch.now())),
            }
        }
        self.app.store.freeze_messages(frozen).await?;
        self.write_down().await?;
        Ok(ready)
    }

    /// What attempts mean for their messages and for the webhook; when the first of them is due again.
    async fn conclude(&mut self, done: Vec<Done>) -> Result<UnixMs, StoreError> {
        let now = self.app.watch.now();
        let (mut first_due, mut taken, mut gone) = (UnixMs(i64::MAX), false, false);
        for Done { row, tries, attempted } in done {
            let is_taken = attempted.is_taken();
            gone |= attempted.is_gone();
            taken |= is_taken;
            self.failures = if is_taken { 0 } else { self.failures.saturating_add(1) };
            let next = match is_taken {
                true => NextMessage::Sent,
                false => match after_failure(tries.saturating_add(1), attempted.retry_after, self.random.f64()) {
                    Some(delay) => {
                        NextMessage::Again(now.plus_ms(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)))
                    }
                    None => NextMessage::Failed,
                },
            };
            if let NextMessage::Again(due) = next {
                first_due = first_due.min(due);
            }
            count(next);
            self.unsettled.push(SettledMessage {
                row,
                attempt: attempted.attempt,
                next,
            });
        }
        self.write_down().await?;
        match (gone, taken) {
            (true, _) => self.give_up("it says that it is gone for good (410)", now).await?,
            (false, true) => self.recover(now).await?,
            (false, false) => self.fail(now).await?,
        }
        Ok(first_due)
    }

    async fn write_down(&mut self) -> Result<(), StoreError> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        self.app.store.settle_messages(self.unsettled.clone()).await?;
        self.unsettled.clear();
        Ok(())
    }

    async fn recover(&mut self, now: UnixMs) -> Result<(), StoreError> {
        if self.failing_since.is_some() {
            let store = &self.app.store;
            store
                .set_webhook_health(self.webhook.id, WebhookHealth::Ok, now)
                .await?;
            self.failing_since = None;
        }
        Ok(())
    }

    async fn fail(&mut self, now: UnixMs) -> Result<(), StoreError> {
        // A test that somebody makes beside this may note that all is well again, so it is looked at now and then.
        if self.failing_since.is_none() || now.since(self.noted_at) >= NOTE_MS {
            let store = &self.app.store;
            let noted = store
                .set_webhook_health(self.webhook.id, WebhookHealth::Failing, now)
                .await?;
            self.failing_since = noted.and_then(|webhook| webhook.failing_since);
            self.noted_at = now;
        }
        match self.failing_since {
            Some(since) if now.since(since) >= GIVE_UP_MS => {
                self.give_up("it has taken nothing for five days", now).await
            }
            _ => Ok(()),
        }
    }

    async fn give_up(&mut self, why: &str, now: UnixMs) -> Result<(), StoreError> {
        tracing::warn!(webhook = %self.webhook.id, why, "a webhook is given up");
        let host = reqwest::Url::parse(&self.webhook.fields.url);
        let host = host.ok().and_then(|url| url.host_str().map(str::to_owned));
        let message = format!(
            "The webhook to {} was switched off: {why}. Repair the receiver, then switch the webhook on again; messages \
             that were not taken can be sent again from its list.",
            host.as_deref().unwrap_or("an address that cannot be read")
        );
        let health = WebhookHealth::Disabled { message };
        self.app.store.set_webhook_health(self.webhook.id, health, now).await?;
        self.given_up = true;
        // From the snapshot on, the fold makes no messages for it.
        self.app.reload_routing().await?;
        self.app.live.alerts_changed(self.webhook.workspace);
        self.app.webhooks.webhooks_changed();
        Ok(())
    }
}

fn nothing_to_say(message: &ClaimedMessage, now: UnixMs) -> SettledMessage {
    SettledMessage {
        row: message.row,
        attempt: MessageAttempt {
            at: now,
            status: None,
            error: Some(GONE.to_owned()),
            duration_ms: 0,
        },
        next: NextMessage::Failed,
    }
}

fn count(next: NextMessage) {
    let outcome = match next {
        NextMessage::Sent => "sent",
        NextMessage::Failed => "failed",
        NextMessage::Again(_) => "retried",
    };
    counter!("konektor_webhook_attempts_total", "outcome" => outcome).increment(1);
}

/// A message's id by chance, for a test.
pub fn random_id() -> MessageId {
    MessageId::of_test(i64::from_ne_bytes(crate::secrets::random()))
}
