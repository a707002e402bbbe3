//! One destination's sender: claims what is due, sends it in batches, one request at a time, and writes down what came
//! of it. It ends when it is told to, when its destination is held, or when the clock has jumped.

mod batch;
mod confirm;

use super::{
    hold,
    settle::{Health, Plan, plan},
    token::Token,
};
use crate::{app::App, seal};
use batch::{Batch, Row};
use confirm::CONFIRM_AFTER_MS;
use konektor_core::{event::DeliveryState, time::UnixMs};
use konektor_platforms::{Answer, Connection, Encoded, Finding, Hold, Mode, Verdict};
use konektor_store::{
    Store, StoreError,
    model::{Claimed, Destination, Exchange, Next, Settled},
};
use metrics::{counter, histogram};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long nobody else gets what was claimed: longer than any request takes.
const LEASE_MS: i64 = 120_000;
/// How often to look although nobody said that there is work.
const IDLE_MS: i64 = 30_000;
/// After the database failed.
const STORE_AGAIN: Duration = Duration::from_secs(2);

pub(super) struct Sender {
    app: Arc<App>,
    destination: Destination,
    connection: Arc<Connection>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    random: fastrand::Rng,
    token: Token,
    health: Health,
    blocked_until: UnixMs,
}

/// A request that was made, or would have been, and its answer.
struct Sent {
    /// `None` if there was no request, for want of an access token.
    encoded: Option<Encoded>,
    answer: Answer,
    status: Option<u16>,
    /// The answer's body, or why there is none.
    response: String,
}

impl Sent {
    fn without_answer(encoded: Option<Encoded>, finding: Finding, count: usize) -> Self {
        Self {
            encoded,
            status: None,
            response: finding.message.clone(),
            answer: Answer::all(finding, count, None),
        }
    }
}

/// When to go on.
enum Then {
    AtOnce,
    At(UnixMs),
    /// The destination is held, or the sender is to end.
    Never,
}

