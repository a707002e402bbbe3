//! Stand-ins for the four ad platforms: one local HTTP server that plays Meta, Google (with its token endpoint), TikTok
//! and LinkedIn by their rules, keeps what it got, and misbehaves when told.
//!
//! It judges bodies by its own reading of the platforms' rules and shares no code with what writes those bodies, so that
//! a misunderstanding there does not become one here. Each platform has a folder with the same files: `mod` (the
//! address and the request as a whole), `rules` (one event), `says` (the platform's answers). What a platform would not
//! notice but nobody should send is kept as a [`Violation`].
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use konektor_fake_platforms::{Behaviour, Clock, FakePlatforms, Platform};
//!
//! let platforms = FakePlatforms::start(([127, 0, 0, 1], 0).into(), Clock::System).await?;
//! platforms.tell_once(Platform::Meta, vec![Behaviour::HtmlBadGateway]);
//! // … send something to `platforms.url()` + "/meta" …
//! println!("{}", platforms.report());
//! # Ok(())
//! # }
//! ```

mod behaviour;
mod body;
mod call;
mod checks;
mod clock;
mod endpoint;
mod google;
mod json;
mod linkedin;
mod meta;
mod opaque;
mod record;
mod reply;
mod report;
mod server;
mod tiktok;
mod violation;
mod world;

pub use behaviour::{Behaviour, Poison};
pub use clock::Clock;
pub use endpoint::{Endpoint, Platform};
pub use google::Settle;
pub use linkedin::CONVERSION_METHOD;
pub use record::{Counts, Exchange, Keep, Outcome, Received};
pub use reply::Reply;
pub use report::Report;
pub use violation::{Violation, ViolationKind};

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};
use world::{World, lock};

/// A running server; it ends when this is dropped.
pub struct FakePlatforms {
    world: Arc<World>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl FakePlatforms {
    /// Starts it on an address; port 0 is any that is free.
    pub async fn start(address: SocketAddr, clock: Clock) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(clock, format!("http://{address}")));
        let task = tokio::spawn(server::serve(listener, world.clone()));
        Ok(Self { world, address, task })
    }

    /// Closes the listener and all connections, and waits until they are.
    pub async fn shutdown(mut self) {
        self.task.abort();
        // An error is what was asked for: the task was aborted.
        let _ = (&mut self.task).await;
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL. The platforms are below it under `/meta`, `/google`, `/google-token`, `/tiktok` and `/linkedin`.
    pub fn url(&self) -> String {
        self.world.url.clone()
    }

    /// Settings of `konektor serve` under which it speaks to these platforms.
    pub fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("KONEKTOR_META_URL", "meta"),
            ("KONEKTOR_GOOGLE_URL", "google"),
            ("KONEKTOR_GOOGLE_TOKEN_URL", "google-token"),
            ("KONEKTOR_TIKTOK_URL", "tiktok"),
            ("KONEKTOR_LINKEDIN_URL", "linkedin"),
        ]
        .map(|(name, path)| (name, format!("{}/{path}", self.world.url)))
    }

    // -- orders

    /// How an endpoint behaves from now on, where no script says otherwise.
    pub fn tell(&self, endpoint: impl Into<Endpoint>, behaviour: Behaviour) {
        self.world.tell(endpoint.into(), behaviour);
    }

    /// How an endpoint behaves at its next requests, one after the other, after those it was told of before.
    pub fn tell_once(&self, endpoint: impl Into<Endpoint>, script: Vec<Behaviour>) {
        self.world.tell_once(endpoint.into(), script);
    }

    /// Events that a platform refuses from now on although they break no rule.
    pub fn poison(&self, platform: Platform, events: impl Into<Poison>) {
        self.world.poison(platform, events.into());
    }

    /// Takes back what was said of poisoned events.
    pub fn cure(&self, platform: Platform) {
        self.world.cure(platform);
    }

    /// A token that an endpoint takes. As long as nothing was said of tokens, Meta, TikTok and LinkedIn take any, and
    /// Google those that its token endpoint has issued. That one in turn takes any refresh token and service account,
    /// or those that were named here: a refresh token, a service account's e-mail address.
    pub fn valid_token(&self, endpoint: impl Into<Endpoint>, token: &str) {
        self.world.trust(endpoint.into(), token, i64::MAX);
    }

    /// No token holds any more at this endpoint, but for those that are named or issued from now on.
    pub fn revoke_tokens(&self, endpoint: impl Into<Endpoint>) {
        self.world.revoke(endpoint.into());
    }

    /// A version of LinkedIn's API, such as `202609`, that is over.
    pub fn end_linkedin_version(&self, version: &str) {
        self.world.kill_version(version);
    }

    /// When Google says what became of a request; by default half an hour after it.
    pub fn google_settles(&self, settle: Settle) {
        lock(&self.world.google).settle(settle);
    }

    /// Events of which Google will say that they do not count, and why, such as `CLICK_NOT_FOUND`.
    pub fn google_doubts(&self, events: impl Into<Poison>, reason: &str) {
        lock(&self.world.google).add_doubt(events.into(), reason);
    }

    /// Takes back what was said of doubtful events; those that it has taken stay refused.
    pub fn google_believes(&self) {
        lock(&self.world.google).clear_doubts();
    }

    /// When an ad was clicked. Of click ids that Google knows, it says later if the click is too recent (6 hours), too
    /// old (90 days) or later than the event.
    pub fn google_click(&self, click_id: &str, at_ms: i64) {
        lock(&self.world.google).clicked(click_id, at_ms);
    }

    /// How much is kept of what comes from now on.
    pub fn keep(&self, keep: Keep) {
        self.world.keep(keep);
    }

    // -- records

    /// The events that a platform took and that are kept, in order.
    pub fn received(&self, platform: Platform) -> Vec<Received> {
        self.world.ledger(platform).received.iter().cloned().collect()
    }

    /// The requests to an endpoint that are kept, in order, with their answers.
    pub fn exchanges(&self, endpoint: impl Into<Endpoint>) -> Vec<Exchange> {
        self.world.exchanges(endpoint.into())
    }

    /// How many requests an endpoint has got.
    pub fn requests(&self, endpoint: impl Into<Endpoint>) -> u64 {
        self.world.requests(endpoint.into())
    }

    /// A platform's numbers.
    pub fn counts(&self, platform: Platform) -> Counts {
        self.world.ledger(platform).counts
    }

    /// How many different events of a platform count.
    pub fn unique_events(&self, platform: Platform) -> u64 {
        self.counts(platform).unique
    }

    /// How many events a platform got that it knew already.
    pub fn duplicates(&self, platform: Platform) -> u64 {
        self.counts(platform).duplicates
    }

    /// What was sent that should not have been, the first thousand.
    pub fn violations(&self) -> Vec<Violation> {
        self.world.violations()
    }

    /// A line for each platform.
    pub fn report(&self) -> Report {
        Report {
            platforms: Platform::ALL.map(|platform| (platform, self.counts(platform))).into(),
            violations: self.violations().len(),
        }
    }

    /// Waits until what came is as said, looking at it after each request; `false` if it is not by then.
    pub async fn wait_until(&self, within: Duration, is_so: impl Fn(&Self) -> bool) -> bool {
        let waiting = async {
            loop {
                let mut changed = std::pin::pin!(self.world.changed.notified());
                changed.as_mut().enable();
                if is_so(self) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(within, waiting).await.is_ok()
    }
}

impl Drop for FakePlatforms {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for FakePlatforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakePlatforms")
            .field("url", &self.world.url)
            .finish_non_exhaustive()
    }
}
