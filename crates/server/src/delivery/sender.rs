//! One destination's sender: claims what is due, sends it in batches, one request at a time, and writes down what came
//! of it. It ends when it is told to, or when its destination is held.

use super::{
    event::event_of,
    settle::{Health, Plan, plan},
    token::Token,
};
use crate::{app::App, seal};
use konektor_core::{
    event::{DeliveryState, Event},
    ids::DeliveryId,
    time::UnixMs,
};
use konektor_platforms::{Answer, Confirmation, Connection, Encoded, Finding, Hold, HttpResponse, Mode, Verdict};
use konektor_store::{
    Store, StoreError,
    model::{Alert, Claimed, Destination, DestinationHold, Exchange, Next, Settled, Unconfirmed},
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
/// When to ask what became of a request that was accepted.
const CONFIRM_AFTER_MS: i64 = 30 * 60_000;
/// The longest wait before asking again.
const CONFIRM_AGAIN_MOST_MS: i64 = 6 * 3_600_000;
/// How often it is asked. Google keeps the fate for some 50 days; what it has not said in a week it will not say.
const CONFIRM_TRIES: u32 = 30;
/// Requests whose fate is asked for in one go.
const CONFIRM_BATCH: usize = 10;

pub(super) struct Sender {
    pub(super) app: Arc<App>,
    pub(super) destination: Destination,
    pub(super) connection: Arc<Connection>,
    pub(super) wake: Arc<Notify>,
    pub(super) stop: CancellationToken,
    pub(super) random: fastrand::Rng,
    token: Token,
    health: Health,
    blocked_until: UnixMs,
}

/// A delivery on its way.
struct Item {
    id: DeliveryId,
    attempts: u32,
    expires_at: UnixMs,
    event: Event,
}

/// When to go on.
enum Then {
    AtOnce,
    At(UnixMs),
    /// The destination is held.
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
                    let ms = at.since(self.app.clock.now()).clamp(1, IDLE_MS);
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
        let now = self.app.clock.now();
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
        let items = self.items(claim.deliveries, now).await?;
        self.deliver(items).await
    }

    /// Events of what was claimed. It takes some milliseconds for a thousand of them, which a visitor must not wait for.
    async fn items(&self, claimed: Vec<Claimed>, now: UnixMs) -> Result<Vec<Item>, StoreError> {
        let app = self.app.clone();
        let made = tokio::task::spawn_blocking(move || {
            let routing = app.routing.load();
            let item = |claimed: &Claimed| {
                Some(Item {
                    id: claimed.id,
                    attempts: claimed.attempts,
                    expires_at: claimed.expires_at,
                    event: event_of(&routing, claimed, now)?,
                })
            };
            claimed.iter().filter_map(item).collect()
        });
        made.await.map_err(|_| StoreError::Closed)
    }

    /// Sends the items, in as many requests as their answers make necessary.
    async fn deliver(&mut self, items: Vec<Item>) -> Result<Then, StoreError> {
        let mut queue = VecDeque::from([items]);
        while let Some(items) = queue.pop_front() {
            // Measured now: an answer before this one may have taken its time.
            let items = self.expire(items).await?;
            if items.is_empty() {
                continue;
            }
            let (mut items, plan) = self.exchange(items).await?;
            if let Some((hold, finding)) = plan.hold {
                self.hold(hold, finding).await?;
                self.give_back(items, queue, self.app.clock.now()).await?;
                return Ok(Then::Never);
            }
            if let Some(until) = plan.blocked_until {
                self.blocked_until = until;
                self.give_back(items, queue, until).await?;
                return Ok(Then::At(until));
            }
            if self.stop.is_cancelled() {
                self.give_back(items, queue, self.app.clock.now()).await?;
                return Ok(Then::Never);
            }
            // `exchange` leaves only what is to be sent again at once.
            if plan.innocent.is_empty() {
                let second_half = items.split_off(items.len() / 2);
                queue.push_front(second_half);
            }
            queue.push_front(items);
        }
        Ok(Then::AtOnce)
    }

    /// One request, and what its answer means written down. Gives back the items that are to be sent again at once.
    async fn exchange(&mut self, items: Vec<Item>) -> Result<(Vec<Item>, Plan), StoreError> {
        let (items, encoded, answered) = self.send(items).await?;
        let (answer, status, response) = match answered {
            Ok(response) => {
                let answer = self.connection.decode(&response, items.len());
                (answer, Some(response.status), response.body)
            }
            Err(finding) => {
                let words = finding.message.clone();
                (Answer::all(finding, items.len(), None), None, words)
            }
        };
        let now = self.app.clock.now();
        let ids: Vec<_> = items.iter().map(|item| (item.id, item.attempts)).collect();
        let random = self.random.f64();
        let mut plan = plan(&ids, answer.findings, &mut self.health, now, random);
        self.count(&plan, status);
        let mut settled: Vec<_> = std::mem::take(&mut plan.settled);
        for (n, settled) in &mut settled {
            settled.request = encoded.as_ref().map(|encoded| encoded.shown(*n));
        }
        if !settled.is_empty() {
            let exchange = Exchange {
                destination: self.destination.id,
                at: now,
                status,
                trace: answer.trace,
                response: Some(self.shown(&response)),
                confirm_at: plan.confirm.then(|| now.plus_ms(CONFIRM_AFTER_MS)),
                settled: settled.into_iter().map(|(_, settled)| settled).collect(),
            };
            self.write_down(exchange).await?;
        }
        let again = if plan.innocent.is_empty() {
            &plan.suspects
        } else {
            &plan.innocent
        };
        let items = items.into_iter().enumerate();
        let items = items
            .filter(|(n, _)| again.binary_search(n).is_ok())
            .map(|(_, item)| item)
            .collect();
        Ok((items, plan))
    }

    /// An answer as people may see it: platforms repeat the token that they refuse.
    fn shown(&self, response: &str) -> String {
        let credentials = seal::open_credentials(&self.app, &self.destination).unwrap_or_default();
        self.token.strike_out(&seal::strike_out(response, &credentials))
    }

    /// Encodes and sends; an answer, or why there is none.
    async fn send(
        &mut self,
        mut items: Vec<Item>,
    ) -> Result<(Vec<Item>, Option<Encoded>, Result<HttpResponse, Finding>), StoreError> {
        let mut renewed = false;
        loop {
            let now = self.app.clock.now();
            let token = match self.token.get(&self.app.delivery, &self.connection, now).await {
                Ok(token) => token,
                Err(finding) => return Ok((items, None, Err(finding))),
            };
            let (app, connection) = (self.app.clone(), self.connection.clone());
            let encoding = tokio::task::spawn_blocking(move || {
                let (items, events): (Vec<_>, Vec<_>) = items
                    .into_iter()
                    .map(|i| ((i.id, i.attempts, i.expires_at), i.event))
                    .unzip();
                let encoded = connection.encode(&app.delivery.hosts, token.as_ref(), &events, Mode::Live);
                let items = items.into_iter().zip(events);
                let items: Vec<_> = items
                    .map(|((id, attempts, expires_at), event)| Item {
                        id,
                        attempts,
                        expires_at,
                        event,
                    })
                    .collect();
                (items, encoded)
            });
            let encoded;
            (items, encoded) = encoding.await.map_err(|_| StoreError::Closed)?;
            let timeout = self.connection.limits().timeout;
            let answered = self.app.delivery.transport.send(&encoded.request, timeout).await;
            let answered = answered.map_err(|words| Finding::new(Verdict::Retry, words));
            // A token may end before its time: with a new one the request is sent once more before anybody is called.
            let refused = answered.as_ref().is_ok_and(|response| {
                let answer = self.connection.decode(response, items.len());
                answer.findings.iter().any(|f| f.verdict == Verdict::Hold(Hold::Auth))
            });
            if refused && !renewed && self.token.forget() {
                renewed = true;
                continue;
            }
            return Ok((items, Some(encoded), answered));
        }
    }

    /// Takes out and settles what has become too old.
    async fn expire(&self, items: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let now = self.app.clock.now();
        let (late, items): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.expires_at <= now);
        if !late.is_empty() {
            self.outcome(DeliveryState::Expired.as_str(), late.len());
            let why = Some(("too_old", "too old for the platform"));
            self.settle_unsent(late, Next::Expired, why).await?;
        }
        Ok(items)
    }

    /// What was claimed but will not be sent now.
    async fn give_back(&self, items: Vec<Item>, queue: VecDeque<Vec<Item>>, due: UnixMs) -> Result<(), StoreError> {
        let items: Vec<_> = items.into_iter().chain(queue.into_iter().flatten()).collect();
        if items.is_empty() {
            return Ok(());
        }
        self.settle_unsent(items, Next::AgainUncounted(due), None).await
    }

    /// `why` is a code with words.
    async fn settle_unsent(&self, items: Vec<Item>, next: Next, why: Option<(&str, &str)>) -> Result<(), StoreError> {
        let settled = items.into_iter().map(|item| Settled {
            id: item.id,
            next,
            code: why.map(|(code, _)| code.to_owned()),
            reason: why.map(|(_, words)| words.to_owned()),
            request: None,
        });
        let exchange = Exchange {
            destination: self.destination.id,
            at: self.app.clock.now(),
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
        self.app.store.settle(exchange).await?;
        self.app.live.deliveries(self.destination.workspace, news);
        Ok(())
    }

    async fn hold(&self, kind: Hold, finding: Finding) -> Result<(), StoreError> {
        let Destination {
            id, workspace, fields, ..
        } = &self.destination;
        // Somebody may have repaired it while this answer was on its way: then the answer was to the old credentials.
        let current = self.app.store.destinations(*workspace).await?;
        if current
            .iter()
            .find(|current| current.id == *id)
            .map(|current| &current.fields)
            != Some(fields)
        {
            return Ok(());
        }
        let now = self.app.clock.now();
        tracing::warn!(destination = %id, platform = %fields.platform, hold = kind.as_str(), code = finding.code, "a destination is held");
        let message = format!(
            "{} is held: {} Nothing is lost; events wait until {}.",
            fields.name,
            sentence(&finding.message),
            match kind {
                Hold::Auth => "new credentials are entered",
                Hold::Config => "its settings are mended",
            }
        );
        let hold = DestinationHold {
            kind,
            code: finding.code,
            reason: finding.message,
            since: now,
        };
        self.app.store.hold_destination(*id, hold).await?;
        let alert = Alert {
            id: 0,
            workspace: *workspace,
            kind: "destination_held".to_owned(),
            subject: id.0,
            message,
            since: now,
        };
        self.app.store.raise_alert(alert).await?;
        self.app.live.destination_held(*workspace, *id);
        self.app.live.alerts_changed(*workspace);
        Ok(())
    }

    /// Asks for the fate of earlier requests; `true` if the destination is held by it.
    async fn confirm(&mut self, now: UnixMs) -> Result<bool, StoreError> {
        let unconfirmed = self
            .app
            .store
            .unconfirmed(self.destination.id, now, CONFIRM_BATCH)
            .await?;
        for request in unconfirmed {
            match self.fate(&request.trace).await {
                Confirmation::Confirmed => self.judged(request, Next::Confirmed, None, now).await?,
                Confirmation::Refused(words) => self.judged(request, Next::Dropped, Some(words), now).await?,
                Confirmation::Resend(delay, words) => {
                    let due = now.plus_ms(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX));
                    self.judged(request, Next::Again(due), Some(words), now).await?;
                }
                Confirmation::NotAnswered(finding) => {
                    if let Verdict::Hold(kind) = finding.verdict {
                        self.hold(kind, finding).await?;
                        return Ok(true);
                    }
                    self.ask_again(request, now).await?;
                }
                Confirmation::Pending => self.ask_again(request, now).await?,
            }
        }
        Ok(false)
    }

    /// What became of a request; asked once more with a new token if the one at hand was ended before its time.
    async fn fate(&mut self, trace: &str) -> Confirmation {
        let answer = self.ask_fate(trace).await;
        let refused = matches!(&answer, Confirmation::NotAnswered(f) if f.verdict == Verdict::Hold(Hold::Auth));
        match refused && self.token.forget() {
            true => self.ask_fate(trace).await,
            false => answer,
        }
    }

    async fn ask_fate(&mut self, trace: &str) -> Confirmation {
        let delivery = &self.app.delivery;
        let token = match self.token.get(delivery, &self.connection, self.app.clock.now()).await {
            Ok(token) => token,
            Err(finding) => return Confirmation::NotAnswered(finding),
        };
        let Some(request) = self.connection.confirm_request(&delivery.hosts, token.as_ref(), trace) else {
            return Confirmation::Confirmed; // this platform answers at once
        };
        match delivery
            .transport
            .send(&request, self.connection.limits().timeout)
            .await
        {
            Ok(response) => self.connection.decode_confirmation(&response),
            Err(words) => Confirmation::NotAnswered(Finding::new(Verdict::Retry, words)),
        }
    }

    async fn judged(
        &self,
        request: Unconfirmed,
        next: Next,
        reason: Option<String>,
        now: UnixMs,
    ) -> Result<(), StoreError> {
        let outcome = match next {
            Next::Confirmed => "confirmed",
            Next::Dropped => "dropped",
            _ => "retried",
        };
        self.outcome(outcome, request.deliveries.len());
        let news = request.deliveries.clone();
        let settled = request.deliveries.into_iter().map(|id| Settled {
            id,
            next,
            code: None,
            reason: reason.clone(),
            request: None,
        });
        let settled = settled.collect();
        self.app
            .store
            .settle_confirmation(request.exchange, None, settled, now)
            .await?;
        self.app.live.deliveries(self.destination.workspace, news);
        Ok(())
    }

    async fn ask_again(&self, request: Unconfirmed, now: UnixMs) -> Result<(), StoreError> {
        let wait = (CONFIRM_AFTER_MS << request.tries.min(8)).min(CONFIRM_AGAIN_MOST_MS);
        let again = (request.tries < CONFIRM_TRIES).then(|| now.plus_ms(wait));
        self.app
            .store
            .settle_confirmation(request.exchange, again, Vec::new(), now)
            .await
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

/// The words with one full stop at their end.
fn sentence(words: &str) -> String {
    format!("{}.", words.trim_end_matches(['.', ' ']))
}