impl Sender {
    pub(super) fn new(
        app: Arc<App>,
        destination: Destination,
        connection: Arc<Connection>,
        wake: Arc<Notify>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            random: fastrand::Rng::with_seed(u64::from_ne_bytes(crate::secrets::random())),
            app,
            destination,
            connection,
            wake,
            stop,
            token: Token::default(),
            health: Health::default(),
            blocked_until: UnixMs(0),
        }
    }

    /// Sends until it is told to stop or the destination is held.
    pub(super) async fn run(mut self) {
        while !self.stop.is_cancelled() {
            let wait = match self.pass().await {
                Ok(Then::AtOnce) => self.connection.limits().pace,
                Ok(Then::At(at)) => {
                    let ms = at.since(self.app.watch.now()).clamp(1, IDLE_MS);
                    tokio::select! {
                        () = self.wake.notified() => Duration::ZERO,
                        () = tokio::time::sleep(Duration::from_millis(ms as u64)) => Duration::ZERO,
                        () = self.stop.cancelled() => Duration::ZERO,
                    }
                }
                Ok(Then::Never) => return,
                Err(error) => {
                    tracing::error!(%error, destination = %self.destination.id, "deliveries could not be read or written");
                    STORE_AGAIN
                }
            };
            if !wait.is_zero() {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.stop.cancelled() => {}
                }
            }
        }
    }

    /// One round: fates, a claim, its requests.
    async fn pass(&mut self) -> Result<Then, StoreError> {
        if self.clock_is_doubted() {
            return Ok(Then::Never);
        }
        let now = self.app.watch.now();
        if now < self.blocked_until {
            return Ok(Then::At(self.blocked_until));
        }
        if self.confirm(now).await? {
            return Ok(Then::Never);
        }
        let id = self.destination.id;
        let limit = self.connection.limits().batch;
        let claim = self
            .app
            .store
            .claim_deliveries(id, now, now.plus_ms(LEASE_MS), limit)
            .await?;
        if claim.deliveries.is_empty() {
            let idle = now.plus_ms(IDLE_MS);
            return Ok(Then::At(claim.next_due.map_or(idle, |due| due.min(idle))));
        }
        let batch = self.batch(claim.deliveries, now).await?;
        self.deliver(batch).await
    }

    /// Whether the clock cannot be believed. Then this sender ends; the next one begins when it can be.
    fn clock_is_doubted(&self) -> bool {
        let is_doubted = self.app.watch.doubt().is_some();
        if is_doubted {
            self.app.delivery.destinations_changed();
        }
        is_doubted
    }

    /// Events of what was claimed. It takes some milliseconds for a thousand of them, which a visitor must not wait for.
    async fn batch(&self, claimed: Vec<Claimed>, now: UnixMs) -> Result<Batch, StoreError> {
        let app = self.app.clone();
        let made = tokio::task::spawn_blocking(move || Batch::of(claimed, &app.routing.load(), now));
        made.await.map_err(|_| StoreError::Closed)
    }

    /// Sends the batch, in as many requests as their answers make necessary.
    async fn deliver(&mut self, batch: Batch) -> Result<Then, StoreError> {
        let mut queue = VecDeque::from([batch]);
        while let Some(mut batch) = queue.pop_front() {
            // Measured now: an answer before this one may have taken its time.
            self.expire(&mut batch).await?;
            if batch.is_empty() {
                continue;
            }
            let (mut again, plan) = self.exchange(batch).await?;
            let then = match plan {
                Plan {
                    hold: Some((kind, finding)),
                    ..
                } => {
                    self.hold(kind, finding).await?;
                    Some((self.app.watch.now(), Then::Never))
                }
                Plan {
                    blocked_until: Some(until),
                    ..
                } => {
                    self.blocked_until = until;
                    Some((until, Then::At(until)))
                }
                _ if self.stop.is_cancelled() || self.clock_is_doubted() => Some((self.app.watch.now(), Then::Never)),
                _ => None,
            };
            if let Some((due, then)) = then {
                queue.push_front(again);
                self.give_back(queue, due).await?;
                return Ok(then);
            }
            if plan.innocent.is_empty() {
                queue.push_front(again.split_half());
            }
            queue.push_front(again);
        }
        Ok(Then::AtOnce)
    }

    /// One request, and what its answer means written down. Gives back what is to be sent again at once.
    async fn exchange(&mut self, batch: Batch) -> Result<(Batch, Plan), StoreError> {
        let (batch, sent) = self.send(batch).await?;
        let now = self.app.watch.now();
        let ids: Vec<_> = batch.rows.iter().map(|row| (row.id, row.attempts)).collect();
        let random = self.random.f64();
        let mut plan = plan(&ids, sent.answer.findings, &mut self.health, now, random);
        self.count(&plan, sent.status);
        let mut settled: Vec<_> = std::mem::take(&mut plan.settled);
        for (n, settled) in &mut settled {
            settled.request = sent.encoded.as_ref().map(|encoded| encoded.shown(*n));
        }
        if !settled.is_empty() {
            let exchange = Exchange {
                destination: self.destination.id,
                at: now,
                status: sent.status,
                trace: sent.answer.trace,
                response: Some(self.shown(&sent.response)),
                confirm_at: plan.confirm.then(|| now.plus_ms(CONFIRM_AFTER_MS)),
                settled: settled.into_iter().map(|(_, settled)| settled).collect(),
            };
            self.write_down(exchange).await?;
        }
        let again = match plan.innocent.is_empty() {
            true => &plan.suspects,
            false => &plan.innocent,
        };
        Ok((batch.only(again), plan))
    }

    /// An answer as people may see it: platforms repeat the token that they refuse.
    fn shown(&self, response: &str) -> String {
        let credentials = seal::open_credentials(&self.app, &self.destination).unwrap_or_default();
        self.token.strike_out(&seal::strike_out(response, &credentials))
    }

    /// Encodes and sends.
    async fn send(&mut self, mut batch: Batch) -> Result<(Batch, Sent), StoreError> {
        let mut renewed = false;
        loop {
            let now = self.app.watch.now();
            let count = batch.len();
            let token = match self.token.get(&self.app.delivery, &self.connection, now).await {
                Ok(token) => token,
                Err(finding) => return Ok((batch, Sent::without_answer(None, finding, count))),
            };
            let (app, connection) = (self.app.clone(), self.connection.clone());
            let encoding = tokio::task::spawn_blocking(move || {
                let encoded = connection.encode(&app.delivery.hosts, token.as_ref(), &batch.events, Mode::Live);
                (batch, encoded)
            });
            let encoded;
            (batch, encoded) = encoding.await.map_err(|_| StoreError::Closed)?;
            let timeout = self.connection.limits().timeout;
            let response = match self.app.delivery.transport.send(&encoded.request, timeout).await {
                Ok(response) => response,
                Err(words) => {
                    let finding = Finding::new(Verdict::Retry, words);
                    return Ok((batch, Sent::without_answer(Some(encoded), finding, count)));
                }
            };
            let answer = self.connection.decode(&response, count);
            // A token may end before its time: with a new one the request is sent once more before anybody is called.
            let refused = answer.findings.iter().any(|f| f.verdict == Verdict::Hold(Hold::Auth));
            if refused && !renewed && self.token.forget() {
                renewed = true;
                continue;
            }
            let sent = Sent {
                encoded: Some(encoded),
                answer,
                status: Some(response.status),
                response: response.body,
            };
            return Ok((batch, sent));
        }
    }

    /// Takes out and settles what has become too old.
    async fn expire(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let late = batch.take_late(self.app.watch.now());
        self.outcome(DeliveryState::Expired.as_str(), late.len());
        let why = Some(("too_old", "too old for the platform"));
        self.settle_unsent(late, Next::Expired, why).await
    }

    /// What was claimed but will not be sent now.
    async fn give_back(&self, queue: VecDeque<Batch>, due: UnixMs) -> Result<(), StoreError> {
        let rows = queue.into_iter().flat_map(|batch| batch.rows).collect();
        self.settle_unsent(rows, Next::AgainUncounted(due), None).await
    }

    /// `why` is a code with words.
    async fn settle_unsent(&self, rows: Vec<Row>, next: Next, why: Option<(&str, &str)>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let settled = rows.into_iter().map(|row| Settled {
            id: row.id,
            next,
            code: why.map(|(code, _)| code.to_owned()),
            reason: why.map(|(_, words)| words.to_owned()),
            request: None,
        });
        let exchange = Exchange {
            destination: self.destination.id,
            at: self.app.watch.now(),
            status: None,
            trace: None,
            response: None,
            confirm_at: None,
            settled: settled.collect(),
        };
        self.write_down(exchange).await
    }

    /// Settles what was in a request, and tells whoever has a dashboard open.
    async fn write_down(&self, exchange: Exchange) -> Result<(), StoreError> {
        let is_news = |settled: &&Settled| !matches!(settled.next, Next::AgainUncounted(_));
        let news: Vec<_> = exchange.settled.iter().filter(is_news).map(|s| s.id).collect();
        let is_over = |settled: &Settled| matches!(settled.next, Next::Dropped | Next::Expired);
        let has_failures = exchange.settled.iter().any(is_over);
        self.app.store.settle(exchange).await?;
        if has_failures {
            self.app.webhooks.wake_all(self.destination.workspace);
        }
        self.app.live.deliveries(self.destination.workspace, news);
        Ok(())
    }

    async fn hold(&self, kind: Hold, finding: Finding) -> Result<(), StoreError> {
        let Destination {
            id, workspace, fields, ..
        } = &self.destination;
        // Somebody may have repaired it while this answer was on its way: then the answer was to the old credentials.
        let current = self.app.store.destinations(*workspace).await?;
        let current = current.iter().find(|current| current.id == *id);
        if current.is_none_or(|current| current.fields != *fields) {
            return Ok(());
        }
        hold::hold(&self.app, &self.destination, kind, finding.code, finding.message).await
    }

    fn count(&self, plan: &Plan, status: Option<u16>) {
        let platform = self.destination.fields.platform.as_str();
        let status = status.map_or("none".to_owned(), |status| status.to_string());
        counter!("konektor_delivery_requests_total", "platform" => platform, "status" => status).increment(1);
        histogram!("konektor_delivery_batch_size", "platform" => platform).record(plan.settled.len() as f64);
        let of = |wanted: fn(&Next) -> bool| plan.settled.iter().filter(|(_, s)| wanted(&s.next)).count();
        self.outcome("sent", of(|next| matches!(next, Next::Sent)));
        self.outcome("dropped", of(|next| matches!(next, Next::Dropped)));
        self.outcome(
            "retried",
            of(|next| matches!(next, Next::Again(_) | Next::AgainUncounted(_))),
        );
    }

    fn outcome(&self, outcome: &'static str, n: usize) {
        let platform = self.destination.fields.platform.as_str();
        counter!("konektor_deliveries_total", "platform" => platform, "outcome" => outcome).increment(n as u64);
    }
}
