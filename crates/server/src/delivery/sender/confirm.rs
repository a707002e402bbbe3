//! What became of requests that a platform accepted before it knew whether their events count (Google).

use super::Sender;
use konektor_core::time::UnixMs;
use konektor_platforms::{Confirmation, Finding, Hold, Verdict};
use konektor_store::{
    Store, StoreError,
    model::{Next, Settled, Unconfirmed},
};

/// When to ask what became of a request that was accepted.
pub(super) const CONFIRM_AFTER_MS: i64 = 30 * 60_000;
/// The longest wait before asking again.
const CONFIRM_AGAIN_MOST_MS: i64 = 6 * 3_600_000;
/// How often it is asked. Google keeps the fate for some 50 days; what it has not said in a week it will not say.
const CONFIRM_TRIES: u32 = 30;
/// Requests whose fate is asked for in one go.
const CONFIRM_BATCH: usize = 10;

impl Sender {
    /// Asks for the fate of earlier requests; `true` if the destination is held by it.
    pub(super) async fn confirm(&mut self, now: UnixMs) -> Result<bool, StoreError> {
        let unconfirmed = self
            .app
            .store
            .unconfirmed(self.destination.id, now, CONFIRM_BATCH)
            .await?;
        for request in unconfirmed {
            match self.fate(&request.trace).await {
                Confirmation::Confirmed => self.judged(request, Next::Confirmed, None, now).await?,
                Confirmation::Refused(words) => self.judged(request, Next::Dropped, Some(words), now).await?,
                Confirmation::Partly(words) => self.judged(request, Next::Sent, Some(words), now).await?,
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
        let token = match self.token.get(delivery, &self.connection, self.app.watch.now()).await {
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
            Next::Sent => "partly_confirmed",
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
}
